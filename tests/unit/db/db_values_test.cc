// Every engine gives back what was stored, orders and compares alike, and refuses alike.
#include "unit/db/db_harness.h"

#include <limits>

namespace rapport::db {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DbValues : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    ASSERT_TRUE(Script(db(), R"(
        CREATE TABLE item (
          agency_id TEXT NOT NULL,
          id TEXT COLLATE "C" NOT NULL,
          number BIGINT NOT NULL,
          flag BOOLEAN NOT NULL,
          payload BYTEA NOT NULL,
          PRIMARY KEY (agency_id, id)
        );)")
                    .ok());
  }
  absl::Status Put(std::string_view id, std::int64_t number = 0, bool flag = false,
                   std::string_view payload = {}) {
    return Do("INSERT INTO item (agency_id, id, number, flag, payload) VALUES ($1, $2, $3, $4, $5)",
              {"a", id, number, flag, Blob{payload}});
  }
};

TEST_P(DbValues, ParametersAreBoundByTheirNumberNotByWhereTheyStand) {
  ASSERT_TRUE(Do("INSERT INTO item (id, agency_id, number, flag, payload)"
                 " VALUES ($2, $1, $3, $5, $4)",
                 {"agency", "first", 7, Blob{"bytes"}, true})
                  .ok());
  EXPECT_THAT(Rows("SELECT agency_id, id, payload FROM item WHERE number = $1", {7}, 3),
              ElementsAre("agency|first|bytes"));
}

TEST_P(DbValues, ParameterMayStandTwice) {
  ASSERT_TRUE(Put("x").ok());
  ASSERT_TRUE(Put("a").ok());
  EXPECT_THAT(
      Rows("SELECT id FROM item WHERE agency_id = $2 AND id = $1 AND agency_id <> $1", {"x", "a"}),
      ElementsAre("x"));
}

TEST_P(DbValues, AParameterMayBeComparedWithALiteral) {
  ASSERT_TRUE(Put("x").ok());
  constexpr char kEither[] = "SELECT id FROM item WHERE agency_id = $1 AND ($2 = 0 OR id = $3)";
  EXPECT_THAT(Rows(kEither, {"a", 0, "y"}), ElementsAre("x"));
  EXPECT_THAT(Rows(kEither, {"a", 1, "y"}), IsEmpty());
  EXPECT_THAT(Rows(kEither, {"a", -7, "x"}), ElementsAre("x"));
}

TEST_P(DbValues, MoreThanNineParameters) {
  std::string sum;
  ASSERT_TRUE(Put("a").ok());
  EXPECT_EQ(Number("SELECT CAST($10 AS BIGINT) * 100 + CAST($1 AS BIGINT) + 0 * ("
                   "CAST($2 AS BIGINT) + CAST($3 AS BIGINT) + CAST($4 AS BIGINT) +"
                   "CAST($5 AS BIGINT) + CAST($6 AS BIGINT) + CAST($7 AS BIGINT) +"
                   "CAST($8 AS BIGINT) + CAST($9 AS BIGINT)) FROM item",
                   {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}),
            1001);
}

TEST_P(DbValues, StatementThatDoesNotUseExactlyItsValuesIsRefused) {
  EXPECT_EQ(Do("DELETE FROM item WHERE agency_id = $1 AND id = $2", {"a"}).code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(Do("DELETE FROM item WHERE agency_id = $1", {"a", "b"}).code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(Do("DELETE FROM item WHERE agency_id = $2", {"a"}).code(), absl::StatusCode::kInternal);
}

TEST_P(DbValues, IntegersKeepAllTheirBits) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  ASSERT_TRUE(Put("least", kMin).ok());
  ASSERT_TRUE(Put("most", kMax).ok());
  ASSERT_TRUE(Put("minus one", -1).ok());
  EXPECT_EQ(Number("SELECT number FROM item WHERE id = $1", {"least"}), kMin);
  EXPECT_EQ(Number("SELECT number FROM item WHERE id = $1", {"most"}), kMax);
  EXPECT_THAT(Rows("SELECT id FROM item ORDER BY number"),
              ElementsAre("least", "minus one", "most"));
}

TEST_P(DbValues, BooleansAreTrueAndFalse) {
  ASSERT_TRUE(Put("yes", 0, true).ok());
  ASSERT_TRUE(Put("no", 0, false).ok());
  EXPECT_THAT(Rows("SELECT id FROM item WHERE flag = $1", {true}), ElementsAre("yes"));
  EXPECT_THAT(Rows("SELECT id FROM item WHERE NOT flag"), ElementsAre("no"));
  ASSERT_TRUE(Do("UPDATE item SET flag = TRUE WHERE id = $1", {"no"}).ok());
  std::vector<bool> flags;
  ASSERT_TRUE(Read(db(), [&](Tx& tx) {
                return tx
                    .Run("SELECT flag FROM item", {},
                         [&](const Row& row) { flags.push_back(row.Bool(0)); })
                    .status();
              }).ok());
  EXPECT_THAT(flags, ElementsAre(true, true));
}

TEST_P(DbValues, BytesKeepEveryByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  ASSERT_TRUE(Put("all", 0, false, all).ok());
  ASSERT_TRUE(Put("zero", 0, false, std::string_view("\0\0", 2)).ok());
  EXPECT_THAT(Rows("SELECT payload FROM item WHERE id = $1", {"all"}), ElementsAre(all));
  EXPECT_THAT(Rows("SELECT payload FROM item WHERE id = $1", {"zero"}),
              ElementsAre(std::string("\0\0", 2)));
  EXPECT_THAT(Rows("SELECT id FROM item WHERE payload = $1", {Blob{std::string_view("\0\0", 2)}}),
              ElementsAre("zero"));
}

TEST_P(DbValues, EmptyIsNotAbsent) {
  ASSERT_TRUE(Put("", 0, false, std::string_view()).ok());
  ASSERT_TRUE(Put("b", 0, false, "").ok());
  EXPECT_THAT(Rows("SELECT id FROM item WHERE payload = $1 ORDER BY id", {Blob{}}),
              ElementsAre("", "b"));
  EXPECT_THAT(Rows("SELECT payload FROM item WHERE id = $1", {std::string_view()}),
              ElementsAre(""));
}

TEST_P(DbValues, MegabyteAndMoreFits) {
  std::string large(3u << 20, 'x');
  large.back() = 'y';
  ASSERT_TRUE(Put("large", 0, false, large).ok());
  EXPECT_EQ(Rows("SELECT payload FROM item"), std::vector<std::string>{large});
}

TEST_P(DbValues, WrongTypeIsRefused) {
  const auto put = [&](Value number, Value payload) {
    return Do(
        "INSERT INTO item (agency_id, id, number, flag, payload)"
        " VALUES ('a', 'b', $1, FALSE, $2)",
        {number, payload});
  };
  EXPECT_FALSE(put("twelve", Blob{""}).ok());
  EXPECT_FALSE(put(12, "text").ok());
  EXPECT_FALSE(put(Blob{"12"}, Blob{""}).ok());
  EXPECT_TRUE(put(12, Blob{""}).ok());
}

TEST_P(DbValues, NullIsRefused) {
  EXPECT_FALSE(
      Do("INSERT INTO item (agency_id, id, number, flag) VALUES ('a', 'b', 1, FALSE)").ok());
}

TEST_P(DbValues, TextOrdersByBytes) {
  for (const char* id : {"b", "B", "_", "a", "A", "ab", "\xC3\xA4", "z"}) {
    ASSERT_TRUE(Put(id).ok());
  }
  EXPECT_THAT(Rows("SELECT id FROM item ORDER BY id"),
              ElementsAre("A", "B", "_", "a", "ab", "b", "z", "\xC3\xA4"));
  EXPECT_THAT(Rows("SELECT id FROM item WHERE id > $1 ORDER BY id DESC", {"ab"}),
              ElementsAre("\xC3\xA4", "z", "b"));
}

TEST_P(DbValues, KeysetPagesByRowValues) {
  for (const auto& [id, number] : std::initializer_list<std::pair<const char*, int>>{
           {"a", 1}, {"b", 1}, {"c", 1}, {"a2", 2}, {"b2", 2}}) {
    ASSERT_TRUE(Put(id, number).ok());
  }
  EXPECT_THAT(Rows("SELECT id FROM item WHERE agency_id = $1 AND (number, id) > ($2, $3)"
                   " ORDER BY number, id LIMIT 2",
                   {"a", 1, "b"}),
              ElementsAre("c", "a2"));
  EXPECT_THAT(Rows("SELECT id FROM item WHERE agency_id = $1 AND (number, id) < ($2, $3)"
                   " ORDER BY number DESC, id DESC LIMIT 2",
                   {"a", 2, "a2"}),
              ElementsAre("c", "b"));
}

TEST_P(DbValues, UpsertReturnsTheRowAsItIsNow) {
  const auto bump = [&] {
    std::int64_t number = -1;
    const absl::Status status = Write(db(), [&](Tx& tx) {
      return tx
          .Run(
              "INSERT INTO item (agency_id, id, number, flag, payload)"
              " VALUES ($1, $2, 1, FALSE, $3)"
              " ON CONFLICT (agency_id, id) DO UPDATE SET number = item.number + 1"
              " RETURNING number",
              {"a", "counter", Blob{""}}, [&](const Row& row) { number = row.Int(0); })
          .status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return number;
  };
  EXPECT_EQ(bump(), 1);
  EXPECT_EQ(bump(), 2);
  EXPECT_EQ(bump(), 3);
}

TEST_P(DbValues, RunCountsRowsChangedOrReturned) {
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(Put(id).ok());
  std::vector<std::int64_t> counts;
  const absl::Status status = Write(db(), [&](Tx& tx) -> absl::Status {
    const auto count = [&](const char* sql) {
      const auto rows = tx.Run(sql, {});
      counts.push_back(rows.ok() ? *rows : -1);
    };
    count("UPDATE item SET number = 5 WHERE id <> 'a'");
    count("SELECT id FROM item");
    count("DELETE FROM item WHERE number = 5 RETURNING id");
    count("DELETE FROM item WHERE number = 5");
    count(
        "INSERT INTO item (agency_id, id, number, flag, payload)"
        " SELECT agency_id, id, number, flag, payload FROM item WHERE TRUE"
        " ON CONFLICT (agency_id, id) DO NOTHING");
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(counts, ElementsAre(2, 3, 2, 0, 0));
}

TEST_P(DbValues, DoubleQuotesNameColumnsNeverText) {
  ASSERT_TRUE(Put("a").ok());
  EXPECT_FALSE(Do("DELETE FROM item WHERE id = \"no such column\"").ok());
}

TEST_P(DbValues, StatementMustBeALiteral) {
  ASSERT_TRUE(Put("a").ok());
  const absl::Status status = Write(db(), [&](Tx& tx) -> absl::Status {
    char text[] = "DELETE FROM item WHERE id = 'none'";
    auto first = tx.Run(text, {});
    if (!first.ok()) return first.status();
    std::string_view("DELETE FROM item WHERE id = 'a'   ").copy(text, sizeof text - 1);
    return tx.Run(text, {}).status();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(Rows("SELECT id FROM item"), ElementsAre("a"));
}

TEST_P(DbValues, ErrorsNameTheirKind) {
  ASSERT_TRUE(Put("a").ok());
  EXPECT_EQ(Put("a").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Do("SELECT nothing FROM nowhere").code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Put(std::string_view("person's words")).code(), absl::StatusCode::kOk);
  EXPECT_EQ(std::string(Put("person's words").message()).find("person"), std::string::npos);
}

RAPPORT_ON_EVERY_ENGINE(DbValues);

}  // namespace
}  // namespace rapport::db
