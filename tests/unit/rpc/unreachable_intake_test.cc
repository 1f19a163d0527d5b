// Access while intake can't be asked and nothing of the family is known any more: a member's
// concern is taken all the same, whatever else is refused.
#include "platform/crypto/public_ids.h"
#include "platform/rpc/pipeline.h"
#include "platform/schema/errors.h"
#include "platform/schema/public_id_codec.h"
#include "support/service_store.h"

#include <gtest/gtest.h>

namespace rapport::rpc {
namespace {

namespace ov = options::v1;

const std::string kFamily(16, 'f'), kMember(16, 'm');

class Unreachable final : public FactsSource {
 public:
  Facts Peek(std::string_view, std::string_view, ov::Freshness) override { return nullptr; }
  Task<absl::StatusOr<Facts>> Load(CallContext&, std::string, std::string, ov::Freshness) override {
    if (known) co_return Facts();  // no such family
    co_return schema::Refused(schema::reasons::kDependencyUnavailable);
  }
  void Forget(std::string_view, std::string_view) override {}
  bool known = false;
};

class UnreachableIntakeTest : public testing::Test {
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
    pipeline_.Learn(method_);
  }
  void Grant(ov::Role role, ov::Relation relation) {
    method_.policy.grants.emplace_back();
    method_.policy.grants.back().set_role(role);
    method_.policy.grants.back().set_relation(relation);
  }
  absl::StatusOr<Access> Check(ov::Role role, const std::string& self) {
    support::TestCall call("harbour", "mira");
    auto principal = std::make_shared<Principal>(*call.principal);
    principal->roles = {};
    principal->roles.Add(role);
    call.principal = principal;
    return RunSync(pipeline_.Check(call, method_.full_name, kFamily, self));
  }

  support::ServiceStore store_;
  crypto::PublicIds public_ids_{store_.suite};
  schema::PublicIdCodec ids_{public_ids_};
  Unreachable facts_;
  audit::Refusals refusals_{*store_.db, *store_.keys, *store_.chain, store_.clock, store_.machine};
  Method method_;
  Pipeline pipeline_{{.facts = &facts_,
                      .answers = store_.answers.get(),
                      .disclosures = store_.disclosures.get(),
                      .refusals = &refusals_,
                      .ids = &ids_,
                      .clock = &store_.clock}};
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
  facts_.known = true;
  EXPECT_FALSE(Check(ov::ROLE_MEMBER, kMember).ok());
}

}  // namespace
}  // namespace rapport::rpc
