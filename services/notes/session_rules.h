// The life of a session: which moves exist, who may be planned together, what attendance may say.
// Pure: resource messages and access facts in, faults and unmet conditions out.
#pragma once

#include "notes/values.h"
#include "platform/base/access_facts.h"

#include <rapport/notes/v1/session.pb.h>

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::notes {

// A session takes at most this long, and a plan says no more.
inline constexpr std::int64_t kLongestSessionUs = 12 * 3'600'000'000LL;

// Corrections of one session.
inline constexpr int kMaxCorrections = 1'000;

// One legal move.
struct SessionMove {
  v1::SessionState from;
  v1::SessionState to;
  const char* meaning;
};

// The whole table, and as a Graphviz digraph.
std::span<const SessionMove> SessionMoves();
bool IsMove(v1::SessionState from, v1::SessionState to);
std::string SessionLifeDot();
// Empty: the move may be made. Otherwise ILLEGAL_TRANSITION, naming the legal ones.
std::vector<Unmet> UnmetForMove(const v1::Session& session, v1::SessionState to);

// Who is invited, as inner ids in the order of the session; an empty one is nobody's.
struct Invited {
  std::vector<std::string> members;
  std::vector<std::string> professionals;
};

// Plain faults of a session about to be planned: its times, and people who are not on their system
// at its planned start or are named twice.
Faults FaultsOfPlan(const v1::Session& session, const Invited& invited, const AccessFacts& facts);

// What stands, at `now_us`, against these members meeting at `at_us`: CASE_NOT_OPEN,
// NOT_AVAILABLE_TOGETHER (a pair is arranged separately), CONSENT_MISSING (to treatment, or with
// others to conjoint treatment), which tell neither for whom nor why; and with others
// SAFETY_SCREEN_DUE for each who is to be screened alone first, whose subject is the inner id.
// Nobody's safety is asked for a session with them alone.
std::vector<Unmet> UnmetForMeeting(const std::vector<std::string>& members,
                                   const AccessFacts& facts, std::int64_t at_us,
                                   std::int64_t now_us);

// What of `facts` stood against a meeting at `at_us`, of which somebody tells later: without the
// pairs that were separated since.
AccessFacts FactsAt(const AccessFacts& facts, std::int64_t at_us);

// Faults of when a session is said to have been, at `now_us`: start_time, and end_time where it has
// one.
Faults FaultsOfTimes(const v1::Session& session, std::int64_t now_us);
// True when a session that is ended at `end_us` would have taken longer than a session takes: its
// end was forgotten.
bool IsTooLong(const v1::Session& session, std::int64_t end_us);

// True when the session is to be recorded and somebody invited (inner ids) does not consent to it
// at `at_us`.
bool LacksRecordingConsent(const v1::Session& session, const std::vector<std::string>& members,
                           const AccessFacts& facts, std::int64_t at_us);

// Fields that `after` changes though the session has started or will not take place: all but
// service code and external ids are fixed then; recording may end.
Faults FixedFieldsChanged(const v1::Session& before, const v1::Session& after);

// In progress or held: who takes part can be said, and notes be written.
bool TakesAttendance(v1::SessionState state);
// Faults of entries about to be recorded for `session` at `now_us`; fields are `attendance[i].x`.
using AttendanceList = google::protobuf::RepeatedPtrField<v1::Attendance>;
Faults FaultsOfAttendance(const AttendanceList& entries, const v1::Session& session,
                          std::int64_t now_us);
// True when somebody is recorded as having come or gone before an ended session began, or after it.
bool SomebodyIsOutside(const v1::Session& session);

// Who of `attendance` came and is none of `there`: who was in the family or on the therapist system
// at some moment of the session.
std::vector<std::string> CameWithoutBelonging(const AttendanceList& attendance,
                                              const std::set<std::string>& there);

// Invites whom `entries` say was there uninvited: of `members` and `professionals`, who were on the
// two systems then. Members of an INDIVIDUAL session stay the one.
void InviteWhoCame(const AttendanceList& entries, const std::set<std::string>& members,
                   const std::set<std::string>& professionals, v1::Session* session);

// `session` with each entry in place of the same person's, or added.
void MergeAttendance(const AttendanceList& entries, v1::Session* session);

// Present, late or left early.
bool Attended(const v1::Attendance& entry);
// The entry of `person` (a name); null: none.
const v1::Attendance* AttendanceOf(const v1::Session& session, std::string_view person);
// Invited, as a member or a professional, and not recorded as absent.
bool MayHaveAttended(const v1::Session& session, const std::string& person);
// True when `member` (a name) was in a telehealth session and nobody recorded from where.
bool LacksLocation(const v1::Session& session, const std::string& member);
// `correction` with what stood in `before` and is changed in `after`; false: nothing is.
bool NoteCorrected(const v1::Session& before, const v1::Session& after,
                   v1::SessionCorrection* correction);
// True when some invited member is recorded as having been there.
bool SomeMemberAttended(const v1::Session& session);

}  // namespace rapport::notes
