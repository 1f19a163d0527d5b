// What an operator does about a family whose events can't be delivered: list, retry, skip, with the
// real rapport-admin on a stopped service's files.
#include "integration/demo_suite.h"
#include "platform/db/run_sync.h"
#include "platform/db/sqlite_db.h"

#include <rapport/audit/v1/audit_service.pb.h>

#include <gmock/gmock.h>

namespace rapport::integration {
namespace {

using support::Eventually;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kParked[] = "\"event\":\"outbox_parked\"";
constexpr char kDelivered[] = "EventService/DeliverEvents\",\"code\":\"OK\"";

class OutboxCommand : public DemoSuite {
 protected:
  // What rapport-admin outbox says; `more` is behind what every subcommand needs.
  std::string Outbox(const std::string& what, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {support::Binary("rapport-admin"),
                                      "outbox",
                                      what,
                                      "--service",
                                      "intake",
                                      "--db",
                                      suite_.Database("intake"),
                                      "--suite-secret",
                                      suite_.Setting("intake", "suite_secret"),
                                      "--agency",
                                      "harbour"};
    words.insert(words.end(), more.begin(), more.end());
    return support::RunProgram(words);
  }
  std::string Change(const std::string& what) {
    return Outbox(what, {"--destination", "goals", "--family", family_, "--keys-db",
                         suite_.Setting("intake", "keys_database"), "--kek",
                         suite_.Setting("intake", "key_encryption_key")});
  }
  void Rename(const std::string& to) {
    intake::v1::GetFamilyRequest get;
    get.set_name(family_);
    intake::v1::UpdateFamilyRequest request;
    *request.mutable_family() =
        Get<intake::v1::GetFamilyResponse>("anna", Concat({kIntake, "GetFamily"}), get).family();
    request.set_etag(request.family().etag());
    request.mutable_family()->set_display_name(to);
    request.mutable_update_mask()->add_paths("display_name");
    request.set_request_id(support::NewUuid());
    Get<intake::v1::UpdateFamilyResponse>("anna", Concat({kIntake, "UpdateFamily"}), request);
  }
  // As a failing disk would; the service must be stopped.
  void DamageNewestEvent() {
    auto db = db::SqliteDb::Open({.path = suite_.Database("intake")});
    ASSERT_TRUE(db.ok()) << db.status();
    std::int64_t sequence = 0;
    const absl::Status status = db::RunSync(
        **db,
        [&](db::Tx& tx) -> absl::Status {
          auto newest = tx.Run(
              "SELECT sequence FROM outbox WHERE agency_id = $1 ORDER BY sequence DESC LIMIT 1",
              {"harbour"}, [&](const db::Row& row) { sequence = row.Int(0); });
          if (!newest.ok()) return newest.status();
          return tx
              .Run("UPDATE outbox SET envelope = $3 WHERE agency_id = $1 AND sequence = $2",
                   {"harbour", sequence, db::Blob{"damaged"}})
              .status();
        },
        true);
    ASSERT_TRUE(status.ok()) << status;
  }
  // Waits until `service` has written one more line that says `what` than `before`.
  void AwaitLogged(const std::string& service, const std::string& what, std::size_t before) {
    EXPECT_TRUE(Eventually([&] { return Logged(service, what) > before; })) << service << what;
  }
  std::size_t Logged(const std::string& service, const std::string& what) {
    const std::string log = suite_.Log(service);
    std::size_t count = 0;
    for (std::size_t at = 0; (at = log.find(what, at)) != std::string::npos; ++at) ++count;
    return count;
  }
};

TEST_F(OutboxCommand, ADamagedEventIsListedTriedAgainAndLeftOut) {
  Play();
  suite_.Kill("goals");
  // Alliance gets it before it is damaged: goals alone waits.
  const std::size_t told = Logged("alliance", kDelivered);
  Rename("Renamed once");
  AwaitLogged("alliance", kDelivered, told);
  EXPECT_EQ(suite_.Stop("intake"), 0);
  EXPECT_THAT(Outbox("list"), HasSubstr("nothing is parked"));
  DamageNewestEvent();
  suite_.Start("goals");
  suite_.Start("intake");
  AwaitLogged("intake", kParked, 0);
  EXPECT_EQ(suite_.Stop("intake"), 0);
  EXPECT_THAT(Outbox("list"),
              AllOf(HasSubstr(Concat({"goals ", family_})), HasSubstr("DATA_LOSS")));

  EXPECT_THAT(Change("retry"), HasSubstr("done"));
  EXPECT_THAT(Outbox("list"), HasSubstr("will be tried again"));
  const std::size_t parked = Logged("intake", kParked);
  suite_.Start("intake");
  AwaitLogged("intake", kParked, parked);
  Rename("Renamed twice");
  EXPECT_EQ(suite_.Stop("intake"), 0);
  EXPECT_THAT(Outbox("list"), Not(HasSubstr("will be tried again"))) << "it is parked again";

  EXPECT_THAT(Change("skip"), HasSubstr("done"));
  const std::size_t delivered = Logged("goals", kDelivered);
  suite_.Start("intake");
  AwaitLogged("goals", kDelivered, delivered);
  EXPECT_EQ(suite_.Stop("intake"), 0);
  EXPECT_THAT(Outbox("list"), HasSubstr("nothing is parked"));
  suite_.Start("intake");
  // Both acts are in the trail.
  for (const char* action : {"outbox.retry", "outbox.skip"}) {
    audit::v1::ListAuditEventsRequest request;
    request.set_filter(Concat({"action = \"", action, "\""}));
    const auto lines = Get<audit::v1::ListAuditEventsResponse>(
        "audrey", Concat({kAudit, "ListAuditEvents"}), request);
    ASSERT_EQ(lines.events_size(), 1) << action;
    EXPECT_EQ(lines.events(0).family(), family_);
    EXPECT_EQ(lines.events(0).actor(), "operator");
  }
  EXPECT_TRUE(Get<audit::v1::VerifyAuditResponse>("audrey", Concat({kAudit, "VerifyAudit"}),
                                                  audit::v1::VerifyAuditRequest())
                  .intact());
}

TEST_F(OutboxCommand, WhatItCantDoItSaysAndLeavesAsItIs) {
  Play();
  // The service has its database.
  EXPECT_THROW(Outbox("list"), std::exception);
  EXPECT_EQ(suite_.Stop("intake"), 0);
  EXPECT_THROW(Change("retry"), std::exception) << "nothing is parked";
  EXPECT_THROW(Outbox("skip", {"--destination", "goals"}), std::exception) << "which family?";
  family_ = "families/unreadable";
  EXPECT_THROW(Change("skip"), std::exception);
}

}  // namespace
}  // namespace rapport::integration
