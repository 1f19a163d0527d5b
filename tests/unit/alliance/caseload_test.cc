// The caseload: the order of families, and the reasons in words.
#include "alliance/caseload_rules.h"
#include "unit/alliance/alliance_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t kNow = 1'000 * kDay;

v1::Signal Signal(const std::string& id, v1::SignalLevel level,
                  v1::SignalState state = v1::SIGNAL_STATE_OPEN,
                  v1::SignalKind kind = v1::SIGNAL_KIND_RUPTURE) {
  v1::Signal signal;
  signal.set_name("families/f/signals/" + id);
  signal.set_level(level);
  signal.set_state(state);
  signal.set_kind(kind);
  signal.set_summary("Something of " + id + ".");
  signal.set_next_step("Do something about " + id + ".");
  *signal.mutable_open_time() = schema::ToTimestamp(kNow - kDay);
  return signal;
}

FamilyStanding Standing(std::vector<v1::Signal> signals) {
  return {.family = "families/f",
          .signals = std::move(signals),
          .last_session_us = kNow - 3 * kDay,
          .now_us = kNow};
}

constexpr std::string_view kMira = "families/f/members/mira", kTom = "families/f/members/tom";
constexpr std::string_view kAnna = "professionals/anna";

v1::UrgentTask Urgent(std::int64_t since_us, v1::ConcernKind kind = v1::CONCERN_KIND_NOT_SAFE) {
  v1::UrgentTask task;
  task.set_name("families/f/urgentTasks/u");
  task.set_kind(kind);
  task.set_member(std::string(kMira));
  task.set_state(v1::URGENT_TASK_STATE_OPEN);
  *task.mutable_create_time() = schema::ToTimestamp(since_us);
  return task;
}

TEST(CaseloadRules, AQuietFamilySaysThatNothingStandsOut) {
  const v1::CaseloadEntry entry = EntryOf(Standing({}));
  EXPECT_EQ(entry.attention(), v1::ATTENTION_ROUTINE);
  EXPECT_THAT(entry.reasons(), ElementsAre("Nothing stands out."));
  EXPECT_EQ(entry.next_step(), "");
}

TEST(CaseloadRules, TheMostPressingReasonComesFirstAndGivesTheNextStep) {
  const v1::CaseloadEntry entry =
      EntryOf(Standing({Signal("watch", v1::SIGNAL_LEVEL_WATCH),
                        Signal("hand", v1::SIGNAL_LEVEL_ALERT, v1::SIGNAL_STATE_WORKING),
                        Signal("alert", v1::SIGNAL_LEVEL_ALERT)}));
  EXPECT_EQ(entry.attention(), v1::ATTENTION_ALERT);
  EXPECT_THAT(entry.reasons(), ElementsAre("Not yet seen: Something of alert.",
                                           "Being worked on: Something of hand.",
                                           "Not yet seen: Something of watch."));
  EXPECT_EQ(entry.next_step(), "Do something about alert.");
  EXPECT_THAT(entry.open_signals(), SizeIs(3));
}

TEST(CaseloadRules, EquallyPressingSignalsComeInTheOrderOfWhatTheySayWhoeverTheyAreOf) {
  v1::Signal first = Signal("a", v1::SIGNAL_LEVEL_ALERT), second = Signal("b", first.level());
  first.set_member(std::string(kTom));
  second.set_member(std::string(kMira));
  EXPECT_THAT(EntryOf(Standing({second, first})).open_signals(),
              ElementsAre(first.name(), second.name()));
}

TEST(CaseloadRules, AnUnansweredCallForHelpIsUrgentAndSaysForHowLong) {
  FamilyStanding standing = Standing({Signal("alert", v1::SIGNAL_LEVEL_ALERT)});
  standing.urgent = {Urgent(kNow - 3 * kHour)};
  const v1::CaseloadEntry entry = EntryOf(standing);
  EXPECT_EQ(entry.attention(), v1::ATTENTION_URGENT);
  EXPECT_EQ(entry.reasons(0), Concat({kMira,
                                      " said 3 hours ago that they are not safe, and nobody has "
                                      "answered."}));
  EXPECT_THAT(entry.urgent_tasks(), SizeIs(1));
  EXPECT_THAT(entry.next_step(), HasSubstr("reach them now"));
  standing.urgent = {Urgent(kNow - 3 * kHour, v1::CONCERN_KIND_TALK_TO_ME_SOON)};
  EXPECT_EQ(
      EntryOf(standing).reasons(0),
      Concat({kMira, " asked 3 hours ago to talk to somebody soon, and nobody has answered."}))
      << "other words than theirs are nobody's";
}

TEST(CaseloadRules, WhoFeltUnsafeInHomeworkIsNotSaidToHaveSaidMore) {
  FamilyStanding standing = Standing({});
  standing.urgent = {Urgent(kNow - 3 * kHour)};
  v1::ConcernReport& report = *standing.urgent[0].add_reports();
  report.mutable_concern()->set_kind(v1::CONCERN_KIND_NOT_SAFE);
  report.set_homework("families/f/homework/h");
  EXPECT_EQ(EntryOf(standing).reasons(0),
            Concat({kMira,
                    " reported 3 hours ago that they felt unsafe in homework, and nobody has "
                    "answered."}));
  standing.urgent[0].add_reports()->mutable_concern()->set_kind(v1::CONCERN_KIND_NOT_SAFE);
  EXPECT_THAT(EntryOf(standing).reasons(0), HasSubstr("said 3 hours ago that they are not safe"));
}

// Answered an hour after it came.
internal::v1::StoredUrgentTask Answered(std::int64_t at_us, v1::ConcernKind kind) {
  internal::v1::StoredUrgentTask stored;
  stored.set_member("mira");
  *stored.mutable_task() = Urgent(at_us - kHour, kind);
  stored.mutable_task()->set_state(v1::URGENT_TASK_STATE_ACKNOWLEDGED);
  stored.mutable_task()->set_acknowledged_by(std::string(kAnna));
  *stored.mutable_task()->mutable_acknowledge_time() = schema::ToTimestamp(at_us);
  return stored;
}

TEST(CaseloadRules, WhoSaidThatTheyAreNotSafeIsInHandUntilTheyWereAskedAlone) {
  const auto stored = Answered(kNow - 40 * kDay, v1::CONCERN_KIND_NOT_SAFE);
  AccessFacts facts;
  facts.screens_due = {{"tom", kNow - 50 * kDay}, {"mira", kNow - 40 * kDay - kHour}};
  const auto call = StillSeenTo(stored, facts, /*attended_us=*/kNow - kDay, kNow);
  ASSERT_TRUE(call) << "however long it takes, and whatever sessions were held";
  EXPECT_TRUE(call->screen_due);
  FamilyStanding standing = Standing({});
  standing.answered = {*call};
  const v1::CaseloadEntry entry = EntryOf(standing);
  EXPECT_EQ(entry.attention(), v1::ATTENTION_ALERT_IN_HAND);
  EXPECT_THAT(entry.reasons(),
              ElementsAre(Concat({kMira, " said that they are not safe. ", kAnna,
                                  " has been seeing to it for 40 days; nobody has asked them alone "
                                  "since."})));
  EXPECT_THAT(entry.next_step(), HasSubstr("ask them alone"));
  facts.screens_due[1].due_us = kNow - kDay;  // the next one is due since yesterday
  EXPECT_FALSE(StillSeenTo(stored, facts, 0, kNow)) << "they were asked after it";
}

// Facts that have not heard of it yet name the screen that was due anyway.
TEST(CaseloadRules, WhoWasAnsweredAtOnceIsInHandThoughTheFactsAreOlderThanWhatTheySaid) {
  internal::v1::StoredUrgentTask stored = Answered(kNow, v1::CONCERN_KIND_NOT_SAFE);
  *stored.mutable_task()->mutable_create_time() = schema::ToTimestamp(kNow - 10'000'000);
  AccessFacts facts;
  facts.screens_due = {{"mira", kNow + 300 * kDay}};
  const auto call = StillSeenTo(stored, facts, 0, kNow);
  ASSERT_TRUE(call);
  EXPECT_TRUE(call->screen_due);
  EXPECT_FALSE(StillSeenTo(stored, facts, 0, kNow + 60'000'000)) << "they were asked since";
  v1::ConcernReport& again = *stored.mutable_task()->add_reports();
  again.mutable_concern()->set_kind(v1::CONCERN_KIND_NOT_SAFE);
  *again.mutable_report_time() = schema::ToTimestamp(kNow - 1'000'000);
  EXPECT_TRUE(StillSeenTo(stored, facts, 0, kNow + 58'000'000));
}

TEST(CaseloadRules, WhoAskedForATalkIsInHandUntilTheNextSessionOrForAMonth) {
  const AccessFacts facts;
  const auto stored = Answered(kNow - 3 * kDay, v1::CONCERN_KIND_TALK_TO_ME_SOON);
  const auto call = StillSeenTo(stored, facts, kNow - 5 * kDay, kNow);
  ASSERT_TRUE(call);
  FamilyStanding standing = Standing({});
  standing.answered = {*call};
  EXPECT_THAT(EntryOf(standing).reasons(0), HasSubstr("have been in no session since"));
  EXPECT_FALSE(StillSeenTo(stored, facts, kNow - kDay, kNow)) << "they met";
  EXPECT_FALSE(StillSeenTo(stored, facts, 0, kNow + kQuietDays * kDay));
}

TEST(CaseloadRules, WhoHasNoScreenToWaitForIsInHandUntilTheNextSession) {
  const AccessFacts facts;  // of a small child, whom no screen asks
  const auto stored = Answered(kNow - kDay, v1::CONCERN_KIND_NOT_SAFE);
  const auto call = StillSeenTo(stored, facts, 0, kNow);
  ASSERT_TRUE(call);
  EXPECT_FALSE(call->screen_due);
}

TEST(CaseloadRules, EachMemberIsNamedAndHasANextStep) {
  const auto low = [](std::string_view member, const char* id) {
    v1::Signal signal =
        Signal(id, v1::SIGNAL_LEVEL_ALERT, v1::SIGNAL_STATE_OPEN, v1::SIGNAL_KIND_UNSAFE);
    signal.set_member(std::string(member));
    return signal;
  };
  WaitingEntry waiting = WaitingEntryOf(Standing({low(kMira, "a"), low(kTom, "b")}));
  PutNames({{std::string(kMira), "Mira"}}, waiting);
  EXPECT_THAT(waiting.entry.reasons(), ElementsAre("Mira (not yet seen): Something of a.",
                                                   "A member (not yet seen): Something of b."));
  EXPECT_EQ(waiting.entry.next_step(),
            "Mira: Do something about a. a member: Do something about b.");
}

TEST(CaseloadRules, WhoGetsNoFormForWantOfConsentIsSaidByNameWhereSomebodyLooksAnyway) {
  FamilyStanding standing = Standing({});
  standing.not_asked = {std::string(kMira), std::string(kTom)};
  const WaitingEntry quiet = WaitingEntryOf(standing);
  EXPECT_EQ(quiet.entry.attention(), v1::ATTENTION_ROUTINE) << "they said no; that presses nobody";
  EXPECT_THAT(quiet.entry.reasons(),
              ElementsAre("Nothing stands out.",
                          "No forms go to 2 members: no consent to ratings is in force."));
  EXPECT_THAT(quiet.people, IsEmpty());
  standing.signals = {Signal("watch", v1::SIGNAL_LEVEL_WATCH)};
  EXPECT_EQ(EntryOf(standing).reasons(1), Concat({"No forms go to ", kMira, " and ", kTom,
                                                  ": no consent to ratings is in force."}));
}

TEST(CaseloadRules, OfAPagePeopleAreLookedUpWhereAttentionIsNeededAndNoMoreThanFifty) {
  WaitingEntry waiting;
  waiting.people = {std::string(kMira)};
  waiting.entry.set_attention(v1::ATTENTION_WATCH);
  std::vector<WaitingEntry> page(kMostNamed + 3, waiting);
  page[1].entry.set_attention(v1::ATTENTION_ROUTINE);
  page[2].people.clear();
  const auto named = ToBeNamed(page);
  ASSERT_THAT(named, SizeIs(kMostNamed));
  EXPECT_EQ(named[0], &page[0]);
  EXPECT_EQ(named[1], &page[3]);
  EXPECT_EQ(named.back(), &page[kMostNamed + 1]);
}

TEST(CaseloadRules, OpenFormsAreDueAndSayNothingOfWhetherTheyComeBack) {
  FamilyStanding standing = Standing({});
  standing.forms_due = standing.forms_given = 4;
  standing.forms_open = 6;
  const v1::CaseloadEntry entry = EntryOf(standing);
  EXPECT_EQ(entry.forms_due(), 10);
  EXPECT_EQ(entry.forms_given(), 4);
  EXPECT_EQ(entry.attention(), v1::ATTENTION_ROUTINE);
}

TEST(CaseloadRules, AMemberWhoDoesNotFeelSafeIsUrgentUntilSomebodyHasSeenIt) {
  const auto unsafe = [](v1::SignalState state) {
    return EntryOf(Standing({Signal("u", v1::SIGNAL_LEVEL_ALERT, state, v1::SIGNAL_KIND_UNSAFE)}))
        .attention();
  };
  EXPECT_EQ(unsafe(v1::SIGNAL_STATE_OPEN), v1::ATTENTION_URGENT);
  EXPECT_EQ(unsafe(v1::SIGNAL_STATE_ACKNOWLEDGED), v1::ATTENTION_ALERT_IN_HAND);
  const v1::Signal fell =
      Signal("u", v1::SIGNAL_LEVEL_WATCH, v1::SIGNAL_STATE_OPEN, v1::SIGNAL_KIND_UNSAFE);
  EXPECT_EQ(EntryOf(Standing({fell})).attention(), v1::ATTENTION_WATCH) << "less safe than before";
}

TEST(CaseloadRules, WhatWasPutOffNeedsNothingUnlessItIsAnAlert) {
  const auto put_off = [](v1::SignalLevel level) {
    return EntryOf(Standing({Signal("s", level, v1::SIGNAL_STATE_SNOOZED)})).attention();
  };
  EXPECT_EQ(put_off(v1::SIGNAL_LEVEL_WATCH), v1::ATTENTION_ROUTINE);
  EXPECT_EQ(put_off(v1::SIGNAL_LEVEL_ALERT), v1::ATTENTION_ALERT_IN_HAND);
}

TEST(CaseloadRules, OfEquallyPressingFamiliesTheOneThatWaitsLongerComesFirst) {
  FamilyStanding longer = Standing({Signal("a", v1::SIGNAL_LEVEL_ALERT)});
  longer.family = "families/z";
  *longer.signals[0].mutable_open_time() = schema::ToTimestamp(kNow - 9 * kDay);
  const FamilyStanding more =
      Standing({Signal("b", v1::SIGNAL_LEVEL_ALERT), Signal("c", v1::SIGNAL_LEVEL_ALERT)});
  EXPECT_TRUE(ComesFirst(WaitingEntryOf(longer), WaitingEntryOf(more)));
  EXPECT_FALSE(ComesFirst(WaitingEntryOf(more), WaitingEntryOf(longer)));
  FamilyStanding urgent = Standing({});
  urgent.urgent = {Urgent(kNow - kHour)};
  EXPECT_TRUE(ComesFirst(WaitingEntryOf(urgent), WaitingEntryOf(longer)));
}

TEST(CaseloadRules, FormsThatStayAwayAndLongSilenceAreSaid) {
  FamilyStanding standing = Standing({});
  standing.forms_due = 8;
  standing.forms_given = 3;
  EXPECT_THAT(EntryOf(standing).reasons(), ElementsAre("Few forms come back: 3 of the last 8."));
  standing.forms_given = 4;
  standing.last_session_us = kNow - kQuietDays * kDay;
  EXPECT_THAT(EntryOf(standing).reasons(), ElementsAre("No session for 30 days."));
  EXPECT_EQ(EntryOf(standing).attention(), v1::ATTENTION_WATCH);
}

class CaseloadService : public AllianceTest {
 protected:
  v1::GetCaseloadResponse Get(int page_size = 0, const std::string& token = "") {
    v1::GetCaseloadRequest request;
    request.set_page_size(page_size);
    request.set_page_token(token);
    auto response = Run(ByTherapist(), &AllianceService::GetCaseload, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::GetCaseloadResponse();
  }
  // A family that the caller may see.
  std::string Quiet(const std::string& word) {
    const std::string id = support::TestId(word);
    Access access;
    access.facts = std::make_shared<AccessFacts>(facts_);
    access_.granted[id] = access;
    rosters_.caseload.families.push_back(names_.Family(id));
    return names_.Family(id);
  }
  // The one open task of the family.
  void Acknowledge(const std::string& family) {
    v1::ListUrgentTasksRequest list;
    list.set_parent(family);
    const auto tasks = Run(ByTherapist(), &AllianceService::ListUrgentTasks, list);
    ASSERT_TRUE(tasks.ok()) << tasks.status();
    ASSERT_THAT(tasks->urgent_tasks(), SizeIs(1));
    v1::AcknowledgeUrgentTaskRequest acknowledge;
    acknowledge.set_name(tasks->urgent_tasks(0).name());
    acknowledge.set_etag(tasks->urgent_tasks(0).etag());
    ASSERT_TRUE(Run(ByTherapist(), &AllianceService::AcknowledgeUrgentTask, acknowledge).ok());
  }
  // The mother reports it.
  void Report(v1::ConcernKind kind) {
    v1::ReportConcernRequest report;
    report.set_member(names_.Member(family_, mother_));
    report.mutable_concern()->set_kind(kind);
    ASSERT_TRUE(Run(ByMember(mother_), &AllianceService::ReportConcern, report).ok());
  }
  std::string OwnFamily() {
    Access access;
    access.facts = std::make_shared<AccessFacts>(facts_);
    access_.granted[family_] = access;
    rosters_.caseload.families.push_back(names_.Family(family_));
    return names_.Family(family_);
  }
};

TEST_F(CaseloadService, TheFamilyWithAnAlertComesFirstAndSaysWhy) {
  const std::string quiet = Quiet("quiet");
  const std::string own = OwnFamily();
  for (int i = 0; i < 4; ++i) {
    store_.clock.Advance(std::chrono::hours(24 * 7));
    const std::string session =
        Hold(support::TestId("s" + std::to_string(i)), {mother_, father_});  // without the child
    ASSERT_TRUE(Rate(session, mother_, 80, 80).ok());
    Relay();
  }
  const v1::GetCaseloadResponse response = Get();
  ASSERT_THAT(response.entries(), SizeIs(2));
  EXPECT_EQ(response.entries(0).family(), own);
  EXPECT_EQ(response.entries(0).attention(), v1::ATTENTION_ALERT);
  EXPECT_THAT(response.entries(0).reasons(0), HasSubstr("absent without a plan"));
  EXPECT_THAT(response.entries(0).open_signals(), ::testing::Not(IsEmpty()));
  EXPECT_GT(response.entries(0).forms_due(), 0);
  EXPECT_EQ(response.entries(0).forms_given(), 4);
  EXPECT_EQ(response.entries(1).family(), quiet);
}

TEST_F(CaseloadService, AFamilyOpenedInAnEmergencyComesBeforeOneWithNothing) {
  OwnFamily();
  const std::string opened = Quiet("opened");
  const std::int64_t now_us = store_.clock.NowMicros();
  rosters_.caseload.due[opened] = {.emergency_us = now_us, .emergency_ends_us = now_us + 7 * kDay};
  const v1::GetCaseloadResponse response = Get();
  ASSERT_THAT(response.entries(), SizeIs(2));
  EXPECT_EQ(response.entries(0).family(), opened);
  EXPECT_THAT(response.entries(0).reasons(0), HasSubstr("Opened in an emergency"));
}

TEST_F(CaseloadService, FamiliesTheCallerMayNoLongerSeeAreNotInIt) {
  const std::string quiet = Quiet("quiet");
  rosters_.caseload.families.push_back(names_.Family(support::TestId("left")));
  const v1::GetCaseloadResponse response = Get();
  ASSERT_THAT(response.entries(), SizeIs(1));
  EXPECT_EQ(response.entries(0).family(), quiet);
}

TEST_F(CaseloadService, ComesInPagesInOneOrderAndSaysWhenThereIsMore) {
  for (const char* word : {"a", "b", "c"}) Quiet(word);
  rosters_.caseload.incomplete = true;
  const v1::GetCaseloadResponse whole = Get();
  EXPECT_TRUE(whole.incomplete());
  std::vector<std::string> paged;
  std::string token;
  do {
    const v1::GetCaseloadResponse page = Get(2, token);
    for (const auto& entry : page.entries()) paged.push_back(entry.family());
    token = page.next_page_token();
  } while (!token.empty());
  std::vector<std::string> expected;
  for (const auto& entry : whole.entries()) expected.push_back(entry.family());
  EXPECT_EQ(paged, expected);
}

TEST_F(CaseloadService, AClosedFamilyStaysOnTopUntilItsCallForHelpIsAnswered) {
  const std::string quiet = Quiet("quiet");
  const std::string own = OwnFamily();
  rosters_.caseload.families = {quiet};
  rosters_.caseload.over = {own};
  Report(v1::CONCERN_KIND_NOT_SAFE);
  const v1::GetCaseloadResponse response = Get();
  ASSERT_THAT(response.entries(), SizeIs(2));
  EXPECT_EQ(response.entries(0).family(), own);
  EXPECT_EQ(response.entries(0).attention(), v1::ATTENTION_URGENT);

  Acknowledge(own);
  EXPECT_THAT(Get().entries(), SizeIs(1));
}

TEST_F(CaseloadService, SaysWhoCalledForHelpAndWhoSeesToIt) {
  const std::string own = OwnFamily();
  auto& roster = rosters_.rosters[own];
  auto& member = *roster.add_members();
  member.set_member(names_.Member(family_, mother_));
  member.set_display_name("Zoe Novak");
  auto& helper = *roster.add_helpers();
  helper.set_professional(names_.Professional(therapist_));
  helper.set_display_name("Anna Sample");
  Report(v1::CONCERN_KIND_NOT_SAFE);
  EXPECT_THAT(Get().entries(0).reasons(0),
              ::testing::StartsWith("Zoe Novak said less than an hour"));
  Acknowledge(own);
  const v1::GetCaseloadResponse seen_to = Get();
  ASSERT_THAT(seen_to.entries(), SizeIs(1));
  EXPECT_EQ(seen_to.entries(0).attention(), v1::ATTENTION_ALERT_IN_HAND);
  EXPECT_THAT(seen_to.entries(0).reasons(0), HasSubstr("Anna Sample has been seeing to it"));
}

TEST_F(CaseloadService, RightAfterAnAnswerTheFamilyIsInHand) {
  facts_.screens_due = {{mother_, store_.clock.NowMicros() + 300 * kDay}};
  const std::string own = OwnFamily();
  Report(v1::CONCERN_KIND_NOT_SAFE);
  Acknowledge(own);
  const v1::GetCaseloadResponse response = Get();
  ASSERT_THAT(response.entries(), SizeIs(1));
  EXPECT_EQ(response.entries(0).attention(), v1::ATTENTION_ALERT_IN_HAND);
  EXPECT_THAT(response.entries(0).next_step(), HasSubstr("ask them alone"));
}

TEST_F(CaseloadService, WhoSaidThatTheyAreNotSafeIsToldOfWhateverElseTheyAskedForSince) {
  facts_.screens_due = {{mother_, store_.clock.NowMicros()}};
  const std::string own = OwnFamily();
  for (const auto kind : {v1::CONCERN_KIND_NOT_SAFE, v1::CONCERN_KIND_TALK_TO_ME_SOON}) {
    Report(kind);
    store_.clock.Advance(std::chrono::hours(1));
    Acknowledge(own);
  }
  const v1::GetCaseloadResponse answered = Get();
  ASSERT_THAT(answered.entries(), SizeIs(1));
  EXPECT_EQ(answered.entries(0).attention(), v1::ATTENTION_ALERT_IN_HAND);
  ASSERT_THAT(answered.entries(0).reasons(), SizeIs(1)) << "one of a member";
  EXPECT_THAT(answered.entries(0).reasons(0), HasSubstr("nobody has asked them alone since"));

  Report(v1::CONCERN_KIND_TALK_TO_ME_SOON);
  const v1::GetCaseloadResponse again = Get();
  ASSERT_THAT(again.entries(0).reasons(), SizeIs(2));
  EXPECT_THAT(again.entries(0).reasons(0), HasSubstr("nobody has answered"));
  EXPECT_THAT(again.entries(0).reasons(1), HasSubstr("nobody has asked them alone since"))
      << "which the lesser call does not say";
}

TEST_F(CaseloadService, WhoAskedForATalkIsInHandUntilTheyAttendASessionThemselves) {
  const std::string own = OwnFamily();
  Report(v1::CONCERN_KIND_TALK_TO_ME_SOON);
  Acknowledge(own);
  store_.clock.Advance(std::chrono::hours(2));
  Hold(support::TestId("without"), {father_});
  ASSERT_THAT(Get().entries(), SizeIs(1));
  EXPECT_EQ(Get().entries(0).attention(), v1::ATTENTION_ALERT_IN_HAND);
  EXPECT_THAT(Get().entries(0).reasons(0), HasSubstr("have been in no session since"));
  store_.clock.Advance(std::chrono::hours(2));
  Hold(support::TestId("with"), {mother_, father_});
  EXPECT_THAT(Get().entries(0).reasons(),
              ::testing::Not(::testing::Contains(HasSubstr("asked to talk"))));
}

TEST_F(CaseloadService, ForWantOfConsentAloneNobodyIsLookedUp) {
  facts_.consents.clear();
  const std::string own = OwnFamily();
  Hold(support::TestId("held"), {mother_, father_});
  const v1::GetCaseloadResponse response = Get();
  ASSERT_THAT(response.entries(), SizeIs(1));
  EXPECT_EQ(response.entries(0).attention(), v1::ATTENTION_ROUTINE);
  EXPECT_THAT(response.entries(0).reasons(), ::testing::Contains(HasSubstr("No forms go to")));
  EXPECT_FALSE(rosters_.rosters.contains(own));
}

// Which family needs somebody is known here; what its people are called is not worth waiting for.
TEST_F(CaseloadService, WhereIntakeDoesNotGiveNamesItSaysAMember) {
  const std::string own = OwnFamily();
  rosters_.caseload.families.push_back(own);  // A second one to look up.
  Report(v1::CONCERN_KIND_NOT_SAFE);
  rosters_.fails = schema::Refused(schema::reasons::kDependencyUnavailable);
  const v1::GetCaseloadResponse response = Get();
  ASSERT_THAT(response.entries(), SizeIs(2));
  for (const v1::CaseloadEntry& entry : response.entries()) {
    EXPECT_EQ(entry.attention(), v1::ATTENTION_URGENT);
    EXPECT_THAT(entry.reasons(0),
                ::testing::AllOf(::testing::StartsWith("A member said"), HasSubstr("not safe")));
    EXPECT_THAT(entry.reasons(), ::testing::Each(::testing::Not(HasSubstr("families/"))));
  }
  EXPECT_EQ(rosters_.rosters_asked, 1) << "the next one would wait as long";
}

TEST_F(CaseloadService, OfClosedFamiliesThoseThatNobodyCallsFromAreNotInIt) {
  Quiet("quiet");
  const std::string own = OwnFamily();
  rosters_.caseload.over = {own};
  std::erase(rosters_.caseload.families, own);
  EXPECT_THAT(Get().entries(), SizeIs(1));
}

}  // namespace
}  // namespace rapport::alliance
