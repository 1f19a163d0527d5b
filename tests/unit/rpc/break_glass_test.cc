// Break-glass in the pipeline: a grant counts from when it is given until it ends, whatever a copy
// of the facts says, and never while intake can't be asked.
#include "unit/rpc/pipeline_fixture.h"

namespace rapport::rpc {
namespace {

const std::string kTherapist(16, 't'), kGrant(16, 'g');

class BreakGlassTest : public PipelineFixture {
 protected:
  BreakGlassTest() {
    method_.full_name = "rapport.test.v1.TestService/GetNote";
    method_.policy.family = "name";
    method_.policy.freshness = options::v1::FRESHNESS_STALE_OK;
    Grant(options::v1::ROLE_CLINICIAN, options::v1::RELATION_CARE_TEAM);
    Learn();
  }

  FactsSource::Facts FactsWith(bool grant, bool on_team = false) const {
    AccessFacts facts;
    facts.family = kFamily;
    const Period period{store_.clock.NowMicros(), store_.clock.NowMicros() + 1'000};
    if (on_team) facts.helpers = {{kTherapist, {"anna"}, 1, true, false, period}};
    if (grant) facts.break_glass = {{kGrant, kTherapist, {"anna"}, period}};
    return std::make_shared<const AccessFacts>(std::move(facts));
  }
  absl::StatusOr<Access> Check(int role = options::v1::ROLE_CLINICIAN) {
    return CheckOf("anna", role);
  }
};

TEST_F(BreakGlassTest, CountsAtOnceThoughTheCopyIsOlder) {
  facts_.copy = FactsWith(false);
  facts_.truth = FactsWith(true);
  const auto access = Check();
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->viewer, Viewer::kCareTeam);
  EXPECT_EQ(access->break_glass, kGrant);
  EXPECT_EQ(access->professional, kTherapist);
}

TEST_F(BreakGlassTest, EndsAtOnceThoughTheCopyStillHasIt) {
  facts_.copy = FactsWith(true);
  facts_.truth = FactsWith(false);
  EXPECT_EQ(schema::ReasonOf(Check().status()), "NOT_FOUND");
}

TEST_F(BreakGlassTest, IsNotTakenFromACopyWhileIntakeCantBeAsked) {
  facts_.copy = FactsWith(true);
  facts_.reachable = false;
  EXPECT_EQ(schema::ReasonOf(Check().status()), "DEPENDENCY_UNAVAILABLE");
}

TEST_F(BreakGlassTest, WithoutOneARefusalByACopyStandsWhenIntakeCantBeAsked) {
  facts_.copy = FactsWith(false);
  facts_.reachable = false;
  EXPECT_EQ(schema::ReasonOf(Check().status()), "NOT_FOUND");
}

TEST_F(BreakGlassTest, NobodyElsesCallAsksAgain) {
  facts_.copy = facts_.truth = FactsWith(true, true);
  const auto access = Check();
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_TRUE(access->break_glass.empty()) << "the relation itself holds";
  EXPECT_EQ(schema::ReasonOf(Check(options::v1::ROLE_OBSERVER).status()), "ROLE_NOT_PERMITTED");
  EXPECT_EQ(facts_.asked, 0);
}

}  // namespace
}  // namespace rapport::rpc
