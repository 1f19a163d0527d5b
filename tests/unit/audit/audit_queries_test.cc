// What an auditor and a member's advocate learn from the trail, and what not.
#include "platform/audit/audit_queries.h"

#include "platform/audit/event_filter.h"
#include "platform/base/strings.h"
#include "platform/crypto/public_ids.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"
#include "platform/schema/public_id_codec.h"
#include "platform/schema/times.h"
#include "unit/audit/audit_fixture.h"

namespace rapport::audit {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kSecond = 1'000'000;

class AuditQueriesTest : public AuditFixture {
 protected:
  // A line of each second, about families 0, 1, 2, 0, ...
  void Lines(int count) {
    for (int i = 0; i < count; ++i) {
      TestCall by("a", i % 2 ? "even" : "odd", TestId("f" + std::to_string(i % 3)));
      store.clock.Advance(std::chrono::seconds(1));
      Put(by, "test.line");
    }
  }
  void Put(CallContext& by, std::string_view action, int kind = 0, std::string resource = {}) {
    auto record = RecordOf(by, store.clock.NowMicros(), store.machine.NowMicros());
    record.set_action(std::string(action));
    record.set_kind(kind);
    record.set_resource(std::move(resource));
    const AuditChain::Entry entry{.family = by.access.family,
                                  .at_us = record.at_us(),
                                  .recorded_us = record.recorded_us(),
                                  .sealed = SealRecord(*SealerOf("a"), "notes", "a", record)};
    ASSERT_TRUE(
        store.Write([&](db::Tx& tx) { return store.chain->Append(tx, "a", entry).status(); }).ok());
  }
  void Show(std::string_view to, std::string_view family, std::vector<std::string> members = {}) {
    TestCall by("a", to, TestId(family));
    by.disclosed_members = std::move(members);
    ASSERT_TRUE(RunSync(store.disclosures->Ensure(by)).ok());
  }

  absl::StatusOr<v1::ListAuditEventsResponse> List(const v1::ListAuditEventsRequest& request) {
    return RunSync(queries.ListAuditEvents(auditor, request));
  }
  std::vector<std::int64_t> Sequences(std::string filter, int from_second = -1,
                                      int to_second = -1) {
    v1::ListAuditEventsRequest request;
    request.set_page_size(1'000);
    request.set_filter(std::move(filter));
    const auto at = [](int second) {
      return schema::ToTimestamp(support::kMonday + second * kSecond);
    };
    if (from_second >= 0) *request.mutable_from_time() = at(from_second);
    if (to_second >= 0) *request.mutable_to_time() = at(to_second);
    const auto response = List(request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::int64_t> sequences;
    for (const auto& event : response->events()) sequences.push_back(event.sequence());
    EXPECT_EQ(response->next_page_token(), "");
    return sequences;
  }
  std::vector<std::string> Disclosed(const std::string& subject) {
    v1::GetDisclosuresRequest request;
    request.set_subject(subject);
    const auto response = RunSync(queries.GetDisclosures(auditor, request));
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> shown;
    for (const auto& d : response->disclosures())
      shown.push_back(d.recipient() + " " + d.subject());
    return shown;
  }
  v1::VerifyAuditResponse VerifyAudit(const v1::VerifyAuditRequest& request) {
    auto response = RunSync(queries.VerifyAudit(auditor, request));
    EXPECT_TRUE(response.ok()) << response.status();
    return *std::move(response);
  }

  TestCall auditor{"a", "auditor-1"};
  crypto::PublicIds public_ids{store.suite};
  schema::PublicIdCodec ids{public_ids};
  schema::Names names{ids, "a"};
  AuditQueries queries{{.service = "notes",
                        .db = *store.db,
                        .keys = *store.keys,
                        .suite = store.suite,
                        .ids = ids,
                        .checkpoint_key = signer.public_key(),
                        .patterns = {{4, schema::patterns::kGoal}}}};
};

TEST_F(AuditQueriesTest, ALineSaysWhoDidWhatByName) {
  TestCall by("a", "clinician-1", TestId("f"));
  by.trace = {.high = 1, .low = 2};
  AccessFacts facts;
  facts.version = 77;
  by.access.facts = std::make_shared<const AccessFacts>(std::move(facts));
  Put(by, "goal.propose", 4, TestId("g"));
  const auto response = List({});
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_THAT(response->events(), SizeIs(1));
  const v1::AuditEvent& event = response->events(0);
  EXPECT_EQ(event.sequence(), 1);
  EXPECT_EQ(event.actor(), "clinician-1");
  EXPECT_EQ(event.action(), "goal.propose");
  EXPECT_EQ(event.method(), by.method);
  EXPECT_EQ(event.family(), names.Family(TestId("f")));
  EXPECT_EQ(event.resource(), names.Goal(TestId("f"), TestId("g")));
  EXPECT_EQ(event.viewer(), v1::AUDIT_VIEWER_CARE_TEAM);
  EXPECT_EQ(event.trace_id(), "00000000000000010000000000000002");
  EXPECT_EQ(event.facts_version(), 77);
  EXPECT_EQ(schema::ToMicros(event.event_time()), support::kMonday);
  EXPECT_EQ(schema::ToMicros(event.record_time()), store.machine.NowMicros());
  EXPECT_FALSE(event.has_covers_until_time());
  EXPECT_EQ(event.chain_hash(), Hex(Verify("a").head.mac));
  EXPECT_EQ(auditor.disclosed_version, 1);
}

TEST_F(AuditQueriesTest, FiltersAndTimesChooseLines) {
  Lines(12);
  EXPECT_THAT(Sequences("actor = odd"), ElementsAre(1, 3, 5, 7, 9, 11));
  EXPECT_THAT(Sequences("family = \"" + names.Family(TestId("f1")) + "\""),
              ElementsAre(2, 5, 8, 11));
  EXPECT_THAT(Sequences("actor != odd AND family = \"" + names.Family(TestId("f1")) + "\""),
              ElementsAre(2, 8));
  EXPECT_THAT(Sequences("", 4, 7), ElementsAre(4, 5, 6));
  EXPECT_THAT(Sequences("actor = odd", 4, 8), ElementsAre(5, 7));
  EXPECT_THAT(Sequences("", 100), IsEmpty());
  EXPECT_THAT(Sequences("", 0, 1), IsEmpty());
  EXPECT_THAT(Sequences("viewer = CARE_TEAM AND action = \"test.line\""), SizeIs(12));
  EXPECT_THAT(Sequences("family = \"" + names.Family(TestId("nobody")) + "\""), IsEmpty());
  EXPECT_THAT(Sequences("family = nonsense"), IsEmpty());
  v1::ListAuditEventsRequest request;
  request.set_filter("sequence = 3");
  EXPECT_EQ(schema::ReasonOf(List(request).status()), "FILTER_INVALID");
}

TEST_F(AuditQueriesTest, WhatRestedOnBreakGlassIsFlaggedAndFound) {
  Lines(2);
  TestCall by("a", "clinician-1", TestId("f1"));
  by.access.break_glass = TestId("grant");
  Put(by, "note.create");
  ASSERT_TRUE(RunSync(store.disclosures->Ensure(by)).ok());
  const std::string grant = names.BreakGlass(TestId("f1"), TestId("grant"));
  EXPECT_THAT(Sequences("break_glass != \"\""), ElementsAre(3, 4));
  EXPECT_THAT(Sequences("break_glass = \"" + grant + "\""), ElementsAre(3, 4));
  EXPECT_THAT(Sequences("break_glass = \"\""), ElementsAre(1, 2));
  v1::GetDisclosuresRequest request;
  request.set_subject(names.Family(TestId("f1")));
  const auto shown = RunSync(queries.GetDisclosures(auditor, request));
  ASSERT_TRUE(shown.ok()) << shown.status();
  ASSERT_THAT(shown->disclosures(), SizeIs(1));
  EXPECT_EQ(shown->disclosures(0).break_glass(), grant);
}

TEST_F(AuditQueriesTest, AClockThatWasSetBackHidesNothing) {
  const auto put_at = [&](int second) {
    store.clock.Set(support::kMonday + second * kSecond);
    TestCall by("a", "clinician-1");
    Put(by, "test.line");
  };
  for (const int second : {10, 20, 5, 6, 30}) put_at(second);
  EXPECT_THAT(Sequences("", 5, 8), ElementsAre(3, 4));
  EXPECT_THAT(Sequences("", 15), ElementsAre(2, 5));
  EXPECT_THAT(Sequences("", 0, 15), ElementsAre(1, 3, 4));
}

TEST_F(AuditQueriesTest, PagesJoinToTheWholeAcrossBlocks) {
  Lines(600);  // More than two blocks.
  for (const std::string& filter :
       {std::string(), "family = \"" + names.Family(TestId("f2")) + "\"",
        std::string("actor = even")}) {
    v1::ListAuditEventsRequest request;
    request.set_page_size(37);
    request.set_filter(filter);
    std::vector<std::int64_t> joined;
    do {
      const auto response = List(request);
      ASSERT_TRUE(response.ok()) << response.status();
      for (const auto& event : response->events()) joined.push_back(event.sequence());
      request.set_page_token(response->next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(joined, Sequences(filter));
    EXPECT_GT(joined.size(), 100u);
  }
}

TEST_F(AuditQueriesTest, APageTokenIsForItsQueryAndItsCaller) {
  Lines(5);
  v1::ListAuditEventsRequest request;
  request.set_page_size(2);
  request.set_page_token(List(request)->next_page_token());
  EXPECT_TRUE(List(request).ok());
  v1::ListAuditEventsRequest other = request;
  other.set_filter("actor = odd");
  EXPECT_EQ(schema::ReasonOf(List(other).status()), "PAGE_TOKEN_INVALID");
  TestCall somebody("a", "auditor-2");
  EXPECT_EQ(schema::ReasonOf(RunSync(queries.ListAuditEvents(somebody, request)).status()),
            "PAGE_TOKEN_INVALID");
}

TEST_F(AuditQueriesTest, AMemberIsToldOfTheirOwnDataOnly) {
  const std::string anna = TestId("anna"), ben = TestId("ben");
  Show("therapist", "f", {anna});
  Show("supervisor", "f", {anna, ben});
  Show("director", "f");
  Show("stranger", "other", {anna});
  Lines(3);
  const std::string family = names.Family(TestId("f"));
  const std::string of_anna = names.Member(TestId("f"), anna),
                    of_ben = names.Member(TestId("f"), ben);
  EXPECT_THAT(Disclosed(of_anna),
              ElementsAre("therapist " + of_anna, "supervisor " + of_anna, "director " + family));
  EXPECT_THAT(Disclosed(of_ben), ElementsAre("supervisor " + of_ben, "director " + family));
  EXPECT_THAT(Disclosed(family), ElementsAre("therapist " + of_anna, "supervisor " + of_anna,
                                             "supervisor " + of_ben, "director " + family));
}

TEST_F(AuditQueriesTest, DisclosuresOfEverybodyNeedATimeAndKeepToIt) {
  v1::GetDisclosuresRequest request;
  EXPECT_TRUE(absl::IsInvalidArgument(RunSync(queries.GetDisclosures(auditor, request)).status()));
  std::vector<std::int64_t> at;
  for (const char* reader : {"r1", "r2", "r3"}) {
    Show(reader, "f");
    at.push_back(store.machine.NowMicros());
    store.machine.Advance(std::chrono::hours(1));
  }
  const auto between = [&](std::int64_t from_us, std::int64_t to_us) {
    *request.mutable_from_time() = schema::ToTimestamp(from_us);
    *request.mutable_to_time() = schema::ToTimestamp(to_us);
    std::vector<std::string> readers;
    const auto response = RunSync(queries.GetDisclosures(auditor, request));
    EXPECT_TRUE(response.ok()) << response.status();
    for (const auto& d : response->disclosures()) readers.push_back(d.recipient());
    return readers;
  };
  const std::int64_t window = 600 * kSecond;
  EXPECT_THAT(between(at[0], at[2] + 1), ElementsAre("r1", "r2", "r3"));
  EXPECT_THAT(between(at[0] + window, at[2]), ElementsAre("r1", "r2")) << "windows count";
  EXPECT_THAT(between(at[0] + window + 1, at[2]), ElementsAre("r2"));
  EXPECT_THAT(between(at[2] + window + 1, at[2] + 2 * window), IsEmpty());
}

TEST_F(AuditQueriesTest, AnUnknownSubjectIsNotFound) {
  v1::GetDisclosuresRequest request;
  request.set_subject("families/nonsense");
  EXPECT_EQ(RunSync(queries.GetDisclosures(auditor, request)).status(), schema::NotFound());
}

TEST_F(AuditQueriesTest, VerifyingGoesOnAndComparesWithWhatWasKept) {
  Lines(20);
  v1::VerifyAuditRequest request;
  request.set_max_rows(8);
  const auto first = VerifyAudit(request);
  EXPECT_TRUE(first.intact());
  EXPECT_EQ(first.rows_checked(), 8);
  EXPECT_EQ(first.verified().sequence(), 8);
  EXPECT_EQ(first.head().sequence(), 20);
  EXPECT_THAT(first.verified().chain_hash(), SizeIs(64));

  request.Clear();
  *request.mutable_after() = first.verified();
  *request.mutable_expected() = first.head();
  const auto rest = VerifyAudit(request);
  EXPECT_TRUE(rest.intact());
  EXPECT_EQ(rest.verified().SerializeAsString(), rest.head().SerializeAsString());

  request.mutable_expected()->set_chain_hash(first.verified().chain_hash());
  const auto forked = VerifyAudit(request);
  EXPECT_FALSE(forked.intact());
  EXPECT_EQ(forked.fault(), v1::AUDIT_FAULT_FORKED);
  EXPECT_EQ(forked.first_bad_sequence(), 20);

  request.mutable_expected()->set_chain_hash("not hex");
  EXPECT_TRUE(absl::IsInvalidArgument(RunSync(queries.VerifyAudit(auditor, request)).status()));
}

TEST_F(AuditQueriesTest, AnAgencyWithoutATrailHasAnEmptyOne) {
  Lines(2);
  TestCall other("b", "auditor-1");
  EXPECT_THAT(RunSync(queries.ListAuditEvents(other, {}))->events(), IsEmpty());
  const auto verified = RunSync(queries.VerifyAudit(other, {}));
  EXPECT_TRUE(verified->intact());
  EXPECT_EQ(verified->head().sequence(), 0);
}

TEST(ListFilters, AreOfFieldsThatThereAre) {
  EXPECT_EQ(schema::CheckListFilters(), absl::OkStatus());
}

}  // namespace
}  // namespace rapport::audit
