// Closing a case in which somebody said that they are not safe.
#include "unit/intake/event_fixture.h"

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ClosingTest : public IntakeEventTest {
 protected:
  ClosingTest() {
    family_ = NewFamily().name();
    mira_ = NewMember(family_, "Mira Example", 1990);
    anna_ = NewProfessional("Anna Sample", "anna").name();
    const std::string sam = NewProfessional("Sam Sample", "sam").name();
    Join(family_, anna_);
    v1::AssignSupervisorRequest assign;
    assign.mutable_supervision()->set_supervisor(sam);
    assign.mutable_supervision()->set_supervisee(anna_);
    Do(Staff(), &IntakeService::AssignSupervisor, assign);
    v1::OpenInEmergencyRequest open;
    open.set_name(family_);
    open.set_clinician(anna_);
    open.set_supervisor(sam);
    open.set_reason("tonight");
    open.set_etag(Get(family_).etag());
    Do(Call(*this, "anna", family_, Viewer::kCareTeam, {}, anna_), &IntakeService::OpenInEmergency,
       open);
    AssessLevel(family_, v1::ASSESSMENT_OCCASION_CLOSING, v1::LEVEL_OF_NEED_GROWTH);
    store_.clock.Advance(std::chrono::hours(1));
  }
  absl::StatusOr<v1::TransitionFamilyResponse> Close(v1::CaseEnding ending) {
    return Move(family_, v1::FAMILY_STATE_CLOSED, ending);
  }
  std::string family_, anna_;
  v1::Member mira_;
};

TEST_F(ClosingTest, I1_IsNotCompletedWhileNobodyAskedWhoSaidThatTheyAreNotSafe) {
  ASSERT_TRUE(NotSafe(mira_.name()));
  const absl::Status refused = Close(v1::CASE_ENDING_COMPLETED).status();
  EXPECT_EQ(ReasonOf(refused), "CONDITIONS_UNMET");
  EXPECT_THAT(schema::StatusDetails(refused), HasSubstr("NOT_SAFE_UNANSWERED"));
  EXPECT_THAT(schema::StatusDetails(refused), HasSubstr(mira_.name()));
  store_.clock.Advance(std::chrono::hours(1));
  Screen(family_, mira_.name());
  const auto closed = Close(v1::CASE_ENDING_COMPLETED);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_THAT(closed->warnings(), IsEmpty());
}

TEST_F(ClosingTest, I1_WithAnotherEndingWarnsOfIt) {
  ASSERT_TRUE(NotSafe(mira_.name()));
  const auto closed = Close(v1::CASE_ENDING_DROPPED_OUT);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_THAT(closed->warnings(), ElementsAre(v1::TRANSITION_WARNING_NOT_SAFE_UNANSWERED));
}

// Whoever is gone may never be reached: the work can be completed, and everybody knows.
TEST_F(ClosingTest, I1_OfWhoLeftWarnsHoweverItEnded) {
  ASSERT_TRUE(NotSafe(mira_.name()));
  v1::EndMembershipRequest leave;
  leave.set_name(mira_.name());
  leave.set_etag(mira_.etag());
  Do(Staff(family_), &IntakeService::EndMembership, leave);
  const auto closed = Close(v1::CASE_ENDING_COMPLETED);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_THAT(closed->warnings(), ElementsAre(v1::TRANSITION_WARNING_NOT_SAFE_UNANSWERED));
}

TEST_F(ClosingTest, I1_WarnsOfNothingElse) {
  const auto held = Move(family_, v1::FAMILY_STATE_ON_HOLD);
  ASSERT_TRUE(held.ok()) << held.status();
  EXPECT_THAT(held->warnings(), IsEmpty());
  const auto closed = Close(v1::CASE_ENDING_COMPLETED);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_THAT(closed->warnings(), IsEmpty());
}

}  // namespace
}  // namespace rapport::intake
