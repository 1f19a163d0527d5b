#include "notes/apart_rules.h"

#include "notes/session_rules.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>

namespace rapport::notes {
namespace {

template <typename Names>
bool Among(const Names& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// Whether one of a pair is invited to the one, the other to the other.
bool HaveOneOf(const v1::Session& a, const v1::Session& b, const Pairs& pairs) {
  const auto& here = a.invited_members();
  const auto& there = b.invited_members();
  return std::ranges::any_of(pairs, [&](const auto& pair) {
    return (Among(here, pair.first) && Among(there, pair.second)) ||
           (Among(here, pair.second) && Among(there, pair.first));
  });
}

bool IsRemote(const v1::Session& session) {
  return session.mode() == v1::SESSION_MODE_TELEHEALTH || session.mode() == v1::SESSION_MODE_PHONE;
}

bool AtOnePlace(const v1::Session& a, const v1::Session& b) {
  if (IsRemote(a) || IsRemote(b)) return false;
  const absl::string_view here = absl::StripAsciiWhitespace(a.location());
  const absl::string_view there = absl::StripAsciiWhitespace(b.location());
  if (here.empty() || there.empty()) return a.mode() == b.mode();
  return absl::EqualsIgnoreCase(here, there);
}

bool WithOneHelper(const v1::Session& a, const v1::Session& b) {
  return std::ranges::any_of(a.invited_professionals(), [&](const std::string& professional) {
    return Among(b.invited_professionals(), professional);
  });
}

bool InOneHour(const v1::Session& a, const v1::Session& b) {
  return Micros(a.scheduled_start_time()) < Micros(b.scheduled_end_time()) &&
         Micros(b.scheduled_start_time()) < Micros(a.scheduled_end_time());
}

bool IsToCome(const v1::Session& session) {
  return session.state() == v1::SESSION_STATE_SCHEDULED ||
         session.state() == v1::SESSION_STATE_IN_PROGRESS;
}

bool WouldMeet(const v1::Session& a, const v1::Session& b, const Apart& apart) {
  return a.name() != b.name() && (AtOnePlace(a, b) || WithOneHelper(a, b)) &&
         HaveOneOf(a, b, apart);
}

}  // namespace

bool WouldMeetAsPlanned(const v1::Session& session, const v1::Session& other, const Apart& apart) {
  return IsToCome(other) && InOneHour(session, other) && WouldMeet(session, other, apart);
}

bool Overlap(const v1::Session& session, const v1::Session& other, const Pairs& same) {
  const auto shared = [](const auto& here, const auto& there) {
    return std::ranges::any_of(here, [&](const std::string& one) { return Among(there, one); });
  };
  return session.name() != other.name() && IsToCome(other) && InOneHour(session, other) &&
         (shared(session.invited_members(), other.invited_members()) ||
          shared(session.invited_professionals(), other.invited_professionals()) ||
          HaveOneOf(session, other, same));
}

bool WouldMeetNow(const v1::Session& session, const v1::Session& other, const Apart& apart,
                  std::int64_t now_us) {
  const bool goes_on = other.state() == v1::SESSION_STATE_IN_PROGRESS &&
                       now_us - Micros(other.start_time()) < kLongestSessionUs;
  return goes_on && WouldMeet(session, other, apart);
}

Unmet OtherHourNeeded() {
  return {"NOT_AVAILABLE_TOGETHER", "",
          "another session of that hour has the same place or helper: choose another hour, or "
          "another place and helper"};
}

}  // namespace rapport::notes
