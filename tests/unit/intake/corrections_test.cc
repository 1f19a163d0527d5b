// Putting right what was entered wrong of the past: role and involvement as well as times, each
// with a trace.
#include "intake/emergency_rules.h"
#include "unit/intake/intake_fixture.h"

namespace rapport::intake {
namespace {

class CorrectionsTest : public IntakeTest {
 protected:
  CorrectionsTest() {
    family_ = NewFamily().name();
    father_ = NewMember(family_, "Max Example", 1988);
    joined_us_ = store_.clock.NowMicros();
    store_.clock.Advance(std::chrono::hours(48));
  }
  v1::CorrectMembershipRequest AsTheyAre(const v1::Member& member) {
    v1::CorrectMembershipRequest request;
    request.set_name(member.name());
    *request.mutable_periods() = member.periods();
    request.set_reason("entered as somebody else");
    request.set_etag(member.etag());
    return request;
  }
  v1::Roster RosterOf(std::int64_t at_us) {
    v1::GetRosterRequest request;
    request.set_name(family_);
    *request.mutable_at_time() = schema::ToTimestamp(at_us);
    return Do(Staff(family_), &IntakeService::GetRoster, request).roster();
  }
  static v1::CorrectHelperRequest AsTheyAre(const v1::Helper& helper) {
    v1::CorrectHelperRequest request;
    request.set_name(helper.name());
    *request.mutable_start_time() = helper.start_time();
    request.set_reason("entered as somebody else");
    request.set_etag(helper.etag());
    return request;
  }

  std::string family_;
  v1::Member father_;
  std::int64_t joined_us_ = 0;
};

TEST_F(CorrectionsTest, I2_ARoleThatWasEnteredWrongIsPutRightForThePastAndForNow) {
  v1::CorrectMembershipRequest request = AsTheyAre(father_);
  request.mutable_periods(0)->set_role(v1::MEMBER_ROLE_STEP_PARENT);
  request.mutable_periods(0)->set_involvement(v1::INVOLVEMENT_INDIRECT);
  const v1::Member corrected =
      Do(Staff(family_), &IntakeService::CorrectMembership, request).member();
  EXPECT_EQ(corrected.role(), v1::MEMBER_ROLE_STEP_PARENT);
  EXPECT_EQ(corrected.involvement(), v1::INVOLVEMENT_INDIRECT);
  for (const std::int64_t at_us : {joined_us_, store_.clock.NowMicros()}) {
    EXPECT_EQ(RosterOf(at_us).members(0).role(), v1::MEMBER_ROLE_STEP_PARENT);
    EXPECT_EQ(RosterOf(at_us).members(0).involvement(), v1::INVOLVEMENT_INDIRECT);
  }
  EXPECT_FALSE(Facts(family_)->members.at(0).direct);
  ASSERT_EQ(corrected.corrections_size(), 1);
  EXPECT_EQ(corrected.corrections(0).before(0).role(), v1::MEMBER_ROLE_PARENT);
  EXPECT_EQ(corrected.corrections(0).before(0).involvement(), v1::INVOLVEMENT_DIRECT);
}

TEST_F(CorrectionsTest, I2_OfAPartOfThePastAloneTheRestStaysAsItIs) {
  v1::CorrectMembershipRequest request = AsTheyAre(father_);
  const std::int64_t came_us = joined_us_ + 3'600'000'000;
  *request.mutable_periods(0)->mutable_end_time() = schema::ToTimestamp(came_us);
  request.mutable_periods(0)->set_involvement(v1::INVOLVEMENT_INDIRECT);
  *request.add_periods()->mutable_start_time() = schema::ToTimestamp(came_us);
  const v1::Member corrected =
      Do(Staff(family_), &IntakeService::CorrectMembership, request).member();
  EXPECT_EQ(corrected.involvement(), v1::INVOLVEMENT_DIRECT);
  EXPECT_EQ(RosterOf(came_us - 1).members(0).involvement(), v1::INVOLVEMENT_INDIRECT);
  EXPECT_EQ(RosterOf(came_us).members(0).involvement(), v1::INVOLVEMENT_DIRECT);
  EXPECT_EQ(RosterOf(came_us).members(0).role(), v1::MEMBER_ROLE_PARENT) << "as was known";
}

TEST_F(CorrectionsTest, I2_OfWhoLeftTheirEntrySaysWhatTheyWereLast) {
  v1::EndMembershipRequest leave;
  leave.set_name(father_.name());
  leave.set_etag(father_.etag());
  v1::CorrectMembershipRequest request =
      AsTheyAre(Do(Staff(family_), &IntakeService::EndMembership, leave).member());
  request.mutable_periods(0)->set_role(v1::MEMBER_ROLE_STEP_PARENT);
  EXPECT_EQ(Do(Staff(family_), &IntakeService::CorrectMembership, request).member().role(),
            v1::MEMBER_ROLE_STEP_PARENT);
}

TEST_F(CorrectionsTest, I3_AHelpersRoleAndInvolvementArePutRight) {
  const v1::Professional anna = NewProfessional("Anna Sample", "anna");
  const v1::Helper helper = Join(family_, anna.name());
  v1::CorrectHelperRequest request = AsTheyAre(helper);
  request.set_role(v1::THERAPIST_SYSTEM_ROLE_SCHOOL);
  request.set_involvement(v1::INVOLVEMENT_INDIRECT);
  const v1::Helper corrected = Do(Staff(family_), &IntakeService::CorrectHelper, request).helper();
  EXPECT_EQ(corrected.role(), v1::THERAPIST_SYSTEM_ROLE_SCHOOL);
  EXPECT_EQ(corrected.involvement(), v1::INVOLVEMENT_INDIRECT);
  ASSERT_EQ(corrected.corrections_size(), 1);
  EXPECT_EQ(corrected.corrections(0).role(), v1::THERAPIST_SYSTEM_ROLE_THERAPIST);
  EXPECT_EQ(corrected.corrections(0).involvement(), v1::INVOLVEMENT_DIRECT);
  EXPECT_FALSE(Facts(family_)->helpers.at(0).direct);
  v1::ListFamiliesRequest list;
  Call call(*this, "anna", "", Viewer::kAgency);
  auto principal = std::make_shared<Principal>(*call.principal);
  principal->roles = RoleSet();
  principal->roles.Add(options::v1::ROLE_CLINICIAN);
  call.principal = principal;
  EXPECT_EQ(Do(std::move(call), &IntakeService::ListFamilies, list).families_size(), 0)
      << "who helps from outside has no case of it";
}

TEST_F(CorrectionsTest, I3_ACorrectedHelperDoesNotHaveOneRoleTwiceAtATime) {
  const v1::Professional anna = NewProfessional("Anna Sample", "anna");
  const v1::Helper first = Join(family_, anna.name());
  v1::JoinTherapistSystemRequest school;
  school.set_parent(family_);
  school.mutable_helper()->set_professional(anna.name());
  school.mutable_helper()->set_role(v1::THERAPIST_SYSTEM_ROLE_SCHOOL);
  school.mutable_helper()->set_involvement(v1::INVOLVEMENT_DIRECT);
  const v1::Helper second =
      Do(Staff(family_), &IntakeService::JoinTherapistSystem, school).helper();
  v1::CorrectHelperRequest request = AsTheyAre(second);
  request.set_role(first.role());
  const auto refused = Run(Staff(family_), &IntakeService::CorrectHelper, request).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kAlreadyExists) << refused;
  EXPECT_THAT(schema::StatusDetails(refused), testing::HasSubstr(first.name()));
}

// What was before a case opened belongs to its history; what came later would change who was there.
TEST_F(CorrectionsTest, I3_NobodyJoinsInThePastOfACaseThatWasOpened) {
  const auto join = [&] {
    v1::JoinTherapistSystemRequest request;
    request.set_parent(family_);
    request.mutable_helper()->set_professional(NewProfessional("Sam Sample").name());
    request.mutable_helper()->set_role(v1::THERAPIST_SYSTEM_ROLE_CO_THERAPIST);
    request.mutable_helper()->set_involvement(v1::INVOLVEMENT_DIRECT);
    *request.mutable_helper()->mutable_start_time() = schema::ToTimestamp(joined_us_);
    return Run(Staff(family_), &IntakeService::JoinTherapistSystem, request).status();
  };
  EXPECT_TRUE(join().ok()) << "not opened yet";
  const std::string anna = NewProfessional("Anna Sample", "anna").name();
  const std::string boss = NewProfessional("Boss Sample", "boss").name();
  Join(family_, anna);
  v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(boss);
  assign.mutable_supervision()->set_supervisee(anna);
  Do(Staff(), &IntakeService::AssignSupervisor, assign);
  v1::OpenInEmergencyRequest open;
  open.set_name(family_);
  open.set_clinician(anna);
  open.set_supervisor(boss);
  open.set_reason("tonight");
  open.set_etag(Get(family_).etag());
  Do(Call(*this, "anna", family_, Viewer::kCareTeam, {}, anna), &IntakeService::OpenInEmergency,
     open);
  EXPECT_EQ(ReasonOf(join()), "INVALID_REQUEST") << "open";
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_ON_HOLD).ok());
  EXPECT_EQ(ReasonOf(join()), "INVALID_REQUEST") << "on hold";
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_CLOSED, v1::CASE_ENDING_MOVED).ok());
  EXPECT_EQ(ReasonOf(join()), "INVALID_REQUEST") << "closed";
}

}  // namespace
}  // namespace rapport::intake
