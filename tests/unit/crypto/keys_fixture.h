// A key database of one test, and rings over it.
#pragma once

#include "platform/base/run_sync.h"
#include "platform/crypto/key_file.h"
#include "platform/crypto/key_ring_sql.h"
#include "platform/crypto/migrations.h"
#include "platform/db/sqlite_db.h"
#include "support/scratch_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::crypto {

class KeysFixture : public testing::Test {
 protected:
  using Key = std::shared_ptr<const Sealer>;

  void SetUp() override {
    context_.deadline = SteadyClock::time_point::max();
    keks_.push_back(NewSecret());
    OpenDb();
    const db::MigrationSet sets[] = {Migrations()};
    ASSERT_TRUE(db::Migrate(*db_, sets, 1).ok());
    ring_ = NewRing();
  }
  void TearDown() override {
    ring_.reset();
    db_.reset();
  }

  void OpenDb() {
    // Power cuts are other tests' business, and every key made is a commit.
    auto opened = db::SqliteDb::Open({.path = db_path(), .synchronous = "OFF"});
    ASSERT_TRUE(opened.ok()) << opened.status();
    db_ = *std::move(opened);
  }
  std::string db_path() const { return folder_ / "notes.keys.db"; }

  std::unique_ptr<SqlKeyRing> NewRing(SqlKeyRing::Options options = {}) {
    return std::make_unique<SqlKeyRing>(KeyWrapping("notes", keks_), *db_, clock_, options);
  }
  void Restart() {
    ring_.reset();
    db_.reset();
    OpenDb();
    ring_ = NewRing();
  }

  absl::StatusOr<Key> TryMake(std::string family, KeyClass key_class = KeyClass::kRecord,
                              std::string agency = "harbour") {
    return RunSync(ring_->FindOrCreate(context_, std::move(agency), std::move(family), key_class));
  }
  Key Make(std::string family, KeyClass key_class = KeyClass::kRecord,
           std::string agency = "harbour") {
    auto made = TryMake(std::move(family), key_class, std::move(agency));
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : nullptr;
  }
  absl::Status Destroy(std::string family) {
    return RunSync(ring_->Destroy(context_, "harbour", std::move(family)));
  }
  // One statement, as somebody with access to the file could run it. Rows changed or returned.
  std::int64_t Sql(
      const char* sql, std::initializer_list<db::Value> values = {},
      db::Tx::OnRow on_row = [](const db::Row&) {}) {
    std::int64_t rows = 0;
    const auto run = [](db::Db& db, const CallContext& context,
                        db::Db::Work work) -> Task<absl::Status> {
      co_return co_await db.Write(context, work);
    };
    const absl::Status status = RunSync(run(*db_, context_, [&](db::Tx& tx) -> absl::Status {
      const auto result = tx.Run(sql, values, on_row);
      if (result.ok()) rows = *result;
      return result.status();
    }));
    EXPECT_TRUE(status.ok()) << status;
    return rows;
  }
  static Secret Copy(const Secret& secret) {
    Secret copy;
    std::memcpy(copy.data(), secret.data(), Secret::kBytes);
    return copy;
  }
  static bool SameKey(const Key& a, const Key& b) {
    return a->Open("test", b->Seal("test", "plain")).ok();
  }

  ScratchFolder folder_;
  ManualClock clock_{1'800'000'000'000'000};
  CallContext context_;
  std::vector<Secret> keks_;
  std::unique_ptr<db::SqliteDb> db_;
  std::unique_ptr<SqlKeyRing> ring_;
};

}  // namespace rapport::crypto
