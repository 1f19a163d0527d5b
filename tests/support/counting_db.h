// CountingDb: how many rows the statements of what is tested gave it or changed. Finishes every
// transaction before it returns. One thread.
#pragma once

#include "platform/db/db.h"
#include "platform/db/run_sync.h"

namespace rapport::support {

class CountingDb final : public db::Db {
 public:
  // `inner` must outlive it.
  explicit CountingDb(db::Db& inner) : inner_(inner) {}

  bool healthy() const override { return inner_.healthy(); }
  std::int64_t rows() const { return rows_; }

 protected:
  bool Start(Awaiter& awaiter, bool write) override {
    const auto work = [&](db::Tx& tx) {
      CountingTx counted(tx, rows_);
      return awaiter.Run(counted);
    };
    awaiter.set_status(db::RunSync(inner_, awaiter.context(), work, write));
    return true;
  }

 private:
  class CountingTx final : public db::Tx {
   public:
    CountingTx(db::Tx& inner, std::int64_t& rows) : inner_(inner), rows_(rows) {}
    absl::StatusOr<std::int64_t> Run(const char* sql, std::initializer_list<db::Value> values,
                                     OnRow on_row) override {
      auto rows = inner_.Run(sql, values, on_row);
      if (rows.ok()) rows_ += *rows;
      return rows;
    }
    absl::Status Script(std::string_view statements) override { return inner_.Script(statements); }

   private:
    db::Tx& inner_;
    std::int64_t& rows_;
  };

  db::Db& inner_;
  std::int64_t rows_ = 0;
};

}  // namespace rapport::support
