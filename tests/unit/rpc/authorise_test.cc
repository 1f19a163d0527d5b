// Decide as a table: who stands how to a family, which method, and what comes out. A second table
// removes one fact at a time from an allowed call and expects each removal to refuse it.
#include "platform/rpc/authorise.h"

#include <rapport/options/v1/options.pb.h>

#include <gtest/gtest.h>

#include <functional>

namespace rapport::rpc {
namespace {

namespace ov = options::v1;

constexpr std::int64_t kNow = 1'000'000;
const std::string kFamily(16, 'f'), kOther(16, 'o'), kTherapist(16, 't'), kBoss(16, 'b'),
    kMother(16, 'm'), kChild(16, 'c');
constexpr int kRatings = 3;

AccessFacts Facts() {
  AccessFacts facts;
  facts.family = kFamily;
  facts.state = CaseState::kOpen;
  facts.helpers = {{kTherapist, {"anna"}, 1, true, false, {1, 0}},
                   {std::string(16, 's'), {"school"}, 6, false, false, {1, 0}},
                   {std::string(16, 'x'), {"left"}, 1, true, false, {1, kNow}},
                   {std::string(16, 'y'), {"comes"}, 1, true, false, {kNow + 1, 0}},
                   {std::string(16, 'e'), {"mistake"}, 1, true, false, {7, 7}}};
  facts.supervisors = {{kBoss, {"boss"}, kTherapist, {1, 0}},
                       {std::string(16, 'z'), {"oldboss"}, kTherapist, {1, 5}},
                       {std::string(16, 'w'), {"idleboss"}, std::string(16, 'x'), {1, 0}}};
  facts.members = {{kMother, {"mum", "both"}, true, 1980, 1, 1, {1, 0}},
                   {kChild, {"kid", "both"}, true, 2015, 1, 1, {1, 0}},
                   {std::string(16, 'd'), {"dad"}, true, 1980, 1, 1, {1, 10}}};
  facts.break_glass = {{std::string(16, 'g'), std::string(16, 'n'), {"night"}, {1, kNow + 1}},
                       {std::string(16, 'h'), std::string(16, 'n'), {"over"}, {1, kNow}},
                       {std::string(16, 'k'), std::string(16, 'n'), {"soon"}, {kNow + 1, 0}}};
  facts.consents = {{kMother, kRatings, {1, 0}}, {kChild, kRatings, {1, kNow}}};
  return facts;
}

Principal Who(std::string subject, std::initializer_list<int> roles) {
  Principal principal;
  principal.agency = "north";
  principal.subject = std::move(subject);
  for (const int role : roles) principal.roles.Add(role);
  return principal;
}

schema::MethodPolicy Policy(std::initializer_list<std::pair<ov::Role, ov::Relation>> grants,
                            bool about_family = true) {
  schema::MethodPolicy policy;
  for (const auto& [role, relation] : grants) {
    ov::Grant grant;
    grant.set_role(role);
    grant.set_relation(relation);
    policy.grants.push_back(grant);
  }
  if (about_family) policy.family = "name";
  return policy;
}

const schema::MethodPolicy& TeamMethod() {
  static const auto policy = Policy({{ov::ROLE_CLINICIAN, ov::RELATION_CARE_TEAM},
                                     {ov::ROLE_SUPERVISOR, ov::RELATION_SUPERVISES},
                                     {ov::ROLE_INTAKE, ov::RELATION_NOT_YET_OPEN},
                                     {ov::ROLE_ADMIN, ov::RELATION_AGENCY}});
  return policy;
}

schema::MethodPolicy TeamsWrite(ov::Priority priority, ov::Freshness freshness) {
  auto policy = TeamMethod();
  policy.effect = ov::EFFECT_WRITE;
  policy.priority = priority;
  policy.freshness = freshness;
  return policy;
}

schema::MethodPolicy SelfMethod(bool names_member) {
  auto policy = Policy({{ov::ROLE_MEMBER, ov::RELATION_SELF}});
  if (names_member) policy.self = "rater";
  return policy;
}

const schema::MethodPolicy& WritersMethod() {
  static const auto policy = Policy({{ov::ROLE_CLINICIAN, ov::RELATION_CARE_TEAM},
                                     {ov::ROLE_CLINICIAN, ov::RELATION_AUTHOR},
                                     {ov::ROLE_SUPERVISOR, ov::RELATION_SUPERVISES},
                                     {ov::ROLE_SUPERVISOR, ov::RELATION_SUPERVISES_AUTHOR}});
  return policy;
}

const schema::MethodPolicy& TreatsMethod() {
  static const auto policy = Policy({{ov::ROLE_CLINICIAN, ov::RELATION_TREATS}});
  return policy;
}

const schema::MethodPolicy& OwnMethod() {
  static const auto policy = Policy({{ov::ROLE_CLINICIAN, ov::RELATION_AUTHOR}});
  return policy;
}

struct Case {
  const char* name;
  Principal principal;
  schema::MethodPolicy policy;
  Subject subject;
  Denial denial;
  Viewer viewer;
};

TEST(Decide, Table) {
  const Subject family{.family = kFamily};
  const std::vector<Case> cases = {
      {"therapist on the team", Who("anna", {ov::ROLE_CLINICIAN}), TeamMethod(), family,
       Denial::kNone, Viewer::kCareTeam},
      {"team member without the role", Who("anna", {ov::ROLE_OBSERVER}), TeamMethod(), family,
       Denial::kRole, Viewer::kNone},
      {"clinician elsewhere", Who("ben", {ov::ROLE_CLINICIAN}), TeamMethod(), family,
       Denial::kRelation, Viewer::kNone},
      {"indirect helper", Who("school", {ov::ROLE_CLINICIAN}), TeamMethod(), family,
       Denial::kRelation, Viewer::kNone},
      {"helper who left this instant", Who("left", {ov::ROLE_CLINICIAN}), TeamMethod(), family,
       Denial::kRelation, Viewer::kNone},
      {"helper who comes later", Who("comes", {ov::ROLE_CLINICIAN}), TeamMethod(), family,
       Denial::kRelation, Viewer::kNone},
      {"supervisor in the period", Who("boss", {ov::ROLE_SUPERVISOR}), TeamMethod(), family,
       Denial::kNone, Viewer::kSupervisor},
      {"supervisor after it", Who("oldboss", {ov::ROLE_SUPERVISOR}), TeamMethod(), family,
       Denial::kRelation, Viewer::kNone},
      {"supervisor of somebody who left", Who("idleboss", {ov::ROLE_SUPERVISOR}), TeamMethod(),
       family, Denial::kRelation, Viewer::kNone},
      {"intake once the case is open", Who("ida", {ov::ROLE_INTAKE}), TeamMethod(), family,
       Denial::kRelation, Viewer::kNone},
      {"clinician who broke the glass", Who("night", {ov::ROLE_CLINICIAN}), TeamMethod(), family,
       Denial::kNone, Viewer::kCareTeam},
      {"who broke it decides nothing", Who("night", {ov::ROLE_CLINICIAN}),
       TeamsWrite(ov::PRIORITY_WRITE, ov::FRESHNESS_NOW), family, Denial::kRelation, Viewer::kNone},
      {"nor what is only urgent", Who("night", {ov::ROLE_CLINICIAN}),
       TeamsWrite(ov::PRIORITY_URGENT, ov::FRESHNESS_NOW), family, Denial::kRelation,
       Viewer::kNone},
      {"but takes a concern into their hands", Who("night", {ov::ROLE_CLINICIAN}),
       TeamsWrite(ov::PRIORITY_URGENT, ov::FRESHNESS_STALE_OK), family, Denial::kNone,
       Viewer::kCareTeam},
      {"and the team decides", Who("anna", {ov::ROLE_CLINICIAN}),
       TeamsWrite(ov::PRIORITY_WRITE, ov::FRESHNESS_NOW), family, Denial::kNone, Viewer::kCareTeam},
      {"the same without the role", Who("night", {ov::ROLE_OBSERVER}), TeamMethod(), family,
       Denial::kRole, Viewer::kNone},
      {"the same as a supervisor", Who("night", {ov::ROLE_SUPERVISOR}), TeamMethod(), family,
       Denial::kRelation, Viewer::kNone},
      {"break-glass that ended this instant", Who("over", {ov::ROLE_CLINICIAN}), TeamMethod(),
       family, Denial::kRelation, Viewer::kNone},
      {"break-glass that is yet to begin", Who("soon", {ov::ROLE_CLINICIAN}), TeamMethod(), family,
       Denial::kRelation, Viewer::kNone},
      {"whoever left, where they wrote", Who("left", {ov::ROLE_CLINICIAN}), WritersMethod(), family,
       Denial::kNone, Viewer::kAuthor},
      {"whoever is there, where they wrote", Who("anna", {ov::ROLE_CLINICIAN}), WritersMethod(),
       family, Denial::kNone, Viewer::kCareTeam},
      {"who comes later has written nothing", Who("comes", {ov::ROLE_CLINICIAN}), WritersMethod(),
       family, Denial::kRelation, Viewer::kNone},
      {"who was there by mistake alone", Who("mistake", {ov::ROLE_CLINICIAN}), WritersMethod(),
       family, Denial::kRelation, Viewer::kNone},
      {"indirect helper, as an author", Who("school", {ov::ROLE_CLINICIAN}), WritersMethod(),
       family, Denial::kRelation, Viewer::kNone},
      {"supervisor of somebody who left, of what they wrote",
       Who("idleboss", {ov::ROLE_SUPERVISOR}), WritersMethod(), family, Denial::kNone,
       Viewer::kAuthor},
      {"supervisor of somebody there, of all", Who("boss", {ov::ROLE_SUPERVISOR}), WritersMethod(),
       family, Denial::kNone, Viewer::kSupervisor},
      {"supervisor after the period, of what they wrote", Who("oldboss", {ov::ROLE_SUPERVISOR}),
       WritersMethod(), family, Denial::kRelation, Viewer::kNone},
      {"therapist where break-glass counts nothing", Who("anna", {ov::ROLE_CLINICIAN}),
       TreatsMethod(), family, Denial::kNone, Viewer::kCareTeam},
      {"break-glass there", Who("night", {ov::ROLE_CLINICIAN}), TreatsMethod(), family,
       Denial::kRelation, Viewer::kNone},
      {"who left, there", Who("left", {ov::ROLE_CLINICIAN}), TreatsMethod(), family,
       Denial::kRelation, Viewer::kNone},
      {"break-glass for one's own", Who("night", {ov::ROLE_CLINICIAN}), OwnMethod(), family,
       Denial::kRelation, Viewer::kNone},
      {"one's own, on the team", Who("anna", {ov::ROLE_CLINICIAN}), OwnMethod(), family,
       Denial::kNone, Viewer::kAuthor},
      {"admin by role alone", Who("root", {ov::ROLE_ADMIN}), TeamMethod(), family, Denial::kNone,
       Viewer::kAgency},
      {"second role counts", Who("anna", {ov::ROLE_SUPERVISOR, ov::ROLE_CLINICIAN}), TeamMethod(),
       family, Denial::kNone, Viewer::kCareTeam},
      {"member about themself",
       Who("mum", {ov::ROLE_MEMBER}),
       SelfMethod(true),
       {.family = kFamily, .self = kMother},
       Denial::kNone,
       Viewer::kMember},
      {"member about another",
       Who("mum", {ov::ROLE_MEMBER}),
       SelfMethod(true),
       {.family = kFamily, .self = kChild},
       Denial::kRelation,
       Viewer::kNone},
      {"member where a professional is named",
       Who("mum", {ov::ROLE_MEMBER}),
       SelfMethod(true),
       {.family = kFamily, .self = ""},
       Denial::kRelation,
       Viewer::kNone},
      {"one account, two members",
       Who("both", {ov::ROLE_MEMBER}),
       SelfMethod(true),
       {.family = kFamily, .self = kChild},
       Denial::kNone,
       Viewer::kMember},
      {"member where nobody is named", Who("mum", {ov::ROLE_MEMBER}), SelfMethod(false), family,
       Denial::kNone, Viewer::kMember},
      {"member who left", Who("dad", {ov::ROLE_MEMBER}), SelfMethod(false), family,
       Denial::kRelation, Viewer::kNone},
      {"clinician's token on a member's method", Who("anna", {ov::ROLE_CLINICIAN}),
       SelfMethod(false), family, Denial::kRole, Viewer::kNone},
      {"no roles at all", Who("anna", {}), TeamMethod(), family, Denial::kRole, Viewer::kNone},
  };
  const AccessFacts facts = Facts();
  for (const Case& c : cases) {
    const Decision decision = Decide(c.principal, c.policy, c.subject, &facts, kNow);
    EXPECT_EQ(NameOf(decision.denial), NameOf(c.denial)) << c.name;
    EXPECT_EQ(static_cast<int>(decision.viewer), static_cast<int>(c.viewer)) << c.name;
  }
}

TEST(Decide, AnUnknownFamilyIsRefusedToEverybodyWithARole) {
  const Subject subject{.family = kOther};
  for (const char* who : {"anna", "boss", "root"}) {
    const auto principal =
        Who(who, {ov::ROLE_CLINICIAN, ov::ROLE_SUPERVISOR, ov::ROLE_ADMIN, ov::ROLE_INTAKE});
    EXPECT_EQ(NameOf(Decide(principal, TeamMethod(), subject, nullptr, kNow).denial), "unknown");
  }
}

TEST(Decide, AllFamiliesAtOnceNeedAnAgencyWideGrant) {
  const Subject any{.any_family = true};
  EXPECT_TRUE(Decide(Who("root", {ov::ROLE_ADMIN}), TeamMethod(), any, nullptr, kNow).allowed());
  EXPECT_EQ(
      NameOf(Decide(Who("anna", {ov::ROLE_CLINICIAN}), TeamMethod(), any, nullptr, kNow).denial),
      "relation");
}

TEST(Decide, IntakeWorkersSeeACaseUntilItOpens) {
  AccessFacts facts = Facts();
  const auto principal = Who("ida", {ov::ROLE_INTAKE});
  for (int state = 1; state <= 10; ++state) {
    facts.state = static_cast<CaseState>(state);
    const bool open = facts.state == CaseState::kOpen || facts.state == CaseState::kOnHold ||
                      facts.state == CaseState::kClosed;
    EXPECT_EQ(Decide(principal, TeamMethod(), {.family = kFamily}, &facts, kNow).allowed(), !open)
        << state;
  }
}

TEST(Decide, AnInvitationOpensItsOwnFormAndNothingElse) {
  const AccessFacts facts = Facts();
  auto policy = Policy({{ov::ROLE_INVITATION, ov::RELATION_INVITED}});
  policy.self = "rater";
  auto principal = Who("invitation/1", {ov::ROLE_INVITATION});
  Principal::Invitation invitation{std::string(16, 'i'), kFamily, std::string(16, 's'), kMother};
  principal.invitation = std::make_shared<const Principal::Invitation>(invitation);
  const auto allowed = [&](const Principal& who, std::string_view family, std::string_view self) {
    return Decide(who, policy, {.family = family, .self = self}, &facts, kNow).allowed();
  };
  EXPECT_TRUE(allowed(principal, kFamily, kMother));
  EXPECT_FALSE(allowed(principal, kFamily, kChild));
  EXPECT_FALSE(allowed(principal, kFamily, ""));
  EXPECT_FALSE(allowed(principal, kOther, kMother));
  EXPECT_FALSE(allowed(Who("invitation/1", {ov::ROLE_INVITATION}), kFamily, kMother));
}

TEST(Decide, ConsentOfTheMemberGatesWhereThePolicySaysSo) {
  const AccessFacts facts = Facts();
  auto policy = SelfMethod(true);
  policy.consent = kRatings;
  const auto denial = [&](const char* who, std::string_view self, int purpose) {
    policy.consent = purpose;
    return NameOf(
        Decide(Who(who, {ov::ROLE_MEMBER}), policy, {.family = kFamily, .self = self}, &facts, kNow)
            .denial);
  };
  EXPECT_EQ(denial("mum", kMother, kRatings), "none");
  EXPECT_EQ(denial("mum", kMother, kRatings + 1), "consent") << "another purpose";
  EXPECT_EQ(denial("kid", kChild, kRatings), "consent") << "revoked this instant";
}

TEST(Decide, AScopeIsNeededBesidesTheRoleWhereThePolicySaysSo) {
  const AccessFacts facts = Facts();
  auto policy = TeamMethod();
  policy.scope = "psychotherapy_notes";
  auto anna = Who("anna", {ov::ROLE_CLINICIAN});
  const auto denial = [&](const Principal& who, const AccessFacts* of) {
    return NameOf(Decide(who, policy, {.family = kFamily}, of, kNow).denial);
  };
  EXPECT_EQ(denial(anna, &facts), "scope");
  EXPECT_EQ(denial(anna, nullptr), "scope") << "the same, whether or not there is such a family";
  anna.scopes = {"psychotherapy", "psychotherapy_notes.read"};
  EXPECT_EQ(denial(anna, &facts), "scope") << "scopes are whole words";
  anna.scopes.push_back("psychotherapy_notes");
  EXPECT_EQ(denial(anna, &facts), "none");
  auto auditor = Who("anna", {ov::ROLE_AUDITOR});
  auditor.scopes = anna.scopes;
  EXPECT_EQ(denial(auditor, &facts), "role") << "a scope gives no role";
}

TEST(Decide, EveryFactOfAnAllowedCallIsNeeded) {
  const std::vector<std::pair<const char*, std::function<void(AccessFacts&)>>> removals = {
      {"the helper", [](AccessFacts& f) { f.helpers.clear(); }},
      {"the account", [](AccessFacts& f) { f.helpers[0].subjects.clear(); }},
      {"attending", [](AccessFacts& f) { f.helpers[0].direct = false; }},
      {"the period's end", [](AccessFacts& f) { f.helpers[0].period.to_us = kNow; }},
      {"the period's start", [](AccessFacts& f) { f.helpers[0].period.from_us = kNow + 1; }},
  };
  const auto principal = Who("anna", {ov::ROLE_CLINICIAN});
  for (const auto& [name, remove] : removals) {
    AccessFacts facts = Facts();
    ASSERT_TRUE(Decide(principal, TeamMethod(), {.family = kFamily}, &facts, kNow).allowed());
    remove(facts);
    EXPECT_FALSE(Decide(principal, TeamMethod(), {.family = kFamily}, &facts, kNow).allowed())
        << name;
  }
}

}  // namespace
}  // namespace rapport::rpc
