#include "alliance/signal_evaluator.h"

#include "alliance/signal_rules.h"
#include "alliance/signals/isolation.h"
#include "alliance/signals/life_cycle.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <optional>

namespace rapport::alliance {
namespace {

// What a finding is about.
struct Subject {
  std::string member;
  std::string target;   // empty for isolation
  std::string session;  // name; after which the rule fired
  std::int64_t session_us = 0;
};

// The newest signal of this key, closed or not; null: none.
const StoredSignal* Newest(const FamilyFile& file, v1::SignalKind kind, const Subject& subject) {
  const std::string key = SignalKey(kind, subject.member, subject.target);
  const StoredSignal* newest = nullptr;
  for (const StoredSignal& stored : file.signals) {
    const v1::Signal& signal = stored.message.signal();
    if (SignalKey(signal.kind(), signal.member(), signal.target()) != key) continue;
    if (newest == nullptr || newest->record.id < stored.record.id) newest = &stored;
  }
  return newest;
}

SignalChange Raise(const Finding& finding, const Subject& subject, std::int64_t now_us) {
  SignalChange change;
  v1::Signal& signal = *change.after.mutable_signal();
  signal = finding.signal;
  signal.set_state(v1::SIGNAL_STATE_OPEN);
  signal.set_member(subject.member);
  signal.set_target(subject.target);
  signal.set_session(subject.session);
  signal.set_occurrences(1);
  *signal.mutable_open_time() = schema::ToTimestamp(now_us);
  *signal.mutable_update_time() = schema::ToTimestamp(now_us);
  change.after.set_raised_us(subject.session_us);
  return change;
}

std::optional<SignalChange> RenewOpen(const StoredSignal& open, const Finding& finding,
                                      const Subject& subject, std::int64_t now_us) {
  const v1::Signal before = AsOf(open.message.signal(), now_us);
  Renewal renewal = Renew(before, finding);
  const bool same_session = before.session() == subject.session;
  if (same_session && !renewal.stronger) return std::nullopt;
  SignalChange change{.before = &open, .after = open.message};
  v1::Signal& signal = *change.after.mutable_signal();
  signal = std::move(renewal.signal);
  if (same_session) signal.set_occurrences(before.occurrences());
  signal.set_session(subject.session);
  *signal.mutable_update_time() = schema::ToTimestamp(now_us);
  const auto step = renewal.stronger ? SignalStep::kStrengthen : SignalStep::kRenew;
  if (const auto next = NextState(before.state(), step)) signal.set_state(*next);
  if (signal.state() != v1::SIGNAL_STATE_SNOOZED) signal.clear_snooze_until_time();
  return change;
}

void Apply(const FileView& view, const Finding& finding, const Subject& subject,
           std::vector<SignalChange>& changes) {
  if (finding.result != Finding::Result::kRaised) return;
  const StoredSignal* newest = Newest(view.file, finding.signal.kind(), subject);
  if (newest == nullptr) {
    changes.push_back(Raise(finding, subject, view.now_us));
    return;
  }
  if (!IsOpen(newest->message.signal().state())) {
    if (newest->message.signal().session() == subject.session) return;
    changes.push_back(Raise(finding, subject, view.now_us));
    return;
  }
  if (auto renewed = RenewOpen(*newest, finding, subject, view.now_us)) {
    changes.push_back(*std::move(renewed));
  }
}

}  // namespace

std::vector<SignalChange> EvaluateIsolationOf(const FileView& view) {
  std::vector<SignalChange> changes;
  if (view.file.sessions.empty()) return changes;
  const StoredSession& last = view.file.sessions.back();
  const FamilyFacts facts = IsolationFactsOf(view);
  for (std::size_t i = 0; i < facts.members.size(); ++i) {
    Apply(view, EvaluateIsolation(facts, i),
          {.member = view.names.Member(view.file.id, facts.members[i].member),
           .session = view.names.Session(view.file.id, last.record.id),
           .session_us = last.record.sort_us},
          changes);
  }
  return changes;
}

std::vector<SignalChange> EvaluateDropsOf(const FileView& view, const v1::Rating& rating) {
  std::vector<SignalChange> changes;
  if (!view.names.ReadMember(rating.rater())) return changes;
  for (const v1::RatingPart& part : rating.parts()) {
    if (!view.names.ReadProfessional(part.target())) continue;
    const auto series = RatingsOf(view, rating.rater(), part.target());
    if (series.empty()) continue;
    Apply(view, EvaluateDrop(DropSeries(view, rating.rater(), part.target())),
          {.member = rating.rater(),
           .target = part.target(),
           .session = series.back()->message.session(),
           .session_us = series.back()->record.sort_us},
          changes);
  }
  return changes;
}

}  // namespace rapport::alliance
