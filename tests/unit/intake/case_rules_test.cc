// The life cycle of a case: every condition of opening is needed, illegal moves say what is legal,
// and a random walk never leaves the table.
#include "intake/case_rules.h"

#include "unit/intake/family_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace rapport::intake {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> TypesFor(const CaseFile& file, v1::FamilyState to) {
  std::vector<std::string> types;
  for (const Unmet& unmet : UnmetFor(file, to, v1::CASE_ENDING_UNSPECIFIED, kNow)) {
    types.push_back(unmet.type);
  }
  return types;
}

TEST(CaseRules, ACompleteFamilyOpens) {
  EXPECT_THAT(TypesFor(ReadyFamily(), v1::FAMILY_STATE_OPEN), IsEmpty());
}

TEST(CaseRules, EachConditionOfOpeningIsNeeded) {
  const std::vector<std::pair<const char*, std::function<void(CaseFile&)>>> removals = {
      {"THERAPIST_MISSING", [](CaseFile& f) { f.helpers.clear(); }},
      {"THERAPIST_MISSING", [](CaseFile& f) { *f.helpers[0].mutable_end_time() = At(kNow); }},
      {"THERAPIST_MISSING",
       [](CaseFile& f) { f.helpers[0].set_involvement(v1::INVOLVEMENT_INDIRECT); }},
      {"THERAPIST_MISSING",
       [](CaseFile& f) { f.helpers[0].set_role(v1::THERAPIST_SYSTEM_ROLE_SCHOOL); }},
      {"THERAPIST_MISSING",
       [](CaseFile& f) { f.helpers[0].set_role(v1::THERAPIST_SYSTEM_ROLE_TRAINEE); }},
      {"CONSENT_MISSING", [](CaseFile& f) { f.consents.erase(f.consents.begin()); }},
      {"CONSENT_MISSING", [](CaseFile& f) { *f.consents[1].mutable_revoke_time() = At(kNow); }},
      {"CONSENT_MISSING", [](CaseFile& f) { *f.consents[2].mutable_expire_time() = At(kNow); }},
      {"CONSENT_MISSING", [](CaseFile& f) { f.consents[0].set_assent(true); }},
      {"SAFETY_SCREEN_DUE", [](CaseFile& f) { f.screens.pop_back(); }},
      {"SAFETY_SCREEN_DUE", [](CaseFile& f) { *f.screens[0].mutable_next_due_time() = At(kNow); }},
      {"SAFETY_SCREEN_DUE",
       [](CaseFile& f) {
         f.assessments[0].set_occasion(v1::ASSESSMENT_OCCASION_CRISIS);
         *f.assessments[0].mutable_create_time() = At(kNow);
       }},
      {"SAFETY_OUTCOME_OPEN",
       [](CaseFile& f) { f.screens[0].set_result(v1::SAFETY_RESULT_REFER); }},
      {"SECRETS_POLICY_UNSIGNED", [](CaseFile& f) { f.policies.clear(); }},
      {"SECRETS_POLICY_UNSIGNED",
       [](CaseFile& f) {
         f.policies[0].clear_in_force_time();
         f.policies[0].clear_signatures();
       }},
      {"ATTENDING_MEMBER_MISSING", [](CaseFile& f) { f.members.clear(); }},
  };
  for (const auto& [type, remove] : removals) {
    CaseFile file = ReadyFamily();
    remove(file);
    EXPECT_THAT(TypesFor(file, v1::FAMILY_STATE_OPEN), Contains(type));
  }
}

TEST(CaseRules, LeavingTheRegularWayAndComingBackWantAReason) {
  using S = v1::FamilyState;
  v1::Family family;
  family.set_name("families/f");
  const auto missing = [&](S from, S to, std::string_view reason) {
    const auto unmet = MissingReason(family, from, to, reason);
    EXPECT_TRUE(!unmet || (unmet->type == "REASON_MISSING" && unmet->subject == "families/f"));
    return unmet.has_value();
  };
  const std::pair<S, S> wanted[] = {{v1::FAMILY_STATE_NEW, v1::FAMILY_STATE_REDIRECTED},
                                    {v1::FAMILY_STATE_OPEN, v1::FAMILY_STATE_ON_HOLD},
                                    {v1::FAMILY_STATE_OPEN, v1::FAMILY_STATE_CLOSED},
                                    {v1::FAMILY_STATE_CLOSED, v1::FAMILY_STATE_OPEN}};
  for (const auto& [from, to] : wanted) {
    EXPECT_TRUE(missing(from, to, ""));
    EXPECT_FALSE(missing(from, to, "as agreed"));
  }
  EXPECT_FALSE(missing(v1::FAMILY_STATE_NEW, v1::FAMILY_STATE_SCREENED, ""));
  EXPECT_FALSE(missing(v1::FAMILY_STATE_READY, v1::FAMILY_STATE_OPEN, ""));
}

TEST(CaseRules, AllUnmetConditionsAreListedAtOnce) {
  CaseFile file;
  file.family.set_state(v1::FAMILY_STATE_READY);
  file.members = {MemberBorn("mother", 1990, 1, 1), MemberBorn("father", 1990, 1, 1)};
  EXPECT_THAT(
      TypesFor(file, v1::FAMILY_STATE_OPEN),
      testing::UnorderedElementsAre("THERAPIST_MISSING", "CONSENT_MISSING", "CONSENT_MISSING",
                                    "CONSENT_MISSING", "CONSENT_MISSING", "SAFETY_SCREEN_DUE",
                                    "SAFETY_SCREEN_DUE", "SECRETS_POLICY_UNSIGNED"));
}

TEST(CaseRules, ASmallChildNeedsNoScreenAndOneMemberNoConjointConsent) {
  CaseFile file = ReadyFamily();
  file.members.resize(1);
  file.consents.resize(1);
  EXPECT_THAT(TypesFor(file, v1::FAMILY_STATE_OPEN), IsEmpty());
}

TEST(CaseRules, AnIllegalMoveNamesTheLegalOnes) {
  CaseFile file = ReadyFamily();
  file.family.set_state(v1::FAMILY_STATE_NEW);
  const auto unmet = UnmetFor(file, v1::FAMILY_STATE_OPEN, v1::CASE_ENDING_UNSPECIFIED, kNow);
  ASSERT_FALSE(unmet.empty());
  EXPECT_EQ(unmet[0].type, "ILLEGAL_TRANSITION");
  EXPECT_THAT(unmet[0].description, HasSubstr("SCREENED, REDIRECTED"));
}

TEST(CaseRules, ClosingNeedsACategoryAndNothingElseTakesOne) {
  CaseFile file = ReadyFamily();
  file.family.set_state(v1::FAMILY_STATE_OPEN);
  EXPECT_THAT(TypesFor(file, v1::FAMILY_STATE_CLOSED), Contains("ENDING_CATEGORY"));
  EXPECT_THAT(UnmetFor(file, v1::FAMILY_STATE_CLOSED, v1::CASE_ENDING_COMPLETED, kNow), IsEmpty());
  EXPECT_FALSE(UnmetFor(file, v1::FAMILY_STATE_ON_HOLD, v1::CASE_ENDING_COMPLETED, kNow).empty());
}

TEST(CaseRules, I1_AReferralThatCameToNothingIsClosedWithWhatHappened) {
  for (const auto from :
       {v1::FAMILY_STATE_NEW, v1::FAMILY_STATE_SCREENED, v1::FAMILY_STATE_ALLOCATED,
        v1::FAMILY_STATE_CONSENTS_PENDING, v1::FAMILY_STATE_SAFETY_CHECK, v1::FAMILY_STATE_READY}) {
    CaseFile file = ReadyFamily();
    file.family.set_state(from);
    const auto unmet = [&](v1::CaseEnding ending) {
      return UnmetFor(file, v1::FAMILY_STATE_CLOSED, ending, kNow);
    };
    EXPECT_THAT(unmet(v1::CASE_ENDING_FAMILY_ENDED), IsEmpty()) << from;
    EXPECT_THAT(unmet(v1::CASE_ENDING_DEATH), IsEmpty()) << from;
    EXPECT_FALSE(unmet(v1::CASE_ENDING_COMPLETED).empty()) << "it never began: " << from;
    EnterState(from, v1::FAMILY_STATE_CLOSED, "they called", v1::CASE_ENDING_FAMILY_ENDED, kNow,
               &file.family);
    EXPECT_EQ(file.family.ending(), v1::CASE_ENDING_FAMILY_ENDED);
    EXPECT_EQ(file.family.episodes_size(), 0) << "no work that was open ended";
    EXPECT_FALSE(file.family.has_reassessment_due_time()) << "nothing to look back on";
  }
}

TEST(CaseRules, ARandomWalkStaysInTheTable) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  CaseFile file = ReadyFamily();
  file.family.set_state(v1::FAMILY_STATE_NEW);
  int moves = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto to = static_cast<v1::FamilyState>(1 + random() % 10);
    const auto ending =
        to == v1::FAMILY_STATE_CLOSED ? v1::CASE_ENDING_MOVED : v1::CASE_ENDING_UNSPECIFIED;
    const auto unmet = UnmetFor(file, to, ending, kNow);
    // A complete family is refused only what the table does not have, and always told so.
    ASSERT_EQ(unmet.empty(), IsMove(file.family.state(), to));
    if (!unmet.empty()) continue;
    file.family.set_state(to);
    ++moves;
  }
  EXPECT_GT(moves, 1'000);
}

TEST(CaseRules, TheLifeCycleIsDrawnWithEveryMove) {
  const std::string dot = LifeCycleDot();
  for (const Move& move : Moves()) EXPECT_THAT(dot, HasSubstr(move.meaning));
}

}  // namespace
}  // namespace rapport::intake
