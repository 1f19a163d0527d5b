// The services on PostgreSQL, as an operator puts them there: schemas by rapport-admin with a role
// of its own, then the services as roles that may do nothing but rows.
#include "integration/demo_suite.h"
#include "platform/db/migrate.h"
#include "platform/db/open.h"
#include "platform/records/migrations.h"
#include "support/postgres_server.h"

#include <rapport/intake/v1/family_requests.pb.h>

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

namespace rapport::integration {
namespace {

using support::Binary;
using support::Eventually;
using support::PostgresServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class OnPostgres : public DemoSuite {
 protected:
  OnPostgres() {
    server_.Run(std::string("GRANT CREATE ON DATABASE postgres TO ") + PostgresServer::kOwner);
    for (const std::string& service : support::BuiltServices()) {
      suite_.Set(service, "database", server_.Url(PostgresServer::kService));
      suite_.Set(service, "keys_database", server_.Url(PostgresServer::kService));
      suite_.Set(service, "erasure_list", Concat({suite_.folder(), "/data/", service, ".erased"}));
    }
  }
  std::string Migrate(const std::string& service) {
    return support::RunProgram({Binary("rapport-admin"), "migrate", "--service", service,
                                "--database", server_.Url(PostgresServer::kOwner),
                                "--keys-database", server_.Url(PostgresServer::kOwner), "--role",
                                PostgresServer::kService});
  }
  bool AddFamily() {
    intake::v1::CreateFamilyRequest create;
    create.mutable_family()->set_display_name("Sample family");
    create.mutable_family()->mutable_referral()->set_source(intake::v1::REFERRAL_SOURCE_SELF);
    create.set_request_id(support::NewUuid());
    return suite_.Call("ida", Concat({kIntake, "CreateFamily"}), create).ok();
  }

  // Nobody knows what became of the first commit of intake that does this to this table: as
  // CockroachDB and YugabyteDB answer it. A sequence counts also what was undone.
  void FirstIsUnknown(const std::string& what) {
    server_.Run(
        "CREATE SEQUENCE intake.commits;"
        "CREATE FUNCTION intake.unknown() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
        " 'BEGIN IF nextval(''intake.commits'') = 1 THEN RAISE EXCEPTION USING"
        " ERRCODE = ''40003''; END IF; RETURN NULL; END';"
        "CREATE CONSTRAINT TRIGGER unknown AFTER " +
        what + " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION intake.unknown();");
  }
  std::string Commits() {
    return server_.Run("SELECT CAST(last_value AS TEXT) FROM intake.commits").at(0);
  }

  PostgresServer server_;
};

// The demo's clock is noted for each of the two agencies, beginning again with the first.
TEST_F(OnPostgres, AStartNotesTheDemosClockAgainWhenNobodyKnowsWhetherItDid) {
  Migrate("intake");
  FirstIsUnknown("INSERT ON intake.audit");
  suite_.Start("intake");
  EXPECT_EQ(Commits(), "3");
}

TEST_F(OnPostgres, AStartErasesAgainWhenNobodyKnowsWhetherItDid) {
  Migrate("intake");
  const std::string family = "decode(repeat('ab', 16), 'hex')";
  server_.Run(Concat({"INSERT INTO intake_keys.erasure VALUES ('harbour', ", family, ", 7);"}) +
              Concat({"INSERT INTO intake.claim VALUES ('harbour', ", family, ", ", family, ", 1, ",
                      family, ")"}));
  FirstIsUnknown("DELETE ON intake.claim");
  suite_.Start("intake");
  EXPECT_EQ(Commits(), "2");
  EXPECT_THAT(server_.Run("SELECT CAST(count(*) AS TEXT) FROM intake.claim"), ElementsAre("0"));
}

TEST_F(OnPostgres, AServiceWithoutItsSchemaSaysWhatToDoAndWaitsForIt) {
  const auto waits = [&] {
    suite_.Launch("intake");
    ASSERT_TRUE(Eventually([&] { return suite_.Healthy("intake", "live"); }));
    EXPECT_FALSE(suite_.Healthy("intake", "ready"));
  };
  waits();
  EXPECT_THAT(suite_.Log("intake"), HasSubstr("rapport-admin migrate"));
  EXPECT_EQ(suite_.Stop("intake"), 0);
  waits();
  Migrate("intake");
  suite_.AwaitReady("intake");
  EXPECT_TRUE(suite_.Healthy("intake", "live"));
}

TEST_F(OnPostgres, AServiceThatFindsNoServerWaitsUntilThereIsOne) {
  Migrate("intake");
  server_.Stop();
  suite_.Launch("intake");
  ASSERT_TRUE(Eventually([&] { return suite_.Healthy("intake", "live"); }));
  EXPECT_FALSE(suite_.Healthy("intake", "ready"));
  server_.Start();
  suite_.AwaitReady("intake");
}

TEST_F(OnPostgres, TheDemoCaseIsPlayedAndARestartOfTheServerLosesNothing) {
  for (const std::string& service : support::BuiltServices()) {
    EXPECT_THAT(Migrate(service), HasSubstr("migrations applied"));
    EXPECT_THAT(Migrate(service), HasSubstr(": 0 migrations applied"));
  }
  Play();
  for (const std::string& service : support::BuiltServices()) {
    EXPECT_THAT(server_.Run(Concat({"SELECT CAST(count(*) > 0 AS TEXT) FROM ", service, ".audit"})),
                ElementsAre("true"));
    EXPECT_FALSE(std::filesystem::exists(Concat({suite_.folder(), "/data/", service, ".db"})));
  }
  server_.Stop();
  server_.Start();
  intake::v1::GetFamilyRequest get;
  get.set_name(family_);
  EXPECT_TRUE(Eventually([&] {
    return suite_.Call("anna", "rapport.intake.v1.IntakeService/GetFamily", get).code == 0;
  }));
  for (const std::string& service : support::BuiltServices()) {
    EXPECT_EQ(suite_.Stop(service), 0);
    suite_.Start(service);
  }
}

// What the next release might do to the schema, while this one runs: it gets a column that is
// filled from what is there. This release's processes serve meanwhile, also after a restart, until
// something is taken away.
TEST_F(OnPostgres, ANextReleasesSchemaComesWhileThisOneServes) {
  for (const std::string& service : support::BuiltServices()) Migrate(service);
  Play();
  std::vector<db::Migration> steps(records::Migrations().steps.begin(),
                                   records::Migrations().steps.end());
  const int last = steps.back().number;
  steps.push_back({last + 1, "9001_next", "n1",
                   "ALTER TABLE audit ADD COLUMN twice BIGINT NOT NULL DEFAULT 0"});
  steps.push_back({last + 2, "9002_next.backfill", "n2",
                   "UPDATE audit SET twice = 2 * sequence WHERE (agency_id, sequence) IN"
                   " (SELECT agency_id, sequence FROM audit WHERE twice = 0 LIMIT 5)"});
  steps.push_back({last + 3, "9003_next.contract", "n3", "ALTER TABLE audit DROP COLUMN twice"});
  const db::MigrationSet next[] = {{records::Migrations().component, steps}};
  const auto migrate = [&](bool contract) {
    auto opened = db::Open({.where = server_.Url(PostgresServer::kOwner), .schema = "intake"});
    return opened.ok() ? db::Migrate(*opened->db, next, 1, {.contract = contract}).status()
                       : opened.status();
  };
  const auto filled = [&] {
    return server_.Run("SELECT CAST(count(*) AS TEXT) FROM intake.audit WHERE twice > 0");
  };

  std::atomic<bool> done = false;
  std::thread migration([&] {
    EXPECT_TRUE(migrate(false).ok());
    done = true;
  });
  do {
    EXPECT_TRUE(AddFamily());
  } while (!done);
  migration.join();
  EXPECT_THAT(filled(), Not(ElementsAre("0")));
  EXPECT_EQ(suite_.Stop("intake"), 0);
  suite_.Start("intake");
  EXPECT_TRUE(AddFamily());

  ASSERT_TRUE(migrate(true).ok());
  EXPECT_EQ(suite_.Stop("intake"), 0);
  suite_.Launch("intake");
  EXPECT_NE(suite_.process("intake").Wait(), 0);
  EXPECT_THAT(suite_.Log("intake"), HasSubstr("9003_next.contract took away"));
}

}  // namespace
}  // namespace rapport::integration
