#include "alliance/caseload_reasons.h"

#include "platform/base/strings.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <tuple>

namespace rapport::alliance {
namespace {

// It goes to intake, and what follows from it comes back with facts that may be 5 s old.
constexpr std::int64_t kUntilKnownUs = 60'000'000;
constexpr std::int64_t kHourMicros = 3'600'000'000, kDayMicros = 24 * kHourMicros;

// `3 hours`, `1 day`; less than an hour: `less than an hour`.
std::string Ago(std::int64_t micros) {
  const auto count = [](std::int64_t n, std::string_view unit) {
    return Concat({std::to_string(n), " ", unit, n == 1 ? "" : "s"});
  };
  if (micros < kHourMicros) return "less than an hour";
  if (micros < 2 * kDayMicros) return count(micros / kHourMicros, "hour");
  return count(micros / kDayMicros, "day");
}

v1::Attention AttentionTo(const v1::Signal& signal) {
  const bool unseen = signal.state() == v1::SIGNAL_STATE_OPEN;
  if (signal.level() == v1::SIGNAL_LEVEL_ALERT) {
    if (unseen && signal.kind() == v1::SIGNAL_KIND_UNSAFE) return v1::ATTENTION_URGENT;
    return unseen ? v1::ATTENTION_ALERT : v1::ATTENTION_ALERT_IN_HAND;
  }
  return signal.state() == v1::SIGNAL_STATE_SNOOZED ? v1::ATTENTION_ROUTINE : v1::ATTENTION_WATCH;
}

std::string_view StateWords(v1::SignalState state) {
  switch (state) {
    case v1::SIGNAL_STATE_OPEN:
      return "not yet seen";
    case v1::SIGNAL_STATE_ACKNOWLEDGED:
      return "seen";
    case v1::SIGNAL_STATE_WORKING:
      return "being worked on";
    case v1::SIGNAL_STATE_SNOOZED:
      return "put off";
    default:
      return "closed";
  }
}

Reason OfSignal(const v1::Signal& signal) {
  Reason reason{.attention = AttentionTo(signal),
                .since_us = schema::ToMicros(signal.open_time()),
                .text = {},
                .next_step = signal.next_step(),
                .people = {},
                .signal = &signal};
  std::string state(StateWords(signal.state()));
  if (signal.member().empty()) {
    state.front() = static_cast<char>(state.front() - 'a' + 'A');
    reason.text = Concat({state, ": ", signal.summary()});
    return reason;
  }
  reason.people = {signal.member()};
  reason.text = Concat({signal.member(), " (", state, "): ", signal.summary()});
  if (!reason.next_step.empty()) {
    reason.next_step = Concat({signal.member(), ": ", reason.next_step});
  }
  return reason;
}

bool SaidNotSafe(const v1::UrgentTask& task) { return task.kind() == v1::CONCERN_KIND_NOT_SAFE; }

// When they said so last.
std::int64_t SaidNotSafeUs(const v1::UrgentTask& task) {
  std::int64_t said_us = schema::ToMicros(task.create_time());
  for (const v1::ConcernReport& report : task.reports()) {
    if (report.concern().kind() != v1::CONCERN_KIND_NOT_SAFE) continue;
    said_us = std::max(said_us, schema::ToMicros(report.report_time()));
  }
  return said_us;
}

// Whatever they said besides: that they are not safe they said of homework only.
bool SaidSoOfHomework(const v1::UrgentTask& task) {
  bool of_homework = false;
  for (const v1::ConcernReport& report : task.reports()) {
    if (report.concern().kind() != v1::CONCERN_KIND_NOT_SAFE) continue;
    if (report.homework().empty()) return false;
    of_homework = true;
  }
  return of_homework;
}

// What they said; `when`: `3 hours ago`, or empty.
std::string Saying(const v1::UrgentTask& task, std::string_view when) {
  const std::string_view gap = when.empty() ? "" : " ";
  if (!SaidNotSafe(task)) {
    return Concat({task.member(), " asked", gap, when, " to talk to somebody soon"});
  }
  return SaidSoOfHomework(task)
             ? Concat({task.member(), " reported", gap, when, " that they felt unsafe in homework"})
             : Concat({task.member(), " said", gap, when, " that they are not safe"});
}

Reason OfUnanswered(const v1::UrgentTask& task, std::int64_t now_us) {
  const std::int64_t since_us = schema::ToMicros(task.create_time());
  const std::string ago = Ago(now_us - since_us);
  return {.attention = v1::ATTENTION_URGENT,
          .since_us = since_us,
          .text = Concat({Saying(task, Concat({ago, " ago"})), ", and nobody has answered."}),
          .next_step = Concat({task.member(), ": reach them now, and acknowledge the task."}),
          .people = {task.member()},
          .signal = nullptr};
}

Reason OfAnswered(const AnsweredCall& call, std::int64_t now_us) {
  const v1::UrgentTask& task = call.task;
  const std::int64_t since_us = schema::ToMicros(task.acknowledge_time());
  const std::string& by = task.acknowledged_by();
  std::string text = Concat({Saying(task, ""), ". ", by.empty() ? "Somebody on duty" : by,
                             " has been seeing to it for ", Ago(now_us - since_us),
                             call.screen_due ? "; nobody has asked them alone since."
                                             : "; they have been in no session since."});
  Reason reason{.attention = v1::ATTENTION_ALERT_IN_HAND,
                .since_us = since_us,
                .text = std::move(text),
                .next_step = {},
                .people = {task.member()},
                .signal = nullptr};
  if (!by.empty()) reason.people.push_back(by);
  if (call.screen_due) {
    reason.next_step = Concat({task.member(), ": ask them alone, and record the safety screen."});
  }
  return reason;
}

// By name where others of the entry are: for this alone nobody's name is looked up.
Reason OfNotAsked(const std::vector<std::string>& members, bool by_name) {
  if (!by_name) {
    const std::size_t count = members.size();
    return {.attention = v1::ATTENTION_ROUTINE,
            .since_us = 0,
            .text = Concat({"No forms go to ", std::to_string(count), " member",
                            count == 1 ? "" : "s", ": no consent to ratings is in force."}),
            .next_step = {},
            .people = {},
            .signal = nullptr};
  }
  std::string text = "No forms go to ";
  for (std::size_t i = 0; i < members.size(); ++i) {
    text += Concat({i == 0 ? "" : i + 1 == members.size() ? " and " : ", ", members[i]});
  }
  return {.attention = v1::ATTENTION_ROUTINE,
          .since_us = 0,
          .text = text + ": no consent to ratings is in force.",
          .next_step = {},
          .people = members,
          .signal = nullptr};
}

// `32`, `7.5`.
std::string Short(double value) {
  std::array<char, 32> text{};
  const double tenths = std::round(10 * value) / 10;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), tenths);
  return {text.data(), end.ptr};
}

Reason OfCutoff(const BeyondCutoff& score) {
  return {
      .attention = v1::ATTENTION_WATCH,
      .since_us = score.at_us,
      .text = Concat(
          {score.member, " gave ", score.target, " ", Short(score.value), " of ",
           Short(score.highest), " on the ", score.form, score.above ? ", above" : ", below",
           " the form's cut-off",
           score.provisional ? " (provisional: nobody has checked it against its source)." : "."}),
      .next_step = {},
      .people = {score.member, score.target},
      .signal = nullptr};
}

// Whether a signal says more of the member than a cut-off does.
bool HasSignal(const FamilyStanding& standing, const std::string& member) {
  return std::ranges::any_of(standing.signals,
                             [&](const v1::Signal& signal) { return signal.member() == member; });
}

Reason OfEmergency(const CaseDue& due, std::int64_t now_us) {
  const bool over = now_us >= due.emergency_ends_us;
  Reason reason{.attention = over ? v1::ATTENTION_ALERT : v1::ATTENTION_ALERT_IN_HAND,
                .since_us = over ? due.emergency_ends_us : due.emergency_us,
                .text = {},
                .next_step = "Look through what is due in the case, and see to each condition.",
                .people = {},
                .signal = nullptr};
  reason.text =
      over ? Concat({"Opened in an emergency, and on hold for ",
                     Ago(now_us - due.emergency_ends_us), ": its conditions were not met in time."})
           : Concat({"Opened in an emergency ", Ago(now_us - due.emergency_us),
                     " ago; its conditions are not met yet, and in ",
                     Ago(due.emergency_ends_us - now_us), " it is on hold."});
  return reason;
}

Reason Watch(std::int64_t since_us, std::string text) {
  return {.attention = v1::ATTENTION_WATCH,
          .since_us = since_us,
          .text = std::move(text),
          .next_step = {},
          .people = {},
          .signal = nullptr};
}

}  // namespace

std::optional<AnsweredCall> StillSeenTo(const internal::v1::StoredUrgentTask& stored,
                                        const AccessFacts& facts, std::int64_t attended_us,
                                        std::int64_t now_us) {
  const v1::UrgentTask& task = stored.task();
  if (task.state() != v1::URGENT_TASK_STATE_ACKNOWLEDGED) return std::nullopt;
  const std::int64_t answered_us = schema::ToMicros(task.acknowledge_time());
  if (SaidNotSafe(task)) {
    const auto due =
        std::ranges::find(facts.screens_due, stored.member(), &AccessFacts::ScreenDue::member);
    if (due != facts.screens_due.end()) {
      // One that is due later is so because they were asked since, or these facts are older than
      // what they said.
      const bool known = now_us - SaidNotSafeUs(task) >= kUntilKnownUs;
      if (known && due->due_us > answered_us) return std::nullopt;
      return AnsweredCall{task, true};
    }
  }
  const bool met = attended_us > answered_us;
  if (met || now_us - answered_us >= kQuietDays * kDayMicros) return std::nullopt;
  return AnsweredCall{task, false};
}

bool IsGraver(const AnsweredCall& a, const AnsweredCall& b) {
  const auto weight = [](const AnsweredCall& call) {
    return std::tuple(call.screen_due, call.task.kind(),
                      schema::ToMicros(call.task.acknowledge_time()));
  };
  return weight(a) > weight(b);
}

std::vector<Reason> ReasonsOf(const FamilyStanding& standing) {
  std::vector<Reason> reasons;
  reasons.reserve(standing.urgent.size() + standing.answered.size() + standing.signals.size() +
                  standing.beyond_cutoff.size() + 5);
  for (const v1::UrgentTask& task : standing.urgent) {
    reasons.push_back(OfUnanswered(task, standing.now_us));
  }
  for (const AnsweredCall& call : standing.answered) {
    reasons.push_back(OfAnswered(call, standing.now_us));
  }
  for (const v1::Signal& signal : standing.signals) reasons.push_back(OfSignal(signal));
  for (const BeyondCutoff& score : standing.beyond_cutoff) {
    if (!HasSignal(standing, score.member)) reasons.push_back(OfCutoff(score));
  }
  const CaseDue& due = standing.due;
  if (due.emergency_us != 0) reasons.push_back(OfEmergency(due, standing.now_us));
  if (due.assessment_us != 0 && due.assessment_us <= standing.now_us) {
    reasons.push_back(
        Watch(due.assessment_us, Concat({"The level of need has been due to be assessed for ",
                                         Ago(standing.now_us - due.assessment_us), "."})));
  }
  if (standing.forms_due >= kLeastForms && 2 * standing.forms_given < standing.forms_due) {
    reasons.push_back(Watch(standing.now_us,
                            Concat({"Few forms come back: ", std::to_string(standing.forms_given),
                                    " of the last ", std::to_string(standing.forms_due), "."})));
  }
  const std::int64_t quiet_us = standing.now_us - standing.last_session_us;
  if (standing.last_session_us != 0 && quiet_us >= kQuietDays * kDayMicros) {
    reasons.push_back(
        Watch(standing.last_session_us, Concat({"No session for ", Ago(quiet_us), "."})));
  }
  if (!standing.not_asked.empty()) {
    const bool by_name = std::ranges::any_of(
        reasons, [](const Reason& one) { return one.attention > v1::ATTENTION_ROUTINE; });
    reasons.push_back(OfNotAsked(standing.not_asked, by_name));
  }
  // Of equal ones what is said decides before of whom: sealed names are in no order.
  std::ranges::sort(reasons, {}, [](const Reason& one) {
    const std::string_view said = one.signal != nullptr ? one.signal->summary() : one.text;
    return std::tuple(-one.attention, one.since_us, said, std::string_view(one.text));
  });
  return reasons;
}

}  // namespace rapport::alliance
