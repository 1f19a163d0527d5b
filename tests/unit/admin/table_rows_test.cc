// What is copied and compared as whole tables: every table there is, row by row, on every engine.
#include "admin/table_rows.h"

#include "platform/crypto/migrations.h"
#include "platform/records/migrations.h"
#include "unit/db/db_harness.h"

#include <algorithm>

namespace rapport::admin {
namespace {

using db::EngineTest;
using db::kEngines;

constexpr db::Migration kSteps[] = {
    {1, "0001_one", "11",
     "-- A comment, with a comma; and more.\n"
     "CREATE TABLE item (agency_id TEXT COLLATE \"C\" NOT NULL, id BYTEA NOT NULL,\n"
     " number BIGINT NOT NULL, words TEXT NOT NULL DEFAULT '', done BOOLEAN NOT NULL,\n"
     " PRIMARY KEY (agency_id, id), UNIQUE (agency_id, number));\n"
     "CREATE INDEX item_by_number ON item (agency_id, number);"
     "CREATE TABLE gone (agency_id TEXT COLLATE \"C\" NOT NULL, PRIMARY KEY (agency_id));"},
    {2, "0002_two", "22",
     "ALTER TABLE item ADD COLUMN later BIGINT NOT NULL DEFAULT 7; DROP TABLE gone;"},
};
constexpr db::MigrationSet kSet{"sample", kSteps};

class TableRowsTest : public EngineTest {
 protected:
  TableRowsTest() {
    auto rows = RowsOf(kSet, {1, 2});
    EXPECT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(rows->size(), 1u);
    rows_ = std::move(rows->front());
  }
  void SetUp() override {
    EngineTest::SetUp();
    ASSERT_TRUE(db::Migrate(db(), {&kSet, 1}, 1).ok());
  }
  struct Item {
    std::string agency, id;
    std::int64_t number;
  };
  void Insert(const std::vector<Item>& items) {
    const absl::Status done = db::Write(db(), [&](db::Tx& tx) -> absl::Status {
      for (const Item& item : items) {
        const auto put = tx.Run(
            "INSERT INTO item (agency_id, id, number, words, done, later)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            {item.agency, db::Blob{item.id}, item.number, "", true, -1});
        if (!put.ok()) return put.status();
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(done.ok()) << done;
  }
  // More than are read at a time.
  static std::vector<Item> Many() {
    std::vector<Item> items;
    for (int i = 0; i < 1'200; ++i) items.push_back({i % 2 == 0 ? "a" : "b", std::to_string(i), i});
    return items;
  }
  TableSum Sum() {
    TableSum sum;
    const absl::Status read = db::Read(db(), [&](db::Tx& tx) -> absl::Status {
      auto got = rows_->Sum(tx);
      if (got.ok()) sum = *got;
      return got.status();
    });
    EXPECT_TRUE(read.ok()) << read;
    return sum;
  }

  std::unique_ptr<TableRows> rows_;
};

TEST_P(TableRowsTest, ASumSeesEveryRowAndEveryColumn) {
  const TableSum empty = Sum();
  EXPECT_EQ(empty.rows, 0);
  Insert(Many());
  const TableSum all = Sum();
  EXPECT_EQ(all.rows, 1'200);
  for (const char* change :
       {"UPDATE item SET number = -5 WHERE number = 700",
        "UPDATE item SET later = 0 WHERE number = 3",
        "UPDATE item SET words = 'x' WHERE number = 1199",
        "UPDATE item SET done = FALSE WHERE number = 0", "DELETE FROM item WHERE number = 600"}) {
    const TableSum before = Sum();
    ASSERT_TRUE(Do(change).ok());
    EXPECT_NE(Sum(), before) << change;
  }
}

TEST_P(TableRowsTest, ACopyIsEqualOnAnotherEngine) {
  const std::string zero("\0\xff id", 5);
  Insert({{"a", zero, INT64_MIN}, {"a", "", INT64_MAX}});
  Insert(Many());
  db::SqliteEngine engine;
  const auto other = engine.Open({});
  ASSERT_TRUE(db::Migrate(*other, {&kSet, 1}, 1).ok());
  TableSum copied, there;
  bool any_before = true;
  const absl::Status done = db::Read(db(), [&](db::Tx& from) {
    return db::Write(*other, [&](db::Tx& to) -> absl::Status {
      any_before = rows_->AnyRow(to).value_or(true);
      auto sum = rows_->Copy(from, to);
      if (sum.ok()) copied = *sum;
      if (sum.ok()) there = rows_->Sum(to).value_or(TableSum{});
      return sum.status();
    });
  });
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_FALSE(any_before);
  EXPECT_EQ(copied, Sum());
  EXPECT_EQ(there, copied);
}

RAPPORT_ON_EVERY_ENGINE(TableRowsTest);

TEST(TablesOf, FollowTheMigrationsStepByStep) {
  using Type = db::Column::Type;
  const auto first = db::TablesOf(kSet, {1}), second = db::TablesOf(kSet, {1, 2});
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_EQ(first->size(), 2u);
  db::Table item{.name = "item",
                 .columns = {{"agency_id", Type::kText},
                             {"id", Type::kBytes},
                             {"number", Type::kNumber},
                             {"words", Type::kText},
                             {"done", Type::kNumber}},
                 .key = {0, 1}};
  EXPECT_EQ(first->at(1), item);
  item.columns.push_back({"later", Type::kNumber});
  EXPECT_THAT(*second, testing::ElementsAre(item));
}

TEST(TablesOf, FollowWhatIsTakenAway) {
  const db::Migration steps[] = {
      kSteps[0],
      {2, "0002_fill.backfill", "22", "UPDATE item SET number = 1 WHERE number = 0;"},
      {3, "0003_less.contract", "33", "ALTER TABLE item DROP COLUMN number; DROP TABLE gone;"}};
  const db::MigrationSet set{"sample", steps};
  const auto before = db::TablesOf(set, {1, 2}), after = db::TablesOf(set, {1, 2, 3});
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(before->size(), 2u);
  ASSERT_EQ(after->size(), 1u);
  EXPECT_EQ(after->front().columns.size(), before->at(1).columns.size() - 1);
  EXPECT_EQ(after->front().key, before->at(1).key);
}

// What a schema really has, asked of an engine.
TEST(TablesOf, AreAllTablesAndColumnsOfTheServices) {
  for (const db::MigrationSet* set : {&crypto::Migrations(), &records::Migrations()}) {
    db::SqliteEngine engine;
    const auto db = engine.Open({});
    ASSERT_TRUE(db::Migrate(*db, {set, 1}, 1).ok());
    std::vector<std::string> there, read;
    ASSERT_TRUE(db::Read(*db, [&](db::Tx& tx) {
                  return tx
                      .Run(
                          "SELECT m.name || '.' || c.name FROM sqlite_master AS m"
                          " JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'"
                          " AND m.name <> 'schema_version' ORDER BY m.name, c.cid",
                          {}, [&](const db::Row& row) { there.emplace_back(row.Bytes(0)); })
                      .status();
                }).ok());
    std::set<std::int64_t> all;
    for (const db::Migration& step : set->steps) all.insert(step.number);
    const auto tables = db::TablesOf(*set, all);
    ASSERT_TRUE(tables.ok()) << tables.status();
    for (const db::Table& table : *tables) {
      for (const db::Column& column : table.columns) read.push_back(table.name + "." + column.name);
    }
    EXPECT_EQ(read, there);
    EXPECT_GT(read.size(), 10u);
  }
}

}  // namespace
}  // namespace rapport::admin
