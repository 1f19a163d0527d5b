// ErasureService: the use cases of legal holds and of erasing a family, and what intake does about
// the erasure's events. Two administrators; a hold or a retention date refuses it; approval makes
// the family unreadable here at once and tells the other services, who report when they are done.
// No gRPC, no SQL. Thread-safe.
#pragma once

#include "intake/intake_store.h"
#include "intake/lasting_kinds.h"
#include "intake/retention_rules.h"
#include "platform/base/call_context.h"
#include "platform/base/task.h"
#include "platform/crypto/agencies.h"
#include "platform/records/eraser.h"
#include "platform/records/inbox.h"
#include "platform/records/service_deps.h"
#include "platform/schema/filter.h"

#include <rapport/intake/v1/erasure.pb.h>

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

namespace rapport::intake {

class ErasureService final : public records::EventHandler {
 public:
  template <typename T>
  using Answer = Task<absl::StatusOr<T>>;

  // All must outlive it.
  ErasureService(const records::ServiceDeps& deps, const crypto::Agencies& agencies,
                 records::Eraser& eraser)
      : deps_(deps), store_(deps.records), agencies_(agencies), eraser_(eraser) {}

  Answer<v1::PlaceLegalHoldResponse> PlaceLegalHold(CallContext&, const v1::PlaceLegalHoldRequest&);
  Answer<v1::ReleaseLegalHoldResponse> ReleaseLegalHold(CallContext&,
                                                        const v1::ReleaseLegalHoldRequest&);
  Answer<v1::ListLegalHoldsResponse> ListLegalHolds(CallContext&, const v1::ListLegalHoldsRequest&);
  Answer<v1::EraseFamilyResponse> EraseFamily(CallContext&, const v1::EraseFamilyRequest&);
  Answer<v1::ApproveErasureResponse> ApproveErasure(CallContext&, const v1::ApproveErasureRequest&);
  Answer<v1::WithdrawErasureResponse> WithdrawErasure(CallContext&,
                                                      const v1::WithdrawErasureRequest&);
  Answer<v1::GetErasureResponse> GetErasure(CallContext&, const v1::GetErasureRequest&);
  Answer<v1::ListErasuresResponse> ListErasures(CallContext&, const v1::ListErasuresRequest&);

  // FAMILY_ERASED of intake, delivered to itself: in case approval ended before the family was
  // gone. Of another service: its report.
  Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
      CallContext& context, const internal::v1::EventEnvelope& event) override;

 private:
  using StoredHold = records::Stored<v1::LegalHold>;
  using StoredErasure = records::Stored<v1::Erasure>;
  // A family and what may keep it from being erased.
  struct HeldCase {
    StoredCase file;
    std::vector<StoredHold> holds;
  };
  absl::StatusOr<HeldCase> Load(db::Tx& tx, const std::string& agency,
                                const std::string& family) const;
  Answer<HeldCase> LoadCase(CallContext& context);
  Answer<StoredErasure> LoadErasure(CallContext& context, const std::string& name);
  // As LoadErasure, at the version that was seen, in the state that `event` puts it into: refused
  // where that is not legal.
  Answer<StoredErasure> LoadFor(ErasureEvent event, CallContext& context, const std::string& name,
                                const std::string& etag);
  // Commits `changes`, in which `stored` is, and answers with it.
  template <typename Response>
  Answer<Response> Commit(CallContext& context, records::Changes changes,
                          const StoredErasure& stored);
  Answer<std::optional<StoredErasure>> FindErasure(CallContext& context, std::string agency,
                                                   std::string family);
  Answer<v1::ListLegalHoldsResponse> ListAgencyHolds(CallContext& context,
                                                     const v1::ListLegalHoldsRequest& request,
                                                     const std::vector<schema::FilterTerm>& terms,
                                                     bool newest_first);
  absl::Status CheckErasable(const HeldCase& held, const std::string& agency, std::int64_t now_us,
                             std::int64_t* retained_until_us) const;
  Answer<v1::PlaceLegalHoldResponse> PlaceOnce(CallContext&, const v1::PlaceLegalHoldRequest&);
  Answer<v1::ReleaseLegalHoldResponse> ReleaseOnce(CallContext&,
                                                   const v1::ReleaseLegalHoldRequest&);
  Answer<v1::EraseFamilyResponse> EraseOnce(CallContext&, const v1::EraseFamilyRequest&);
  Answer<v1::ApproveErasureResponse> ApproveOnce(CallContext&, const v1::ApproveErasureRequest&);
  Answer<v1::WithdrawErasureResponse> WithdrawOnce(CallContext&, const v1::WithdrawErasureRequest&);
  // `whose`: the family as it is now.
  v1::LegalHold ShowHold(const std::string& agency, const StoredHold& stored,
                         const StoredFamily& whose) const;
  v1::Erasure ShowErasure(const std::string& agency, const StoredErasure& stored) const;
  std::int64_t Now() const { return deps_.clock.NowMicros(); }

  const records::ServiceDeps deps_;
  const IntakeStore store_;
  const crypto::Agencies& agencies_;
  records::Eraser& eraser_;
};

}  // namespace rapport::intake
