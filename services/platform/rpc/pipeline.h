// Pipeline: what happens to every call, in one place and one order:
//
//   trace and request id, admission, deadline, authentication, the agency's share, authorisation,
//   validation, idempotent replay, use case, disclosure audit, finish (details, one metric, one log
//   line)
//
// What a method needs is data: the `policy` option of its RPC. Thread-safe.
#pragma once

#include "platform/audit/disclosures.h"
#include "platform/audit/refusals.h"
#include "platform/base/access_checker.h"
#include "platform/base/clock.h"
#include "platform/base/task.h"
#include "platform/crypto/token_verifier.h"
#include "platform/records/answers.h"
#include "platform/rpc/admission.h"
#include "platform/rpc/authorise.h"
#include "platform/rpc/call.h"
#include "platform/rpc/facts_source.h"
#include "platform/schema/id_codec.h"

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace rapport::rpc {

class Pipeline final : public AccessChecker {
 public:
  struct Options {
    crypto::TokenVerifier* tokens = nullptr;
    FactsSource* facts = nullptr;
    records::Answers* answers = nullptr;
    audit::Disclosures* disclosures = nullptr;
    audit::Refusals* refusals = nullptr;
    const schema::IdCodec* ids = nullptr;
    const Clock* clock = nullptr;     // domain time
    Admission::QueueWait queue_wait;  // of the databases
    int max_in_flight = 0;
    int max_streams = 0;
    // How long a message of a server stream may wait for a client that reads nothing.
    std::chrono::milliseconds write_patience{60'000};
  };
  explicit Pipeline(const Options& options)
      : options_(options), admission_(options.max_in_flight, options.queue_wait) {}

  // Serves one call from its arrival to its answer. Never throws.
  Task<> Serve(Call& call);
  Task<absl::StatusOr<Access>> Check(CallContext& context, std::string_view method,
                                     std::string family, std::string self) override;
  // Before the first call: the policies that Check goes by. `method` must outlive the pipeline.
  void Learn(const Method& method) { methods_[method.full_name] = &method; }
  // Before a message of a server stream leaves: the caller's token still counts, and a durable
  // audit row covers what the use case noted (audit/shown.h) since the last one.
  Task<absl::Status> DiscloseMessage(Call& call);
  // The call is over and its object is about to be reused.
  void Release(Call& call);

  std::chrono::milliseconds write_patience() const { return options_.write_patience; }
  int in_flight() const { return in_flight_.load(std::memory_order_relaxed); }
  const Admission& admission() const { return admission_; }
  // Before the first call: the queues whose threads serve calls, for ThreadsBusy and Crowded. They
  // must outlive the last one.
  void ServedBy(const ServerQueue& queue) { queues_.push_back(&queue); }
  // Whether more than eight calls for each of these threads are under way, or were within the last
  // 20 ms: after a commit that many waited for, their answers and what is asked next are on the way
  // for a moment, for which the same processors are needed.
  bool Crowded(SteadyClock::time_point now) const;
  // For how long none of these threads has had a pause.
  std::chrono::nanoseconds ThreadsBusy(SteadyClock::time_point now) const;
  int streams() const { return streams_.load(std::memory_order_relaxed); }
  // From now on every new call is answered UNAVAILABLE at once. gRPC's own shutdown answers calls
  // that reached the socket with CANCELLED, which nobody repeats: whoever still calls is told
  // first.
  void Close() { closed_.store(true, std::memory_order_relaxed); }
  // Blocks until nothing is in flight.
  void WaitUntilIdle();

 private:
  using Stage = absl::Status (Pipeline::*)(Call&);
  static const Stage kStages[];

  absl::Status AssignTrace(Call& call);
  absl::Status Admit(Call& call);
  absl::Status ClampDeadline(Call& call);
  absl::Status Authenticate(Call& call);
  absl::Status AdmitAgency(Call& call);
  absl::Status Parse(Call& call);
  absl::Status Validate(Call& call);

  Task<absl::Status> Run(Call& call);
  Task<absl::Status> Authorise(Call& call);
  Task<absl::StatusOr<Access>> Decided(CallContext& context, const schema::MethodPolicy& policy,
                                       Subject subject);
  Task<absl::Status> RunUseCase(Call& call);
  Task<absl::StatusOr<bool>> Replay(Call& call);
  // Refuses, with a line in the audit trail.
  Task<absl::Status> Deny(CallContext& context, std::string family, Denial denial);
  Task<> RecordRefusal(CallContext& context, std::string family, std::string_view rule);
  absl::Status Shed(Call& call);
  void Finish(Call& call, const absl::Status& status);

  std::atomic<int>& CounterOf(const Call& call);
  int CrowdFrom() const;

  const Options options_;
  Admission admission_;
  std::vector<const ServerQueue*> queues_;
  std::atomic<int> in_flight_{0}, streams_{0};
  std::atomic<SteadyClock::time_point> crowded_at_{};  // to a millisecond
  std::atomic<bool> closed_{false};
  absl::flat_hash_map<std::string_view, const Method*> methods_;
  std::mutex idle_mutex_;
  std::condition_variable idle_;
};

}  // namespace rapport::rpc
