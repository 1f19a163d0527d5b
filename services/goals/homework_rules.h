// Homework: the life of a piece, what its terms must be, when it is agreed, what sessions and
// reports make of it. Pure: messages and names in; faults, unmet conditions and changed messages
// out. The rules are those of the suite's own two-sided agreement (propose, counter, accept); the
// completion code 0 to 5 is the house code beside HomeworkReport.
#pragma once

#include "goals/values.h"

#include <rapport/goals/v1/homework.pb.h>
#include <rapport/goals/v1/homework_requests.pb.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::goals {

// What may happen to homework.
enum class HomeworkStep : std::uint8_t {
  kAccept,
  kDecline,
  kCounter,
  kWithdraw,
  kReport,
  kReview,
  kSession,  // a session was held
};
inline constexpr std::string_view kHomeworkStepNames[] = {
    "accept", "decline", "counter", "withdraw", "report", "review", "session"};

// One row of the life: from any of `from`, `step` may lead to any of `to`. Bit n is state n.
struct HomeworkMove {
  unsigned from;
  HomeworkStep step;
  unsigned to;
  const char* meaning;
};
// The whole table, and as a Graphviz digraph. What it does not have does not happen.
std::span<const HomeworkMove> HomeworkMoves();
std::string HomeworkLifeDot();
bool IsMove(v1::HomeworkState from, HomeworkStep step, v1::HomeworkState to);
// Some move of the table begins so.
bool MayTake(v1::HomeworkState from, HomeworkStep step);
// Empty, or ILLEGAL_TRANSITION with the states the step is taken from.
std::vector<Unmet> UnmetForStep(const v1::Homework& homework, HomeworkStep step);
// Drafted, proposed or countered: acceptances are awaited.
bool IsWaiting(v1::HomeworkState state);
// DONE to BLOCKED.
bool HasReportOfAll(v1::HomeworkState state);
// It was agreed, and neither reviewed nor left to expire: agreed, under way or reported.
bool IsOwed(v1::HomeworkState state);

// Plain faults of terms that `actor` proposes: people, due time, goals. Goals the caller may not
// see are like goals that do not exist: `visible_goals` has the names of the others.
Faults FaultsOfTerms(const v1::HomeworkTerms& terms, const Actor& actor, const CaseView& view,
                     const std::vector<std::string>& visible_goals);

// What keeps a professional from letting these terms pass, and anybody's acceptance from making
// them agreed: CASE_NOT_OPEN, MEMBER_LEFT, DUE_TIME_PASSED, GOAL_NOT_ACTIVE, GOAL_NOT_OF_A_DOER,
// NOT_AVAILABLE_TOGETHER (which says of nobody that they are apart, nor why).
std::vector<Unmet> UnmetForAgreement(const v1::Homework& homework, const CaseView& view,
                                     const Work& work);
// Some two of the doers and approvers are arranged separately.
bool NeedsOverride(const v1::HomeworkTerms& terms, const CaseView& view);
// The same, and nobody overrode it for these terms. It can come true after it was agreed.
bool LacksOverride(const v1::Homework& homework, const CaseView& view);
// From when on somebody is to be reminded of it: when it is due, or, where it was not available
// together then or at any time since, when that ended.
std::int64_t RemindFromUs(const v1::Homework& homework, const CaseView& view);

// Doers and approvers who did not accept these terms, in the order of the terms.
std::vector<std::string> PendingMembers(const v1::Homework& homework);
bool HasProfessionalsAcceptance(const v1::Homework& homework);

// The next revision of the terms; all earlier answers and any override end, `actor` accepts, and it
// waits for a professional: as a draft, or countered where everybody knew it before.
void SetTerms(const v1::HomeworkTerms& terms, const Actor& actor, std::int64_t now_us,
              internal::v1::StoredHomework* stored);
// `response` in place of the same person's, or last.
void PutResponse(const v1::HomeworkResponse& response, v1::Homework* homework);
// The state that follows when `actor` proposed, countered or accepted. Agreed: everybody accepted,
// and nothing stands against it (`unmet_for_agreement` is empty); held: nothing but that people in
// it are apart. A professional's step releases the terms to everyone in them.
void MoveOnAcceptance(const Actor& actor, const std::vector<Unmet>& unmet_for_agreement,
                      std::int64_t now_us, internal::v1::StoredHomework* stored);

// Faults of a report about this homework.
Faults FaultsOfReport(const v1::HomeworkReport& report, const v1::Homework& homework);
// Faults of a review: its session, where one of that name was held, ended after this was agreed.
// One that is in progress is not among them yet.
Faults FaultsOfReview(const v1::HomeworkReview& review, const v1::Homework& homework,
                      const std::vector<HeldSession>& sessions);
// What all reports together make of it: its own state until every doer reported, since nobody is
// told of another's report; then DONE to BLOCKED.
v1::HomeworkState StateOfReports(const v1::Homework& homework);

// How many times in a row the homework that `homework` repeats was reviewed as NOT_DONE.
int MissesBefore(const v1::Homework& homework, const Work& work);
// As reviewed, or as reported so far.
bool AskAgreement(const v1::Homework& homework, const Work& work);

// Whether the session has a say in what becomes of the homework: every doer was invited. One that
// some doer was not in must change nothing that they see.
bool Counts(const HeldSession& session, const v1::Homework& homework);
// What the family's held sessions that count make of it; its own state when nothing. Under way: one
// ended since it was agreed. Expired: two began after it was due, and it is not reviewed. Closed:
// one began after the review, other than the one it was reviewed in.
v1::HomeworkState StateAfterSessions(const v1::Homework& homework,
                                     const std::vector<HeldSession>& sessions);

}  // namespace rapport::goals
