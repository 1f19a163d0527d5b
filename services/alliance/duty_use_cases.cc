// Who is on duty: shown, set, and who was when.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/duty.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/records/lists.h"
#include "platform/schema/times.h"

#include <utility>
#include <vector>

namespace rapport::alliance {

AllianceService::Answer<v1::GetDutyResponse> AllianceService::GetDuty(CallContext& context,
                                                                      const v1::GetDutyRequest&) {
  const std::string& agency = context.principal->agency;
  std::optional<StoredDuty> stored;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(stored, FindDuty(tx, deps_.records, agency));
    return absl::OkStatus();
  }));
  v1::GetDutyResponse response;
  *response.mutable_duty() =
      ShowDuty(stored ? &stored->message : nullptr, urgent_settings_(agency));
  response.mutable_duty()->set_etag(
      deps_.etags.Show(agency, kDutyId, stored ? stored->record.version : 0));
  co_return response;
}

AllianceService::Answer<v1::SetDutyResponse> AllianceService::SetDuty(
    CallContext& context, const v1::SetDutyRequest& request) {
  auto set = co_await SetDutyOnce(context, request);
  // Of two who set it first, or at once, the second has not seen what the first said.
  if (!absl::IsAlreadyExists(set.status()) && !records::IsConflict(set.status())) co_return set;
  co_return co_await SetDutyOnce(context, request);
}

AllianceService::Answer<v1::SetDutyResponse> AllianceService::SetDutyOnce(
    CallContext& context, const v1::SetDutyRequest& request) {
  const std::string& agency = context.principal->agency;
  std::optional<StoredDuty> before;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(before, FindDuty(tx, deps_.records, agency));
    return absl::OkStatus();
  }));
  const std::int64_t version = before ? before->record.version : 0;
  CO_RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, kDutyId, version));
  if (const auto wrong = FaultOfSubjects(request.subjects())) {
    co_return errors::InvalidRating("", {{Concat({"subjects[", std::to_string(*wrong), "]"}),
                                          "the subject of a token, each once"}});
  }
  internal::v1::StoredDuty set;
  *set.mutable_subjects() = request.subjects();
  set.set_set_us(Now());
  set.set_set_by(context.principal->subject);
  records::Record record = before ? before->record : NewRecord(kDuty, "", Now());
  record.id = kDutyId;
  record = records::With(record, set);
  records::Changes changes(context, Now());
  if (before) {
    changes.Update(before->record, record);
  } else {
    changes.Create(record);
  }
  changes.Audit("duty.set", record);
  v1::SetDutyResponse response;
  *response.mutable_duty() = ShowDuty(&set, urgent_settings_(agency));
  response.mutable_duty()->set_etag(deps_.etags.Show(agency, kDutyId, version + 1));
  const auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

AllianceService::Answer<v1::ListDutyRevisionsResponse> AllianceService::ListDutyRevisions(
    CallContext& context, const v1::ListDutyRevisionsRequest& request) {
  const std::string& agency = context.principal->agency;
  std::vector<records::Record> versions;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    versions.clear();
    ASSIGN_OR_RETURN(auto newest, FindDuty(tx, deps_.records, agency));
    if (!newest) return absl::OkStatus();
    ASSIGN_OR_RETURN(versions, deps_.records.History(tx, agency, "", kDuty, kDutyId));
    versions.push_back(std::move(newest->record));
    return absl::OkStatus();
  }));
  std::vector<records::Placed<v1::Duty>> placed;
  for (records::Record& version : versions) {
    const std::int64_t number = version.version;
    CO_ASSIGN_OR_RETURN(const auto one,
                        records::Parse<internal::v1::StoredDuty>(std::move(version)));
    // Nobody: whom the settings named then is not on record.
    v1::Duty duty = ShowDuty(&one.message, UrgentSettings());
    duty.set_etag(deps_.etags.Show(agency, kDutyId, number));
    placed.push_back({number, std::to_string(number), std::move(duty)});
  }
  v1::ListDutyRevisionsResponse response;
  CO_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      records::ShowPage(deps_, context, request, std::move(placed), /*newest_first=*/true,
                        [&](v1::Duty duty) { *response.add_duties() = std::move(duty); }));
  co_return response;
}

}  // namespace rapport::alliance
