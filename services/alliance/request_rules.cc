#include "alliance/request_rules.h"

namespace rapport::alliance {
namespace {

// Empty: too young for any form.
std::string_view FormOf(const AccessFacts::Member& member, std::int64_t at_us) {
  const int age = AgeAt(member, at_us);
  if (age == kAgeUnknown || age >= kAdultFormAge) return kAdultForm;
  return age >= kLeastAge ? kChildForm : "";
}

}  // namespace

std::vector<DueForm> FormsFor(const internal::v1::SessionHeld& session, const AccessFacts& facts) {
  const std::int64_t at_us = session.started_us();
  std::vector<Person> helpers, members;
  for (const auto& attendee : session.attendees()) {
    if (!Attended(attendee)) continue;
    if (attendee.professional()) {
      const auto* helper = HelperOn(facts, attendee.person(), at_us);
      if (helper != nullptr && helper->direct) helpers.push_back({attendee.person(), true});
    } else if (MemberOn(facts, attendee.person(), at_us) != nullptr) {
      members.push_back({attendee.person(), false});
    }
  }
  std::vector<DueForm> forms;
  if (helpers.empty()) return forms;
  for (const Person& member : members) {
    const std::string_view form = FormOf(*MemberOn(facts, member.id, at_us), at_us);
    if (form.empty() || !ConsentsToRatings(facts, member.id, session.ended_us())) continue;
    forms.push_back({member, std::string(form), helpers});
  }
  if (members.empty()) return forms;
  members.resize(std::min(members.size(), kMostMembersAsked));
  for (const Person& helper : helpers) {
    forms.push_back({helper, std::string(kTherapistForm), members});
  }
  return forms;
}

v1::RatingRequestState StateOf(v1::RatingRequestState stored, bool rated, std::int64_t expires_us,
                               std::int64_t now_us) {
  if (rated) return v1::RATING_REQUEST_STATE_DONE;
  if (IsWaiting(stored) && now_us >= expires_us) return v1::RATING_REQUEST_STATE_EXPIRED;
  return stored;
}

bool IsWaiting(v1::RatingRequestState state) {
  return state == v1::RATING_REQUEST_STATE_DUE || state == v1::RATING_REQUEST_STATE_OPENED;
}

}  // namespace rapport::alliance
