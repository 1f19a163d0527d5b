// Revisions: every version of a resource, with who made it, when and by doing what. What
// ListCaseRevisions, ListSessionRevisions and ListPlanRevisions are made of.
//
// A use case takes the access of the method that shows the resource (EnterAs), reads all versions
// (VersionsOf), shows each as that method would, and leaves out what the caller would not have
// seen. Page turns them into the answer: `revisions` of a Revision and a oneof `resource`. To a
// member, versions in which nothing changed that they are shown are one: neither their number nor
// their times tell what others did. Who, when and by what is read from the audit trail.
// Thread-safe.
#pragma once

#include "platform/audit/audit_log.h"
#include "platform/base/status_macros.h"
#include "platform/records/service_deps.h"

#include <google/protobuf/message.h>
#include <rapport/type/v1/revision.pb.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::records {

// One version as the caller is shown it.
struct ShownVersion {
  Record record;
  std::unique_ptr<google::protobuf::Message> resource;
};

class Revisions {
 public:
  // `service` as in Records::Options; `keys` must outlive it.
  Revisions(const ServiceDeps& deps, std::string service, crypto::KeyRing& keys)
      : deps_(deps), log_(std::move(service), deps.db, keys) {}

  // The call's access becomes what it would be in a call of `method` about its family and the
  // member `self` (inner id; empty: nobody). Refused as that call would be.
  Task<absl::Status> EnterAs(CallContext& context, std::string_view method,
                             std::string self = {}) const;
  // Oldest first, the newest included. NOT_FOUND: no such record.
  absl::StatusOr<std::vector<Record>> VersionsOf(db::Tx& tx, std::string_view agency,
                                                 std::string_view family, int kind,
                                                 std::string_view id) const;
  // The page that `request` asks for. `versions`: of one resource, oldest first; NOT_FOUND: none.
  // Says what it discloses: everyone's, unless the use case named members.
  template <typename Response>
  Task<absl::StatusOr<Response>> Page(CallContext& context,
                                      const google::protobuf::Message& request,
                                      std::vector<ShownVersion> versions) const {
    Response response;
    CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                        co_await Fill(context, request, std::move(versions), response));
    co_return response;
  }

 private:
  // The next page's token.
  Task<absl::StatusOr<std::string>> Fill(CallContext& context,
                                         const google::protobuf::Message& request,
                                         std::vector<ShownVersion> versions,
                                         google::protobuf::Message& response) const;
  // Adds who and what to `revision`.
  Task<absl::Status> Describe(CallContext& context, const Record& record,
                              type::v1::Revision& revision) const;

  const ServiceDeps deps_;
  const audit::AuditLog log_;
};

}  // namespace rapport::records
