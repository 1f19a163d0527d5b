// SignalHub: the newest changes of signals of each agency, read once from the log of changes and
// handed to everyone who watches. However many watch, there is one reader an agency and process.
//
// Used by SignalWatch. A watcher that is behind what the hub keeps reads the log itself, with the
// same Read. Decides nothing about who may see what: it wakes whom a change may concern,
// SignalWatch asks. Thread-safe; the hub outlives its watchers.
#pragma once

#include "alliance/alliance_store.h"
#include "platform/base/call_context.h"
#include "platform/base/executor.h"
#include "platform/base/sleeper.h"
#include "platform/records/change_feed.h"
#include "platform/records/service_deps.h"
#include "platform/rpc/facts_source.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

class SignalHub {
 public:
  using Place = records::ChangeFeed::Place;

  // One change of one signal: the signal as that change left it.
  struct Entry {
    Place place;
    std::string family;  // inner id
    StoredSignal signal;
    // Accounts of the family's team and its supervisors, sorted; nullopt: could not be asked.
    std::optional<std::vector<std::string>> audience;
    bool MayConcern(std::string_view subject) const;
  };
  using Entries = std::vector<std::shared_ptr<const Entry>>;
  struct Page {
    Entries entries;
    Place place;  // behind everything that was looked at
    bool more = false;
  };

  struct Pace {
    std::chrono::milliseconds poll{20};
    std::chrono::milliseconds after_failure{1'000};
    std::chrono::milliseconds heartbeat{10'000};
    std::size_t kept = 2'000;  // entries an agency
  };
  struct Deps {
    records::ServiceDeps service;
    const AllianceStore& store;
    const records::ChangeFeed& feed;
    rpc::FactsSource& facts;
    Sleeper& sleeper;
  };
  explicit SignalHub(const Deps& deps) : SignalHub(deps, Pace()) {}
  SignalHub(const Deps& deps, const Pace& pace) : deps_(deps), pace_(pace) {}
  ~SignalHub();

  // Changes of signals behind `place` (nullopt: the oldest that is kept), from the log. Audiences
  // are left open. OUT_OF_RANGE as ChangeFeed::After.
  Task<absl::StatusOr<Page>> Read(CallContext& context, std::string agency,
                                  std::optional<Place> place) const;
  // Behind the newest change.
  Task<absl::StatusOr<Place>> Newest(CallContext& context, std::string agency) const;

  enum class Wake : std::uint8_t { kNews, kHeartbeat, kBehind, kClosed, kCancelled };
  struct News {
    Wake wake = Wake::kClosed;
    Entries entries;  // of kNews: what may concern the watcher, in order
    Place place;      // of kNews and kHeartbeat: behind everything that was looked at
  };
  class Watcher;
  class Waiting;

  // From now on nobody waits: everyone is woken with kClosed.
  void Close();

 private:
  struct Agency;
  static void WakeAll(Agency& agency, Wake wake);
  std::shared_ptr<Agency> AgencyOf(const std::string& agency);
  Task<> Tail(std::shared_ptr<Agency> agency);
  Task<absl::Status> TailOnce(CallContext& context, Agency& agency);
  std::shared_ptr<const Entry> WithAudience(const Entry& entry, const AccessFacts* facts) const;

  const Deps deps_;
  const Pace pace_;
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Agency>> agencies_;  // guarded by mutex_
};

// Somebody who watches, from their first look to their last.
class SignalHub::Watcher {
 public:
  // `subject` empty: concerned by every change of the agency.
  Watcher(SignalHub& hub, std::string agency, std::string subject);
  Watcher(const Watcher&) = delete;
  ~Watcher();

  // co_await watcher.Next(context, place) gives the next News behind `place`.
  Waiting Next(CallContext& context, Place place);

 private:
  friend SignalHub;
  friend Waiting;
  SignalHub& hub_;
  const std::shared_ptr<Agency> agency_;
  const std::string subject_;
};

class SignalHub::Waiting final : CancelHook {
 public:
  Waiting(Watcher& watcher, CallContext& context, Place place)
      : watcher_(watcher), context_(context), place_(place) {}
  Waiting(const Waiting&) = delete;

  bool await_ready() const { return false; }
  bool await_suspend(Handle handle);
  News await_resume();

 private:
  friend SignalHub;
  void OnCancel() override;
  // Under the agency's lock: what there is behind `place_`; whether it is worth waking for.
  bool Collect(const Agency& agency);

  Watcher& watcher_;
  CallContext& context_;
  const Place place_;
  Continuation continuation_{};
  SteadyClock::time_point due_{};
  News news_;
};

}  // namespace rapport::alliance
