// SignalWatch: the use case of WatchSignals. Every signal passes through the same decision as a
// ListSignals of its family would, at the moment it is sent. Thread-safe.
#pragma once

#include "alliance/signal_hub.h"
#include "platform/base/stream.h"

#include <rapport/alliance/v1/signal_watch.pb.h>

namespace rapport::alliance {

class SignalWatch {
 public:
  explicit SignalWatch(const SignalHub::Deps& deps) : SignalWatch(deps, SignalHub::Pace()) {}
  SignalWatch(const SignalHub::Deps& deps, const SignalHub::Pace& pace)
      : deps_(deps), pace_(pace), hub_(deps, pace) {}

  Task<absl::Status> WatchSignals(CallContext& context, const v1::WatchSignalsRequest& request,
                                  Sink<v1::WatchSignalsResponse>& sink);

  // Watches end, now and from now on.
  void Close() { hub_.Close(); }

 private:
  // Adds what of `entries` the caller may see, and notes it for the accounting of disclosures.
  Task<absl::Status> Show(CallContext& context, const SignalHub::Entries& entries,
                          v1::WatchSignalsResponse& response);

  const SignalHub::Deps deps_;
  const SignalHub::Pace pace_;
  SignalHub hub_;
};

}  // namespace rapport::alliance
