// FaultyDb: a database whose writes meet what a PostgreSQL in trouble does to them, by a seed: the
// engine undoes a piece of work and runs it again (40001, 40P01), or nobody learns what became of a
// commit (40003, a reply that is lost), whether it was done or not. Reads pass. Works on every
// engine. Thread-safe.
#pragma once

#include "platform/base/task.h"
#include "platform/db/db.h"
#include "support/repeated_calls.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <utility>

namespace rapport::support {

class FaultyDb final : public db::Db {
 public:
  struct Options {
    unsigned seed = 1;
    // How likely each is, of 1.
    double again = 0;               // work runs, is undone, and runs once more
    double lost_reply = 0;          // done, and unknown to the caller
    double lost = 0;                // not done, and unknown to the caller
    bool lost_of_repeated = false;  // the last two only of calls that are repeated then
  };
  FaultyDb(std::unique_ptr<db::Db> inner, Options options)
      : inner_(std::move(inner)), options_(options), random_(options.seed) {}

  bool healthy() const override { return inner_->healthy(); }
  std::uint64_t faults() const { return faults_; }

 protected:
  bool Start(Awaiter& awaiter, bool write) override {
    Spawn(write ? Write(awaiter) : Read(awaiter));
    return false;
  }

 private:
  Task<> Read(Awaiter& awaiter) {
    const auto work = [&awaiter](db::Tx& tx) { return awaiter.Run(tx); };
    Finish(awaiter, co_await inner_->Read(awaiter.context(), work));
  }

  Task<> Write(Awaiter& awaiter) {
    const auto work = [&awaiter](db::Tx& tx) { return awaiter.Run(tx); };
    const double draw = Draw(awaiter.context());
    if (draw < options_.again + options_.lost) {
      // Runs, and nothing of it stays.
      const auto undone = [&awaiter](db::Tx& tx) {
        const absl::Status status = awaiter.Run(tx);
        return status.ok() ? absl::AbortedError("undone") : status;
      };
      const absl::Status status = co_await inner_->Write(awaiter.context(), undone);
      if (absl::IsAborted(status) && draw >= options_.again) {
        co_return Finish(awaiter, db::CommitUnknownError());
      }
    }
    absl::Status status = co_await inner_->Write(awaiter.context(), work);
    const bool unheard = draw >= 1 - options_.lost_reply;
    Finish(awaiter, status.ok() && unheard ? db::CommitUnknownError() : std::move(status));
  }

  double Draw(const CallContext& context) {
    std::lock_guard lock(mutex_);
    double draw = std::uniform_real_distribution<double>(0, 1)(random_);
    const bool may_lose = !options_.lost_of_repeated || RepeatedCall::Is(context);
    if (draw >= options_.again && !may_lose) draw = options_.again + options_.lost;  // none
    if (draw < options_.again + options_.lost || draw >= 1 - options_.lost_reply) ++faults_;
    return draw;
  }

  static void Finish(Awaiter& awaiter, absl::Status status) {
    awaiter.set_status(std::move(status));
    const Continuation done[] = {awaiter.continuation()};
    PostByHome(done);
  }

  const std::unique_ptr<db::Db> inner_;
  const Options options_;
  std::atomic<std::uint64_t> faults_{0};
  std::mutex mutex_;
  std::minstd_rand random_;  // guarded by mutex_
};

}  // namespace rapport::support
