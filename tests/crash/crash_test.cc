// kill -9 at random moments, under load: what was acknowledged is there, once, and every answer
// that showed somebody's data has its line in the audit trail.
//
// The kernel keeps what a killed process wrote: that nothing is answered before it is on the disk
// is for sync_order_test.cc to show.
#include "crash/load.h"
#include "platform/base/strings.h"

#include <rapport/alliance/v1/alliance_service.pb.h>
#include <rapport/audit/v1/audit_service.pb.h>
#include <rapport/intake/v1/intake_service.pb.h>
#include <rapport/notes/v1/notes_service.pb.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace rapport::crash {
namespace {

// How often each thing is there, by its label and its name.
using Counted = std::map<std::pair<std::string, std::string>, int>;

// All pages of a list.
template <typename Request, typename Response, typename Count>
void ReadPages(support::Suite& suite, const std::string& as, const std::string& method,
               Request request, Count&& count) {
  request.set_page_size(1'000);
  for (;;) {
    const support::Reply reply = suite.Call(as, method, request);
    ASSERT_TRUE(reply.ok()) << method << ": " << reply.Text();
    Response response;
    ASSERT_TRUE(response.ParseFromString(reply.body));
    count(response);
    if (response.next_page_token().empty()) return;
    request.set_page_token(response.next_page_token());
  }
}

void ExpectEachOnce(const std::vector<Entry>& entries, const Counted& there, const char* what) {
  std::map<std::string, int> by_label;
  for (const auto& [key, count] : there) by_label[key.first] += count;
  int lost = 0, doubled = 0;
  for (const Entry& entry : entries) {
    const int count = by_label[entry.label];
    if (!entry.resource.empty()) lost += there.contains({entry.label, entry.resource}) ? 0 : 1;
    doubled += count > 1 ? 1 : 0;
  }
  EXPECT_EQ(lost, 0) << what;
  EXPECT_EQ(doubled, 0) << what;
}

void ExpectLedgerHolds(support::Suite& suite, const Ledger& ledger, const std::string& family) {
  Counted families, sessions, instruments;
  ReadPages<intake::v1::ListFamiliesRequest, intake::v1::ListFamiliesResponse>(
      suite, "ida", "rapport.intake.v1.IntakeService/ListFamilies", {}, [&](const auto& page) {
        for (const auto& one : page.families()) ++families[{one.display_name(), one.name()}];
      });
  notes::v1::ListSessionsRequest of_family;
  of_family.set_parent(family);
  ReadPages<notes::v1::ListSessionsRequest, notes::v1::ListSessionsResponse>(
      suite, "anna", "rapport.notes.v1.SessionNotesService/ListSessions", of_family,
      [&](const auto& page) {
        for (const auto& one : page.sessions()) ++sessions[{one.location(), one.name()}];
      });
  ReadPages<alliance::v1::ListInstrumentsRequest, alliance::v1::ListInstrumentsResponse>(
      suite, "ida", "rapport.alliance.v1.AllianceService/ListInstruments", {},
      [&](const auto& page) {
        for (const auto& one : page.instruments()) ++instruments[{one.code(), one.name()}];
      });
  ExpectEachOnce(ledger.families, families, "families");
  ExpectEachOnce(ledger.sessions, sessions, "sessions");
  ExpectEachOnce(ledger.instruments, instruments, "instruments");
}

void ExpectEveryReadAudited(support::Suite& suite, const Ledger& ledger) {
  std::set<std::pair<std::string, std::string>> audited;
  ReadPages<audit::v1::ListAuditEventsRequest, audit::v1::ListAuditEventsResponse>(
      suite, "audrey", "rapport.audit.v1.AuditService/ListAuditEvents", {}, [&](const auto& page) {
        for (const auto& event : page.events()) {
          if (event.action() == "disclose") audited.emplace(event.actor(), event.family());
        }
      });
  int missing = 0;
  for (const auto& read : ledger.reads) missing += audited.contains(read) ? 0 : 1;
  EXPECT_EQ(missing, 0) << "of " << ledger.reads.size() << " reads";
  EXPECT_GT(ledger.reads.size(), 10u);
}

TEST(Crash, NothingAcknowledgedIsLostOrDoubledAndEveryReadIsAudited) {
  const bool all = std::getenv("RAPPORT_LONG") != nullptr;
  const int kills = all ? 100 : 10;
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));

  support::Suite suite({.settings = {{"lame_duck_seconds", "0"}}});
  suite.AddPerson("audrey", {"auditor"});
  suite.StartAll();
  suite.PlayDemo();
  intake::v1::ListFamiliesResponse own;
  ASSERT_TRUE(own.ParseFromString(suite
                                      .Call("anna", "rapport.intake.v1.IntakeService/ListFamilies",
                                            intake::v1::ListFamiliesRequest())
                                      .body));
  ASSERT_GE(own.families_size(), 1);
  intake::v1::ListProfessionalsResponse directory;
  ASSERT_TRUE(directory.ParseFromString(
      suite
          .Call("ida", "rapport.intake.v1.IntakeService/ListProfessionals",
                intake::v1::ListProfessionalsRequest())
          .body));
  std::string anna;
  for (const auto& one : directory.professionals()) {
    if (one.display_name().starts_with("Anna")) anna = one.name();
  }
  const std::string family = own.families(0).name();
  intake::v1::ListMembersRequest of_family;
  of_family.set_parent(family);
  intake::v1::ListMembersResponse members;
  ASSERT_TRUE(members.ParseFromString(
      suite.Call("anna", "rapport.intake.v1.IntakeService/ListMembers", of_family).body));
  ASSERT_GT(members.members_size(), 0);
  Load load(suite, {.family = family,
                    .anna = anna,
                    .member = members.members(0).name(),
                    .instrument = ReadText(Concat(
                        {std::getenv("RAPPORT_SOURCE"), "/tests/data/instruments/d1.textproto"}))});

  std::uniform_int_distribution<int> pause_ms(20, 300);
  const auto& services = support::BuiltServices();
  for (int i = 0; i < kills; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms(random)));  // the kill's moment
    const std::string& service = services[random() % services.size()];
    suite.Kill(service);
    suite.Start(service);
  }
  load.Finish();
  for (const std::string& wrong : load.wrong()) ADD_FAILURE() << wrong;
  EXPECT_GT(load.acknowledged(), 5 * kills);
  RecordProperty("acknowledged", load.acknowledged());

  ExpectLedgerHolds(suite, load.ledger(), family);
  ExpectEveryReadAudited(suite, load.ledger());
  audit::v1::VerifyAuditResponse verified;
  ASSERT_TRUE(
      verified.ParseFromString(suite
                                   .Call("audrey", "rapport.audit.v1.AuditService/VerifyAudit",
                                         audit::v1::VerifyAuditRequest())
                                   .body));
  EXPECT_TRUE(verified.intact()) << verified.ShortDebugString();
}

}  // namespace
}  // namespace rapport::crash
