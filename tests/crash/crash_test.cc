// kill -9 at random moments, under load: what was acknowledged is there, once, and every answer
// that showed somebody's data has its line in the audit trail.
//
// The kernel keeps what a killed process wrote: that nothing is answered before it is on the disk
// is for sync_order_test.cc to show.
#include "crash/load.h"
#include "platform/base/strings.h"
#include "support/long.h"

#include <rapport/alliance/v1/alliance_service.pb.h>
#include <rapport/audit/v1/audit_service.pb.h>
#include <rapport/goals/v1/goals_service.pb.h>
#include <rapport/intake/v1/intake_service.pb.h>
#include <rapport/notes/v1/notes_service.pb.h>

#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <algorithm>
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
  EXPECT_FALSE(entries.empty()) << what;
  EXPECT_EQ(lost, 0) << what;
  EXPECT_EQ(doubled, 0) << what;
}

// What somebody says of a family, in one list.
template <typename Request, typename Response, typename Count>
void ReadOf(support::Suite& suite, const std::string& family, const std::string& method,
            Count&& count) {
  Request request;
  request.set_parent(family);
  ReadPages<Request, Response>(suite, "anna", method, request, count);
}

void ExpectLedgerHolds(support::Suite& suite, const Ledger& ledger, const std::string& family) {
  Counted families, sessions, notes, goals, instruments, ratings;
  ReadPages<intake::v1::ListFamiliesRequest, intake::v1::ListFamiliesResponse>(
      suite, "ida", "rapport.intake.v1.IntakeService/ListFamilies", {}, [&](const auto& page) {
        for (const auto& one : page.families()) ++families[{one.display_name(), one.name()}];
      });
  ReadOf<notes::v1::ListSessionsRequest, notes::v1::ListSessionsResponse>(
      suite, family, "rapport.notes.v1.SessionNotesService/ListSessions", [&](const auto& page) {
        for (const auto& one : page.sessions()) ++sessions[{one.location(), one.name()}];
      });
  ReadOf<notes::v1::ListNotesRequest, notes::v1::ListNotesResponse>(
      suite, family, "rapport.notes.v1.SessionNotesService/ListNotes", [&](const auto& page) {
        for (const auto& one : page.notes()) {
          if (one.state() == notes::v1::NOTE_STATE_LOCKED && one.signatures_size() == 1) {
            ++notes[{one.sections(0).statements(0).text(), one.name()}];
          }
        }
      });
  ReadOf<goals::v1::ListGoalsRequest, goals::v1::ListGoalsResponse>(
      suite, family, "rapport.goals.v1.GoalsService/ListGoals", [&](const auto& page) {
        for (const auto& one : page.goals()) ++goals[{one.words(), one.name()}];
      });
  ReadOf<alliance::v1::ListRatingsRequest, alliance::v1::ListRatingsResponse>(
      suite, family, "rapport.alliance.v1.AllianceService/ListRatings", [&](const auto& page) {
        for (const auto& one : page.ratings()) ++ratings[{one.instrument(), one.name()}];
      });
  ReadPages<alliance::v1::ListInstrumentsRequest, alliance::v1::ListInstrumentsResponse>(
      suite, "ida", "rapport.alliance.v1.AllianceService/ListInstruments", {},
      [&](const auto& page) {
        for (const auto& one : page.instruments()) ++instruments[{one.code(), one.name()}];
      });
  ExpectEachOnce(ledger.families, families, "families");
  ExpectEachOnce(ledger.sessions, sessions, "sessions");
  ExpectEachOnce(ledger.notes, notes, "signed notes");
  ExpectEachOnce(ledger.goals, goals, "goals");
  ExpectEachOnce(ledger.instruments, instruments, "instruments");
  ExpectEachOnce(ledger.ratings, ratings, "ratings");
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

// Of a list, the one of which `is` holds.
template <typename List, typename Is>
std::string NameOf(const List& list, Is&& is) {
  const auto found = std::find_if(list.begin(), list.end(), is);
  return found == list.end() ? std::string() : found->name();
}

// Anna and Mira, and the last session that both were at.
Load::Options OfTheDemosCase(support::Suite& suite) {
  const auto ask = [&](const std::string& as, const std::string& method, const auto& request,
                       auto response) {
    EXPECT_TRUE(response.ParseFromString(suite.Call(as, method, request).body)) << method;
    return response;
  };
  const auto is_called = [](std::string_view name) {
    return [name](const auto& one) { return one.display_name().starts_with(name); };
  };
  Load::Options options;
  const auto own = ask("anna", "rapport.intake.v1.IntakeService/ListFamilies",
                       intake::v1::ListFamiliesRequest(), intake::v1::ListFamiliesResponse());
  if (own.families_size() > 0) options.family = own.families(0).name();
  const auto directory =
      ask("ida", "rapport.intake.v1.IntakeService/ListProfessionals",
          intake::v1::ListProfessionalsRequest(), intake::v1::ListProfessionalsResponse());
  options.anna = NameOf(directory.professionals(), is_called("Anna"));
  intake::v1::ListMembersRequest members;
  members.set_parent(options.family);
  options.mira = NameOf(ask("anna", "rapport.intake.v1.IntakeService/ListMembers", members,
                            intake::v1::ListMembersResponse())
                            .members(),
                        is_called("Mira"));
  notes::v1::ListSessionsRequest sessions;
  sessions.set_parent(options.family);
  sessions.set_order_by("scheduled_start_time desc");
  const auto held = ask("anna", "rapport.notes.v1.SessionNotesService/ListSessions", sessions,
                        notes::v1::ListSessionsResponse());
  const auto last = std::ranges::find_if(held.sessions(), [&](const auto& one) {
    return one.state() == notes::v1::SESSION_STATE_HELD &&
           std::ranges::count(one.invited_members(), options.mira) == 1;
  });
  if (last != held.sessions().end()) {
    options.session = last->name();
    auto now = last->end_time();
    now.set_seconds(now.seconds() + 3'600);
    options.now = now.seconds();
    suite.SetClock(google::protobuf::util::TimeUtil::ToString(now));
  }
  options.instrument =
      ReadText(Concat({std::getenv("RAPPORT_SOURCE"), "/tests/data/instruments/d1.textproto"}));
  for (const auto* name : {&options.family, &options.anna, &options.mira, &options.session}) {
    EXPECT_FALSE(name->empty());
  }
  return options;
}

TEST(Crash, NothingAcknowledgedIsLostOrDoubledAndEveryReadIsAudited) {
  const bool all = support::Long();
  const int kills = all ? 100 : 10;
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));

  support::Suite suite({.settings = {{"lame_duck_seconds", "0"}}});
  suite.AddPerson("audrey", {"auditor"});
  suite.StartAll();
  suite.PlayDemo();
  const Load::Options options = OfTheDemosCase(suite);
  ASSERT_FALSE(HasFailure());
  Load load(suite, options);

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

  ExpectLedgerHolds(suite, load.ledger(), options.family);
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
