#include "alliance/signal_evaluator.h"

#include "alliance/signal_probability.h"
#include "alliance/signal_rules.h"
#include "alliance/signals/codes.h"
#include "alliance/signals/life_cycle.h"
#include "alliance/signals/renewal.h"
#include "alliance/signals/signal_message.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr int kTeenAge = 13, kAdultAge = 18;

// One assessment with what it is looked at from.
struct Look {
  const FileView& view;
  const MonitorParameters& parameters;
  const Assessment& assessment;
  const SessionFacts& session;  // the last one
  std::string session_name;
  std::int64_t since_us = 0;  // start of the session that opened it
};

// The newest signal of this key, closed or not; null: none.
const StoredSignal* Newest(const FamilyFile& file, const Assessment& assessment) {
  const std::string key = SignalKey(assessment.kind, assessment.member, assessment.target);
  const StoredSignal* newest = nullptr;
  for (const StoredSignal& stored : file.signals) {
    const v1::Signal& signal = stored.message.signal();
    if (SignalKey(signal.kind(), signal.member(), signal.target()) != key) continue;
    if (newest == nullptr || newest->record.id < stored.record.id) newest = &stored;
  }
  return newest;
}

WhoIsLow WhoIs(const FileView& view, const std::string& member, std::int64_t at_us) {
  const auto name = view.names.ReadMember(member);
  const auto* then = name ? MemberOn(view.facts, name->id, at_us) : nullptr;
  const int age = then == nullptr ? kAgeUnknown : AgeAt(*then, at_us);
  if (age == kAgeUnknown) return WhoIsLow::kAnyone;
  if (age >= kAdultAge) return WhoIsLow::kAdult;
  return age >= kTeenAge ? WhoIsLow::kTeen : WhoIsLow::kChild;
}

v1::Signal SignalOf(const Look& look) {
  v1::Signal signal = SignalOf(look.assessment, look.session,
                               WhoIs(look.view, look.assessment.member, look.session.time_us),
                               look.view.facts.level_of_need);
  if (auto probability = ProbabilityOf(signal.kind(), look.assessment.posterior,
                                       look.view.file.calibrations, look.parameters.version)) {
    *signal.mutable_probability() = *std::move(probability);
  }
  return signal;
}

SignalChange Raise(const Look& look, v1::Signal found) {
  SignalChange change;
  v1::Signal& signal = *change.after.mutable_signal();
  signal = std::move(found);
  signal.set_state(v1::SIGNAL_STATE_OPEN);
  signal.set_session(look.session_name);
  signal.set_occurrences(1);
  *signal.mutable_open_time() = schema::ToTimestamp(look.view.now_us);
  *signal.mutable_update_time() = schema::ToTimestamp(look.view.now_us);
  change.after.set_raised_us(look.since_us);
  change.after.set_posterior(look.assessment.posterior);
  change.after.set_raised_posterior(look.assessment.posterior);
  return change;
}

// Whether a signal that people closed may come back.
bool ComesBack(const Look& look, const StoredSignal& closed, const v1::Signal& found) {
  const v1::Signal& before = closed.message.signal();
  if (before.session() == look.session_name) return false;
  const auto& sessions = look.view.file.sessions;
  const auto judged = std::ranges::find_if(sessions, [&](const StoredSession& one) {
    return look.view.names.Session(look.view.file.id, one.record.id) == before.session();
  });
  if (judged == sessions.end() || look.since_us > judged->record.sort_us) return true;
  const bool in_earnest =
      found.level() == v1::SIGNAL_LEVEL_ALERT &&
      (found.kind() == v1::SIGNAL_KIND_ISOLATION || found.kind() == v1::SIGNAL_KIND_UNSAFE);
  return in_earnest || found.evidence() > before.evidence();
}

std::optional<SignalChange> RenewOpen(const Look& look, const StoredSignal& open,
                                      const v1::Signal& found) {
  const v1::Signal before = AsOf(open.message.signal(), look.view.now_us);
  Renewal renewal = Renew(before, found);
  const bool same_session = before.session() == look.session_name;
  if (same_session && !renewal.stronger) return std::nullopt;
  SignalChange change{.before = &open, .after = open.message};
  v1::Signal& signal = *change.after.mutable_signal();
  signal = std::move(renewal.signal);
  if (same_session) signal.set_occurrences(before.occurrences());
  signal.set_session(look.session_name);
  *signal.mutable_update_time() = schema::ToTimestamp(look.view.now_us);
  const auto step = renewal.stronger ? SignalStep::kStrengthen : SignalStep::kRenew;
  if (const auto next = NextState(before.state(), step)) signal.set_state(*next);
  if (signal.state() != v1::SIGNAL_STATE_SNOOZED) signal.clear_snooze_until_time();
  change.after.set_posterior(look.assessment.posterior);
  change.after.set_raised_posterior(look.assessment.posterior);
  return change;
}

v1::SignalOutcome OutcomeOf(RepairResult result) {
  switch (result) {
    case RepairResult::kRepaired:
      return v1::SIGNAL_OUTCOME_REPAIRED;
    case RepairResult::kPartly:
      return v1::SIGNAL_OUTCOME_PARTLY;
    case RepairResult::kUnrepaired:
      return v1::SIGNAL_OUTCOME_UNREPAIRED;
    case RepairResult::kNone:
      break;
  }
  return v1::SIGNAL_OUTCOME_UNSPECIFIED;
}

v1::RecoveryShape ShapeOf(RepairShape shape) {
  switch (shape) {
    case RepairShape::kV:
      return v1::RECOVERY_SHAPE_V;
    case RepairShape::kU:
      return v1::RECOVERY_SHAPE_U;
    case RepairShape::kStep:
      return v1::RECOVERY_SHAPE_STEP;
    case RepairShape::kSlow:
      return v1::RECOVERY_SHAPE_SLOW;
    case RepairShape::kL:
      return v1::RECOVERY_SHAPE_L;
    case RepairShape::kNone:
      break;
  }
  return v1::RECOVERY_SHAPE_UNSPECIFIED;
}

bool ClosesByItself(v1::SignalKind kind) {
  return kind != v1::SIGNAL_KIND_ISOLATION && kind != v1::SIGNAL_KIND_UNSAFE;
}

// Raised by what somebody said.
bool IsTold(const v1::Signal& signal) {
  return std::ranges::any_of(signal.tests(), [](const v1::SignalTest& test) {
    return test.code() == codes::kReported && test.outcome() == v1::TEST_OUTCOME_FIRED;
  });
}

// The event of an open signal has ended, well or not.
std::optional<SignalChange> Follow(const Look& look, const StoredSignal& open) {
  const Assessment& now = look.assessment;
  const v1::SignalOutcome measured = OutcomeOf(now.repair.result);
  const v1::Signal before = AsOf(open.message.signal(), look.view.now_us);
  if (!ClosesByItself(before.kind()) || IsTold(before)) return std::nullopt;
  SignalChange change{.before = &open, .after = open.message};
  v1::Signal& signal = *change.after.mutable_signal();
  signal = before;
  *signal.mutable_update_time() = schema::ToTimestamp(look.view.now_us);
  change.after.set_posterior(now.posterior);
  if (measured != v1::SIGNAL_OUTCOME_UNSPECIFIED) {
    if (before.measured_outcome() == measured) return std::nullopt;
    signal.set_measured_outcome(measured);
    signal.set_recovery_shape(ShapeOf(now.repair.shape));
  }
  if (measured == v1::SIGNAL_OUTCOME_UNREPAIRED) {
    signal.set_level(v1::SIGNAL_LEVEL_ALERT);
    if (const auto next = NextState(before.state(), SignalStep::kStrengthen)) {
      signal.set_state(*next);
    }
    if (signal.state() != v1::SIGNAL_STATE_SNOOZED) signal.clear_snooze_until_time();
    return change;
  }
  const bool back = measured != v1::SIGNAL_OUTCOME_UNSPECIFIED;
  const bool over = !now.open && now.posterior < look.parameters.decision.over &&
                    before.measured_outcome() != v1::SIGNAL_OUTCOME_UNREPAIRED;
  if (!back && !over) return std::nullopt;
  const auto next = NextState(before.state(), SignalStep::kRecover);
  if (!next) return std::nullopt;
  signal.set_state(*next);
  signal.clear_snooze_until_time();
  Close(back ? measured : v1::SIGNAL_OUTCOME_OVER, look.view.now_us, &signal);
  return change;
}

std::optional<SignalChange> Judge(const Look& look) {
  const StoredSignal* newest = Newest(look.view.file, look.assessment);
  const bool open = newest != nullptr && IsOpen(newest->message.signal().state());
  if (open) {
    if (auto followed = Follow(look, *newest)) return followed;
  }
  // What has just been judged is neither raised nor renewed by the same session.
  if (look.assessment.repair.result != RepairResult::kNone || !Speaks(look.assessment)) {
    return std::nullopt;
  }
  v1::Signal found = SignalOf(look);
  if (open) return RenewOpen(look, *newest, found);
  if (newest != nullptr && !ComesBack(look, *newest, found)) return std::nullopt;
  return Raise(look, std::move(found));
}

}  // namespace

std::vector<SignalChange> EvaluateSignals(const FileView& view, const MonitorParameters& parameters,
                                          std::span<const SessionFacts> history,
                                          std::span<const Assessment> assessments) {
  std::vector<SignalChange> changes;
  const std::string last = view.names.Session(view.file.id, view.file.sessions.back().record.id);
  for (const Assessment& one : assessments) {
    const auto since = static_cast<std::size_t>(one.since);
    const Look look{view,           parameters, one,
                    history.back(), last,       since == 0 ? 0 : history[since - 1].time_us};
    if (auto change = Judge(look)) changes.push_back(*std::move(change));
  }
  return changes;
}

}  // namespace rapport::alliance
