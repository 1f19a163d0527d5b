#include "notes/billing_rules.h"

#include "notes/session_rules.h"
#include "notes/values.h"

#include <algorithm>

namespace rapport::notes {

v1::BillingFacts BillingFactsOf(const v1::Session& session,
                                std::span<const v1::Note* const> notes) {
  v1::BillingFacts facts;
  facts.set_session(session.name());
  facts.set_state(session.state());
  facts.set_format(session.format());
  facts.set_mode(session.mode());
  if (session.has_start_time()) *facts.mutable_start_time() = session.start_time();
  if (session.has_end_time()) *facts.mutable_end_time() = session.end_time();
  facts.set_service_code(session.service_code());
  facts.set_identified_client(session.identified_client());
  for (const std::string& member : session.invited_members()) {
    const v1::Attendance* entry = AttendanceOf(session, member);
    if (entry == nullptr || !Attended(*entry)) continue;
    v1::BillingAttendee& attendee = *facts.add_attendees();
    attendee.set_member(member);
    if (entry->has_join_time()) *attendee.mutable_join_time() = entry->join_time();
    if (entry->has_leave_time()) *attendee.mutable_leave_time() = entry->leave_time();
  }
  for (const std::string& professional : session.invited_professionals()) {
    const v1::Attendance* entry = AttendanceOf(session, professional);
    if (entry == nullptr || Attended(*entry)) facts.add_providers(professional);
  }
  const auto provided = [&](const std::string& author) {
    return std::ranges::find(facts.providers(), author) != facts.providers().end();
  };
  for (const v1::Note* note : notes) {
    if (note->state() != v1::NOTE_STATE_LOCKED || note->signatures().empty()) continue;
    if (!provided(note->author())) continue;
    const auto& at = note->signatures(0).sign_time();
    if (facts.note_signed() && Micros(facts.note_sign_time()) <= Micros(at)) continue;
    facts.set_note_signed(true);
    *facts.mutable_note_sign_time() = at;
  }
  return facts;
}

}  // namespace rapport::notes
