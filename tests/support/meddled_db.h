// MeddledDb: a database where something happens between two transactions of what is tested, as it
// does when others work on it too. Finishes every transaction before it returns. One thread.
#pragma once

#include "platform/db/db.h"
#include "platform/db/run_sync.h"

#include <functional>
#include <utility>

namespace rapport::support {

class MeddledDb final : public db::Db {
 public:
  // `after(n)` runs when the n-th transaction has ended, from 1. `inner` must outlive it.
  MeddledDb(db::Db& inner, std::function<void(int)> after)
      : inner_(inner), after_(std::move(after)) {}

  bool healthy() const override { return inner_.healthy(); }

 protected:
  bool Start(Awaiter& awaiter, bool write) override {
    const auto work = [&awaiter](db::Tx& tx) { return awaiter.Run(tx); };
    awaiter.set_status(db::RunSync(inner_, awaiter.context(), work, write));
    after_(++ended_);
    return true;
  }

 private:
  db::Db& inner_;
  const std::function<void(int)> after_;
  int ended_ = 0;
};

}  // namespace rapport::support
