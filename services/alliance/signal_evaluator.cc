#include "alliance/signal_evaluator.h"

#include "alliance/signal_news.h"
#include "alliance/signal_probability.h"
#include "alliance/signal_rules.h"
#include "alliance/signals/codes.h"
#include "alliance/signals/life_cycle.h"
#include "alliance/signals/raising.h"
#include "alliance/signals/renewal.h"
#include "alliance/signals/signal_message.h"
#include "platform/schema/held_session.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
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
  SignalNews news;
};

std::string KeyOf(const v1::Signal& signal) {
  return SignalKey(signal.kind(), signal.member(), signal.target(), signal.content());
}

// The newest signal about what the assessment is about, closed or not; null: none.
const StoredSignal* Newest(const FamilyFile& file, const Assessment& assessment) {
  const StoredSignal* newest = nullptr;
  for (const StoredSignal& stored : file.signals) {
    if (!IsAbout(stored.message.signal(), assessment)) continue;
    if (newest == nullptr || newest->record.id < stored.record.id) newest = &stored;
  }
  return newest;
}

// The key that the assessment counts under: an open signal keeps its own, whatever part of the
// alliance has fallen most by now.
std::string KeyOf(const FamilyFile& file, const Assessment& assessment) {
  const StoredSignal* newest = Newest(file, assessment);
  if (newest != nullptr && IsOpen(newest->message.signal().state())) {
    return KeyOf(newest->message.signal());
  }
  return SignalKey(assessment.kind, assessment.member, assessment.target, assessment.content);
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

// By the change everything is told that is known to have been shown.
void Tell(const Look& look, SignalChange& change) {
  change.after.mutable_shown()->Assign(look.news.shown.begin(), look.news.shown.end());
  change.hardly_safe = look.news.hardly_safe;
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
  Tell(look, change);
  return change;
}

// Whether this session itself shows it, and not only what was known before.
bool ShownNow(const Assessment& assessment) {
  return std::ranges::any_of(assessment.tests, [](const SingleTest& test) {
    return test.outcome == v1::TEST_OUTCOME_FIRED;
  });
}

// Whether a signal that was closed may come back: on new evidence only.
bool ComesBack(const Look& look, const StoredSignal& closed, const v1::Signal& found) {
  const v1::Signal& before = closed.message.signal();
  if (look.news.any) return true;
  if (before.session() == look.session_name) return false;
  const StoredSession* judged = SessionNamed(look.view, before.session());
  if (judged == nullptr || look.since_us > judged->record.sort_us) return true;
  const bool in_earnest =
      found.level() == v1::SIGNAL_LEVEL_ALERT && ShownNow(look.assessment) &&
      (found.kind() == v1::SIGNAL_KIND_ISOLATION || found.kind() == v1::SIGNAL_KIND_UNSAFE);
  return in_earnest || found.evidence() > before.evidence();
}

std::optional<SignalChange> RenewOpen(const Look& look, const StoredSignal& open,
                                      const v1::Signal& found) {
  const v1::Signal before = AsOf(open.message.signal(), look.view.now_us);
  Renewal renewal = Renew(before, found);
  const bool same_session = before.session() == look.session_name;
  if (same_session && !renewal.stronger && !look.news.any) return std::nullopt;
  SignalChange change{.before = &open, .after = open.message};
  v1::Signal& signal = *change.after.mutable_signal();
  signal = std::move(renewal.signal);
  if (same_session) signal.set_occurrences(before.occurrences());
  const StoredSession* known = SessionNamed(look.view, before.session());
  if (known == nullptr || known->record.sort_us <= look.session.time_us) {
    signal.set_session(look.session_name);
  }
  *signal.mutable_update_time() = schema::ToTimestamp(look.view.now_us);
  const auto step = look.news.hardly_safe ? SignalStep::kSaidAgain
                    : renewal.stronger    ? SignalStep::kStrengthen
                                          : SignalStep::kRenew;
  if (const auto next = NextState(before.state(), step)) signal.set_state(*next);
  if (signal.state() != v1::SIGNAL_STATE_SNOOZED) signal.clear_snooze_until_time();
  change.after.set_posterior(look.assessment.posterior);
  change.after.set_raised_posterior(look.assessment.posterior);
  Tell(look, change);
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

// What a member says of safety is for people to close. That somebody has their place again is not
// to be told before all have answered.
bool ClosesByItself(const Look& look) {
  if (look.assessment.kind == v1::SIGNAL_KIND_ISOLATION) return look.session.complete;
  return look.assessment.kind != v1::SIGNAL_KIND_UNSAFE;
}

// The event of an open signal has ended, well or not.
std::optional<SignalChange> Follow(const Look& look, const StoredSignal& open) {
  const Assessment& now = look.assessment;
  const v1::SignalOutcome measured = OutcomeOf(now.repair.result);
  const v1::Signal before = AsOf(open.message.signal(), look.view.now_us);
  if (!ClosesByItself(look) || IsTold(before)) return std::nullopt;
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
  const bool over = !now.open &&
                    now.posterior < RaisingOf(look.parameters.decision.raises, now.kind).over &&
                    before.measured_outcome() != v1::SIGNAL_OUTCOME_UNREPAIRED;
  if (!back && !over) return std::nullopt;
  const auto next = NextState(before.state(), SignalStep::kRecover);
  if (!next) return std::nullopt;
  signal.set_state(*next);
  signal.clear_snooze_until_time();
  Close(back ? measured : v1::SIGNAL_OUTCOME_OVER, look.view.now_us, &signal);
  return change;
}

// What has just been judged is neither raised nor renewed by the same session.
bool MaySpeak(const Assessment& assessment) {
  return assessment.repair.result == RepairResult::kNone && Speaks(assessment);
}

// Where an earlier session has news: what it showed, unless the last one says as much. What
// somebody said is told in its own words.
Look WithNews(const Look& look, std::span<const SessionFacts> history) {
  const ShownBefore& before = *look.news.before;
  const bool as_grave =
      MaySpeak(look.assessment) && LevelOf(look.assessment) >= LevelOf(before.assessment);
  if (as_grave && look.assessment.kind != v1::SIGNAL_KIND_RUPTURE) return look;
  const auto place = static_cast<std::size_t>(before.session) - 1;
  const SessionFacts& session = history[place];
  const FamilyFile& file = look.view.file;
  return {look.view,
          look.parameters,
          before.assessment,
          session,
          look.view.names.Session(file.id, file.sessions[place].record.id),
          session.time_us,
          look.news};
}

std::optional<SignalChange> JudgeOpen(const Look& look, std::span<const SessionFacts> history,
                                      const StoredSignal& open) {
  if (look.news.before != nullptr) {
    const Look earlier = WithNews(look, history);
    return RenewOpen(earlier, open, SignalOf(earlier));
  }
  if (auto followed = Follow(look, open)) return followed;
  if (!MaySpeak(look.assessment)) return std::nullopt;
  return RenewOpen(look, open, SignalOf(look));
}

std::optional<SignalChange> JudgeNew(const Look& look, std::span<const SessionFacts> history) {
  if (look.news.before != nullptr) {
    const Look earlier = WithNews(look, history);
    return Raise(earlier, SignalOf(earlier));
  }
  if (!MaySpeak(look.assessment)) return std::nullopt;
  const StoredSignal* newest = Newest(look.view.file, look.assessment);
  v1::Signal found = SignalOf(look);
  if (newest != nullptr && !ComesBack(look, *newest, found)) return std::nullopt;
  return Raise(look, std::move(found));
}

// The rating after a repair says of the closed signal whether it lasts.
std::optional<SignalChange> Sustain(const Look& look) {
  if (!look.assessment.sustained) return std::nullopt;
  const StoredSignal* newest = Newest(look.view.file, look.assessment);
  if (newest == nullptr || IsOpen(newest->message.signal().state())) return std::nullopt;
  const v1::Signal& before = newest->message.signal();
  if (before.measured_outcome() != v1::SIGNAL_OUTCOME_REPAIRED) return std::nullopt;
  const bool sustained = *look.assessment.sustained;
  if (before.has_recovery_sustained() && before.recovery_sustained() == sustained) {
    return std::nullopt;
  }
  SignalChange change{.before = newest, .after = newest->message};
  change.after.mutable_signal()->set_recovery_sustained(sustained);
  *change.after.mutable_signal()->mutable_update_time() = schema::ToTimestamp(look.view.now_us);
  return change;
}

// All that counts under one key. What is open is judged by whom it is about; one new signal is
// raised where nothing stays open: about whom most speaks for.
void JudgeKey(const std::string& key, const FamilyFile& file, std::span<const SessionFacts> history,
              std::span<const Look> looks, std::vector<SignalChange>& changes) {
  std::vector<const Look*> others;
  for (const Look& look : looks) {
    others.push_back(&look);
    if (auto change = Sustain(look)) changes.push_back(*std::move(change));
  }
  bool taken = false;
  for (const StoredSignal& open : file.signals) {
    const v1::Signal& signal = open.message.signal();
    if (!IsOpen(signal.state()) || KeyOf(signal) != key) continue;
    const auto about = std::ranges::find_if(
        others, [&](const Look* look) { return IsAbout(signal, look->assessment); });
    std::optional<SignalChange> change;
    if (about != others.end()) {
      change = JudgeOpen(**about, history, open);
      others.erase(about);
    }
    taken = taken || !change || IsOpen(change->after.signal().state());
    if (change) changes.push_back(*std::move(change));
  }
  if (taken) return;
  std::ranges::sort(others, {}, [](const Look* look) {
    const Assessment& one = look->assessment;
    return std::tuple(-one.evidence, -one.posterior, std::string_view(one.member));
  });
  for (const Look* look : others) {
    auto change = JudgeNew(*look, history);
    if (!change) continue;
    changes.push_back(*std::move(change));
    return;
  }
}

// What only a session showed that was entered in error is closed as that: nobody repaired anything.
void TakeBack(const FileView& view, std::vector<SignalChange>& changes) {
  for (const StoredSignal& open : view.file.signals) {
    const v1::Signal before = AsOf(open.message.signal(), view.now_us);
    const auto next = NextState(before.state(), SignalStep::kRecover);
    if (!next || before.occurrences() > 1 || IsTold(before)) continue;
    if (before.kind() == v1::SIGNAL_KIND_UNSAFE) continue;
    const StoredSession* session = SessionNamed(view, before.session());
    if (session == nullptr || !schema::NobodyCame(session->message.held())) continue;
    std::erase_if(changes, [&](const SignalChange& one) { return one.before == &open; });
    SignalChange change{.before = &open, .after = open.message};
    v1::Signal& signal = *change.after.mutable_signal();
    signal = before;
    signal.set_state(*next);
    signal.clear_snooze_until_time();
    signal.set_dismiss_reason(v1::DISMISS_REASON_DATA_ERROR);
    *signal.mutable_update_time() = schema::ToTimestamp(view.now_us);
    Close(v1::SIGNAL_OUTCOME_OVER, view.now_us, &signal);
    changes.push_back(std::move(change));
  }
}

// Of whom an earlier session showed something and the last one says nothing at all.
std::vector<Assessment> SilentOf(const FamilyAssessment& assessed) {
  std::vector<Assessment> silent;
  const auto has = [](std::span<const Assessment> all, const Assessment& one) {
    return std::ranges::any_of(all, [&](const Assessment& other) {
      return std::tie(other.kind, other.member, other.target) ==
             std::tie(one.kind, one.member, one.target);
    });
  };
  for (const ShownBefore& before : assessed.before) {
    const Assessment& one = before.assessment;
    if (has(assessed.last, one) || has(silent, one)) continue;
    silent.push_back({.kind = one.kind,
                      .member = one.member,
                      .target = one.target,
                      .content = one.content,
                      .interpersonal = one.interpersonal});
  }
  return silent;
}

}  // namespace

std::vector<SignalChange> EvaluateSignals(const FileView& view, const MonitorParameters& parameters,
                                          std::span<const SessionFacts> history,
                                          const FamilyAssessment& assessed) {
  std::vector<SignalChange> changes;
  const std::string last = view.names.Session(view.file.id, view.file.sessions.back().record.id);
  std::map<std::string, std::vector<Look>> by_key;
  const auto look_at = [&](const Assessment& one, SignalNews news) {
    const auto since = static_cast<std::size_t>(one.since);
    by_key[KeyOf(view.file, one)].push_back({view, parameters, one, history.back(), last,
                                             since == 0 ? 0 : history[since - 1].time_us,
                                             std::move(news)});
  };
  for (const Assessment& one : assessed.last) look_at(one, NewsOf(view, one, assessed.before));
  const std::vector<Assessment> silent = SilentOf(assessed);
  for (const Assessment& one : silent) {
    SignalNews news = NewsOf(view, one, assessed.before);
    if (news.before != nullptr) look_at(one, std::move(news));
  }
  for (const auto& [key, looks] : by_key) JudgeKey(key, view.file, history, looks, changes);
  TakeBack(view, changes);
  return changes;
}

std::vector<SignalChange> EndSignals(const FileView& view,
                                     std::span<const Assessment> assessments) {
  std::vector<SignalChange> changes;
  for (const StoredSignal& open : view.file.signals) {
    const v1::Signal before = AsOf(open.message.signal(), view.now_us);
    const auto next = NextState(before.state(), SignalStep::kCaseEnds);
    const bool watched = before.level() != v1::SIGNAL_LEVEL_ALERT;
    if (!next || (before.kind() == v1::SIGNAL_KIND_UNSAFE && !watched)) continue;
    const auto found = std::ranges::find_if(
        assessments, [&](const Assessment& one) { return IsAbout(before, one); });
    v1::SignalOutcome outcome = v1::SIGNAL_OUTCOME_UNREPAIRED;
    if (before.kind() == v1::SIGNAL_KIND_CEILING || before.kind() == v1::SIGNAL_KIND_UNSAFE) {
      outcome = v1::SIGNAL_OUTCOME_OVER;
    }
    SignalChange change{.before = &open, .after = open.message};
    v1::Signal& signal = *change.after.mutable_signal();
    signal = before;
    // What somebody said, ratings don't take back.
    if (found != assessments.end() && found->if_closed.result != RepairResult::kNone &&
        !IsTold(before)) {
      outcome = OutcomeOf(found->if_closed.result);
      signal.set_measured_outcome(outcome);
      signal.set_recovery_shape(ShapeOf(found->if_closed.shape));
    }
    signal.set_state(*next);
    signal.clear_snooze_until_time();
    *signal.mutable_update_time() = schema::ToTimestamp(view.now_us);
    Close(outcome, view.now_us, &signal);
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace rapport::alliance
