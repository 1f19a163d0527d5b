#include "platform/runtime/housekeeping.h"

#include "platform/base/agency_work.h"
#include "platform/base/limits.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/db/run_sync.h"
#include "platform/runtime/telemetry/logs.h"
#include "platform/runtime/telemetry/metrics.h"

#include <algorithm>
#include <chrono>

namespace rapport::runtime {
namespace {

constexpr std::chrono::seconds kEvery{1}, kPatience{30};
constexpr int kDeletedAtOnce = 200;

// Of a background job: no caller, a deadline of its own. `agency` empty: of all of them.
struct JobContext : CallContext {
  explicit JobContext(std::string_view agency) {
    method = "rapport.runtime/Housekeeping";
    arrived = SteadyClock::now();
    deadline = arrived + kPatience;
    if (!agency.empty()) principal = WorkFor(agency, "system");
  }
};

}  // namespace

Housekeeping::Housekeeping(Storage& storage, std::shared_ptr<const crypto::Agencies> agencies,
                           std::vector<Destination> destinations, Chore chore)
    : storage_(storage), agencies_(std::move(agencies)), chore_(std::move(chore)) {
  for (Destination& destination : destinations) {
    backlogs_.push_back(std::make_unique<Backlog>());
    backlogs_.back()->destination = std::move(destination);
  }
}

Housekeeping::~Housekeeping() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Housekeeping::Start() { thread_ = std::thread(&Housekeeping::Run, this); }

void Housekeeping::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kEvery, [&] { return stopping_; })) {
    lock.unlock();
    Round();
    lock.lock();
  }
}

void Housekeeping::Round() {
  const auto note = [](const absl::Status& status, telemetry::Event event) {
    if (!status.ok()) telemetry::LogFailure(event, status, {}, telemetry::Level::kWarn);
  };
  JobContext context("");
  if (storage_.checkpointer) {
    note(RunSync(storage_.checkpointer->WriteDue(context, RealMicros())).status(),
         telemetry::Event::kAuditFailed);
  }
  for (const crypto::Agency& agency : agencies_->all()) {
    if (chore_) note(chore_(agency.id), telemetry::Event::kDatabaseFailed);
    note(DeleteOld(agency.id), telemetry::Event::kDatabaseFailed);
  }
  note(Measure(), telemetry::Event::kDatabaseFailed);
  storage_.keys->WipeIdle();
}

absl::Status Housekeeping::DeleteOld(const std::string& agency) {
  JobContext context(agency);
  const std::int64_t now_us = RealMicros();
  RETURN_IF_ERROR(RunSync(storage_.answers->DeleteExpired(context, agency, now_us)).status());
  std::vector<std::string> destinations;
  for (const auto& backlog : backlogs_) destinations.push_back(backlog->destination.name);
  const std::int64_t before_us =
      now_us - std::chrono::microseconds(std::chrono::hours(limits::kEventsKept)).count();
  bool any = false;
  RETURN_IF_ERROR(db::RunSync(
      *storage_.db, context,
      [&](db::Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(any, records::Outbox::AnyBefore(tx, agency, before_us));
        return absl::OkStatus();
      },
      false));
  if (!any) return absl::OkStatus();
  return db::RunSync(
      *storage_.db, context,
      [&](db::Tx& tx) {
        return records::Outbox::DeleteOld(tx, agency, destinations, before_us, kDeletedAtOnce)
            .status();
      },
      true);
}

absl::Status Housekeeping::Measure() {
  const std::int64_t now_us = RealMicros();
  for (const auto& backlog : backlogs_) {
    std::int64_t pending = 0, parked = 0, oldest_us = now_us;
    for (const crypto::Agency& agency : agencies_->all()) {
      RETURN_IF_ERROR(db::RunSync(
          *storage_.db, JobContext(agency.id),
          [&](db::Tx& tx) -> absl::Status {
            ASSIGN_OR_RETURN(const auto behind,
                             records::Outbox::Behind(tx, agency.id, backlog->destination.name,
                                                     backlog->destination.types));
            pending += behind.events;
            parked += behind.parked_families;
            if (behind.events > 0) oldest_us = std::min(oldest_us, behind.oldest_us);
            return absl::OkStatus();
          },
          false));
    }
    backlog->pending = pending;
    backlog->parked = parked;
    backlog->oldest_seconds = (now_us - oldest_us) / 1'000'000;
  }
  return absl::OkStatus();
}

Observations Housekeeping::Observe() const {
  using telemetry::Metric;
  Observations all;
  for (const auto& backlog : backlogs_) {
    if (backlog->destination.name == "self") continue;
    const auto observe = [&](Metric metric, const std::atomic<std::int64_t>& number) {
      all.push_back(telemetry::Observe(metric, backlog->destination.name, [&number] {
        return static_cast<double>(number.load(std::memory_order_relaxed));
      }));
    };
    observe(Metric::kOutboxPending, backlog->pending);
    observe(Metric::kOutboxOldest, backlog->oldest_seconds);
    observe(Metric::kOutboxParked, backlog->parked);
  }
  return all;
}

}  // namespace rapport::runtime
