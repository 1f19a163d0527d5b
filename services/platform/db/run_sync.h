// RunSync: one transaction, waited for by blocking the thread. For start-up, tools and tests; never
// inside a call, and never inside a transaction's work.
#pragma once

#include "platform/base/run_sync.h"
#include "platform/base/task.h"
#include "platform/db/db.h"

#include <chrono>

namespace rapport::db {

// As co_await db.Write (or Read) of `work`. FAILED_PRECONDITION on a thread that serves an
// executor: it would wait for itself.
inline absl::Status RunSync(Db& db, const CallContext& context, Db::Work work, bool write) {
  if (Executor::Current() != nullptr) {
    return absl::FailedPreconditionError("a call must not block its thread");
  }
  const auto run = [](Db& on, const CallContext& who, Db::Work what,
                      bool writes) -> Task<absl::Status> {
    if (writes) co_return co_await on.Write(who, what);
    co_return co_await on.Read(who, what);
  };
  return rapport::RunSync(run(db, context, work, write));
}

// The same with a deadline of its own.
inline absl::Status RunSync(Db& db, Db::Work work, bool write) {
  CallContext context;
  context.arrived = SteadyClock::now();
  context.deadline = context.arrived + std::chrono::seconds(30);
  return RunSync(db, context, work, write);
}

}  // namespace rapport::db
