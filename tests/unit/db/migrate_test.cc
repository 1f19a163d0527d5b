// Schemas go forward, once, whatever stops them; a database that is not ours to change is refused.
#include "platform/db/migrate.h"

#include "platform/crypto/digest.h"
#include "tests/unit/db/migrations.h"
#include "unit/db/db_harness.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <span>

namespace rapport::db {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr Migration kOne{1, "0001_one", "11",
                         "CREATE TABLE one (agency_id TEXT NOT NULL, PRIMARY KEY (agency_id));"};
constexpr Migration kTwo{2, "0002_two", "22", "INSERT INTO one (agency_id) VALUES ('a');"};
constexpr Migration kThree{3, "0003_three", "33", "INSERT INTO one (agency_id) VALUES ('b');"};

class Migrations : public EngineTest {
 protected:
  absl::StatusOr<int> Run(std::initializer_list<MigrationSet> sets) {
    return Migrate(db(), {sets.begin(), sets.size()}, 1'700'000'000'000'000);
  }
  absl::StatusOr<int> Run(std::initializer_list<Migration> steps) {
    return Run({MigrationSet{"sample", {steps.begin(), steps.size()}}});
  }
};

TEST_P(Migrations, AreAppliedInOrderAndOnce) {
  EXPECT_THAT(Run({kOne, kTwo}), testing::Eq(absl::StatusOr<int>(2)));
  EXPECT_THAT(Run({kOne, kTwo}), testing::Eq(absl::StatusOr<int>(0)));
  EXPECT_THAT(Run({kOne, kTwo, kThree}), testing::Eq(absl::StatusOr<int>(1)));
  EXPECT_THAT(Rows("SELECT agency_id FROM one ORDER BY agency_id"), ElementsAre("a", "b"));
  EXPECT_THAT(Rows("SELECT name, sha256 FROM schema_version ORDER BY number", {}, 2),
              ElementsAre("0001_one|11", "0002_two|22", "0003_three|33"));
  EXPECT_EQ(Number("SELECT applied_us FROM schema_version WHERE number = 1"),
            1'700'000'000'000'000);
}

TEST_P(Migrations, ComponentsCountApart) {
  const Migration other[] = {
      {1, "0001_other", "99",
       "CREATE TABLE other (agency_id TEXT NOT NULL, PRIMARY KEY (agency_id));"}};
  const Migration ours[] = {kOne, kTwo};
  EXPECT_EQ(*Run({MigrationSet{"ours", ours}}), 2);
  EXPECT_EQ(*Run({MigrationSet{"ours", ours}, MigrationSet{"other", other}}), 1);
}

TEST_P(Migrations, AChangedFileIsRefused) {
  ASSERT_TRUE(Run({kOne}).ok());
  Migration changed = kOne;
  changed.sha256 = "12";
  const auto result = Run({changed, kTwo});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("sample 0001_one was changed"));
  EXPECT_EQ(Number("SELECT count(*) FROM schema_version"), 1);
}

TEST_P(Migrations, ADatabaseNewerThanTheProgramIsRefused) {
  ASSERT_TRUE(Run({kOne, kTwo}).ok());
  const auto result = Run({kOne});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("0002_two is newer"));
}

TEST_P(Migrations, AnotherProgramsDatabaseIsRefused) {
  ASSERT_TRUE(Run({kOne}).ok());
  const Migration steps[] = {kOne};
  const auto result = Run({MigrationSet{"another", steps}});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_P(Migrations, AFileIsAppliedAsAWholeOrNotAtAll) {
  const Migration broken{2, "0002_broken", "bb",
                         "INSERT INTO one (agency_id) VALUES ('x');"
                         "INSERT INTO nowhere (agency_id) VALUES ('y');"};
  const auto result = Run({kOne, broken});
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("migration sample 0002_broken"));
  EXPECT_EQ(Number("SELECT count(*) FROM one"), 0);
  EXPECT_EQ(*Run({kOne, kTwo}), 1);
}

TEST_P(Migrations, FilesAreEmbeddedAsTheyAre) {
  const MigrationSet& set = sample::Migrations();
  EXPECT_EQ(set.component, "sample");
  ASSERT_EQ(set.steps.size(), 2u);
  EXPECT_EQ(set.steps[0].name, "0001_first");
  EXPECT_EQ(set.steps[1].number, 2);
  const std::string folder =
      std::string(std::getenv("RAPPORT_SOURCE")) + "/tests/unit/db/migrations/";
  for (const Migration& step : set.steps) {
    std::ifstream in(folder + std::string(step.name) + ".sql");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(step.sql, text);
    EXPECT_EQ(step.sha256, Hex(crypto::Sha256({text})));
  }
  EXPECT_EQ(*Run({set}), 2);
  EXPECT_THAT(Rows("SELECT words FROM first WHERE NOT flag"),
              ElementsAre("kept; BIGINT BYTEA 'quoted'"));
  EXPECT_FALSE(Do("UPDATE first SET number = 'no number'").ok());
}

constexpr Migration kMany{
    1, "0001_many", "11",
    "CREATE TABLE many (agency_id TEXT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (agency_id, id));"
    "INSERT INTO many (agency_id, id) VALUES ('a', 1), ('a', 2), ('b', 3), ('b', 4), ('b', 5);"};
constexpr Migration kColumn{2, "0002_column", "22",
                            "ALTER TABLE many ADD COLUMN twice BIGINT NOT NULL DEFAULT 0;"};
constexpr Migration kFill{
    3, "0003_twice.backfill", "33",
    "-- Two rows at a time.\n"
    "UPDATE many SET twice = 2 * id WHERE (agency_id, id) IN"
    " (SELECT agency_id, id FROM many WHERE twice = 0 ORDER BY agency_id, id LIMIT 2);\n"};
constexpr Migration kMore{4, "0004_more", "44",
                          "CREATE TABLE more (agency_id TEXT NOT NULL, PRIMARY KEY (agency_id));"};

TEST_P(Migrations, ABackfillGoesOnUntilNothingIsLeft) {
  EXPECT_EQ(*Run({kMany, kColumn, kFill}), 3);
  EXPECT_THAT(Rows("SELECT CAST(twice AS TEXT) FROM many ORDER BY id"),
              ElementsAre("2", "4", "6", "8", "10"));
  // Whatever comes without it afterwards is the business of who writes it.
  ASSERT_TRUE(Do("INSERT INTO many (agency_id, id) VALUES ('a', 9)").ok());
  EXPECT_EQ(*Run({kMany, kColumn, kFill}), 0);
  EXPECT_THAT(Rows("SELECT CAST(twice AS TEXT) FROM many WHERE id = 9"), ElementsAre("0"));
}

TEST_P(Migrations, WhatTakesAwayIsLeftUntilNobodyNeedsIt) {
  const Migration steps[] = {kOne, kTwo, {3, "0003_less.contract", "33", "DROP TABLE one;"}, kMore};
  const MigrationSet sets[] = {{"sample", steps}};
  EXPECT_EQ(*Migrate(db(), sets, 1), 3);
  EXPECT_EQ(Number("SELECT count(*) FROM one"), 1);
  EXPECT_TRUE(RequireSchema(db(), sets).ok());
  EXPECT_EQ(*Migrate(db(), sets, 1, {.contract = true}), 1);
  EXPECT_FALSE(Do("SELECT agency_id FROM one").ok());
  // A program of the release before, whose files end before that one.
  const MigrationSet older[] = {{"sample", std::span(steps).first(2)}};
  const absl::Status refused = RequireSchema(db(), older);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("0003_less.contract took away"));
}

RAPPORT_ON_EVERY_ENGINE(Migrations);

// Many steps, so that a kill hits between and inside of them.
struct LongSchema {
  LongSchema() {
    for (int i = 1; i <= kSteps; ++i) {
      const std::string n = std::to_string(i);
      texts.push_back("CREATE TABLE t" + n +
                      " (agency_id TEXT NOT NULL, PRIMARY KEY (agency_id));"
                      "INSERT INTO t" +
                      n + " (agency_id) VALUES ('a');");
      names.push_back(n);
    }
    for (int i = 1; i <= kSteps; ++i) {
      const auto at = static_cast<std::size_t>(i - 1);
      steps.push_back({i, names[at], names[at], texts[at]});
    }
  }
  static constexpr int kSteps = 40;
  // And rows that are filled a few at a time.
  void AddBackfill() {
    texts[0] +=
        "CREATE TABLE many (agency_id TEXT NOT NULL, id BIGINT NOT NULL, twice BIGINT NOT NULL,"
        " PRIMARY KEY (agency_id, id));"
        "INSERT INTO many (agency_id, id, twice)"
        " WITH RECURSIVE n AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM n WHERE id < 2000)"
        " SELECT 'a', id, 0 FROM n;";
    steps[0].sql = texts[0];
    steps.push_back({kSteps + 1, "filled.backfill", "f",
                     "UPDATE many SET twice = twice + 2 * id WHERE (agency_id, id) IN"
                     " (SELECT agency_id, id FROM many WHERE twice = 0 LIMIT 20)"});
  }
  std::vector<std::string> texts, names;
  std::vector<Migration> steps;
  const MigrationSet set() const { return {"long", steps}; }
};

absl::StatusOr<int> OpenAndMigrate(const std::string& path, const LongSchema& schema) {
  auto db = SqliteDb::Open({.path = path});
  if (!db.ok()) return db.status();
  const MigrationSet sets[] = {schema.set()};
  return Migrate(**db, sets, 1);
}

TEST(MigrationsKilled, GoOnWhereTheyWere) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  LongSchema schema;
  schema.AddBackfill();
  ScratchFolder folder;
  int kills = 0;
  for (int done = 0; done == 0;) {
    const pid_t child = fork();
    if (child == 0) _exit(OpenAndMigrate(folder / "test.db", schema).ok() ? 0 : 1);
    usleep(std::uniform_int_distribution<useconds_t>(1'000, 30'000)(random));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 0);
    done = WIFEXITED(status) ? 1 : 0;
    kills += done == 0 ? 1 : 0;
    if (kills == 100) break;  // The rest in one go: a slow disk must not make this endless.
  }
  ASSERT_TRUE(OpenAndMigrate(folder / "test.db", schema).ok());
  auto db = SqliteDb::Open({.path = folder / "test.db", .quick_check = true});
  ASSERT_TRUE(db.ok()) << db.status();
  std::int64_t applied = 0, rows = 0, filled = 0;
  ASSERT_TRUE(Read(**db, [&](Tx& tx) {
                return tx
                    .Run(
                        "SELECT (SELECT count(*) FROM schema_version),"
                        " (SELECT count(*) FROM t1) + (SELECT count(*) FROM t40),"
                        " (SELECT count(*) FROM many WHERE twice = 2 * id)",
                        {},
                        [&](const Row& row) {
                          applied = row.Int(0);
                          rows = row.Int(1);
                          filled = row.Int(2);
                        })
                    .status();
              }).ok());
  EXPECT_EQ(applied, LongSchema::kSteps + 1);
  EXPECT_EQ(filled, 2'000) << "each once";
  EXPECT_EQ(rows, 2);
  EXPECT_GT(kills, 0);
}

}  // namespace
}  // namespace rapport::db
