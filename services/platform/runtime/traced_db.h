// TracedDb: a database whose transactions leave spans ("db.read", "db.write") in the traces of the
// calls they are of, from asking for one to its end. Stands before the real one when traces are
// recorded. As thread-safe as that.
#pragma once

#include "platform/db/db.h"

#include <memory>

namespace rapport::runtime {

class TracedDb final : public db::Db {
 public:
  explicit TracedDb(std::unique_ptr<db::Db> inner);
  bool healthy() const override { return inner_->healthy(); }

 protected:
  bool Start(Awaiter& awaiter, bool write) override;

 private:
  const std::unique_ptr<db::Db> inner_;
};

}  // namespace rapport::runtime
