// Inbox: applies other services' events, each exactly once. The position that says "applied" is
// written in the transaction of what the event changes here (most change nothing: they cost no
// transaction), per family and source: order holds
// inside a family, and a family whose queue stopped at the source can catch up after the others
// have moved on. Called by the EventService of a process; knows no transport. Thread-safe.
#pragma once

#include "platform/base/task.h"
#include "platform/crypto/suite_secret.h"
#include "platform/records/records.h"

#include <absl/status/statusor.h>
#include <rapport/internal/v1/event.pb.h>

#include <optional>
#include <span>
#include <string>

namespace rapport::records {

// What a service does about events.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  // What `event` changes here; nullopt: nothing. Runs again when its changes were in conflict with
  // others, and when an event that changed nothing is delivered again, so it must do nothing else.
  // Any error refuses the event. `context` has the event's agency and family and the source as its
  // principal.
  virtual Task<absl::StatusOr<std::optional<Changes>>> Handle(
      CallContext& context, const internal::v1::EventEnvelope& event) = 0;
};

class Inbox {
 public:
  // All must outlive it.
  Inbox(Records& records, const crypto::SuiteSecret& suite, EventHandler& handler)
      : records_(records), suite_(suite), handler_(handler) {}

  // Applies sealed envelopes of one agency from `source` (the peer's identity, not what a request
  // says), those of a family in order, several families at a time, so that their changes share
  // commits. How many are applied now, counted from the first, those applied before included;
  // events of other families behind one that was refused may be applied too, and are skipped when
  // they come again. The error is that of the first envelope, when not even that one is applied.
  Task<absl::StatusOr<int>> Apply(CallContext& context, std::string agency, std::string source,
                                  std::span<const std::string_view> envelopes) const;

 private:
  absl::StatusOr<internal::v1::EventEnvelope> Open(std::string_view agency, std::string_view source,
                                                   std::string_view sealed) const;
  Task<absl::StatusOr<bool>> AttemptOne(CallContext& context,
                                        const internal::v1::EventEnvelope& event) const;
  Task<absl::Status> ApplyOne(CallContext& context, const internal::v1::EventEnvelope& event) const;
  struct Delivery;
  Task<> ApplyFamilies(Delivery& delivery, const CallContext& call) const;

  Records& records_;
  const crypto::SuiteSecret& suite_;
  EventHandler& handler_;
};

}  // namespace rapport::records
