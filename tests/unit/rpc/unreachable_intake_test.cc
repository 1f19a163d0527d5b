// Access while intake can't be asked and nothing of the family is known any more: a member's
// concern is taken all the same, whatever else is refused.
#include "unit/rpc/pipeline_fixture.h"

namespace rapport::rpc {
namespace {

namespace ov = options::v1;

const std::string kMember(16, 'm');

class UnreachableIntakeTest : public PipelineFixture {
 protected:
  UnreachableIntakeTest() {
    method_.full_name = "rapport.test.v1.TestService/ReportConcern";
    schema::MethodPolicy& policy = method_.policy;
    policy.family = "parent";
    policy.self = "member";
    policy.freshness = ov::FRESHNESS_STALE_OK;
    policy.priority = ov::PRIORITY_URGENT;
    policy.effect = ov::EFFECT_WRITE;
    Grant(ov::ROLE_MEMBER, ov::RELATION_SELF);
    Learn();
    facts_.reachable = false;
  }
  absl::StatusOr<Access> Check(ov::Role role, const std::string& self) {
    return CheckOf("mira", role, self);
  }
};

TEST_F(UnreachableIntakeTest, A14_TakesAMemberAtTheirWord) {
  const auto access = Check(ov::ROLE_MEMBER, kMember);
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->viewer, Viewer::kMember);
  EXPECT_EQ(access->members, std::vector<std::string>{kMember});
  EXPECT_EQ(access->facts->family, kFamily);
  EXPECT_EQ(access->facts->version, 0) << "which the audit trail says";
}

TEST_F(UnreachableIntakeTest, A14_LetsWhoIsOnDutyAcknowledgeAndNobodyOnATeam) {
  Grant(ov::ROLE_CLINICIAN, ov::RELATION_CARE_TEAM);
  EXPECT_FALSE(Check(ov::ROLE_CLINICIAN, "").ok()) << "nobody says who is on the team";
  Grant(ov::ROLE_CLINICIAN, ov::RELATION_AGENCY);
  const auto access = Check(ov::ROLE_CLINICIAN, "");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->viewer, Viewer::kAgency);
}

TEST_F(UnreachableIntakeTest, A14_TellsWhoMayBeOnATeamToComeAgain) {
  Grant(ov::ROLE_CLINICIAN, ov::RELATION_CARE_TEAM);
  EXPECT_TRUE(absl::IsUnavailable(Check(ov::ROLE_CLINICIAN, "").status()));
}

TEST(NeverWaitsForFacts, A14_HoldsForARequestWithAConcernInIt) {
  schema::MethodPolicy policy;
  policy.freshness = ov::FRESHNESS_STALE_OK;
  policy.priority = ov::PRIORITY_WRITE;
  policy.effect = ov::EFFECT_WRITE;
  EXPECT_FALSE(NeverWaitsForFacts(policy, {}));
  EXPECT_TRUE(NeverWaitsForFacts(policy, {.urgent = true}));
  policy.freshness = ov::FRESHNESS_NOW;
  EXPECT_FALSE(NeverWaitsForFacts(policy, {.urgent = true}));
}

TEST_F(UnreachableIntakeTest, RefusesWhateverIsNoUrgentWrite) {
  method_.policy.priority = ov::PRIORITY_WRITE;
  EXPECT_TRUE(absl::IsUnavailable(Check(ov::ROLE_MEMBER, kMember).status()));
  method_.policy.priority = ov::PRIORITY_URGENT;
  method_.policy.effect = ov::EFFECT_READ;
  EXPECT_TRUE(absl::IsUnavailable(Check(ov::ROLE_MEMBER, kMember).status()));
  method_.policy.effect = ov::EFFECT_WRITE;
  method_.policy.freshness = ov::FRESHNESS_NOW;
  EXPECT_TRUE(absl::IsUnavailable(Check(ov::ROLE_MEMBER, kMember).status()));
}

TEST_F(UnreachableIntakeTest, BelievesIntakeThatThereIsNoSuchFamily) {
  facts_.reachable = true;
  EXPECT_FALSE(Check(ov::ROLE_MEMBER, kMember).ok());
}

}  // namespace
}  // namespace rapport::rpc
