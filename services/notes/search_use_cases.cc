// Search: words in the notes of one family that the caller may see.
#include "notes/note_rules.h"
#include "notes/notes_service.h"
#include "notes/part2_rules.h"
#include "notes/request_range.h"
#include "notes/search_rules.h"
#include "notes/show.h"
#include "platform/base/redisclosure.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"

#include <algorithm>
#include <map>

namespace rapport::notes {

NotesService::Answer<v1::SearchNotesResponse> NotesService::SearchNotes(
    CallContext& context, const v1::SearchNotesRequest& request) {
  const Query query = ParseQuery(request.query());
  if (!query.expected.empty()) {
    co_return schema::InvalidField("query", std::string(query.expected));
  }
  CO_ASSIGN_OR_RETURN(const TimeRange range, RangeOf(request));
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  const std::string& member = request.about_member();
  if (!member.empty() && !MemberNames(names, *context.access.facts).contains(member)) {
    co_return schema::InvalidField("about_member", "a member of this family");
  }
  auto chart = co_await LoadChart(context, ChartPart::kWhole);
  if (!chart.ok()) co_return chart.status();
  std::map<std::string_view, const v1::Session*> sessions;
  for (const StoredSession& stored : chart->sessions) {
    sessions[stored.record.id] = &stored.message;
  }
  const std::int64_t now_us = Now();
  std::set<std::string> untold;  // to who didn't write it
  for (const AccessFacts::Member& one : context.access.facts->members) {
    if (MayFindTreatment(context, one.member, now_us)) continue;
    untold.insert(names.Member(context.access.family, one.member));
  }
  std::vector<records::Placed<v1::NoteHit>> entries;
  for (const StoredNote& stored : chart->notes) {
    const v1::Session* session = sessions[stored.record.parent];
    if (session == nullptr) co_return absl::DataLossError("a note without its session");
    const std::int64_t start_us = Micros(session->start_time());
    if (start_us < range.from_us || start_us >= range.to_us) continue;
    const Standing standing =
        StandingTo(names.ReadProfessional(stored.message.author()).value_or(""),
                   context.access.professional, *context.access.facts, now_us);
    if (!MaySee(stored.message.state(), standing, context.access.viewer)) continue;
    const bool wrote = standing.author || standing.supervisor;
    std::optional<v1::NoteHit> hit =
        FindIn(stored.message, query.terms, member, wrote ? std::set<std::string>() : untold);
    if (!hit) continue;
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    hit->set_note(stored.message.name());
    hit->set_author(stored.message.author());
    hit->set_state(stored.message.state());
    *hit->mutable_session_start_time() = session->start_time();
    entries.push_back({start_us, stored.record.id, *std::move(hit)});
  }
  v1::SearchNotesResponse response;
  CO_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      records::ShowPage(deps_, context, request, std::move(entries), true, [&](v1::NoteHit hit) {
        if (std::ranges::any_of(hit.matches(), &v1::TextMatch::substance_use_treatment)) {
          response.set_redisclosure_notice(kRedisclosureNotice);
        }
        *response.add_hits() = std::move(hit);
      }));
  co_return response;
}

}  // namespace rapport::notes
