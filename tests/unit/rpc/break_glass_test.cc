// Break-glass in the pipeline: a grant counts from when it is given until it ends, whatever a copy
// of the facts says, and never while intake can't be asked.
#include "platform/crypto/public_ids.h"
#include "platform/rpc/pipeline.h"
#include "platform/schema/errors.h"
#include "platform/schema/public_id_codec.h"
#include "support/service_store.h"

#include <gtest/gtest.h>

namespace rapport::rpc {
namespace {

const std::string kFamily(16, 'f'), kTherapist(16, 't'), kGrant(16, 'g');

// Intake's answer, and a copy of an earlier one.
class CopyAndTruth final : public FactsSource {
 public:
  Facts Peek(std::string_view, std::string_view, options::v1::Freshness freshness) override {
    return freshness == options::v1::FRESHNESS_NOW ? nullptr : copy;
  }
  Task<absl::StatusOr<Facts>> Load(CallContext&, std::string, std::string,
                                   options::v1::Freshness) override {
    ++asked;
    if (!reachable) co_return schema::Refused(schema::reasons::kDependencyUnavailable);
    co_return truth;
  }
  void Forget(std::string_view, std::string_view) override {}

  Facts copy, truth;
  bool reachable = true;
  int asked = 0;
};

class BreakGlassTest : public testing::Test {
 protected:
  BreakGlassTest() {
    method_.full_name = "rapport.test.v1.TestService/GetNote";
    method_.policy.family = "name";
    method_.policy.freshness = options::v1::FRESHNESS_STALE_OK;
    method_.policy.grants.emplace_back();
    method_.policy.grants.back().set_role(options::v1::ROLE_CLINICIAN);
    method_.policy.grants.back().set_relation(options::v1::RELATION_CARE_TEAM);
    pipeline_.Learn(method_);
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
    support::TestCall call("harbour", "anna");
    auto principal = std::make_shared<Principal>(*call.principal);
    principal->roles = {};
    principal->roles.Add(role);
    call.principal = principal;
    return RunSync(pipeline_.Check(call, method_.full_name, kFamily, ""));
  }

  support::ServiceStore store_;
  crypto::PublicIds public_ids_{store_.suite};
  schema::PublicIdCodec ids_{public_ids_};
  CopyAndTruth facts_;
  audit::Refusals refusals_{*store_.db, *store_.keys, *store_.chain, store_.clock, store_.machine};
  Method method_;
  Pipeline pipeline_{{.facts = &facts_,
                      .answers = store_.answers.get(),
                      .disclosures = store_.disclosures.get(),
                      .refusals = &refusals_,
                      .ids = &ids_,
                      .clock = &store_.clock}};
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
