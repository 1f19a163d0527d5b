#include "intake/case_page.h"
#include "intake/directory_changes.h"
#include "intake/intake_errors.h"
#include "intake/intake_service.h"
#include "intake/show.h"
#include "intake/supervision_rules.h"
#include "platform/base/status_macros.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

#include <rapport/options/v1/options.pb.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace rapport::intake {
namespace {

const auto& kSupervisionFilter = *new schema::ListFilter<v1::Supervision, std::int64_t>(
    {{"supervisor"}, {"supervisee"}, {"name"}},
    {{schema::Flag("ended"),
      [](const schema::FilterTerm& term, const v1::Supervision& one, const std::int64_t& now_us) {
        return schema::Holds(term, one.has_end_time() && Micros(one.end_time()) <= now_us);
      }}});

constexpr std::string_view kOfTheAgency = "";  // no family's
constexpr std::int64_t kDayUs = 24ll * 3'600 * 1'000'000;

// Whether `professional` is supervised, themself or through others, by `above` at `from_us` or
// later.
absl::StatusOr<bool> IsUnder(const IntakeStore& store, db::Tx& tx, std::string_view agency,
                             std::string_view professional, std::string_view above,
                             std::int64_t from_us) {
  std::set<std::string, std::less<>> met = {std::string(professional)};
  std::vector<std::string> unseen = {std::string(professional)};
  while (!unseen.empty()) {
    const std::string one = std::move(unseen.back());
    unseen.pop_back();
    ASSIGN_OR_RETURN(const StoredProfessional stored, store.Professional(tx, agency, one));
    for (const auto& supervision : stored.message.supervisions()) {
      if (supervision.to_us() != 0 && supervision.to_us() <= from_us) continue;
      if (supervision.supervisor() == above) return true;
      if (met.insert(supervision.supervisor()).second) unseen.push_back(supervision.supervisor());
    }
  }
  return false;
}

}  // namespace

IntakeService::Answer<v1::AssignSupervisorResponse> IntakeService::AssignSupervisor(
    CallContext& context, const v1::AssignSupervisorRequest& request) {
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return AssignOnce(context, request); });
}

// A supervision stands twice: as a resource, and in the supervisee's own record, where a family's
// facts find it without a search. Two that are assigned at once could make a circle of which each
// sees a part, so those of an agency are assigned one after the other: what is read here rests on
// `revision`, which each of them moves on.
IntakeService::Answer<v1::AssignSupervisorResponse> IntakeService::AssignOnce(
    CallContext& context, const v1::AssignSupervisorRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  std::int64_t revision = 0;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(revision, deps_.records.Revision(tx, agency, kOfTheAgency));
    return absl::OkStatus();
  }));
  const auto supervisor_id = names.ReadProfessional(request.supervision().supervisor());
  auto supervisor = co_await LoadProfessional(context, request.supervision().supervisor());
  if (!supervisor.ok()) co_return supervisor.status();
  auto supervisee = co_await LoadProfessional(context, request.supervision().supervisee());
  if (!supervisee.ok()) co_return supervisee.status();
  if (supervisor->record.id == supervisee->record.id) {
    co_return schema::InvalidField("supervision.supervisee", "somebody else than the supervisor");
  }
  const std::int64_t now_us = Now();
  if (!context.principal->roles.Has(options::v1::ROLE_ADMIN)) {
    const auto& subjects = supervisor->message.subjects();
    if (std::ranges::find(subjects, context.principal->subject) != subjects.end()) {
      co_return errors::OwnSupervision(request.supervision().supervisor());
    }
    if (request.supervision().has_start_time() &&
        Micros(request.supervision().start_time()) < now_us - kDayUs) {
      co_return schema::InvalidField(
          "supervision.start_time", "within the last day; an administrator enters what was before");
    }
  }
  const std::int64_t from_us =
      request.supervision().has_start_time() ? Micros(request.supervision().start_time()) : now_us;
  if (const std::string known = InTheWay(supervisee->message, *supervisor_id, from_us);
      !known.empty()) {
    co_return errors::AlreadySupervises(names.Supervision(known));
  }
  bool cycle = false;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(cycle,
                     IsUnder(store_, tx, agency, *supervisor_id, supervisee->record.id, from_us));
    return absl::OkStatus();
  }));
  if (cycle) co_return errors::SupervisionCycle(request.supervision().supervisee());
  records::Changes changes(context, now_us);
  changes.Guard(std::string(kOfTheAgency), revision);
  records::Stored<v1::Supervision> stored;
  stored.record = NewRecord(kSupervision, "", now_us);
  stored.record.parent = *supervisor_id;
  stored.message = request.supervision();
  stored.message.set_name(names.Supervision(stored.record.id));
  *stored.message.mutable_start_time() = schema::ToTimestamp(from_us);
  stored.record = records::With(stored.record, stored.message);
  changes.Create(stored.record);
  const records::Record before = supervisee->record;
  auto* entry = supervisee->message.add_supervisions();
  entry->set_id(stored.record.id);
  entry->set_supervisor(*supervisor_id);
  entry->set_from_us(from_us);
  changes.Update(before, records::With(before, supervisee->message));
  changes.Audit("supervision.assign", stored.record);
  EmitSupervisionChanged(stored.message.name(), 1, changes);
  stored.record.version = 1;
  v1::AssignSupervisorResponse response;
  *response.mutable_supervision() = Show(deps_, agency, stored);
  CO_RETURN_IF_ERROR(co_await CommitFor(context, before.id, std::move(changes), response));
  co_return response;
}

IntakeService::Answer<v1::EndSupervisionResponse> IntakeService::EndSupervision(
    CallContext& context, const v1::EndSupervisionRequest& request) {
  const std::string& agency = context.principal->agency;
  const auto id = deps_.NamesOf(agency).ReadSupervision(request.name());
  if (!id) co_return schema::NotFound();
  records::Stored<v1::Supervision> stored;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(auto record, deps_.records.Get(tx, agency, "", kSupervision, *id));
    ASSIGN_OR_RETURN(stored, records::Parse<v1::Supervision>(std::move(record)));
    return absl::OkStatus();
  }));
  const records::Record before = stored.record;
  CO_RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, before.id, before.version));
  const std::int64_t now_us = Now();
  const std::int64_t end_us = stored.message.has_end_time() ? Micros(stored.message.end_time()) : 0;
  const auto refusal =
      SupervisionLife().RefusalOf(SupervisionStateAt(end_us, now_us), SupervisionEvent::kEnd);
  if (refusal) co_return errors::RefusedInState(*refusal, request.name());
  auto supervisee = co_await LoadProfessional(context, stored.message.supervisee());
  if (!supervisee.ok()) co_return supervisee.status();
  records::Changes changes(context, now_us);
  *stored.message.mutable_end_time() = schema::ToTimestamp(now_us);
  stored.record = records::With(before, stored.message);
  stored.record.updated_us = now_us;
  changes.Update(before, stored.record);
  const records::Record person = supervisee->record;
  for (auto& entry : *supervisee->message.mutable_supervisions()) {
    if (entry.id() == *id) entry.set_to_us(now_us);
  }
  changes.Update(person, records::With(person, supervisee->message));
  changes.Audit("supervision.end", before);
  EmitSupervisionChanged(stored.message.name(), before.version + 1, changes);
  stored.record.version = before.version + 1;
  v1::EndSupervisionResponse response;
  *response.mutable_supervision() = Show(deps_, agency, stored);
  CO_RETURN_IF_ERROR(co_await CommitFor(context, person.id, std::move(changes), response));
  co_return response;
}

IntakeService::Answer<v1::ListSupervisionsResponse> IntakeService::ListSupervisions(
    CallContext& context, const v1::ListSupervisionsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kSupervisionFilter.Read(request.filter()));
  const std::string& agency = context.principal->agency;
  const std::int64_t now_us = Now();
  std::vector<records::Stored<v1::Supervision>> found;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    found.clear();
    ASSIGN_OR_RETURN(auto records,
                     deps_.records.Family(tx, agency, "", kSupervision, kSupervision));
    for (records::Record& record : records) {
      ASSIGN_OR_RETURN(auto stored, records::Parse<v1::Supervision>(std::move(record)));
      if (kSupervisionFilter.Matches(terms, stored.message, now_us)) {
        found.push_back(std::move(stored));
      }
    }
    return absl::OkStatus();
  }));
  v1::ListSupervisionsResponse response;
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      ShowCasePage(deps_, context, request, std::move(found), true,
                                   [&](const records::Stored<v1::Supervision>& stored) {
                                     context.disclosed_version =
                                         std::max(context.disclosed_version, stored.record.version);
                                     *response.add_supervisions() = Show(deps_, agency, stored);
                                   }));
  co_return response;
}

}  // namespace rapport::intake
