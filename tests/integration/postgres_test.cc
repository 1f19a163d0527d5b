// The services on PostgreSQL, as an operator puts them there: schemas by rapport-admin with a role
// of its own, then the services as roles that may do nothing but rows.
#include "integration/demo_suite.h"
#include "support/postgres_server.h"

#include <rapport/intake/v1/family_requests.pb.h>

#include <gmock/gmock.h>

#include <filesystem>

namespace rapport::integration {
namespace {

using support::Binary;
using support::Eventually;
using support::PostgresServer;
using testing::ElementsAre;
using testing::HasSubstr;

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

  PostgresServer server_;
};

TEST_F(OnPostgres, AServiceWithoutItsSchemaSaysWhatToDoAndEnds) {
  suite_.Launch("intake");
  EXPECT_NE(suite_.process("intake").Wait(), 0);
  EXPECT_THAT(suite_.Log("intake"), HasSubstr("rapport-admin migrate"));
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

}  // namespace
}  // namespace rapport::integration
