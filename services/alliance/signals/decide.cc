#include "alliance/signals/draft.h"

#include "alliance/signals/codes.h"
#include "alliance/signals/raising.h"
#include "alliance/signals/threshold.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace rapport::alliance {
namespace {

// domain.md 8.5: back within a quarter SD of the level before.
constexpr double kTolerance = 0.25;
// A posterior above it has odds that no longer fit a double.
constexpr double kCertain = 1 - 1e-12;

// What is raised is weak evidence at least.
v1::Evidence EvidenceOf(const DecisionParameters& decision, double raises_at, double posterior) {
  if (posterior >= decision.strong) return v1::EVIDENCE_STRONG;
  if (posterior >= decision.moderate) return v1::EVIDENCE_MODERATE;
  return posterior >= raises_at ? v1::EVIDENCE_WEAK : v1::EVIDENCE_UNSPECIFIED;
}

// The mean of the last values before the onset, none of them from inside an event unless there is
// no other.
double ReferenceBefore(const Past& past, int onset) {
  std::vector<double> values(past.quiet.begin(), past.quiet.end());
  std::vector<double> inside;
  for (const Past::Attended& one : past.recent) {
    if (one.session < onset && one.value) (one.inside ? inside : values).push_back(*one.value);
  }
  if (values.empty()) values = std::move(inside);
  const std::size_t count = std::min(values.size(), kReference);
  double sum = 0;
  for (std::size_t i = values.size() - count; i < values.size(); ++i) sum += values[i];
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

// An event begins to be followed: from its onset, which may lie before the session that raised it.
void Begin(int session, int onset, Draft& draft) {
  OpenEvent& event = *draft.event;
  event = {.open = true,
           .since = session,
           .reference = draft.reference,
           .sustained_from = event.sustained_from};
  if (draft.past == nullptr) return;
  event.reference = ReferenceBefore(*draft.past, onset);
  for (const Past::Attended& one : draft.past->recent) {
    if (one.session < onset || one.inside) continue;
    ++event.attended;
    if (one.value) event.course.push_back(*one.value);
  }
}

void TakeIn(Draft& draft) {
  OpenEvent& event = *draft.event;
  event.attended += draft.attended ? 1 : 0;
  if (draft.value && event.course.size() < kCourseMost) event.course.push_back(*draft.value);
}

// The rating after a repair says whether it lasts.
void Sustain(Draft& draft) {
  OpenEvent& event = *draft.event;
  if (!event.sustained_from || !draft.value) return;
  draft.assessment.sustained = !draft.beyond_cutoff && AtLeast(*draft.value, *event.sustained_from);
  event.sustained_from.reset();
}

// An event that is open: is it over, and how did it end?
void Follow(const DecisionParameters& decision, const Raising& raising, Draft& draft) {
  Assessment& assessment = draft.assessment;
  OpenEvent& event = *draft.event;
  assessment.open = !event.decided;
  assessment.since = event.since;
  TakeIn(draft);
  const RepairRule rule{.tolerance = kTolerance,
                        .sessions = decision.repair_sessions,
                        .beyond_cutoff = draft.beyond_cutoff};
  const bool over = assessment.posterior < raising.over;
  event.likely = event.likely || assessment.posterior >= decision.moderate;
  const bool late = event.likely && event.attended > decision.repair_sessions;
  if (!event.decided && !event.course.empty()) {
    assessment.if_closed = CloseRepair(event.course, event.reference, rule);
  }
  if (!event.decided && !event.course.empty() && (draft.value || late)) {
    RepairView repair = over || late ? CloseRepair(event.course, event.reference, rule)
                                     : JudgeRepair(event.course, event.reference, rule);
    // Where the evidence was weak and is gone, there may have been nothing to repair.
    if (!event.likely && repair.result == RepairResult::kUnrepaired) repair = {};
    // A single good session is not enough to say that it is repaired.
    const bool settled =
        repair.result != RepairResult::kRepaired || assessment.posterior < raising.at;
    if (settled) assessment.repair = repair;
    event.decided = assessment.repair.result != RepairResult::kNone;
    if (assessment.repair.result == RepairResult::kRepaired) {
      event.sustained_from = event.reference - kTolerance;
    }
  }
  // A decided event stays until the posterior has gone down, so that it is not raised twice.
  if (!over) return;
  if (assessment.repair.result == RepairResult::kNone) assessment.open = false;
  event = {.sustained_from = event.sustained_from};
}

// Somebody said so: open whatever the posterior says, and not judged by ratings of the same day. It
// begins anew where an earlier event is over for everybody but the posterior.
void AddTold(int session, Draft& draft) {
  Assessment& assessment = draft.assessment;
  OpenEvent& event = *draft.event;
  if (!event.open || event.decided) Begin(session, session, draft);
  event.since = session;
  event.likely = true;
  TakeIn(draft);
  assessment.raised = assessment.open = true;
  assessment.since = session;
  assessment.evidence = std::max(assessment.evidence, v1::EVIDENCE_MODERATE);
}

// What this session adds to what a later fall is judged by.
void AddToPast(int session, const Draft& draft) {
  if (draft.past == nullptr || !draft.attended) return;
  Past& past = *draft.past;
  past.recent.push_back({session, draft.value, draft.event->open});
  if (past.recent.size() < EventFilter::kSlowSessions) return;
  const Past::Attended& oldest = past.recent.front();
  if (oldest.value && !oldest.inside) past.quiet.push_back(*oldest.value);
  if (past.quiet.size() > kReference) past.quiet.pop_front();
  past.recent.pop_front();
}

// A fact that is reason enough to ask opens the signal whatever the posterior says, and keeps it
// open until it is seen to be otherwise. It speaks only in the session that shows it.
void AddHardTriggers(int session, Draft& draft) {
  Assessment& assessment = draft.assessment;
  MemberState& state = *draft.member;
  bool fired = false;
  for (const SingleTest& test : assessment.tests) {
    if (!codes::RaisesIsolation(test.code)) continue;
    if (test.outcome == v1::TEST_OUTCOME_PASSED) state.standing.erase(test.code);
    if (test.outcome != v1::TEST_OUTCOME_FIRED) continue;
    state.standing.insert(test.code);
    fired = true;
  }
  if (fired) assessment.evidence = std::max(assessment.evidence, v1::EVIDENCE_MODERATE);
  assessment.open = assessment.open || !state.standing.empty();
  Track(session, state.raised, assessment);
}

}  // namespace

void Track(int session, Opening& opening, Assessment& assessment) {
  assessment.raised = assessment.open && !opening.open;
  if (assessment.raised) opening.since = session;
  opening.open = assessment.open;
  if (!opening.open) opening.since = 0;
  assessment.since = opening.since;
}

void Compete(std::span<Draft> drafts) {
  const auto competes = [](const Assessment& one) {
    return one.kind == v1::SIGNAL_KIND_RUPTURE || one.kind == v1::SIGNAL_KIND_SPLIT ||
           one.kind == v1::SIGNAL_KIND_ISOLATION;
  };
  const auto odds = [](const Assessment& one) {
    const double posterior = std::min(one.posterior, kCertain);
    return posterior / (1 - posterior);
  };
  std::map<std::string, double> total;
  for (const Draft& draft : drafts) {
    if (competes(draft.assessment)) total[draft.assessment.member] += odds(draft.assessment);
  }
  for (Draft& draft : drafts) {
    Assessment& one = draft.assessment;
    if (competes(one)) one.posterior = odds(one) / (1 + total[one.member]);
  }
}

void Decide(const DecisionParameters& decision, int session, bool complete, Draft& draft) {
  if (draft.event == nullptr) return;
  const Raising raising = RaisingOf(decision.raises, draft.assessment.kind, complete);
  Assessment& assessment = draft.assessment;
  OpenEvent& event = *draft.event;
  assessment.evidence = EvidenceOf(decision, raising.at, assessment.posterior);
  Sustain(draft);
  if (draft.told) {
    AddTold(session, draft);
    return AddToPast(session, draft);
  }
  if (!event.open && assessment.posterior >= raising.at) {
    Begin(session, draft.onset, draft);
    assessment.raised = true;
  }
  if (event.open) Follow(decision, raising, draft);
  if (draft.member != nullptr) AddHardTriggers(session, draft);
  AddToPast(session, draft);
}

}  // namespace rapport::alliance
