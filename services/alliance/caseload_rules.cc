#include "alliance/caseload_rules.h"

#include "platform/base/strings.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <tuple>

namespace rapport::alliance {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::int64_t kHourMicros = 3'600'000'000, kDayMicros = 24 * kHourMicros;

struct Reason {
  v1::Attention attention = v1::ATTENTION_ROUTINE;
  std::int64_t since_us = 0;  // the longer, the more pressing
  std::string text;
  const v1::Signal* signal = nullptr;  // null: of something else
};

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
  if (unseen && signal.kind() == v1::SIGNAL_KIND_UNSAFE) return v1::ATTENTION_URGENT;
  if (signal.level() == v1::SIGNAL_LEVEL_ALERT) {
    return unseen ? v1::ATTENTION_ALERT : v1::ATTENTION_ALERT_IN_HAND;
  }
  return signal.state() == v1::SIGNAL_STATE_SNOOZED ? v1::ATTENTION_ROUTINE : v1::ATTENTION_WATCH;
}

std::string_view StateWords(v1::SignalState state) {
  switch (state) {
    case v1::SIGNAL_STATE_OPEN:
      return "Not yet seen: ";
    case v1::SIGNAL_STATE_ACKNOWLEDGED:
      return "Seen: ";
    case v1::SIGNAL_STATE_WORKING:
      return "Being worked on: ";
    case v1::SIGNAL_STATE_SNOOZED:
      return "Put off: ";
    default:
      return "";
  }
}

std::vector<Reason> ReasonsOf(const FamilyStanding& standing) {
  std::vector<Reason> reasons;
  for (const v1::UrgentTask& task : standing.urgent) {
    const std::int64_t since_us = TimeUtil::TimestampToMicroseconds(task.create_time());
    reasons.push_back({v1::ATTENTION_URGENT, since_us,
                       Concat({"A member asked for help ", Ago(standing.now_us - since_us),
                               " ago, and nobody has answered."})});
  }
  for (const v1::Signal& signal : standing.signals) {
    reasons.push_back({AttentionTo(signal), TimeUtil::TimestampToMicroseconds(signal.open_time()),
                       Concat({StateWords(signal.state()), signal.summary()}), &signal});
  }
  if (standing.forms_due >= kLeastForms && 2 * standing.forms_given < standing.forms_due) {
    reasons.push_back({v1::ATTENTION_WATCH, standing.now_us,
                       Concat({"Few forms come back: ", std::to_string(standing.forms_given),
                               " of the last ", std::to_string(standing.forms_due), "."})});
  }
  const std::int64_t quiet_us = standing.now_us - standing.last_session_us;
  if (standing.last_session_us != 0 && quiet_us >= kQuietDays * kDayMicros) {
    reasons.push_back({v1::ATTENTION_WATCH, standing.last_session_us,
                       Concat({"No session for ", Ago(quiet_us), "."})});
  }
  std::ranges::sort(reasons, {}, [](const Reason& one) {
    return std::tuple(-one.attention, one.since_us, one.text);
  });
  return reasons;
}

}  // namespace

WaitingEntry WaitingEntryOf(const FamilyStanding& standing) {
  WaitingEntry waiting;
  v1::CaseloadEntry& entry = waiting.entry;
  entry.set_family(standing.family);
  const std::vector<Reason> reasons = ReasonsOf(standing);
  entry.set_attention(reasons.empty() ? v1::ATTENTION_ROUTINE : reasons.front().attention);
  if (entry.attention() > v1::ATTENTION_ROUTINE) waiting.since_us = reasons.front().since_us;
  for (const Reason& reason : reasons) {
    if (reason.attention > v1::ATTENTION_ROUTINE && entry.reasons_size() < 20) {
      entry.add_reasons(reason.text);
    }
    if (reason.signal == nullptr) continue;
    entry.add_open_signals(reason.signal->name());
    if (entry.next_step().empty() && reason.attention > v1::ATTENTION_ROUTINE) {
      entry.set_next_step(reason.signal->next_step());
    }
  }
  if (entry.reasons().empty()) entry.add_reasons("Nothing stands out.");
  for (const v1::UrgentTask& task : standing.urgent) entry.add_urgent_tasks(task.name());
  if (standing.last_session_us != 0) {
    *entry.mutable_last_session_time() =
        TimeUtil::MicrosecondsToTimestamp(standing.last_session_us);
  }
  entry.set_forms_due(standing.forms_due);
  entry.set_forms_given(standing.forms_given);
  return waiting;
}

v1::CaseloadEntry EntryOf(const FamilyStanding& standing) { return WaitingEntryOf(standing).entry; }

bool ComesFirst(const WaitingEntry& a, const WaitingEntry& b) {
  const auto place = [](const WaitingEntry& one) {
    return std::tuple(-one.entry.attention(), one.since_us, -one.entry.reasons_size(),
                      std::string_view(one.entry.family()));
  };
  return place(a) < place(b);
}

}  // namespace rapport::alliance
