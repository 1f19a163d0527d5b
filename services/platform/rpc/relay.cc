#include "platform/rpc/relay.h"

#include "platform/base/agency_work.h"
#include "platform/base/status_macros.h"
#include "platform/base/yield.h"
#include "platform/runtime/telemetry/logs.h"
#include "platform/runtime/telemetry/spans.h"
#include "platform/runtime/telemetry/trace.h"

#include <rapport/internal/v1/event_service.pb.h>

#include <algorithm>
#include <map>
#include <utility>

namespace rapport::rpc {
namespace {

constexpr int kBatch = 200;
constexpr int kRefusalsToPark = 10;
constexpr std::chrono::seconds kDeadline{10};
// Longer than any backoff: a family that was not tried again for so long is another relay's.
constexpr std::chrono::minutes kForgotten{5};

// Nobody's fault: it is tried again for ever.
bool IsPassing(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status) || absl::IsAborted(status);
}

}  // namespace

struct Relay::Line {
  Destination destination;
  std::atomic<bool> awake{false};
  std::mutex mutex;
  Pause* pause = nullptr;  // guarded by mutex
  std::chrono::milliseconds backoff{0};
  // Families whose front event was refused, which, how often, and when it is tried again. Of two
  // relays each counts its own: what the other delivered is seen by another event at the front.
  struct Refusal {
    std::int64_t sequence = 0;
    int times = 0;
    std::chrono::milliseconds backoff{0};
    SteadyClock::time_point again;
  };
  using Key = std::pair<std::string, std::string>;  // agency, family
  std::map<Key, Refusal> refusals;

  std::vector<std::string> WaitingOf(const std::string& agency) const {
    std::vector<std::string> families;
    const auto now = SteadyClock::now();
    for (auto one = refusals.lower_bound({agency, ""});
         one != refusals.end() && one->first.first == agency; ++one) {
      if (one->second.again > now) families.push_back(one->first.second);
    }
    return families;
  }
  // Until the first of them is tried again, at most `longest`.
  std::chrono::milliseconds UntilAgain(std::chrono::milliseconds longest) const {
    const auto now = SteadyClock::now();
    for (const auto& [key, refusal] : refusals) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(refusal.again - now);
      if (left.count() > 0) longest = std::min(left, longest);
    }
    return longest;
  }
};

// Suspends until the time is over or Wake().
class Relay::Pause {
 public:
  Pause(Line& line, ServerQueue& queue, std::chrono::milliseconds time)
      : line_(line), queue_(queue), time_(time) {}
  bool await_ready() const { return line_.awake.exchange(false); }
  void await_suspend(Handle handle) {
    handle_ = handle;
    std::lock_guard lock(line_.mutex);
    line_.pause = this;
    const bool now = line_.awake.load();
    alarm_.Set(queue_.get(),
               gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                            gpr_time_from_millis(now ? 0 : time_.count(), GPR_TIMESPAN)),
               &event_);
  }
  void await_resume() const { line_.awake = false; }
  void Cancel() { alarm_.Cancel(); }

 private:
  void OnFired() {
    {
      std::lock_guard lock(line_.mutex);
      line_.pause = nullptr;
    }
    handle_.resume();
  }
  Line& line_;
  ServerQueue& queue_;
  const std::chrono::milliseconds time_;
  Handle handle_;
  grpc::Alarm alarm_;
  Event event_{[](void* self, bool) { static_cast<Pause*>(self)->OnFired(); }, this};
};

Relay::Relay(db::Db& db, const records::Outbox& outbox,
             std::shared_ptr<const crypto::Agencies> agencies,
             std::vector<Destination> destinations, Pace pace)
    : db_(db), outbox_(outbox), agencies_(std::move(agencies)), pace_(pace) {
  for (Destination& destination : destinations) {
    lines_.push_back(std::make_unique<Line>());
    lines_.back()->destination = std::move(destination);
  }
}

Relay::~Relay() = default;

void Relay::Start(ServerQueue& queue) {
  queue_ = &queue;
  {
    std::lock_guard lock(mutex_);
    running_ = static_cast<int>(lines_.size());
  }
  for (auto& line : lines_) Spawn(Run(*line));
}

void Relay::Wake() {
  for (auto& line : lines_) {
    if (line->awake.exchange(true)) continue;
    std::lock_guard lock(line->mutex);
    if (line->pause) line->pause->Cancel();
  }
}

void Relay::Stop() {
  stopping_ = true;
  for (auto& line : lines_) {
    line->awake = true;
    std::lock_guard lock(line->mutex);
    if (line->pause) line->pause->Cancel();
  }
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return running_ == 0; });
}

Task<> Relay::Run(Line& line) {
  co_await ResumeOn{*queue_};
  while (!stopping_) {
    bool more = false, failed = false;
    for (const crypto::Agency& agency : agencies_->all()) {
      if (stopping_) break;
      CallContext context;
      context.trace = telemetry::StartSpan("");
      context.trace.sampled = false;  // Looking for events is no trace: delivering them is.
      context.method = "relay";
      context.principal = WorkFor(agency.id, "system");
      context.arrived = SteadyClock::now();
      context.deadline = SteadyClock::now() + kDeadline;
      try {
        auto some = co_await DeliverSome(line, context, agency.id);
        more |= some.ok() && *some;
        failed |= !some.ok();
        telemetry::RecordCall(context, telemetry::SpanKind::kInternal,
                              static_cast<int>(some.status().code()), -1, -1);
      } catch (const std::exception& e) {
        telemetry::LogException(context, e);
        failed = true;
      }
    }
    if (more && !failed) {
      co_await Yield();  // reading is done on this thread, which has calls to serve
      continue;
    }
    line.backoff = !failed
                       ? std::chrono::milliseconds(0)
                       : std::clamp(line.backoff * 2, pace_.first_backoff, pace_.longest_backoff);
    if (!stopping_)
      co_await Pause(line, *queue_, failed ? line.backoff : line.UntilAgain(pace_.idle));
  }
  std::lock_guard lock(mutex_);
  --running_;
  ended_.notify_all();
}

// True: there is more to deliver at once.
Task<absl::StatusOr<bool>> Relay::DeliverSome(Line& line, CallContext& context,
                                              const std::string& agency) {
  records::Outbox::Batch batch;
  const std::vector<std::string> waiting = line.WaitingOf(agency);
  CO_RETURN_IF_ERROR(co_await db_.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(batch, outbox_.NextBatch(tx, agency, line.destination.name,
                                              line.destination.types, kBatch, waiting));
    return absl::OkStatus();
  }));
  if (batch.events.empty()) {
    if (batch.parked) line.refusals.erase({agency, batch.parked_family});
    CO_RETURN_IF_ERROR(co_await Report(context, batch, 0));
    co_return batch.more;
  }
  if (batch.events.front().damaged) {
    CO_RETURN_IF_ERROR(co_await Park(
        context, batch, absl::DataLossError("an event is not what was stored"), false));
    co_return true;
  }
  context.trace = telemetry::StartSpan("");
  std::vector<std::string> wires;
  wires.reserve(batch.events.size());
  for (const auto& event : batch.events) wires.push_back(event.wire);
  const int count = static_cast<int>(wires.size());
  auto applied = co_await line.destination.deliver(context, agency, std::move(wires));
  const int done = applied.ok() ? std::min(*applied, count) : 0;
  if (done > 0) {
    CO_RETURN_IF_ERROR(co_await Report(context, batch, done));
    if (batch.parked) line.refusals.erase({agency, batch.parked_family});
    co_return batch.more || done < count;
  }
  if (applied.ok() || IsPassing(applied.status())) {
    co_return applied.ok() ? absl::UnavailableError("nothing was applied") : applied.status();
  }
  CO_RETURN_IF_ERROR(co_await Refused(line, context, batch, applied.status()));
  co_return true;
}

Task<absl::Status> Relay::Refused(Line& line, CallContext& context,
                                  const records::Outbox::Batch& batch, absl::Status refusal) {
  const auto now = SteadyClock::now();
  std::erase_if(line.refusals,
                [now](const auto& one) { return one.second.again + kForgotten < now; });
  const Line::Key key(batch.agency, batch.events.front().family);
  Line::Refusal refused{.sequence = batch.events.front().sequence};
  const auto known = line.refusals.find(key);
  if (known != line.refusals.end() && known->second.sequence == refused.sequence) {
    refused = known->second;
  }
  ++refused.times;
  refused.backoff = std::clamp(refused.backoff * 2, pace_.first_backoff, pace_.longest_backoff);
  refused.again = now + refused.backoff;
  const bool retrying = refused.times < kRefusalsToPark;
  CO_RETURN_IF_ERROR(co_await Park(context, batch, refusal, retrying));
  if (retrying) {
    line.refusals[key] = refused;
  } else {
    line.refusals.erase(key);
  }
  co_return absl::OkStatus();
}

Task<absl::Status> Relay::Park(CallContext& context, const records::Outbox::Batch& batch,
                               const absl::Status& refusal, bool retrying) {
  if (!retrying) telemetry::LogFailure(telemetry::Event::kOutboxParked, refusal, {});
  co_return co_await db_.Write(context, [&](db::Tx& tx) {
    return records::Outbox::Park(tx, batch, 0, static_cast<int>(refusal.code()), RealMicros(),
                                 retrying);
  });
}

Task<absl::Status> Relay::Report(CallContext& context, const records::Outbox::Batch& batch,
                                 int delivered) {
  if (!records::Outbox::IsWorthReporting(batch, delivered)) co_return absl::OkStatus();
  co_return co_await db_.Write(
      context, [&](db::Tx& tx) { return records::Outbox::Advance(tx, batch, delivered); });
}

Relay::Deliver DeliverOver(std::shared_ptr<Channel> channel) {
  struct Over {
    static Task<absl::StatusOr<int>> Run(std::shared_ptr<Channel> channel, CallContext& context,
                                         std::string agency, std::vector<std::string> wires) {
      internal::v1::DeliverEventsRequest request;
      request.set_agency(std::move(agency));
      for (std::string& wire : wires) request.add_envelopes(std::move(wire));
      auto answer = co_await channel->Call<internal::v1::DeliverEventsResponse>(
          context, "rapport.internal.v1.EventService/DeliverEvents", request, kDeadline);
      if (!answer.ok()) co_return answer.status();
      co_return answer->applied();
    }
  };
  return [channel = std::move(channel)](CallContext& context, std::string agency,
                                        std::vector<std::string> wires) {
    return Over::Run(channel, context, std::move(agency), std::move(wires));
  };
}

}  // namespace rapport::rpc
