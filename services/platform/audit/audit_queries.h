// AuditQueries: the use cases of rapport.audit.v1.AuditService, which every process serves for what
// it did itself. No gRPC. What comes out is names, never an inner id. Thread-safe.
#pragma once

#include "platform/audit/audit_log.h"
#include "platform/audit/verifier.h"
#include "platform/crypto/suite_secret.h"
#include "platform/schema/id_codec.h"
#include "platform/schema/names.h"

#include <rapport/audit/v1/audit_service.pb.h>

#include <map>
#include <string>
#include <string_view>

namespace rapport::audit {

class AuditQueries {
 public:
  struct Deps {
    std::string service;
    db::Db& db;
    crypto::KeyRing& keys;
    const crypto::SuiteSecret& suite;
    const schema::IdCodec& ids;
    std::string checkpoint_key;  // the public key of this service's checkpoints
    // The pattern of the names of each kind (schema/names.h): what a line is about. A kind that is
    // not here has no name.
    std::map<int, std::string_view> patterns;
  };
  explicit AuditQueries(Deps deps);

  // Pages may be short, even empty, while a token says that there is more to read.
  Task<absl::StatusOr<v1::ListAuditEventsResponse>> ListAuditEvents(
      CallContext& context, const v1::ListAuditEventsRequest& request);
  Task<absl::StatusOr<v1::GetDisclosuresResponse>> GetDisclosures(
      CallContext& context, const v1::GetDisclosuresRequest& request);
  Task<absl::StatusOr<v1::VerifyAuditResponse>> VerifyAudit(CallContext& context,
                                                            const v1::VerifyAuditRequest& request);

 private:
  v1::AuditEvent Show(const schema::Names& names, const AuditLine& line) const;
  std::string ResourceName(const schema::Names& names,
                           const internal::v1::AuditRecord& record) const;

  const Deps deps_;
  const AuditLog log_;
  const Verifier verifier_;
};

}  // namespace rapport::audit
