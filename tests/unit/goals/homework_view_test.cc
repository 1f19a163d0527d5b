// What members see of homework: their own part. The tests compare what one member is shown when
// only another member's part differs.
#include "goals/homework_view.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <functional>

namespace rapport::goals {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kMother[] = "families/f/members/m", kFather[] = "families/f/members/v",
               kDaughter[] = "families/f/members/d", kTherapist[] = "professionals/t";

Onlooker Member(const char* member) { return {Onlooker::Kind::kMember, {member}}; }

class HomeworkView : public testing::Test {
 protected:
  HomeworkView() {
    goal_.set_name("families/f/goals/g");
    goal_.add_owners(kMother);
    goal_.set_shared(true);
    work_.goals = {&goal_};
    v1::Homework& homework = *stored_.mutable_homework();
    homework.set_name("families/f/homework/h");
    homework.set_state(v1::HOMEWORK_STATE_PROPOSED);
    homework.set_proposed_by(kTherapist);
    homework.set_terms_revision(1);
    for (const char* doer : {kMother, kFather}) {
      homework.mutable_terms()->add_doers(doer);
      stored_.add_released_to(doer);
    }
    homework.mutable_terms()->add_goals()->set_goal(goal_.name());
    homework.mutable_update_time()->set_seconds(77);
    Answer(kTherapist, "a plan for the week");
  }
  v1::Homework& homework() { return *stored_.mutable_homework(); }
  v1::HomeworkResponse& Answer(const char* who, const char* comment, bool shared = false) {
    auto& one = *homework().add_responses();
    one.set_responder(who);
    one.set_accepted(true);
    one.set_comment(comment);
    one.set_shared(shared);
    return one;
  }
  v1::HomeworkReport& Report(const char* doer, int completion) {
    auto& one = *homework().add_reports();
    one.set_doer(doer);
    one.set_completion(completion);
    one.set_comment("it was hard");
    one.mutable_report_time()->set_seconds(5);
    return one;
  }
  v1::Homework ShownTo(const Onlooker& who) {
    const auto shown = Shown(who, view_, work_, stored_);
    EXPECT_TRUE(shown);
    return shown.value_or(v1::Homework());
  }
  std::vector<std::string> PendingTo(const Onlooker& who) {
    const v1::Homework shown = ShownTo(who);
    return {shown.pending_members().begin(), shown.pending_members().end()};
  }

  v1::Goal goal_;
  Work work_;
  CaseView view_{.family = "families/f", .members = {kMother, kFather, kDaughter}};
  internal::v1::StoredHomework stored_;
};

TEST_F(HomeworkView, IsOfWhatAMemberIsNamedInOnceAProfessionalLetItPass) {
  EXPECT_TRUE(MaySee(Member(kMother), view_, stored_));
  EXPECT_FALSE(MaySee(Member(kDaughter), view_, stored_));
  homework().mutable_terms()->add_approvers(kDaughter);
  EXPECT_FALSE(MaySee(Member(kDaughter), view_, stored_));
  stored_.add_released_to(kDaughter);
  EXPECT_TRUE(MaySee(Member(kDaughter), view_, stored_));
  stored_.clear_released_to();
  EXPECT_FALSE(MaySee(Member(kMother), view_, stored_));
  homework().set_proposed_by(kMother);
  EXPECT_TRUE(MaySee(Member(kMother), view_, stored_));
  EXPECT_TRUE(MaySee(Onlooker{}, view_, stored_));
}

TEST_F(HomeworkView, IsNotOfWhatSomebodyApartCounters) {
  homework().set_proposed_by(kMother);
  homework().set_state(v1::HOMEWORK_STATE_COUNTERED);
  EXPECT_TRUE(MaySee(Member(kFather), view_, stored_));
  view_.separated = {{kMother, kFather}};
  EXPECT_FALSE(MaySee(Member(kFather), view_, stored_));
  homework().set_state(v1::HOMEWORK_STATE_PROPOSED);  // a professional let it pass
  EXPECT_TRUE(MaySee(Member(kFather), view_, stored_));
}

TEST_F(HomeworkView, TellsAMemberNothingOfAnUnsharedAnswer) {
  const std::string before = ShownTo(Member(kFather)).SerializeAsString();
  Answer(kMother, "only because you asked");
  EXPECT_EQ(ShownTo(Member(kFather)).SerializeAsString(), before);
  homework().mutable_update_time()->set_seconds(78);
  EXPECT_EQ(ShownTo(Member(kFather)).SerializeAsString(), before);
  EXPECT_THAT(PendingTo(Member(kFather)), ElementsAre(kMother, kFather));
  EXPECT_THAT(PendingTo(Member(kMother)), ElementsAre(kFather));
  EXPECT_THAT(PendingTo(Onlooker{}), ElementsAre(kFather));
}

TEST_F(HomeworkView, TellsASharedAnswerButNotToSomebodyApart) {
  Answer(kMother, "gladly", true);
  const v1::Homework shown = ShownTo(Member(kFather));
  ASSERT_THAT(shown.responses(), SizeIs(2));
  EXPECT_EQ(shown.responses(1).comment(), "gladly");
  EXPECT_THAT(PendingTo(Member(kFather)), ElementsAre(kFather));
  view_.separated = {{kFather, kMother}};
  EXPECT_THAT(ShownTo(Member(kFather)).responses(), SizeIs(1));
}

TEST_F(HomeworkView, ShowsThatAProposerAcceptsWithoutTheWords) {
  homework().set_proposed_by(kMother);
  Answer(kMother, "my own idea");
  const v1::Homework shown = ShownTo(Member(kFather));
  ASSERT_THAT(shown.responses(), SizeIs(2));
  EXPECT_EQ(shown.responses(1).responder(), kMother);
  EXPECT_EQ(shown.responses(1).comment(), "");
  EXPECT_EQ(shown.responses(0).comment(), "");  // the therapist didn't share theirs either
}

TEST_F(HomeworkView, TellsNothingOfAnothersReport) {
  homework().set_state(v1::HOMEWORK_STATE_AGREED);
  const v1::Homework agreed = ShownTo(Member(kFather));
  Report(kMother, 1);
  EXPECT_EQ(ShownTo(Member(kFather)).SerializeAsString(), agreed.SerializeAsString());

  Report(kFather, 0);
  homework().set_state(v1::HOMEWORK_STATE_NOT_DONE);
  const v1::Homework both = ShownTo(Member(kFather));
  Report(kMother, 5);
  homework().set_state(v1::HOMEWORK_STATE_PARTLY);
  EXPECT_EQ(ShownTo(Member(kFather)).SerializeAsString(), both.SerializeAsString());
  homework().mutable_reports()->DeleteSubrange(0, 1);
  homework().mutable_reports()->RemoveLast();
  homework().set_state(v1::HOMEWORK_STATE_AGREED);
  EXPECT_EQ(ShownTo(Member(kFather)).SerializeAsString(), both.SerializeAsString())
      << "with their own report alone it is under way, too";
  EXPECT_EQ(both.state(), v1::HOMEWORK_STATE_ACTIVE);
  ASSERT_THAT(both.reports(), SizeIs(1));
  EXPECT_EQ(both.reports(0).comment(), "it was hard");
}

TEST_F(HomeworkView, TellsAProfessionalAllReports) {
  homework().set_state(v1::HOMEWORK_STATE_PARTLY);
  for (const char* doer : {kFather, kMother, kMother}) Report(doer, 2);
  EXPECT_EQ(ShownTo(Onlooker{}).state(), v1::HOMEWORK_STATE_PARTLY);
  EXPECT_THAT(ShownTo(Onlooker{}).reports(), SizeIs(3));
}

TEST_F(HomeworkView, TellsWhoDoesNotDoItThatItIsAgreedAndReviewed) {
  homework().mutable_terms()->mutable_doers()->RemoveLast();
  homework().mutable_terms()->add_approvers(kFather);
  for (const auto state : {v1::HOMEWORK_STATE_AGREED, v1::HOMEWORK_STATE_ACTIVE,
                           v1::HOMEWORK_STATE_DONE, v1::HOMEWORK_STATE_EXPIRED}) {
    homework().set_state(state);
    EXPECT_EQ(ShownTo(Member(kFather)).state(), v1::HOMEWORK_STATE_AGREED);
  }
  for (const auto state : {v1::HOMEWORK_STATE_REVIEWED, v1::HOMEWORK_STATE_CLOSED}) {
    homework().set_state(state);
    EXPECT_EQ(ShownTo(Member(kFather)).state(), v1::HOMEWORK_STATE_REVIEWED);
  }
}

TEST_F(HomeworkView, ShowsTheOnlyDoerTheirOutcome) {
  homework().mutable_terms()->mutable_doers()->RemoveLast();
  homework().set_state(v1::HOMEWORK_STATE_DONE);
  EXPECT_EQ(ShownTo(Member(kMother)).state(), v1::HOMEWORK_STATE_DONE);
}

TEST_F(HomeworkView, TellsAReviewToTheOnlyDoerAndOfItToTheOthers) {
  homework().set_state(v1::HOMEWORK_STATE_REVIEWED);
  auto& review = *homework().mutable_review();
  review.set_outcome(v1::HOMEWORK_OUTCOME_NOT_DONE);
  review.set_learned("smaller steps");
  review.set_asked_agreement(true);
  review.mutable_review_time()->set_seconds(9);
  v1::HomeworkReview only_when;
  only_when.mutable_review_time()->set_seconds(9);
  EXPECT_EQ(ShownTo(Member(kFather)).review().SerializeAsString(), only_when.SerializeAsString());
  homework().mutable_terms()->mutable_doers()->DeleteSubrange(0, 1);
  EXPECT_EQ(ShownTo(Member(kFather)).review().learned(), "smaller steps");
  EXPECT_FALSE(ShownTo(Member(kFather)).review().asked_agreement());
}

TEST_F(HomeworkView, KeepsWhatIsForProfessionalsFromMembers) {
  homework().mutable_terms()->set_confidence(6);
  homework().set_misses_in_row(2);
  homework().mutable_review();
  homework().mutable_together_override()->set_reason("supervised");
  homework().add_external_ids()->set_value("4711");
  homework().set_repeats("families/f/homework/earlier");
  const v1::Homework professionals = ShownTo(Onlooker{});
  EXPECT_TRUE(professionals.offer_smaller());
  EXPECT_TRUE(professionals.ask_agreement());
  EXPECT_EQ(professionals.together_override().reason(), "supervised");
  const v1::Homework members = ShownTo(Member(kMother));
  EXPECT_FALSE(members.offer_smaller());
  EXPECT_FALSE(members.ask_agreement());
  EXPECT_EQ(members.misses_in_row(), 0);
  EXPECT_FALSE(members.has_together_override());
  EXPECT_THAT(members.external_ids(), IsEmpty());
  EXPECT_EQ(members.repeats(), "");
  EXPECT_FALSE(members.has_update_time());
}

TEST_F(HomeworkView, ASeparationFlagsWhatIsOpenToProfessionalsAlone) {
  homework().set_state(v1::HOMEWORK_STATE_AGREED);
  // Links to goals of somebody apart go from any homework: not what this is about.
  homework().mutable_terms()->clear_goals();
  std::vector<std::string> before;
  for (const char* member : {kMother, kFather}) {
    before.push_back(ShownTo(Member(member)).SerializeAsString());
  }
  EXPECT_FALSE(ShownTo(Onlooker{}).not_available_together());
  view_.separated = {{kFather, kMother}};
  EXPECT_TRUE(ShownTo(Onlooker{}).not_available_together());
  EXPECT_EQ(ShownTo(Member(kMother)).SerializeAsString(), before[0]);
  EXPECT_EQ(ShownTo(Member(kFather)).SerializeAsString(), before[1]);
  EXPECT_FALSE(MaySee(Onlooker{Onlooker::Kind::kService, {}}, view_, stored_));
  homework().set_state(v1::HOMEWORK_STATE_REVIEWED);
  EXPECT_FALSE(ShownTo(Onlooker{}).not_available_together()) << "nothing is left to decide";
  homework().set_state(v1::HOMEWORK_STATE_AGREED);
  homework().mutable_together_override()->set_reason("in separate rooms");
  EXPECT_FALSE(ShownTo(Onlooker{}).not_available_together());
  EXPECT_TRUE(MaySee(Onlooker{Onlooker::Kind::kService, {}}, view_, stored_));
}

TEST_F(HomeworkView, OffersToShrinkBelowSeven) {
  EXPECT_FALSE(ShownTo(Onlooker{}).offer_smaller());  // not asked
  for (int confidence = 0; confidence <= 10; ++confidence) {
    homework().mutable_terms()->set_confidence(confidence);
    EXPECT_EQ(ShownTo(Onlooker{}).offer_smaller(), confidence < 7);
  }
}

TEST_F(HomeworkView, LeavesOutLinksToGoalsThatAMemberDoesNotSee) {
  goal_.set_shared(false);
  EXPECT_THAT(ShownTo(Member(kFather)).terms().goals(), IsEmpty());
  EXPECT_THAT(ShownTo(Member(kMother)).terms().goals(), SizeIs(1));
}

TEST_F(HomeworkView, TellsAReminderWhomAndWhenOnly) {
  homework().mutable_terms()->set_what("eat at the table");
  homework().mutable_terms()->mutable_due_time()->set_seconds(100);
  homework().set_state(v1::HOMEWORK_STATE_BLOCKED);
  Report(kMother, 0);
  const v1::Homework shown = ShownTo(Onlooker{Onlooker::Kind::kService, {}});
  v1::Homework wanted;
  wanted.set_name(homework().name());
  wanted.set_state(v1::HOMEWORK_STATE_ACTIVE);
  *wanted.mutable_terms()->mutable_doers() = homework().terms().doers();
  wanted.mutable_terms()->mutable_due_time()->set_seconds(100);
  *wanted.mutable_update_time() = homework().update_time();
  wanted.mutable_create_time();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(shown, wanted))
      << shown.DebugString();
}

TEST_F(HomeworkView, AsksAProfessionalAgainWhenEverybodyAcceptedAndItIsNotAgreed) {
  EXPECT_FALSE(ShownTo(Onlooker{}).pending_professional());
  Answer(kMother, "");
  Answer(kFather, "");
  EXPECT_TRUE(ShownTo(Onlooker{}).pending_professional());
  EXPECT_FALSE(ShownTo(Member(kMother)).pending_professional());
}

}  // namespace
}  // namespace rapport::goals
