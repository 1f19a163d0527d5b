#include "notes/session_rules.h"

#include "platform/base/machine.h"

#include <google/protobuf/util/message_differencer.h>
#include <rapport/intake/v1/consent.pb.h>

#include <algorithm>
#include <set>

namespace rapport::notes {
namespace {

constexpr SessionMove kMoves[] = {
    {v1::SESSION_STATE_SCHEDULED, v1::SESSION_STATE_IN_PROGRESS, "it begins"},
    {v1::SESSION_STATE_SCHEDULED, v1::SESSION_STATE_CANCELLED, "it will not take place"},
    {v1::SESSION_STATE_SCHEDULED, v1::SESSION_STATE_NO_SHOW, "nobody came"},
    {v1::SESSION_STATE_IN_PROGRESS, v1::SESSION_STATE_HELD, "it ends"},
    {v1::SESSION_STATE_IN_PROGRESS, v1::SESSION_STATE_NO_SHOW, "nobody came"},
    {v1::SESSION_STATE_IN_PROGRESS, v1::SESSION_STATE_CANCELLED, "it was begun by mistake"},
};

std::string ShortName(v1::SessionState state) {
  return v1::SessionState_Name(state).substr(sizeof("SESSION_STATE_") - 1);
}

std::string Indexed(std::string_view field, std::size_t index) {
  return std::string(field) + "[" + std::to_string(index) + "]";
}

// Anything with an id and a period: somebody's times on one of the two systems.
template <typename Person, typename IdOf>
void CheckPeople(std::string_view field, const std::vector<std::string>& ids,
                 const std::vector<Person>& system, IdOf id_of, const char* expected,
                 std::int64_t at_us, Faults& faults) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool belongs = std::any_of(system.begin(), system.end(), [&](const Person& person) {
      return id_of(person) == ids[i] && person.period.Contains(at_us);
    });
    if (!belongs) faults.push_back({Indexed(field, i), expected});
    if (!seen.insert(ids[i]).second) {
      faults.push_back({Indexed(field, i), "each person at most once"});
    }
  }
}

bool HasConsentAt(const AccessFacts& facts, std::string_view member, int purpose,
                  std::int64_t at_us) {
  return std::any_of(facts.consents.begin(), facts.consents.end(), [&](const auto& consent) {
    return consent.member == member && consent.purpose == purpose && consent.period.Contains(at_us);
  });
}

bool SomePairIsSeparated(const std::vector<std::string>& members, const AccessFacts& facts) {
  const auto invited = [&](const std::string& member) {
    return std::find(members.begin(), members.end(), member) != members.end();
  };
  return std::any_of(facts.separated.begin(), facts.separated.end(),
                     [&](const auto& pair) { return invited(pair.first) && invited(pair.second); });
}

// Of those who are to be screened by now, the ones among `members`.
std::vector<std::string> ScreensDue(const std::vector<std::string>& members,
                                    const AccessFacts& facts, std::int64_t now_us) {
  std::vector<std::string> due;
  for (const AccessFacts::ScreenDue& one : facts.screens_due) {
    const bool invited = std::find(members.begin(), members.end(), one.member) != members.end();
    if (invited && one.due_us <= now_us) due.push_back(one.member);
  }
  return due;
}

bool IsInvited(const v1::Session& session, const std::string& person) {
  const auto among = [&](const auto& names) {
    return std::find(names.begin(), names.end(), person) != names.end();
  };
  return among(session.invited_members()) || among(session.invited_professionals());
}

void CheckAbsence(const v1::Attendance& entry, const std::string& at, Faults& faults) {
  const auto expect = [&](bool holds, const char* field, const char* what) {
    if (!holds) faults.push_back({at + "." + field, what});
  };
  const bool absent = entry.presence() == v1::PRESENCE_ABSENT;
  expect(absent == (entry.absence_reason() != v1::ABSENCE_REASON_UNSPECIFIED), "absence_reason",
         "a reason when absent, none otherwise");
  expect(entry.by_plan() == (entry.absence_reason() == v1::ABSENCE_REASON_PLANNED), "by_plan",
         "with absence reason PLANNED, and only then");
  if (!absent) return;
  expect(entry.participation() == v1::PARTICIPATION_UNSPECIFIED, "participation",
         "none when absent");
  expect(!entry.has_join_time(), "join_time", "none when absent");
  expect(!entry.has_leave_time(), "leave_time", "none when absent");
}

// From the session's start, where it has one, to `end_us`.
bool IsDuring(const v1::Session& session, const google::protobuf::Timestamp& time,
              std::int64_t end_us) {
  const std::int64_t at_us = Micros(time);
  return at_us <= end_us && (!session.has_start_time() || at_us >= Micros(session.start_time()));
}

bool IsInvitedMember(const v1::Session& session, const std::string& person) {
  const auto& members = session.invited_members();
  return std::find(members.begin(), members.end(), person) != members.end();
}

}  // namespace

std::span<const SessionMove> SessionMoves() { return kMoves; }

bool IsMove(v1::SessionState from, v1::SessionState to) {
  return std::any_of(std::begin(kMoves), std::end(kMoves),
                     [&](const SessionMove& move) { return move.from == from && move.to == to; });
}

std::string SessionLifeDot() { return MovesDot("session", kMoves, ShortName); }

std::vector<Unmet> UnmetForMove(const v1::Session& session, v1::SessionState to) {
  if (IsMove(session.state(), to)) return {};
  std::string legal;
  for (const SessionMove& move : kMoves) {
    if (move.from != session.state()) continue;
    legal += (legal.empty() ? "" : ", ") + ShortName(move.to);
  }
  return {{"ILLEGAL_TRANSITION", session.name(),
           "from " + ShortName(session.state()) + " a session can become " +
               (legal.empty() ? std::string("nothing else") : legal) + ", not " + ShortName(to)}};
}

Faults FaultsOfPlan(const v1::Session& session, const Invited& invited, const AccessFacts& facts) {
  Faults faults;
  const std::int64_t start_us = Micros(session.scheduled_start_time());
  const std::int64_t end_us = Micros(session.scheduled_end_time());
  if (end_us <= start_us || end_us - start_us > kLongestSessionUs) {
    faults.push_back({"scheduled_end_time", "after the start, within 12 hours of it"});
  }
  CheckPeople(
      "invited_members", invited.members, facts.members,
      [](const AccessFacts::Member& member) -> const std::string& { return member.member; },
      "a member of this family at the planned start", start_us, faults);
  CheckPeople(
      "invited_professionals", invited.professionals, facts.helpers,
      [](const AccessFacts::Helper& helper) -> const std::string& { return helper.professional; },
      "on the therapist system at the planned start", start_us, faults);
  if (session.format() == v1::SESSION_FORMAT_INDIVIDUAL && invited.members.size() != 1) {
    faults.push_back({"invited_members", "one member in an INDIVIDUAL session"});
  }
  return faults;
}

std::vector<Unmet> UnmetForMeeting(const std::vector<std::string>& members,
                                   const AccessFacts& facts, std::int64_t at_us,
                                   std::int64_t now_us) {
  std::vector<Unmet> unmet;
  if (facts.state != CaseState::kOpen) {
    unmet.push_back({"CASE_NOT_OPEN", "", "the case is opened first (TransitionFamily)"});
  }
  if (SomePairIsSeparated(members, facts)) {
    unmet.push_back({"NOT_AVAILABLE_TOGETHER", "", "the clinician arranges it otherwise"});
  }
  if (members.size() > 1) {
    for (std::string& member : ScreensDue(members, facts, now_us)) {
      unmet.push_back({"SAFETY_SCREEN_DUE", std::move(member),
                       "a safety screen with the person alone (RecordSafetyScreen)"});
    }
  }
  const bool all_consent = std::all_of(members.begin(), members.end(), [&](const auto& member) {
    return HasConsentAt(facts, member, intake::v1::CONSENT_PURPOSE_TREATMENT, at_us) &&
           (members.size() < 2 ||
            HasConsentAt(facts, member, intake::v1::CONSENT_PURPOSE_CONJOINT_TREATMENT, at_us));
  });
  if (!all_consent) {
    unmet.push_back(
        {"CONSENT_MISSING", "", "everyone invited consents to what is planned (CheckConsent)"});
  }
  return unmet;
}

AccessFacts FactsAt(const AccessFacts& facts, std::int64_t at_us) {
  AccessFacts then = facts;
  std::erase_if(then.separated, [&](const auto& pair) { return pair.since_us > at_us; });
  return then;
}

Faults FaultsOfTimes(const v1::Session& session, std::int64_t now_us) {
  Faults faults;
  const std::int64_t start_us = Micros(session.start_time());
  if (start_us > now_us || start_us < Micros(session.scheduled_start_time()) - kLongestSessionUs) {
    faults.push_back({"start_time",
                      "not in the future, and at most 12 hours before the planned start "
                      "(UpdateSession moves it)"});
  }
  if (!session.has_end_time()) return faults;
  const std::int64_t end_us = Micros(session.end_time());
  if (end_us > now_us || end_us <= start_us || IsTooLong(session, end_us)) {
    faults.push_back({"end_time", "after the start, within 12 hours of it, not in the future"});
  }
  return faults;
}

bool IsTooLong(const v1::Session& session, std::int64_t end_us) {
  return end_us - Micros(session.start_time()) > kLongestSessionUs;
}

bool LacksRecordingConsent(const v1::Session& session, const std::vector<std::string>& members,
                           const AccessFacts& facts, std::int64_t at_us) {
  return session.recorded() && !std::all_of(members.begin(), members.end(), [&](const auto& one) {
           return HasConsentAt(facts, one, intake::v1::CONSENT_PURPOSE_RECORDING, at_us);
         });
}

Faults FixedFieldsChanged(const v1::Session& before, const v1::Session& after) {
  Faults faults;
  const auto fixed = [&](bool same, const char* field) {
    if (!same) faults.push_back({field, "can't change once the session started or ended"});
  };
  const auto equal = [](const auto& a, const auto& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  };
  fixed(before.format() == after.format(), "format");
  fixed(before.mode() == after.mode(), "mode");
  fixed(before.location() == after.location(), "location");
  fixed(Micros(before.scheduled_start_time()) == Micros(after.scheduled_start_time()),
        "scheduled_start_time");
  fixed(Micros(before.scheduled_end_time()) == Micros(after.scheduled_end_time()),
        "scheduled_end_time");
  fixed(equal(before.invited_members(), after.invited_members()), "invited_members");
  fixed(equal(before.invited_professionals(), after.invited_professionals()),
        "invited_professionals");
  fixed(before.recorded() || !after.recorded(), "recorded");
  return faults;
}

bool TakesAttendance(v1::SessionState state) {
  return state == v1::SESSION_STATE_IN_PROGRESS || state == v1::SESSION_STATE_HELD;
}

Faults FaultsOfAttendance(const AttendanceList& entries, const v1::Session& session,
                          std::int64_t now_us) {
  Faults faults;
  std::set<std::string_view> seen;
  for (int i = 0; i < entries.size(); ++i) {
    const v1::Attendance& entry = entries[i];
    const std::string at = Indexed("attendance", static_cast<std::size_t>(i));
    if (!IsInvited(session, entry.person())) {
      faults.push_back(
          {at + ".person", "somebody who was invited, or came from one of the two systems"});
    }
    if (!seen.insert(entry.person()).second) {
      faults.push_back({at + ".person", "each person at most once"});
    }
    CheckAbsence(entry, at, faults);
    if (!entry.location().empty() &&
        !(session.mode() == v1::SESSION_MODE_TELEHEALTH && Attended(entry) &&
          IsInvitedMember(session, entry.person()))) {
      faults.push_back({at + ".location", "of a member who was in a TELEHEALTH session"});
    }
    if (entry.has_join_time() && entry.has_leave_time() &&
        Micros(entry.leave_time()) < Micros(entry.join_time())) {
      faults.push_back({at + ".leave_time", "not before join_time"});
    }
    const bool ended = session.has_end_time();
    const std::int64_t end_us = ended ? Micros(session.end_time()) : now_us;
    const char* const while_it_lasted = ended ? "from the session's start to its end"
                                              : "from the session's start on, not in the future";
    if (entry.has_join_time() && !IsDuring(session, entry.join_time(), end_us)) {
      faults.push_back({at + ".join_time", while_it_lasted});
    }
    if (entry.has_leave_time() && !IsDuring(session, entry.leave_time(), end_us)) {
      faults.push_back({at + ".leave_time", while_it_lasted});
    }
  }
  return faults;
}

bool SomebodyIsOutside(const v1::Session& session) {
  const std::int64_t end_us = Micros(session.end_time());
  return std::any_of(
      session.attendance().begin(), session.attendance().end(), [&](const v1::Attendance& entry) {
        return (entry.has_join_time() && !IsDuring(session, entry.join_time(), end_us)) ||
               (entry.has_leave_time() && !IsDuring(session, entry.leave_time(), end_us));
      });
}

std::vector<std::string> CameWithoutBelonging(const AttendanceList& attendance,
                                              const std::set<std::string>& there) {
  std::vector<std::string> came;
  for (const v1::Attendance& entry : attendance) {
    if (Attended(entry) && !there.contains(entry.person())) came.push_back(entry.person());
  }
  return came;
}

void InviteWhoCame(const AttendanceList& entries, const std::set<std::string>& members,
                   const std::set<std::string>& professionals, v1::Session* session) {
  for (const v1::Attendance& entry : entries) {
    const std::string& person = entry.person();
    if (!Attended(entry) || IsInvited(*session, person)) continue;
    if (professionals.contains(person)) session->add_invited_professionals(person);
    if (session->format() == v1::SESSION_FORMAT_INDIVIDUAL) continue;
    if (members.contains(person)) session->add_invited_members(person);
  }
}

bool NoteCorrected(const v1::Session& before, const v1::Session& after,
                   v1::SessionCorrection* correction) {
  using google::protobuf::util::MessageDifferencer;
  bool corrected = false;
  if (Micros(before.start_time()) != Micros(after.start_time())) {
    *correction->mutable_start_time_before() = before.start_time();
    corrected = true;
  }
  if (Micros(before.end_time()) != Micros(after.end_time())) {
    *correction->mutable_end_time_before() = before.end_time();
    corrected = true;
  }
  for (const v1::Attendance& entry : after.attendance()) {
    const v1::Attendance* known = AttendanceOf(before, entry.person());
    if (known != nullptr && MessageDifferencer::Equals(*known, entry)) continue;
    if (known != nullptr) *correction->add_attendance_before() = *known;
    corrected = true;
  }
  return corrected;
}

void MergeAttendance(const AttendanceList& entries, v1::Session* session) {
  for (const v1::Attendance& entry : entries) {
    auto& recorded = *session->mutable_attendance();
    const auto same = std::find_if(recorded.begin(), recorded.end(), [&](const auto& other) {
      return other.person() == entry.person();
    });
    if (same != recorded.end()) {
      *same = entry;
    } else {
      *recorded.Add() = entry;
    }
  }
}

bool Attended(const v1::Attendance& entry) {
  return entry.presence() == v1::PRESENCE_PRESENT || entry.presence() == v1::PRESENCE_LATE ||
         entry.presence() == v1::PRESENCE_LEFT_EARLY;
}

const v1::Attendance* AttendanceOf(const v1::Session& session, std::string_view person) {
  for (const v1::Attendance& entry : session.attendance()) {
    if (entry.person() == person) return &entry;
  }
  return nullptr;
}

bool MayHaveAttended(const v1::Session& session, const std::string& person) {
  const auto invited = [&](const auto& people) {
    return std::find(people.begin(), people.end(), person) != people.end();
  };
  if (!invited(session.invited_members()) && !invited(session.invited_professionals())) {
    return false;
  }
  const v1::Attendance* entry = AttendanceOf(session, person);
  return entry == nullptr || Attended(*entry);
}

bool LacksLocation(const v1::Session& session, const std::string& member) {
  const v1::Attendance* entry = AttendanceOf(session, member);
  return session.mode() == v1::SESSION_MODE_TELEHEALTH && entry != nullptr && Attended(*entry) &&
         entry->location().empty();
}

bool SomeMemberAttended(const v1::Session& session) {
  return std::any_of(session.invited_members().begin(), session.invited_members().end(),
                     [&](const std::string& member) {
                       const v1::Attendance* entry = AttendanceOf(session, member);
                       return entry != nullptr && Attended(*entry);
                     });
}

}  // namespace rapport::notes
