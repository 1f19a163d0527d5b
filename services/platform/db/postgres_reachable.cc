#include "platform/db/postgres_reachable.h"

#include <algorithm>
#include <random>

namespace rapport::db {

void PostgresReachable::Failed(int tries) {
  if (tries > 1) return;
  Duration::rep never = 0;
  since_.compare_exchange_strong(never, SteadyClock::now().time_since_epoch().count());
}

PostgresReachable::Time PostgresReachable::WaitsUntil(Time began) const {
  const Duration::rep since = since_.load(std::memory_order_relaxed);
  return (since == 0 ? began : std::min(began, Time(Duration(since)))) + patience_;
}

PostgresReachable::Duration PostgresReachable::Pause(int tries) {
  using std::chrono::milliseconds;
  thread_local std::minstd_rand random(std::random_device{}());
  const auto most = std::min(milliseconds(20) * (1 << std::min(tries, 6)), milliseconds(1'000));
  return std::chrono::duration_cast<Duration>(
      most * std::uniform_real_distribution<double>(0.5, 1.0)(random));
}

}  // namespace rapport::db
