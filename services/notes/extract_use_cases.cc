// Extracts: one member's part of the record, the others' left out.
#include "notes/extract_rules.h"
#include "notes/notes_service.h"
#include "notes/request_range.h"
#include "notes/show.h"
#include "platform/base/redisclosure.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"

#include <algorithm>
#include <map>

namespace rapport::notes {
namespace {

bool TellsOfTreatment(const v1::GetMemberExtractResponse& extract) {
  return std::ranges::any_of(extract.sessions(), [](const v1::ExtractedSession& session) {
    return std::ranges::any_of(session.notes(), [](const v1::ExtractedNote& note) {
      return std::ranges::any_of(note.statements(),
                                 &v1::ExtractedStatement::substance_use_treatment);
    });
  });
}

}  // namespace

NotesService::Answer<v1::GetMemberExtractResponse> NotesService::GetMemberExtract(
    CallContext& context, const v1::GetMemberExtractRequest& request) {
  CO_ASSIGN_OR_RETURN(const TimeRange range, RangeOf(request));
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  const std::string& member = request.name();
  if (!MemberNames(names, *context.access.facts).contains(member)) co_return schema::NotFound();
  // Without the names there is no extract: nothing may be given that could not be looked through.
  CO_ASSIGN_OR_RETURN(const auto called,
                      co_await rosters_.NamesOf(context, names.Family(context.access.family)));
  std::string own;
  std::vector<std::string> others;
  for (const MemberName& one : called) {
    if (one.name == member) own = one.display_name;
    if (one.name != member) others.push_back(one.display_name);
  }
  const OtherNames other_names(own, others);
  auto chart = co_await LoadChart(context, ChartPart::kWhole);
  if (!chart.ok()) co_return chart.status();
  std::map<std::string_view, std::vector<const v1::Note*>> notes;
  for (const StoredNote& stored : chart->notes) {
    notes[stored.record.parent].push_back(&stored.message);
  }
  std::vector<records::Placed<const StoredSession*>> entries;
  for (const StoredSession& stored : chart->sessions) {
    const std::int64_t start_us = stored.record.sort_us;
    if (start_us < range.from_us || start_us >= range.to_us) continue;
    if (!InExtract(stored.message, member)) continue;
    entries.push_back({start_us, stored.record.id, &stored});
  }
  context.disclosed_members = {names.ReadMember(member)->id};
  v1::GetMemberExtractResponse response;
  CO_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      records::ShowPage(
          deps_, context, request, std::move(entries), false, [&](const StoredSession* stored) {
            context.disclosed_version = std::max(context.disclosed_version, stored->record.version);
            *response.add_sessions() =
                ExtractOf(stored->message, notes[stored->record.id], member, other_names,
                          SecretsAt(names, *context.access.facts, BeganUs(stored->message)),
                          request.include_substance_use_treatment());
          }));
  if (TellsOfTreatment(response)) response.set_redisclosure_notice(kRedisclosureNotice);
  co_return response;
}

}  // namespace rapport::notes
