#include "notes/engagement_rules.h"

#include "notes/amendment_rules.h"
#include "notes/session_rules.h"
#include "notes/values.h"

#include <algorithm>

namespace rapport::notes {
namespace {

int MentionsIn(const v1::Note& note, const std::string& member) {
  if (note.state() == v1::NOTE_STATE_ENTERED_IN_ERROR) return 0;
  int mentions = 0;
  const auto count = [&](const auto& statements) {
    mentions += static_cast<int>(std::count_if(
        statements.begin(), statements.end(),
        [&](const v1::Statement& statement) { return statement.about_member() == member; }));
  };
  for (const v1::NoteSection& section : note.sections()) count(section.statements());
  for (const v1::Addendum& addendum : note.addenda()) count(addendum.statements());
  for (const v1::Correction& one : CorrectionsInForce(note)) {
    mentions += static_cast<int>(one.after().about_member() == member) -
                static_cast<int>(one.before().about_member() == member);
  }
  return mentions;
}

void CountAttended(const v1::Session& session, v1::MemberEngagement& engagement) {
  engagement.set_attended(engagement.attended() + 1);
  if (!engagement.has_last_attended_time() ||
      Micros(engagement.last_attended_time()) < Micros(session.start_time())) {
    *engagement.mutable_last_attended_time() = session.start_time();
  }
}

}  // namespace

bool Overlaps(const Period& period, const TimeRange& range) {
  return period.from_us < range.to_us && (period.to_us == 0 || range.from_us < period.to_us);
}

std::optional<double> VoiceOf(v1::Participation participation) {
  switch (participation) {
    case v1::PARTICIPATION_QUIET:
      return 0.0;
    case v1::PARTICIPATION_WITHDREW:
      return 0.25;
    case v1::PARTICIPATION_ACTIVE:
      return 0.75;
    case v1::PARTICIPATION_LED:
      return 1.0;
    default:
      return std::nullopt;
  }
}

v1::MemberEngagement EngagementOf(const std::string& member, std::span<const v1::Session> held,
                                  std::span<const v1::Note> notes) {
  v1::MemberEngagement engagement;
  engagement.set_member(member);
  double voice_sum = 0;
  int voices = 0;
  for (const v1::Session& session : held) {
    const auto& invited = session.invited_members();
    if (std::find(invited.begin(), invited.end(), member) == invited.end()) continue;
    engagement.set_invited(engagement.invited() + 1);
    const v1::Attendance* entry = AttendanceOf(session, member);
    if (entry == nullptr) continue;
    if (entry->presence() == v1::PRESENCE_ABSENT) {
      if (entry->by_plan()) {
        engagement.set_absent_by_plan(engagement.absent_by_plan() + 1);
      } else {
        engagement.set_absent_unplanned(engagement.absent_unplanned() + 1);
      }
    }
    if (!Attended(*entry)) continue;
    CountAttended(session, engagement);
    if (const auto voice = VoiceOf(entry->participation())) {
      voice_sum += *voice;
      ++voices;
    }
  }
  if (voices > 0) engagement.set_voice(voice_sum / voices);
  for (const v1::Note& note : notes) {
    if (note.state() == v1::NOTE_STATE_DRAFT) continue;
    engagement.set_mentions(engagement.mentions() + MentionsIn(InForce(note), member));
  }
  return engagement;
}

}  // namespace rapport::notes
