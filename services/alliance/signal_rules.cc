#include "alliance/signal_rules.h"

#include "alliance/signals/life_cycle.h"

#include <google/protobuf/util/time_util.h>

namespace rapport::alliance {

using google::protobuf::util::TimeUtil;

v1::Signal AsOf(v1::Signal signal, std::int64_t now_us) {
  const bool over = signal.state() == v1::SIGNAL_STATE_SNOOZED &&
                    TimeUtil::TimestampToMicroseconds(signal.snooze_until_time()) <= now_us;
  if (!over) return signal;
  if (const auto next = NextState(signal.state(), SignalStep::kWake)) signal.set_state(*next);
  signal.clear_snooze_until_time();
  return signal;
}

void Close(v1::SignalOutcome outcome, std::int64_t now_us, v1::Signal* signal) {
  signal->set_outcome(outcome);
  *signal->mutable_close_time() = TimeUtil::MicrosecondsToTimestamp(now_us);
}

}  // namespace rapport::alliance
