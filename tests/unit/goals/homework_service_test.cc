#include "goals_fixture.h"

#include "goals/homework_rules.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::goals {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class HomeworkService : public GoalsTest {
 protected:
  void SetUp() override { MakeGoal(); }
};

// Everything but what differs between two equal requests.
std::string WithoutIdentity(v1::Homework homework) {
  homework.clear_name();
  homework.clear_etag();
  return homework.SerializeAsString();
}

TEST_F(HomeworkService, G5IsAgreedWithTheLastAcceptance) {
  const v1::Homework proposed = Task(therapist_, Terms(goal_, {mother_, father_}));
  EXPECT_EQ(proposed.state(), v1::HOMEWORK_STATE_PROPOSED);
  EXPECT_EQ(proposed.terms_revision(), 1);
  EXPECT_EQ(proposed.proposed_by(), NameOf(therapist_));
  EXPECT_THAT(proposed.pending_members(), ElementsAre(NameOf(mother_), NameOf(father_)));
  EXPECT_FALSE(proposed.pending_professional());

  ASSERT_TRUE(Respond(mother_, proposed).ok());
  EXPECT_THAT(Get(therapist_, proposed).pending_members(), ElementsAre(NameOf(father_)));
  const auto last = Respond(father_, proposed);
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->homework().state(), v1::HOMEWORK_STATE_AGREED);
  EXPECT_THAT(last->homework().pending_members(), IsEmpty());
  EXPECT_EQ(schema::ToMicros(last->homework().agree_time()), store_.clock.NowMicros());
}

TEST_F(HomeworkService, AMembersProposalIsADraftThatOnlyTheyAndProfessionalsSee) {
  const v1::Homework draft = Task(mother_, Terms(goal_, {mother_, father_}));
  EXPECT_EQ(draft.state(), v1::HOMEWORK_STATE_DRAFTED);
  EXPECT_TRUE(draft.pending_professional());
  EXPECT_FALSE(Sees(father_, draft));
  EXPECT_TRUE(absl::IsNotFound(Respond(father_, draft).status()));
  const auto accepted = Respond(therapist_, draft);
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->homework().state(), v1::HOMEWORK_STATE_PROPOSED);
  EXPECT_TRUE(Sees(father_, draft));
  EXPECT_EQ(Respond(father_, draft)->homework().state(), v1::HOMEWORK_STATE_AGREED);
}

TEST_F(HomeworkService, AMembersAnswerDoesNotDependOnSafety) {
  const v1::HomeworkTerms terms = Terms(goal_, {mother_, father_});
  const auto together = ProposeTask(mother_, terms);
  facts_.separated.emplace_back(mother_, father_);
  const auto apart = ProposeTask(mother_, terms);
  ASSERT_TRUE(together.ok() && apart.ok());
  EXPECT_EQ(WithoutIdentity(together->homework()), WithoutIdentity(apart->homework()));
}

TEST_F(HomeworkService, G8APairApartIsRefusedAtTheCliniciansStepWithoutAWordOfWhy) {
  facts_.separated.emplace_back(mother_, father_);
  const v1::HomeworkTerms terms = Terms(goal_, {mother_, father_});
  const v1::Homework draft = Task(mother_, terms);
  for (const absl::Status& refused :
       {ProposeTask(therapist_, terms).status(), Respond(therapist_, draft).status(),
        Counter(therapist_, Get(therapist_, draft), terms).status()}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(refused));
    EXPECT_EQ(ReasonOf(refused), "NOT_AVAILABLE_TOGETHER");
    EXPECT_THAT(DetailsOf(refused), Not(HasSubstr(NameOf(mother_))));
    EXPECT_THAT(DetailsOf(refused), Not(HasSubstr(NameOf(father_))));
  }
  const v1::Homework allowed = Task(therapist_, terms, "both asked for it, in separate rooms");
  EXPECT_EQ(allowed.together_override().by(), NameOf(therapist_));
  EXPECT_EQ(allowed.state(), v1::HOMEWORK_STATE_PROPOSED);
  EXPECT_FALSE(Get(mother_, allowed).has_together_override());
}

TEST_F(HomeworkService, AnOverrideThatNobodyNeedsIsNotKept) {
  EXPECT_FALSE(
      Task(therapist_, Terms(goal_, {mother_, father_}), "just in case").has_together_override());
}

TEST_F(HomeworkService, OverridesAreAProfessionalsOwn) {
  EXPECT_TRUE(
      absl::IsInvalidArgument(ProposeTask(mother_, Terms(goal_, {mother_}), "please").status()));
  const v1::Homework homework = Task(therapist_, Terms(goal_, {mother_}));
  v1::RespondToHomeworkRequest request = AnswerOf(homework, mother_);
  request.mutable_together_override()->set_reason("please");
  for (const std::string& by : {mother_, therapist_}) {
    EXPECT_TRUE(
        absl::IsInvalidArgument(RunAs(by, &GoalsService::RespondToHomework, request).status()));
  }
}

TEST_F(HomeworkService, IsNeverAgreedForAPairThatWasPutApartMeanwhile) {
  const v1::Homework homework = Task(therapist_, Terms(goal_, {mother_, father_}));
  ASSERT_TRUE(Respond(mother_, homework).ok());
  facts_.separated.emplace_back(mother_, father_);
  const auto last = Respond(father_, homework);
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->homework().state(), v1::HOMEWORK_STATE_AGREED) << "as if they were not apart";
  EXPECT_EQ(Get(therapist_, homework).state(), v1::HOMEWORK_STATE_HELD);
  EXPECT_TRUE(Get(therapist_, homework).pending_professional());
  EXPECT_EQ(ReasonOf(Respond(therapist_, homework).status()), "NOT_AVAILABLE_TOGETHER");
  v1::RespondToHomeworkRequest request = AnswerOf(homework, therapist_);
  request.mutable_together_override()->set_reason("in separate rooms");
  EXPECT_EQ(RunAs(therapist_, &GoalsService::RespondToHomework, request)->homework().state(),
            v1::HOMEWORK_STATE_AGREED);
}

TEST_F(HomeworkService, LeadsToAnActiveGoalOfADoer) {
  const v1::Homework fathers = Task(mother_, [&] {
    v1::HomeworkTerms terms = Terms(goal_, {father_});
    terms.add_approvers(NameOf(mother_));
    return terms;
  }());
  EXPECT_EQ(ReasonOf(Respond(therapist_, fathers).status()), "GOAL_NOT_OF_A_DOER");
  ASSERT_TRUE(SetStance(father_, goal_, father_, v1::STANCE_KIND_ENDORSES).ok());
  EXPECT_TRUE(Respond(therapist_, fathers).ok());

  const v1::Goal waiting = Proposed(therapist_, GoalOf({mother_, father_}, v1::GOAL_SCOPE_DYAD));
  EXPECT_THAT(DetailsOf(ProposeTask(therapist_, Terms(waiting, {mother_})).status()),
              HasSubstr("GOAL_NOT_ACTIVE"));
}

TEST_F(HomeworkService, AGoalThatAMemberDoesNotSeeIsToThemLikeNoGoal) {
  const v1::Goal hidden = MothersGoal(false);
  v1::Goal none = hidden;
  none.set_name(names_.Goal(family_, support::TestId("none")));
  const auto one = ProposeTask(father_, Terms(hidden, {father_})).status();
  const auto other = ProposeTask(father_, Terms(none, {father_})).status();
  EXPECT_TRUE(absl::IsInvalidArgument(one));
  EXPECT_EQ(DetailsOf(one), DetailsOf(other));
}

TEST_F(HomeworkService, AChildAcceptsThemselvesAndAParentWhereNeeded) {
  ASSERT_TRUE(SetStance(daughter_, goal_, daughter_, v1::STANCE_KIND_ENDORSES).ok());
  v1::HomeworkTerms terms = Terms(goal_, {daughter_});
  terms.add_approvers(NameOf(mother_));
  const v1::Homework homework = Task(therapist_, terms);
  ASSERT_TRUE(Respond(mother_, homework).ok());
  EXPECT_EQ(Get(therapist_, homework).state(), v1::HOMEWORK_STATE_PROPOSED);
  EXPECT_THAT(Get(therapist_, homework).pending_members(), ElementsAre(NameOf(daughter_)));
  // A parent doesn't accept in the child's place.
  EXPECT_TRUE(absl::IsInvalidArgument(
      RunAs(mother_, &GoalsService::RespondToHomework, AnswerOf(homework, daughter_)).status()));
  EXPECT_EQ(Respond(daughter_, homework)->homework().state(), v1::HOMEWORK_STATE_AGREED);
  terms.clear_approvers();
  terms.add_approvers(NameOf(daughter_));
  EXPECT_THAT(DetailsOf(ProposeTask(therapist_, terms).status()),
              HasSubstr("homework.terms.approvers[0]"));
}

TEST_F(HomeworkService, AnAnswerIsToTheNewestTerms) {
  const v1::Homework first = Task(therapist_, Terms(goal_, {mother_, father_}));
  ASSERT_TRUE(Respond(mother_, first).ok());
  v1::HomeworkTerms terms = Terms(goal_, {mother_, father_});
  terms.set_when("once this week");
  const auto countered = Counter(father_, first, terms);
  ASSERT_TRUE(countered.ok()) << countered.status();
  EXPECT_EQ(countered->homework().state(), v1::HOMEWORK_STATE_COUNTERED);
  EXPECT_EQ(countered->homework().terms_revision(), 2);
  const auto old = Respond(mother_, first);
  EXPECT_TRUE(absl::IsFailedPrecondition(old.status()));
  EXPECT_EQ(ReasonOf(old.status()), "TERMS_CHANGED");
  EXPECT_EQ(Respond(mother_, countered->homework())->homework().state(),
            v1::HOMEWORK_STATE_COUNTERED);
  EXPECT_EQ(Respond(therapist_, countered->homework())->homework().state(),
            v1::HOMEWORK_STATE_AGREED);
}

TEST_F(HomeworkService, CounterTermsOfAProfessionalAreProposed) {
  const v1::Homework draft = Task(mother_, Terms(goal_, {mother_}));
  v1::HomeworkTerms terms = Terms(goal_, {mother_});
  terms.set_when("once this week");
  v1::Homework seen = Get(therapist_, draft);
  const auto countered = Counter(therapist_, seen, terms);
  ASSERT_TRUE(countered.ok()) << countered.status();
  EXPECT_EQ(countered->homework().state(), v1::HOMEWORK_STATE_PROPOSED);
  EXPECT_THAT(countered->homework().pending_members(), ElementsAre(NameOf(mother_)));
  EXPECT_EQ(ReasonOf(Counter(therapist_, seen, terms).status()), "ETAG_MISMATCH");
  seen.clear_etag();
  EXPECT_EQ(ReasonOf(Counter(therapist_, seen, terms).status()), "ETAG_REQUIRED");
}

TEST_F(HomeworkService, OnlyThoseInItCounterOrAnswer) {
  const v1::Homework homework = Task(therapist_, Terms(goal_, {mother_}));
  EXPECT_TRUE(absl::IsNotFound(Respond(father_, homework).status()));
  EXPECT_TRUE(absl::IsNotFound(Counter(father_, homework, Terms(goal_, {father_})).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      RunAs(therapist_, &GoalsService::RespondToHomework, AnswerOf(homework, father_)).status()));
  EXPECT_EQ(
      ReasonOf(RunAs(therapist_, &GoalsService::RespondToHomework, AnswerOf(homework, colleague_))
                   .status()),
      "NOT_ONESELF");
}

TEST_F(HomeworkService, WhatAClinicianWritesDownForAMemberIsMarked) {
  const v1::Homework homework = Task(therapist_, Terms(goal_, {mother_}));
  const auto agreed =
      RunAs(therapist_, &GoalsService::RespondToHomework, AnswerOf(homework, mother_));
  ASSERT_TRUE(agreed.ok()) << agreed.status();
  EXPECT_EQ(agreed->homework().state(), v1::HOMEWORK_STATE_AGREED);
  EXPECT_FALSE(agreed->homework().responses(0).recorded_for_responder());
  EXPECT_TRUE(agreed->homework().responses(1).recorded_for_responder());
  const auto reported =
      RunAs(therapist_, &GoalsService::ReportHomework, ReportOf(homework, mother_, 4));
  ASSERT_TRUE(reported.ok()) << reported.status();
  EXPECT_TRUE(reported->homework().reports(0).recorded_for_doer());
}

TEST_F(HomeworkService, OneNoIsEnough) {
  for (const std::string& who : {mother_, father_, colleague_}) {
    const v1::Homework homework = Task(therapist_, Terms(goal_, {mother_, father_}));
    const auto declined = Respond(who, homework, false);
    ASSERT_TRUE(declined.ok()) << declined.status();
    EXPECT_EQ(declined->homework().state(), v1::HOMEWORK_STATE_DECLINED);
    EXPECT_EQ(ReasonOf(Respond(mother_, homework).status()), "ILLEGAL_TRANSITION");
  }
}

TEST_F(HomeworkService, IsTakenBackByWhoProposedItOrAClinicianBeforeItIsAgreed) {
  const auto withdraw = [&](const std::string& by, const v1::Homework& homework) {
    v1::WithdrawHomeworkRequest request;
    request.set_name(homework.name());
    request.set_reason("changed our minds");
    if (IsMember(by)) {
      request.set_withdrawn_by(NameOf(by));
    } else {
      request.set_etag(Get(by, homework).etag());
    }
    return RunAs(by, &GoalsService::WithdrawHomework, request);
  };
  const v1::Homework mothers = Task(mother_, Terms(goal_, {mother_, father_}));
  ASSERT_TRUE(Respond(therapist_, mothers).ok());
  EXPECT_EQ(ReasonOf(withdraw(father_, mothers).status()), "NOT_THE_PROPOSER");
  EXPECT_EQ(withdraw(mother_, mothers)->homework().state(), v1::HOMEWORK_STATE_WITHDRAWN);
  const v1::Homework therapists = Task(therapist_, Terms(goal_, {mother_}));
  EXPECT_EQ(ReasonOf(withdraw(mother_, therapists).status()), "NOT_THE_PROPOSER");
  EXPECT_EQ(withdraw(colleague_, therapists)->homework().state(), v1::HOMEWORK_STATE_WITHDRAWN);
  const v1::Homework agreed = Agreed({mother_});
  EXPECT_EQ(ReasonOf(withdraw(therapist_, agreed).status()), "ILLEGAL_TRANSITION");
}

TEST_F(HomeworkService, OffersToShrinkWhenConfidenceIsLow) {
  v1::HomeworkTerms terms = Terms(goal_, {mother_});
  terms.set_confidence(6);
  EXPECT_TRUE(Task(therapist_, terms).offer_smaller());
  terms.set_confidence(7);
  EXPECT_FALSE(Task(therapist_, terms).offer_smaller());
}

TEST_F(HomeworkService, ReportsOfAllDoersMakeTheOutcome) {
  const v1::Homework homework = Agreed({mother_, father_});
  const auto first = Report(mother_, homework, 4);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->homework().state(), v1::HOMEWORK_STATE_ACTIVE);
  ASSERT_TRUE(Report(father_, homework, 1).ok());
  EXPECT_EQ(Get(therapist_, homework).state(), v1::HOMEWORK_STATE_PARTLY);
  EXPECT_EQ(Get(mother_, homework).state(), v1::HOMEWORK_STATE_ACTIVE);
  ASSERT_TRUE(Report(father_, homework, 5).ok());
  EXPECT_EQ(Get(therapist_, homework).state(), v1::HOMEWORK_STATE_DONE);
}

TEST_F(HomeworkService, AMembersEtagTellsNothingOfWhatTheOthersReport) {
  const v1::Homework homework = Agreed({mother_, father_});
  ASSERT_TRUE(Report(mother_, homework, 0).ok());
  const v1::Homework before = Get(father_, homework);
  const v1::Homework mothers = Get(mother_, homework);
  ASSERT_TRUE(Report(mother_, homework, 4).ok());
  EXPECT_EQ(Get(father_, homework).SerializeAsString(), before.SerializeAsString());
  EXPECT_NE(Get(mother_, homework).etag(), mothers.etag());
}

TEST_F(HomeworkService, ReportsAreOfAgreedHomeworkByItsDoers) {
  const v1::Homework waiting = Task(therapist_, Terms(goal_, {mother_}));
  EXPECT_EQ(ReasonOf(Report(mother_, waiting, 4).status()), "ILLEGAL_TRANSITION");
  v1::HomeworkTerms terms = Terms(goal_, {mother_});
  terms.add_approvers(NameOf(father_));
  const v1::Homework approved = Task(therapist_, terms);
  ASSERT_TRUE(Respond(mother_, approved).ok());
  ASSERT_TRUE(Respond(father_, approved).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Report(father_, approved, 4).status()));
}

TEST_F(HomeworkService, IsNotReviewedInASessionThatEndedBeforeItWasAgreed) {
  ASSERT_TRUE(Hold("now").ok());
  store_.clock.Advance(std::chrono::minutes(1));
  const v1::Homework homework = Agreed({mother_});
  const auto refused = Review(homework, v1::HOMEWORK_OUTCOME_DONE);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
  EXPECT_THAT(DetailsOf(refused.status()), HasSubstr("review.session"));
  EXPECT_EQ(Get(therapist_, homework).state(), v1::HOMEWORK_STATE_AGREED);
  // The same session, told again with its end after that.
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(Hold("now", 2).ok());
  EXPECT_TRUE(Review(Get(therapist_, homework), v1::HOMEWORK_OUTCOME_DONE).ok());
}

TEST_F(HomeworkService, IsReviewedOnceInASessionOfTheFamily) {
  const v1::Homework homework = Agreed({mother_});
  v1::ReviewHomeworkRequest request;
  request.set_name(homework.name());
  request.set_etag(homework.etag());
  request.mutable_review()->set_outcome(v1::HOMEWORK_OUTCOME_DONE);
  request.mutable_review()->set_session(
      names_.Session(support::TestId("another"), support::TestId("s")));
  EXPECT_TRUE(
      absl::IsInvalidArgument(RunAs(therapist_, &GoalsService::ReviewHomework, request).status()));
  const auto reviewed = Review(homework, v1::HOMEWORK_OUTCOME_DONE);
  ASSERT_TRUE(reviewed.ok()) << reviewed.status();
  EXPECT_EQ(reviewed->homework().state(), v1::HOMEWORK_STATE_REVIEWED);
  EXPECT_EQ(reviewed->homework().review().reviewer(), NameOf(therapist_));
  EXPECT_EQ(ReasonOf(Review(reviewed->homework(), v1::HOMEWORK_OUTCOME_DONE).status()),
            "ILLEGAL_TRANSITION");
  EXPECT_EQ(ReasonOf(Report(mother_, homework, 4).status()), "ILLEGAL_TRANSITION");
  EXPECT_EQ(
      ReasonOf(
          Review(Task(therapist_, Terms(goal_, {mother_})), v1::HOMEWORK_OUTCOME_DONE).status()),
      "ILLEGAL_TRANSITION");
}

TEST_F(HomeworkService, G6TheSecondMissInARowAsksForAgreement) {
  const v1::Homework first = Agreed({mother_});
  const auto missed = Review(first, v1::HOMEWORK_OUTCOME_NOT_DONE);
  ASSERT_TRUE(missed.ok()) << missed.status();
  EXPECT_EQ(missed->homework().misses_in_row(), 1);
  EXPECT_FALSE(missed->homework().ask_agreement());
  const v1::Homework second = Agreed({mother_}, first.name());
  ASSERT_TRUE(Report(mother_, second, 0).ok());
  const v1::Homework reported = Get(therapist_, second);
  EXPECT_TRUE(reported.ask_agreement());
  EXPECT_FALSE(Get(mother_, second).ask_agreement());
  const auto unasked = Review(reported, v1::HOMEWORK_OUTCOME_NOT_DONE);
  EXPECT_EQ(ReasonOf(unasked.status()), "ASK_AGREEMENT");
  EXPECT_THAT(DetailsOf(unasked.status()), HasSubstr("review.asked_agreement"));
  const auto asked = Review(reported, v1::HOMEWORK_OUTCOME_NOT_DONE, true);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->homework().misses_in_row(), 2);
  const v1::Homework third = Agreed({mother_}, second.name());
  EXPECT_EQ(Review(third, v1::HOMEWORK_OUTCOME_DONE)->homework().misses_in_row(), 0);
}

TEST_F(HomeworkService, RepeatsOnlyWhatTheCallerSees) {
  const v1::Homework mothers = Task(mother_, Terms(goal_, {mother_}));
  EXPECT_THAT(DetailsOf(ProposeTask(father_, Terms(goal_, {father_}), {}, mothers.name()).status()),
              HasSubstr("homework.repeats"));
  EXPECT_TRUE(ProposeTask(mother_, Terms(goal_, {mother_}), {}, mothers.name()).ok());
}

TEST_F(HomeworkService, ExternalIdsAreUniqueAndNotForMembers) {
  v1::ProposeHomeworkRequest request;
  request.set_parent(Family());
  *request.mutable_homework()->mutable_terms() = Terms(goal_, {mother_});
  auto& id = *request.mutable_homework()->add_external_ids();
  id.set_system("ehr");
  id.set_value("4711");
  const auto first = RunAs(therapist_, &GoalsService::ProposeHomework, request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(first->homework().external_ids(), SizeIs(1));
  EXPECT_THAT(Get(mother_, first->homework()).external_ids(), IsEmpty());
  const auto second = RunAs(therapist_, &GoalsService::ProposeHomework, request);
  EXPECT_TRUE(absl::IsAlreadyExists(second.status()));
  EXPECT_THAT(DetailsOf(second.status()), HasSubstr(first->homework().name()));
  request.mutable_homework()->mutable_external_ids(0)->set_value("\u00A04711");
  const auto blank = RunAs(therapist_, &GoalsService::ProposeHomework, request).status();
  EXPECT_EQ(ReasonOf(blank), "INVALID_REQUEST");
  EXPECT_THAT(DetailsOf(blank), HasSubstr("homework.external_ids[0].value"));
  request.set_proposed_by(NameOf(mother_));
  EXPECT_TRUE(
      absl::IsInvalidArgument(RunAs(mother_, &GoalsService::ProposeHomework, request).status()));
}

TEST_F(HomeworkService, NeedsAnOpenCase) {
  const v1::Homework homework = Task(therapist_, Terms(goal_, {mother_}));
  facts_.state = CaseState::kClosed;
  EXPECT_EQ(ReasonOf(ProposeTask(mother_, Terms(goal_, {mother_})).status()), "CASE_NOT_OPEN");
  EXPECT_EQ(ReasonOf(Counter(mother_, homework, Terms(goal_, {mother_})).status()),
            "CASE_NOT_OPEN");
  EXPECT_EQ(ReasonOf(Respond(therapist_, homework).status()), "CASE_NOT_OPEN");
}

TEST_F(HomeworkService, DoersAreOnTheRosterAtTheTime) {
  const v1::HomeworkTerms terms = Terms(goal_, {mother_, father_});
  const v1::Homework homework = Task(therapist_, terms);
  facts_.members[1].period.to_us = store_.clock.NowMicros();  // the father left
  EXPECT_THAT(DetailsOf(ProposeTask(therapist_, terms).status()),
              HasSubstr("homework.terms.doers[1]"));
  EXPECT_EQ(ReasonOf(Respond(therapist_, homework).status()), "MEMBER_LEFT");
}

TEST_F(HomeworkService, BothWhoAcceptAtTheSameTimeCount) {
  const v1::Homework homework = Task(therapist_, Terms(goal_, {mother_, father_}));
  clock_.between = [&] { ASSERT_TRUE(Respond(mother_, homework).ok()); };
  ASSERT_TRUE(Respond(father_, homework).ok());
  EXPECT_EQ(Get(therapist_, homework).state(), v1::HOMEWORK_STATE_AGREED);
}

TEST_F(HomeworkService, TellsAllianceWhenWhoAgreed) {
  const std::int64_t now_us = store_.clock.NowMicros();
  const v1::Homework homework = Agreed({mother_});
  internal::v1::WorkChanged body;
  const auto told = Told();
  EXPECT_EQ(told.back().type(), internal::v1::EVENT_TYPE_HOMEWORK_CHANGED);
  EXPECT_EQ(told.back().resource(), homework.name());
  ASSERT_TRUE(body.ParseFromString(told.back().body()));
  for (const auto& member : body.members()) {
    EXPECT_EQ(member.homework_agreed_us(), member.member() == mother_ ? now_us : 0);
  }
}

// Whatever came of it, and whatever the other doer says.
TEST_F(HomeworkService, WhoFeltUnsafeInItIsToldToAllianceAndNobodyElseIs) {
  const auto felt_unsafe = [&] { return Told({internal::v1::EVENT_TYPE_SAFETY_CHANGED}); };
  const v1::Homework homework = Agreed({mother_, father_});
  ASSERT_TRUE(Report(father_, homework, 4).ok());
  EXPECT_TRUE(felt_unsafe().empty());
  const v1::Homework before = Get(father_, homework);
  v1::ReportHomeworkRequest report = ReportOf(homework, mother_, 5);
  report.mutable_report()->add_obstacles(v1::OBSTACLE_FORGOT);
  report.mutable_report()->add_obstacles(v1::OBSTACLE_FELT_UNSAFE);
  report.mutable_report()->set_comment("made-up words");
  ASSERT_TRUE(RunAs(mother_, &GoalsService::ReportHomework, report).ok());
  const auto told = felt_unsafe();
  ASSERT_THAT(told, testing::SizeIs(1));
  EXPECT_EQ(told[0].resource(), homework.name());
  internal::v1::NotSafe body;
  ASSERT_TRUE(body.ParseFromString(told[0].body()));
  EXPECT_EQ(body.member(), mother_);
  EXPECT_FALSE(body.by_answer());
  EXPECT_EQ(Get(father_, homework).reports_size(), before.reports_size());

  ASSERT_TRUE(RunAs(therapist_, &GoalsService::ReportHomework, report).ok());
  EXPECT_THAT(felt_unsafe(), testing::SizeIs(2)) << "said to a professional who wrote it down";
}

TEST_F(HomeworkService, UnknownHomeworkOfWhateverShapeIsNotFound) {
  for (const std::string& name :
       {names_.Homework(family_, support::TestId("none")),
        names_.Homework(support::TestId("another"), support::TestId("none")),
        std::string("families/x/homework/y"), std::string()}) {
    v1::Homework homework;
    homework.set_name(name);
    EXPECT_FALSE(Sees(therapist_, homework)) << name;
  }
}

}  // namespace
}  // namespace rapport::goals
