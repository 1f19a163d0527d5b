// Engagement: each member's part over a time.
#include "notes/engagement_rules.h"
#include "notes/notes_service.h"
#include "notes/request_range.h"
#include "notes/show.h"
#include "notes/values.h"
#include "platform/base/status_macros.h"
#include "platform/schema/errors.h"

#include <algorithm>
#include <set>

namespace rapport::notes {

NotesService::Answer<v1::GetEngagementResponse> NotesService::GetEngagement(
    CallContext& context, const v1::GetEngagementRequest& request) {
  CO_ASSIGN_OR_RETURN(const TimeRange range, RangeOf(request));
  auto chart = co_await LoadChart(context, ChartPart::kWhole);
  if (!chart.ok()) co_return chart.status();
  std::vector<v1::Session> held;
  std::set<std::string_view> held_ids;
  for (const StoredSession& stored : chart->sessions) {
    const v1::Session& session = stored.message;
    const std::int64_t start_us = Micros(session.start_time());
    if (session.state() != v1::SESSION_STATE_HELD) continue;
    if (start_us < range.from_us || start_us >= range.to_us) continue;
    held.push_back(session);
    held_ids.insert(stored.record.id);
  }
  std::vector<v1::Note> notes;
  for (const StoredNote& stored : chart->notes) {
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    if (held_ids.contains(stored.record.parent)) notes.push_back(stored.message);
  }
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  const AccessFacts& facts = *context.access.facts;
  v1::GetEngagementResponse response;
  std::set<std::string_view> shown;
  for (const AccessFacts::Member& member : facts.members) {
    if (!Overlaps(member.period, range) || !shown.insert(member.member).second) continue;
    *response.add_members() = EngagementOf(names.Member(facts.family, member.member), held, notes);
  }
  response.set_held_sessions(static_cast<std::int32_t>(held.size()));
  co_return response;
}

}  // namespace rapport::notes
