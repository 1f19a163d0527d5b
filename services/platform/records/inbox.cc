#include "platform/records/inbox.h"

#include "platform/base/agency_work.h"
#include "platform/base/executor.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/base/yield.h"
#include "platform/records/changes_impl.h"
#include "platform/records/outbox.h"
#include "platform/records/sealed_changes.h"

#include <absl/container/flat_hash_map.h>
#include <google/protobuf/empty.pb.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace rapport::records {
namespace {

constexpr std::size_t kFamiliesAtOnce = 16;

}  // namespace

absl::StatusOr<internal::v1::EventEnvelope> Inbox::Open(std::string_view agency,
                                                        std::string_view source,
                                                        std::string_view sealed) const {
  ASSIGN_OR_RETURN(const std::string plain, suite_.SealerFor(crypto::SuiteKey::kEvent, agency)
                                                ->Open(WireIdentity(source, agency), sealed));
  internal::v1::EventEnvelope event;
  if (!event.ParseFromString(plain) || event.agency() != agency || event.source() != source ||
      event.sequence() <= 0) {
    return absl::DataLossError("not an event of this source");
  }
  return event;
}

Task<absl::Status> Inbox::ApplyOne(CallContext& context,
                                   const internal::v1::EventEnvelope& event) const {
  const auto attempt = [&]() -> Task<absl::StatusOr<bool>> { return AttemptOne(context, event); };
  auto applied = co_await RetryConflicts(records_, context, attempt);
  if (IsAppliedBefore(applied.status())) co_return absl::OkStatus();
  co_return applied.status();
}

// False: it changed nothing, and there is nothing to remember either.
Task<absl::StatusOr<bool>> Inbox::AttemptOne(CallContext& context,
                                             const internal::v1::EventEnvelope& event) const {
  CO_ASSIGN_OR_RETURN(std::optional<Changes> changes, co_await handler_.Handle(context, event));
  if (!changes) co_return false;
  changes->impl()->applied = {
      .source = event.source(), .family = event.family(), .sequence = event.sequence()};
  auto committed =
      co_await records_.Commit(context, *std::move(changes), google::protobuf::Empty());
  if (!committed.ok()) co_return committed.status();
  co_return true;
}

// One call of Apply. Touched on its thread only.
struct Inbox::Delivery {
  struct One {
    absl::StatusOr<internal::v1::EventEnvelope> event;
    absl::Status result = absl::AbortedError("an earlier event of its family was not applied");
  };
  std::vector<One> all;
  std::vector<std::vector<std::size_t>> families;  // places in `all`, in order
  std::size_t next = 0;                            // of families
  std::size_t running = 0;
  Continuation waiting{};
  std::exception_ptr error;  // the first, for who called

  // Suspends until nobody runs.
  struct Ended {
    Delivery& delivery;
    bool await_ready() const { return delivery.running == 0; }
    void await_suspend(Handle handle) const { delivery.waiting = {Executor::Current(), handle}; }
    void await_resume() const {}
  };
};

// Takes one family after the other until none is left.
Task<> Inbox::ApplyFamilies(Delivery& delivery, const CallContext& call) const {
  CallContext context;
  context.trace = call.trace;
  context.method = call.method;
  context.peer = call.peer;
  context.deadline = call.deadline;
  context.principal = call.principal;
  while (delivery.next < delivery.families.size()) {
    for (const std::size_t place : delivery.families[delivery.next++]) {
      co_await Yield();  // calls first
      Delivery::One& one = delivery.all[place];
      one.result = one.event.status();
      if (one.event.ok()) {
        context.access = {.viewer = Viewer::kPeer, .family = one.event->family()};
        try {
          one.result = co_await ApplyOne(context, *one.event);
        } catch (...) {
          if (!delivery.error) delivery.error = std::current_exception();
        }
      }
      if (!one.result.ok()) break;
    }
  }
  if (--delivery.running == 0 && delivery.waiting.handle) PostByHome({&delivery.waiting, 1});
}

Task<absl::StatusOr<int>> Inbox::Apply(CallContext& context, std::string agency, std::string source,
                                       std::span<const std::string_view> envelopes) const {
  context.principal = WorkFor(agency, Concat({"service/", source}));
  context.access = {.viewer = Viewer::kPeer};
  context.request_id.clear();
  Delivery delivery;
  absl::flat_hash_map<std::string, std::size_t> places;  // of a family in `families`
  for (const std::string_view sealed : envelopes) {
    delivery.all.push_back({Open(agency, source, sealed)});
    const auto& event = delivery.all.back().event;
    if (!event.ok()) {  // Nobody knows whose it is: what comes behind it waits.
      delivery.families.push_back({delivery.all.size() - 1});
      break;
    }
    const auto [place, is_new] = places.try_emplace(event->family(), delivery.families.size());
    if (is_new) delivery.families.emplace_back();
    delivery.families[place->second].push_back(delivery.all.size() - 1);
  }
  if (Executor::Current() == nullptr) {  // It goes on on any thread: one at a time.
    delivery.running = 1;
    co_await ApplyFamilies(delivery, context);
  } else {
    delivery.running = std::min(kFamiliesAtOnce, delivery.families.size());
    for (std::size_t i = delivery.running; i > 0; --i) Spawn(ApplyFamilies(delivery, context));
    co_await Delivery::Ended{delivery};
  }
  if (delivery.error) std::rethrow_exception(delivery.error);
  int applied = 0;
  for (const Delivery::One& one : delivery.all) {
    if (one.result.ok()) {
      ++applied;
      continue;
    }
    if (applied == 0) co_return one.result;
    break;
  }
  co_return applied;
}

}  // namespace rapport::records
