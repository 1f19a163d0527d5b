#include "intake/relationship_rules.h"

#include "intake/case_page.h"
#include "intake/change_case.h"
#include "intake/family_resource.h"
#include "intake/intake_errors.h"
#include "intake/person_rules.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::intake {
namespace {

const auto& kRelationshipFilter = *new schema::ListFilter<v1::Relationship>(
    {{.name = "member", .path = "from_member,to_member"}, {"kind"}},
    {{schema::Flag("ended"), [](const schema::FilterTerm& term, const v1::Relationship& line) {
        return schema::Holds(term, line.has_end_date());
      }}});

}  // namespace

void EmitCase(const StoredCase& file, int type, std::string_view resource, std::int64_t version,
              records::Changes& changes) {
  changes.Emit({.type = type,
                .family = file.id,
                .resource = std::string(resource),
                .version = version,
                .body = {}});
}

IntakeService::Answer<v1::SetRelationshipResponse> IntakeService::SetRelationship(
    CallContext& context, const v1::SetRelationshipRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::SetRelationshipResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::SetRelationshipResponse& response) -> absl::Status {
    const v1::Relationship& wanted = request.relationship();
    auto faults = FaultsOf(wanted, file.File());
    const std::int64_t now_us = Now();
    if (wanted.has_start_date() &&
        schema::CompareDates(DayAt(now_us, file.rules.zone), wanted.start_date()) < 0) {
      faults.emplace_back("start_date", "not in the future");
    }
    if (!faults.empty()) return errors::InvalidResource("relationship.", faults);
    const type::v1::Date day =
        wanted.has_start_date() ? wanted.start_date() : DayAt(now_us, file.rules.zone);
    records::Record record = NewRecord(kRelationship, file.id, now_us);
    v1::Relationship line = wanted;
    line.set_name(deps_.NamesOf(agency).Relationship(file.id, record.id));
    for (auto& known : file.relationships) {
      v1::Relationship& other = known.message;
      if (!SameThing(wanted, other)) continue;
      if (IsEndedFrom(other, day)) {
        *other.mutable_end_date() = day;
        changes.Audit("relationship.end", known.record);
        Put(known, now_us, changes);
      } else if (other.has_start_date() && schema::CompareDates(day, other.start_date()) < 0 &&
                 IsEndedFrom(line, other.start_date())) {
        *line.mutable_end_date() = other.start_date();
      }
    }
    const auto stored = Make(std::move(record), std::move(line), changes);
    changes.Audit("relationship.set", stored.record);
    *response.mutable_relationship() = Show(deps_, agency, stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::SetRelationshipResponse>(context, step);
}

IntakeService::Answer<v1::EndRelationshipResponse> IntakeService::EndRelationship(
    CallContext& context, const v1::EndRelationshipRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::EndRelationshipResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::EndRelationshipResponse& response) -> absl::Status {
    auto* stored = FindNamed(file.relationships, request.name());
    if (stored == nullptr) return schema::NotFound();
    RETURN_IF_ERROR(
        deps_.etags.Check(request.etag(), agency, stored->record.id, stored->record.version));
    if (stored->message.has_end_date()) return errors::AlreadyEnded(request.name());
    const std::int64_t now_us = Now();
    v1::Relationship& line = stored->message;
    if (request.has_end_date()) {
      if (line.has_start_date() &&
          schema::CompareDates(request.end_date(), line.start_date()) < 0) {
        return schema::InvalidField("end_date", "not before the start");
      }
      if (schema::CompareDates(DayAt(now_us, file.rules.zone), request.end_date()) < 0) {
        return schema::InvalidField("end_date", "not in the future");
      }
    }
    *line.mutable_end_date() =
        request.has_end_date() ? request.end_date() : DayAt(now_us, file.rules.zone);
    changes.Audit("relationship.end", stored->record);
    Put(*stored, now_us, changes);
    *response.mutable_relationship() = Show(deps_, agency, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::EndRelationshipResponse>(context, step);
}

IntakeService::Answer<v1::ListRelationshipsResponse> IntakeService::ListRelationships(
    CallContext& context, const v1::ListRelationshipsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kRelationshipFilter.Read(request.filter()));
  auto file = co_await LoadCase(context);
  if (!file.ok()) co_return file.status();
  std::erase_if(file->relationships, [&](const records::Stored<v1::Relationship>& stored) {
    return !kRelationshipFilter.Matches(terms, stored.message);
  });
  v1::ListRelationshipsResponse response;
  context.disclosed_version = file->revision;
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      ShowCasePage(deps_, context, request, std::move(file->relationships), false,
                                   [&](const records::Stored<v1::Relationship>& stored) {
                                     *response.add_relationships() =
                                         Show(deps_, context.principal->agency, stored);
                                   }));
  co_return response;
}

IntakeService::Answer<v1::GetFamilyGraphResponse> IntakeService::GetFamilyGraph(
    CallContext& context, const v1::GetFamilyGraphRequest& request) {
  auto file = co_await LoadCase(context);
  if (!file.ok()) co_return file.status();
  v1::GetFamilyGraphResponse response;
  *response.mutable_graph() =
      GraphAt(file->File(), request.has_at_time() ? Micros(request.at_time()) : Now());
  context.disclosed_version = file->revision;
  co_return response;
}

}  // namespace rapport::intake
