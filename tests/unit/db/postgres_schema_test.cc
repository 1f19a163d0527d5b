// The second wall: a transaction reaches rows of its own agency only, and a service's role reaches
// rows only.
#include "platform/db/postgres_schema.h"

#include "platform/base/agency_work.h"
#include "platform/db/migrate.h"
#include "unit/db/db_harness.h"

namespace rapport::db {
namespace {

using support::PostgresServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Migration kOne{1, "0001_one", "11",
                         "CREATE TABLE item (agency_id TEXT COLLATE \"C\" NOT NULL,"
                         " id BIGINT NOT NULL, PRIMARY KEY (agency_id, id));"};
constexpr Migration kTwo{2, "0002_two", "22",
                         "CREATE TABLE later (agency_id TEXT COLLATE \"C\" NOT NULL,"
                         " PRIMARY KEY (agency_id));"};
constexpr char kInsert[] = "INSERT INTO item (agency_id, id) VALUES ($1, $2)";
// What the linter would never let pass: the wall is for such a mistake.
constexpr char kSelectAll[] = "SELECT agency_id FROM item ORDER BY agency_id";
constexpr char kDeleteAll[] = "DELETE FROM item";

struct AgencyContext : PatientContext {
  explicit AgencyContext(std::string agency) {
    principal = std::make_shared<const Principal>(Principal{.agency = std::move(agency)});
  }
};

class PostgresSchema : public testing::Test {
 protected:
  PostgresSchema() {
    EXPECT_TRUE(Apply({kOne}).ok());
    db_ = Open(PostgresServer::kService);
    for (const char* agency : {"a", "b"}) {
      const absl::Status put =
          Write(*db_, [&](Tx& tx) { return tx.Run(kInsert, {agency, 1}).status(); });
      EXPECT_TRUE(put.ok()) << put;
    }
  }
  std::unique_ptr<Db> Open(std::string_view role) {
    auto db = PostgresDb::Open({.url = server_.Url(role), .schema = schema_, .connections = 2});
    if (!db.ok()) throw std::runtime_error(db.status().ToString());
    return *std::move(db);
  }
  absl::Status Apply(std::vector<Migration> steps) {
    const std::unique_ptr<Db> owner = Open(PostgresServer::kOwner);
    const MigrationSet sets[] = {{"sample", steps}};
    if (auto done = Migrate(*owner, sets, 1); !done.ok()) return done.status();
    return SecureSchema(*owner, schema_, PostgresServer::kService);
  }
  std::vector<std::string> Seen(const CallContext& context) {
    std::vector<std::string> seen;
    const auto read = [&](Tx& tx) {
      return tx.Run(kSelectAll, {}, [&](const Row& row) { seen.emplace_back(row.Bytes(0)); })
          .status();
    };
    const absl::Status status = RunSync(*db_, context, read, false);
    EXPECT_TRUE(status.ok()) << status;
    return seen;
  }
  absl::Status WriteAs(const std::string& agency, const char* sql,
                       std::initializer_list<Value> values) {
    return RunSync(
        *db_, AgencyContext(agency), [&](Tx& tx) { return tx.Run(sql, values).status(); }, true);
  }

  PostgresServer& server_ = PostgresServer::Shared();
  const std::string schema_ = server_.NewSchema();
  std::unique_ptr<Db> db_;
};

TEST_F(PostgresSchema, ACallSeesRowsOfItsOwnAgencyWhateverTheStatementSays) {
  EXPECT_THAT(Seen(AgencyContext("a")), ElementsAre("a"));
  EXPECT_THAT(Seen(AgencyContext("b")), ElementsAre("b"));
  EXPECT_THAT(Seen(AgencyContext("c")), IsEmpty());
  EXPECT_THAT(Seen(AgencyContext("a' OR 'x'='x")), IsEmpty());
}

TEST_F(PostgresSchema, WorkOfNoAgencySeesAll) {
  EXPECT_THAT(Seen(PatientContext()), ElementsAre("a", "b"));
}

// A call of another service and a background job name their agency, or see nothing at all: only
// what is known to be of all agencies sees all.
TEST_F(PostgresSchema, WorkWithoutACallerIsOfOneAgencyUnlessItIsKnownToBeOfAll) {
  CallContext context;
  context.deadline = SteadyClock::now() + std::chrono::minutes(1);
  context.method = "rapport.runtime/Housekeeping";
  EXPECT_THAT(Seen(context), ElementsAre("a", "b"));
  context.principal = WorkFor("a", "system");
  EXPECT_THAT(Seen(context), ElementsAre("a"));
  const auto write = [&](const char* agency) {
    return RunSync(
        *db_, context, [&](Tx& tx) { return tx.Run(kInsert, {agency, 3}).status(); }, true);
  };
  EXPECT_EQ(write("b").code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(write("a").ok());
  context.principal.reset();
  context.method = "rapport.internal.v1.AccessService/GetAccessFacts";
  EXPECT_EQ(write("a").code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(write("a").message()), HasSubstr("says not of which agency it is"));
}

TEST_F(PostgresSchema, ACallWritesRowsOfItsOwnAgencyOnly) {
  EXPECT_EQ(WriteAs("a", kInsert, {"b", 2}).code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(WriteAs("a", kInsert, {"a", 2}).ok());
  EXPECT_TRUE(WriteAs("a", kDeleteAll, {}).ok());
  EXPECT_THAT(Seen(PatientContext()), ElementsAre("b"));
}

TEST_F(PostgresSchema, TheWallHoldsItsOwnerToo) {
  db_ = Open(PostgresServer::kOwner);
  EXPECT_THAT(Seen(AgencyContext("a")), ElementsAre("a"));
}

TEST_F(PostgresSchema, AServicesRoleChangesNoSchema) {
  for (const char* script :
       {"CREATE TABLE mine (agency_id TEXT NOT NULL)", "DROP TABLE item",
        "ALTER TABLE item DISABLE ROW LEVEL SECURITY", "TRUNCATE item",
        "DELETE FROM schema_version", "CREATE SCHEMA mine", "DROP POLICY agency ON item"}) {
    const absl::Status status = Script(*db_, script);
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << script;
    EXPECT_THAT(std::string(status.message()), HasSubstr("42501")) << script;
  }
}

TEST_F(PostgresSchema, ATableThatComesLaterIsBehindTheWallBeforeAnybodyReachesIt) {
  ASSERT_TRUE(Apply({kOne, kTwo}).ok());
  EXPECT_TRUE(WriteAs("a", "INSERT INTO later (agency_id) VALUES ($1)", {"a"}).ok());
  EXPECT_FALSE(WriteAs("a", "INSERT INTO later (agency_id) VALUES ($1)", {"b"}).ok());
  EXPECT_TRUE(Apply({kOne, kTwo}).ok());
  EXPECT_THAT(server_.Run("SELECT count(*) FROM pg_policies WHERE schemaname = '" + schema_ + "'"),
              ElementsAre("2"));
}

TEST_F(PostgresSchema, AServiceAsksForTheSchemaItWasBuiltWith) {
  const Migration one[] = {kOne}, two[] = {kOne, kTwo};
  const MigrationSet known[] = {{"sample", one}}, newer[] = {{"sample", two}};
  EXPECT_TRUE(RequireSchema(*db_, known).ok());
  const absl::Status missing = RequireSchema(*db_, newer);
  EXPECT_EQ(missing.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("sample 0002_two was not applied"));
  EXPECT_TRUE(IsSchemaMissing(missing));
  Migration changed[] = {kOne};
  changed[0].sha256 = "12";
  const MigrationSet other[] = {{"sample", changed}};
  EXPECT_EQ(RequireSchema(*db_, other).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(IsSchemaMissing(RequireSchema(*db_, other))) << "no migration mends it";
  // The release before goes on beside the next one.
  ASSERT_TRUE(Apply({kOne, kTwo}).ok());
  EXPECT_TRUE(RequireSchema(*db_, known).ok());
}

TEST_F(PostgresSchema, AnEmptySchemaIsRefusedInWords) {
  const std::string empty = server_.NewSchema();
  auto db = PostgresDb::Open(
      {.url = server_.Url(PostgresServer::kService), .schema = empty, .connections = 2});
  ASSERT_TRUE(db.ok()) << db.status();
  const Migration one[] = {kOne};
  const MigrationSet sets[] = {{"sample", one}};
  const absl::Status status = RequireSchema(**db, sets);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("rapport-admin migrate"));
  EXPECT_TRUE(IsSchemaMissing(status));
}

TEST_F(PostgresSchema, NamesThatNeedQuotingAreRefused) {
  for (const char* name : {"", "a\"; DROP TABLE item; --", "Upper", "a b"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(EnsureSchema(*db_, name))) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(SecureSchema(*db_, schema_, name))) << name;
  }
}

}  // namespace
}  // namespace rapport::db
