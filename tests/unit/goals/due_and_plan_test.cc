#include "goals_fixture.h"
#include "platform/records/event_history.h"
#include "system_access.h"

#include <rapport/notes/v1/session.pb.h>

namespace rapport::goals {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class G7DueHomework : public GoalsTest {
 protected:
  void SetUp() override { MakeGoal(); }
  std::vector<std::string> Due(CallContext& call, const v1::ListDueHomeworkRequest& request) {
    const auto response = Run(call, &GoalsService::ListDueHomework, request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> names;
    if (!response.ok()) return names;
    for (const v1::Homework& homework : response->homework()) names.push_back(homework.name());
    return names;
  }
  std::vector<std::string> Due(const std::string& by) {
    v1::ListDueHomeworkRequest request;
    request.set_parent(Family());
    auto call = CallOf(by);
    return Due(call, request);
  }
};

TEST_F(G7DueHomework, IsAgreedDueAndUnreviewedByDueTime) {
  v1::HomeworkTerms soon = Terms(goal_, {mother_});
  *soon.mutable_due_time() = In(kDay);
  const v1::Homework late = Agreed({mother_});  // due in a week
  const v1::Homework early = Task(therapist_, soon);
  ASSERT_TRUE(Respond(mother_, early).ok());
  Task(therapist_, soon);  // never agreed
  EXPECT_THAT(Due(therapist_), IsEmpty());
  store_.clock.Advance(std::chrono::hours(25));
  EXPECT_THAT(Due(therapist_), ElementsAre(early.name()));
  store_.clock.Advance(std::chrono::hours(24 * 7));
  EXPECT_THAT(Due(therapist_), ElementsAre(early.name(), late.name()));
  ASSERT_TRUE(Report(mother_, early, 4).ok());  // a report is no review
  EXPECT_THAT(Due(therapist_), SizeIs(2));
  ASSERT_TRUE(Review(Get(therapist_, early), v1::HOMEWORK_OUTCOME_DONE).ok());
  EXPECT_THAT(Due(therapist_), ElementsAre(late.name()));
}

TEST_F(G7DueHomework, WhatIsSetInASessionIsNotOwedInTheSame) {
  v1::ListDueHomeworkRequest request;  // as the notes service asks for a session that begins now
  request.set_parent(Family());
  const v1::Homework homework = Agreed({mother_});
  store_.clock.Advance(std::chrono::hours(24 * 8));
  *request.mutable_due_before_time() = In(0);
  *request.mutable_agreed_before_time() = homework.agree_time();
  auto call = CallOf(therapist_);
  EXPECT_THAT(Due(call, request), IsEmpty());
  *request.mutable_agreed_before_time() = In(0);
  auto again = CallOf(therapist_);
  EXPECT_THAT(Due(again, request), ElementsAre(homework.name()));
}

TEST_F(G7DueHomework, MembersAreTheirOwn) {
  Agreed({mother_});
  store_.clock.Advance(std::chrono::hours(24 * 8));
  EXPECT_THAT(Due(mother_), SizeIs(1));
  EXPECT_THAT(Due(father_), IsEmpty());
}

TEST_F(G7DueHomework, AReminderServiceLearnsWhomAndWhen) {
  Agreed({mother_});
  store_.clock.Advance(std::chrono::hours(24 * 8));
  Call call(*this, "", Viewer::kAgency);
  v1::ListDueHomeworkRequest request;
  request.set_parent(Family());
  const auto response = Run(call, &GoalsService::ListDueHomework, request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_THAT(response->homework(), SizeIs(1));
  EXPECT_EQ(response->homework(0).terms().what(), "");
  EXPECT_THAT(response->homework(0).terms().doers(), ElementsAre(NameOf(mother_)));
}

class G4HomeworkList : public G7DueHomework {};

TEST_F(G4HomeworkList, IsOfWhatTheCallerSeesNewestFirstAndByDoer) {
  const v1::Homework mothers = Agreed({mother_});
  store_.clock.Advance(std::chrono::hours(1));
  const v1::Homework both = Agreed({mother_, father_});
  const auto names_for = [&](const std::string& who, const std::string& filter) {
    v1::ListHomeworkRequest request;
    request.set_parent(Family());
    request.set_filter(filter);
    const auto page = RunAs(who, &GoalsService::ListHomework, request);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> names;
    if (!page.ok()) return names;
    for (const v1::Homework& one : page->homework()) names.push_back(one.name());
    return names;
  };
  EXPECT_THAT(names_for(therapist_, ""), ElementsAre(both.name(), mothers.name()));
  EXPECT_THAT(names_for(father_, ""), ElementsAre(both.name()));
  EXPECT_THAT(names_for(therapist_, "doers:\"" + NameOf(father_) + "\""), ElementsAre(both.name()));
}

TEST_F(G7DueHomework, AnotherSystemFindsHomeworkOfTheWholeAgencyByItsState) {
  const v1::Homework agreed = Agreed({mother_});
  store_.clock.Advance(std::chrono::hours(1));
  const v1::Homework waits = Task(therapist_, Terms(goal_, {mother_}));
  SystemAccess access(facts_);
  const records::ServiceDeps deps{*store_.db,   *store_.records, ids_,   etags_,
                                  store_.suite, clock_,          access, caches_};
  GoalsService service(deps, alliance_);
  v1::ListHomeworkRequest request;
  request.set_parent("families/-");
  const auto list = [&] {
    support::TestCall call(kAgency, "other-system");
    const auto page = RunSync(service.ListHomework(call, request));
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> names;
    for (const v1::Homework& one : page->homework()) {
      EXPECT_EQ(one.terms().what(), "");
      names.push_back(one.name());
    }
    return names;
  };
  EXPECT_THAT(list(), ElementsAre(waits.name(), agreed.name())) << "newest first";
  request.set_filter("state = AGREED");
  EXPECT_THAT(list(), ElementsAre(agreed.name()));
  request.set_order_by("due_time");
  support::TestCall call(kAgency, "other-system");
  EXPECT_FALSE(RunSync(service.ListHomework(call, request)).ok()) << "by creation alone";
}

TEST_F(G7DueHomework, AReminderServiceAsksForTheWholeAgencyAndIsToldWhatEachFamilyWouldTellIt) {
  const v1::Homework first = Agreed({mother_});
  store_.clock.Advance(std::chrono::hours(1));
  const v1::Homework joint = Agreed({mother_, father_});
  store_.clock.Advance(std::chrono::hours(1));
  const v1::Homework last = Agreed({mother_});
  store_.clock.Advance(std::chrono::hours(24 * 8));
  facts_.separated.emplace_back(mother_, father_);
  SystemAccess access(facts_);
  const records::ServiceDeps deps{*store_.db,   *store_.records, ids_,   etags_,
                                  store_.suite, clock_,          access, caches_};
  GoalsService service(deps, alliance_);
  v1::ListDueHomeworkRequest request;
  request.set_parent("families/-");
  request.set_page_size(1);
  std::vector<std::string> found;
  do {
    support::TestCall call(kAgency, "reminders");
    const auto page = RunSync(service.ListDueHomework(call, request));
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Homework& one : page->homework()) {
      EXPECT_EQ(one.terms().what(), "");
      EXPECT_THAT(call.disclosed_members, ElementsAre(family_));
      found.push_back(one.name());
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(found, ElementsAre(first.name(), last.name()));
}

TEST_F(G7DueHomework, X13AnotherSystemListsHomeworkByItsExternalIdAndNotWhatItIs) {
  const v1::Homework homework = Agreed({mother_});
  v1::ListHomeworkRequest request;
  request.set_parent(Family());
  Call call(*this, "", Viewer::kAgency);
  const auto response = Run(call, &GoalsService::ListHomework, request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_THAT(response->homework(), SizeIs(1));
  EXPECT_EQ(response->homework(0).name(), homework.name());
  EXPECT_EQ(response->homework(0).terms().what(), "");
}

TEST_F(G7DueHomework, AfterASeparationNobodyIsRemindedOfJointHomeworkAndMembersLearnNothing) {
  const v1::Homework joint = Task(therapist_, Terms(goal_, {mother_, father_}));
  ASSERT_TRUE(Respond(mother_, joint).ok());
  ASSERT_EQ(Respond(father_, joint)->homework().state(), v1::HOMEWORK_STATE_AGREED);
  const v1::Homework own = Agreed({mother_});
  store_.clock.Advance(std::chrono::hours(24 * 8));
  v1::ListDueHomeworkRequest request;
  request.set_parent(Family());
  const auto reminded = [&] {
    Call call(*this, "", Viewer::kAgency);
    return Due(call, request);
  };
  // But for links to goals of somebody apart from them, which a separation takes from any homework.
  const auto shown_to = [&](const std::string& member) {
    const auto listed = RunAs(member, &GoalsService::ListDueHomework, request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    std::string shown;
    for (v1::Homework homework : listed->homework()) {
      homework.mutable_terms()->clear_goals();
      homework.clear_etag();
      shown += homework.SerializeAsString();
    }
    return shown;
  };
  EXPECT_THAT(reminded(), SizeIs(2));
  EXPECT_FALSE(Get(therapist_, joint).not_available_together());
  const std::string mothers = shown_to(mother_), fathers = shown_to(father_);

  facts_.separated.emplace_back(mother_, father_);
  EXPECT_THAT(reminded(), ElementsAre(own.name()));
  EXPECT_EQ(shown_to(mother_), mothers);
  EXPECT_EQ(shown_to(father_), fathers);
  EXPECT_TRUE(Get(therapist_, joint).not_available_together());
  EXPECT_FALSE(Get(therapist_, own).not_available_together());
  EXPECT_THAT(Due(therapist_), SizeIs(2)) << "it is still to be talked over";
}

TEST_F(G7DueHomework, PagesInOrder) {
  std::vector<std::string> wanted;
  for (int i = 0; i < 5; ++i) {
    store_.clock.Advance(std::chrono::hours(1));
    wanted.push_back(Agreed({mother_}).name());
  }
  store_.clock.Advance(std::chrono::hours(24 * 8));
  v1::ListDueHomeworkRequest request;
  request.set_parent(Family());
  *request.mutable_due_before_time() = In(0);
  request.set_page_size(2);
  std::vector<std::string> found;
  do {
    const auto page = RunAs(therapist_, &GoalsService::ListDueHomework, request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->homework_size(), 2);
    for (const v1::Homework& homework : page->homework()) found.push_back(homework.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(found, wanted);
}

class HomeworkList : public G7DueHomework {
 protected:
  std::vector<std::string> List(const std::string& by, const std::string& filter,
                                const std::string& order = {}) {
    v1::ListHomeworkRequest request;
    request.set_parent(Family());
    request.set_filter(filter);
    request.set_order_by(order);
    const auto response = RunAs(by, &GoalsService::ListHomework, request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> names;
    if (!response.ok()) return names;
    for (const v1::Homework& homework : response->homework()) names.push_back(homework.name());
    return names;
  }
};

TEST_F(HomeworkList, FiltersAndOrders) {
  v1::HomeworkTerms later = Terms(goal_, {mother_});
  *later.mutable_due_time() = In(14 * kDay);
  const v1::Homework first = Task(therapist_, later);
  store_.clock.Advance(std::chrono::hours(1));
  const v1::Homework second = Agreed({mother_, father_});
  EXPECT_THAT(List(therapist_, ""), ElementsAre(second.name(), first.name()));
  EXPECT_THAT(List(therapist_, "", "create_time"), ElementsAre(first.name(), second.name()));
  EXPECT_THAT(List(therapist_, "", "due_time"), ElementsAre(second.name(), first.name()));
  EXPECT_THAT(List(therapist_, "state = AGREED"), ElementsAre(second.name()));
  EXPECT_THAT(List(therapist_, "doers:\"" + NameOf(father_) + "\""), ElementsAre(second.name()));
  EXPECT_THAT(List(therapist_, "goal = \"" + goal_.name() + "\""), SizeIs(2));
  const std::string unknown = Family() + "/goals/" + std::string(32, '0');
  EXPECT_THAT(List(therapist_, "goal = \"" + unknown + "\""), IsEmpty());
  EXPECT_THAT(List(therapist_, "due_time < \"2000-01-01T00:00:00Z\""), IsEmpty());
  EXPECT_THAT(List(father_, ""), ElementsAre(second.name()));
  EXPECT_THAT(List(aunt_, ""), IsEmpty());
}

TEST_F(HomeworkList, AFilterTellsAMemberNoMoreThanTheyAreShown) {
  const v1::Homework homework = Agreed({mother_, father_});
  ASSERT_TRUE(Report(mother_, homework, 0).ok());
  ASSERT_TRUE(Report(father_, homework, 0).ok());
  EXPECT_THAT(List(therapist_, "state = NOT_DONE"), SizeIs(1));
  EXPECT_THAT(List(father_, "state = NOT_DONE"), IsEmpty());
  EXPECT_THAT(List(father_, "state = ACTIVE"), SizeIs(1));
}

class SessionEvents : public G7DueHomework {};

TEST_F(SessionEvents, BringHomeworkUnderWayAndLeaveItToExpire) {
  const v1::Homework homework = Agreed({mother_});
  store_.clock.Advance(std::chrono::hours(24));
  ASSERT_TRUE(Hold("first").ok());
  EXPECT_EQ(Get(mother_, homework).state(), v1::HOMEWORK_STATE_ACTIVE);
  store_.clock.Advance(std::chrono::hours(24 * 7));
  ASSERT_TRUE(Hold("second").ok());
  EXPECT_EQ(Get(mother_, homework).state(), v1::HOMEWORK_STATE_ACTIVE);
  ASSERT_TRUE(Hold("second", 2).ok());  // the same session, told again
  EXPECT_EQ(Get(mother_, homework).state(), v1::HOMEWORK_STATE_ACTIVE);
  EXPECT_THAT(Due(therapist_), SizeIs(1));
  store_.clock.Advance(std::chrono::hours(24 * 7));
  ASSERT_TRUE(Hold("third").ok());
  EXPECT_EQ(Get(mother_, homework).state(), v1::HOMEWORK_STATE_EXPIRED);
  EXPECT_THAT(Due(therapist_), IsEmpty());
  ASSERT_TRUE(Report(mother_, homework, 4).ok());  // late, and kept
  EXPECT_EQ(Get(mother_, homework).state(), v1::HOMEWORK_STATE_EXPIRED);
  EXPECT_TRUE(Review(Get(therapist_, homework), v1::HOMEWORK_OUTCOME_DONE).ok());
}

// What notes asks before a note is signed.
TEST_F(SessionEvents, WhatExpiredIsOwedUntilItIsReviewedByWhoeverAsksForIt) {
  const v1::Homework homework = Agreed({mother_});
  store_.clock.Advance(std::chrono::hours(24 * 8));
  v1::ListDueHomeworkRequest request;
  request.set_parent(Family());
  request.set_include_expired(true);
  *request.mutable_due_before_time() = In(0);  // a session begins now
  const auto owed = [&] {
    auto call = CallOf(therapist_);
    return Due(call, request);
  };
  ASSERT_TRUE(Hold("first").ok());
  EXPECT_THAT(owed(), ElementsAre(homework.name()));
  store_.clock.Advance(std::chrono::hours(24 * 7));
  ASSERT_TRUE(Hold("second").ok());
  ASSERT_EQ(Get(mother_, homework).state(), v1::HOMEWORK_STATE_EXPIRED);
  EXPECT_THAT(owed(), ElementsAre(homework.name())) << "waiting settles nothing";
  EXPECT_THAT(Due(therapist_), IsEmpty()) << "nobody is reminded of it";
  *request.mutable_due_before_time() = homework.agree_time();
  EXPECT_THAT(owed(), IsEmpty()) << "a session before it was due";
  *request.mutable_due_before_time() = In(0);
  ASSERT_TRUE(Review(Get(therapist_, homework), v1::HOMEWORK_OUTCOME_NOT_DONE).ok());
  EXPECT_THAT(owed(), IsEmpty());
}

// Notes tells of a session that was held by mistake as of one that nobody came to.
TEST_F(SessionEvents, ThatNobodyCameToLeaveNothingToExpire) {
  const v1::Homework homework = Agreed({mother_});
  internal::v1::SessionHeld held;
  auto& attendee = *held.add_attendees();
  attendee.set_person(mother_);
  const auto hold = [&](const std::string& session, std::int64_t version,
                        notes::v1::Presence presence) {
    held.set_session(support::TestId(session));
    held.set_started_us(store_.clock.NowMicros() - kHour);
    held.set_ended_us(store_.clock.NowMicros());
    attendee.set_presence(presence);
    return Deliver(internal::v1::EVENT_TYPE_SESSION_HELD, version, held.SerializeAsString());
  };
  store_.clock.Advance(std::chrono::hours(24 * 8));
  ASSERT_TRUE(hold("mistake", 1, notes::v1::PRESENCE_UNSPECIFIED).ok());
  ASSERT_TRUE(hold("mistake", 2, notes::v1::PRESENCE_ABSENT).ok());
  store_.clock.Advance(std::chrono::hours(24 * 7));
  ASSERT_TRUE(hold("first", 1, notes::v1::PRESENCE_PRESENT).ok());
  EXPECT_EQ(Get(mother_, homework).state(), v1::HOMEWORK_STATE_ACTIVE);
  store_.clock.Advance(std::chrono::hours(24 * 7));
  ASSERT_TRUE(hold("second", 1, notes::v1::PRESENCE_PRESENT).ok());
  EXPECT_EQ(Get(mother_, homework).state(), v1::HOMEWORK_STATE_EXPIRED);
}

TEST_F(SessionEvents, CloseWhatWasReviewed) {
  const v1::Homework homework = Agreed({mother_});
  store_.clock.Advance(std::chrono::hours(24));
  ASSERT_TRUE(Review(homework, v1::HOMEWORK_OUTCOME_DONE).ok());
  store_.clock.Advance(std::chrono::minutes(30));
  ASSERT_TRUE(Hold("now").ok());  // the one it was reviewed in ends
  EXPECT_EQ(Get(mother_, homework).state(), v1::HOMEWORK_STATE_REVIEWED);
  store_.clock.Advance(std::chrono::hours(24 * 7));
  ASSERT_TRUE(Hold("next").ok());
  EXPECT_EQ(Get(mother_, homework).state(), v1::HOMEWORK_STATE_CLOSED);
}

TEST_F(SessionEvents, ThatAreOldOrOfAnotherKindChangeNothing) {
  ASSERT_TRUE(Hold("first", 2).ok());
  const std::int64_t rows = store_.Number("SELECT COUNT(*) FROM record");
  ASSERT_TRUE(Hold("first", 1).ok());
  ASSERT_TRUE(Deliver(internal::v1::EVENT_TYPE_ROSTER_CHANGED, 1, "").ok());
  EXPECT_EQ(store_.Number("SELECT COUNT(*) FROM record"), rows);
  EXPECT_EQ(store_.Number("SELECT COUNT(*) FROM record_history WHERE kind = $1", {kSession}), 0);
}

TEST_F(SessionEvents, OfARestoredServiceHoldWhateverVersionsItLost) {
  ASSERT_TRUE(Hold("first", 3).ok());
  const auto versions = [&] {
    return store_.Number("SELECT COUNT(*) FROM record_history WHERE kind = $1", {kSession});
  };
  sequence_ = records::BeforeHistory(1'900'000'000);
  ASSERT_TRUE(Hold("first", 2).ok());
  EXPECT_EQ(versions(), 1) << "it was corrected again";
  ASSERT_TRUE(Hold("first", 1).ok());
  EXPECT_EQ(versions(), 1) << "from then on the larger version holds";
}

TEST_F(SessionEvents, OfUnreadableBodyAreRefused) {
  EXPECT_TRUE(
      absl::IsInvalidArgument(Deliver(internal::v1::EVENT_TYPE_SESSION_HELD, 1, "\xff\xff")));
}

class G7PlanTest : public G7DueHomework {
 protected:
  v1::Plan Plan(const std::string& by) {
    v1::GetPlanRequest request;
    request.set_name(Family());
    const auto response = RunAs(by, &GoalsService::GetPlan, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->plan() : v1::Plan();
  }
};

TEST_F(G7PlanTest, ShowsGoalsAgainstMembersWithConsensus) {
  ASSERT_TRUE(SetStance(father_, goal_, father_, v1::STANCE_KIND_ACCEPTS).ok());
  ASSERT_TRUE(SetStance(daughter_, goal_, daughter_, v1::STANCE_KIND_NEUTRAL).ok());
  const v1::Homework homework = Agreed({mother_});
  const v1::Plan plan = Plan(therapist_);
  ASSERT_THAT(plan.goals(), SizeIs(1));
  const v1::PlanGoal& row = plan.goals(0);
  ASSERT_THAT(row.cells(), SizeIs(4));
  EXPECT_EQ(row.cells(0).member(), NameOf(mother_));
  EXPECT_TRUE(row.cells(0).owner());
  EXPECT_EQ(row.cells(1).kind(), v1::STANCE_KIND_ACCEPTS);
  EXPECT_EQ(row.cells(3).kind(), v1::STANCE_KIND_UNSPECIFIED);
  EXPECT_DOUBLE_EQ(row.consensus(), 0.75);
  EXPECT_DOUBLE_EQ(row.coverage(), 0.75);
  EXPECT_FALSE(row.shared_goal());
  EXPECT_THAT(row.homework(), ElementsAre(homework.name()));
  ASSERT_TRUE(SetStance(aunt_, goal_, aunt_, v1::STANCE_KIND_ENDORSES).ok());
  EXPECT_TRUE(Plan(therapist_).goals(0).shared_goal());
}

TEST_F(G7PlanTest, SaysWhatHomeworkFitsTheLevelOfNeedToProfessionalsOnly) {
  EXPECT_EQ(Plan(therapist_).homework_style(), intake::v1::HOMEWORK_STYLE_UNSPECIFIED)
      << "not assessed";
  const intake::v1::HomeworkStyle styles[] = {
      intake::v1::HOMEWORK_STYLE_ERRAND, intake::v1::HOMEWORK_STYLE_SKILL,
      intake::v1::HOMEWORK_STYLE_EXPERIMENT, intake::v1::HOMEWORK_STYLE_REFLECTION};
  const std::string before = Plan(mother_).SerializeAsString();
  for (int level = 1; level <= 4; ++level) {
    facts_.level_of_need = level;
    EXPECT_EQ(Plan(therapist_).homework_style(), styles[level - 1]) << level;
    EXPECT_EQ(Plan(mother_).SerializeAsString(), before) << "the level is not hers to learn";
  }
}

TEST_F(G7PlanTest, ShowsMisreadingsToProfessionals) {
  ASSERT_TRUE(SetStance(father_, goal_, father_, v1::STANCE_KIND_OBJECTS).ok());
  v1::SetStanceRequest request;
  request.set_name(goal_.name());
  request.mutable_stance()->set_holder(NameOf(mother_));
  request.mutable_stance()->set_kind(v1::STANCE_KIND_ENDORSES);
  auto& belief = *request.mutable_stance()->add_perceived();
  belief.set_person(NameOf(father_));
  belief.set_kind(v1::STANCE_KIND_ENDORSES);
  ASSERT_TRUE(RunAs(mother_, &GoalsService::SetStance, request).ok());
  const v1::Plan plan = Plan(therapist_);
  ASSERT_THAT(plan.goals(0).misreadings(), SizeIs(1));
  EXPECT_EQ(plan.goals(0).misreadings(0).about(), NameOf(father_));
  EXPECT_DOUBLE_EQ(plan.goals(0).misreadings(0).error(), 1);
  EXPECT_THAT(Plan(mother_).goals(0).misreadings(), IsEmpty());
}

TEST_F(G7PlanTest, ShowsAMemberTheirOwnPartAndWhatIsShared) {
  ASSERT_TRUE(SetStance(father_, goal_, father_, v1::STANCE_KIND_OBJECTS).ok());
  const std::string before = Plan(daughter_).SerializeAsString();
  ASSERT_TRUE(SetStance(aunt_, goal_, aunt_, v1::STANCE_KIND_OBJECTS).ok());
  Agreed({mother_});
  EXPECT_EQ(Plan(daughter_).SerializeAsString(), before);
  const v1::Plan plan = Plan(father_);
  ASSERT_THAT(plan.goals(), SizeIs(1));
  ASSERT_THAT(plan.goals(0).cells(), SizeIs(2));  // the mother's, who shares the goal, and his own
  EXPECT_EQ(plan.goals(0).cells(1).member(), NameOf(father_));
  EXPECT_FALSE(plan.goals(0).has_consensus());
  EXPECT_FALSE(plan.goals(0).has_coverage());
  EXPECT_THAT(plan.goals(0).homework(), IsEmpty());
  MothersGoal(false);
  EXPECT_THAT(Plan(father_).goals(), SizeIs(1));
}

TEST_F(G7PlanTest, LeavesOutGoalsThatEnded) {
  v1::CloseGoalRequest close;
  close.set_name(goal_.name());
  close.set_ending(v1::GOAL_ENDING_DROPPED);
  close.set_closed_by(NameOf(mother_));
  ASSERT_TRUE(RunAs(mother_, &GoalsService::CloseGoal, close).ok());
  EXPECT_THAT(Plan(therapist_).goals(), IsEmpty());
}

}  // namespace
}  // namespace rapport::goals
