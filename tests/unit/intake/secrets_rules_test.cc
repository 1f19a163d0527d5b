// The secrets policy: in force while every adult who attends has signed it.
#include "intake/secrets_rules.h"

#include "intake/case_rules.h"
#include "intake/due_work_rules.h"
#include "unit/intake/family_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kSecondUs = 1'000'000, kDayUs = 86'400 * kSecondUs;

// Open, with a policy in force, of which nothing is due.
CaseFile OpenFamily() {
  CaseFile file = ReadyFamily();
  file.family.set_state(v1::FAMILY_STATE_OPEN);
  *file.family.mutable_open_time() = At(kNow - kSecondUs);
  file.policies[0].set_choice(v1::SECRETS_POLICY_OPTION_STRICT);
  return file;
}

v1::Member Joining(const char* name, std::int64_t at_us, int born) {
  v1::Member member = MemberBorn(name, born, 1, 1);
  *member.mutable_periods(0)->mutable_start_time() = At(at_us);
  return member;
}

void Sign(const char* member, std::int64_t at_us, v1::SecretsPolicy& policy) {
  auto& signature = *policy.add_signatures();
  signature.set_member(member);
  *signature.mutable_sign_time() = At(at_us);
}

TEST(SecretsPolicies, I8_AreInForceNoMoreWhenAnAdultJoinsWhoHasNotSigned) {
  CaseFile file = OpenFamily();
  EXPECT_EQ(PolicyInForce(file, kNow), &file.policies[0]);
  file.members.push_back(Joining("grandmother", kNow, 1960));
  EXPECT_EQ(PolicyInForce(file, kNow - kSecondUs), &file.policies[0]);
  EXPECT_EQ(PolicyInForce(file, kNow), nullptr);
  EXPECT_EQ(PolicyOnceInForce(file, kNow), &file.policies[0]);
  EXPECT_EQ(PendingPolicy(file, kNow), &file.policies[0]);
  EXPECT_THAT(PendingSigners(file.policies[0], file, kNow), ElementsAre("grandmother"));
  Sign("grandmother", kNow + kDayUs, file.policies[0]);
  EXPECT_EQ(PolicyInForce(file, kNow), nullptr) << "as it was then";
  EXPECT_EQ(PolicyInForce(file, kNow + kDayUs), &file.policies[0]);
  EXPECT_EQ(PendingPolicy(file, kNow + kDayUs), nullptr);
}

TEST(SecretsPolicies, I8_NeedNoSignatureOfMinorsNorOfWhoDoesNotAttend) {
  CaseFile file = OpenFamily();
  file.members.push_back(Joining("cousin", kNow, 2020));
  file.members.push_back(Joining("uncle", kNow, 1980));
  file.members.back().set_involvement(v1::INVOLVEMENT_INDIRECT);
  EXPECT_EQ(PolicyInForce(file, kNow), &file.policies[0]);
}

TEST(SecretsPolicies, I8_WaitForWhoComesOfAgeFromThatDay) {
  CaseFile file = OpenFamily();
  file.members[1] = MemberBorn("teen", 2013, 3, 4);  // 18 on the day after kNow
  EXPECT_EQ(PolicyInForce(file, kNow), &file.policies[0]);
  EXPECT_EQ(PolicyInForce(file, kNow + kDayUs), nullptr);
  const std::int64_t birthday_us =
      SignsSinceUs(file.members[1], kNow + kDayUs, absl::UTCTimeZone());
  EXPECT_GT(birthday_us, kNow);
  EXPECT_LT(birthday_us, kNow + kDayUs);
}

// Nobody could make it so: who had signed signs once, and who had not is not there to.
TEST(SecretsPolicies, I8_HoldSinceWhoHadNotSignedLeft) {
  CaseFile file = OpenFamily();
  file.policies[0].clear_in_force_time();
  file.policies[0].clear_signatures();
  file.members.push_back(Joining("father", kNow, 1988));
  Sign("mother", kNow, file.policies[0]);
  EXPECT_EQ(PolicyInForce(file, kNow), nullptr);
  *file.members.back().mutable_periods(0)->mutable_end_time() = At(kNow + kDayUs);
  EXPECT_EQ(PolicyInForce(file, kNow), nullptr) << "as it was then";
  EXPECT_EQ(PolicyInForce(file, kNow + kDayUs), &file.policies[0]);
  const auto spans = WhenInForce(file);
  ASSERT_FALSE(spans.empty());
  EXPECT_EQ(spans[0].span.from_us, kNow + kDayUs);
  // Since then it is once in force, and who comes later signs it.
  file.members.push_back(Joining("grandmother", kNow + 2 * kDayUs, 1960));
  EXPECT_EQ(PolicyInForce(file, kNow + 2 * kDayUs), nullptr);
  EXPECT_EQ(PolicyOnceInForce(file, kNow + 2 * kDayUs), &file.policies[0]);
}

TEST(SecretsPolicies, I8_TheOneBeforeStaysInForceUntilTheNextOneIsSigned) {
  CaseFile file = OpenFamily();
  v1::SecretsPolicy next;
  next.set_name("next");
  next.set_choice(v1::SECRETS_POLICY_OPTION_NO_SECRETS);
  file.policies.push_back(next);
  EXPECT_EQ(PolicyInForce(file, kNow), &file.policies[0]);
  EXPECT_EQ(PendingPolicy(file, kNow), &file.policies[1]);
  Sign("mother", kNow + kDayUs, file.policies[1]);
  *file.policies[1].mutable_in_force_time() = At(kNow + kDayUs);
  EXPECT_EQ(PolicyInForce(file, kNow + kDayUs), &file.policies[1]);
  EXPECT_EQ(PendingPolicy(file, kNow + kDayUs), nullptr);
}

TEST(SecretsPolicies, I8_ARememberedOneDoesNotComeBackWhenItsSuccessorLapses) {
  CaseFile file = OpenFamily();
  file.members.push_back(Joining("grandmother", kNow + 2 * kDayUs, 1960));
  Sign("grandmother", kNow - kDayUs, file.policies[0]);
  v1::SecretsPolicy next;
  next.set_name("next");
  Sign("mother", kNow + kDayUs, next);
  *next.mutable_in_force_time() = At(kNow + kDayUs);
  file.policies.push_back(next);
  EXPECT_EQ(PolicyInForce(file, kNow + 2 * kDayUs), nullptr);
}

TEST(SecretsPolicies, I8_WhichChoiceHeldWhenIsKnown) {
  CaseFile file = OpenFamily();
  EXPECT_THAT(WhenInForce(CaseFile()), IsEmpty());
  file.members.push_back(Joining("grandmother", kNow, 1960));
  Sign("grandmother", kNow + kDayUs, file.policies[0]);
  v1::SecretsPolicy next;
  next.set_choice(v1::SECRETS_POLICY_OPTION_NO_SECRETS);
  for (const char* who : {"mother", "grandmother"}) Sign(who, kNow + 2 * kDayUs, next);
  *next.mutable_in_force_time() = At(kNow + 2 * kDayUs);
  file.policies.push_back(next);
  auto spans = WhenInForce(file);
  // The teen and the small one come of age, and have not signed.
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_NE(spans[2].span.to_us, 0);
  spans[2].span.to_us = 0;
  EXPECT_EQ(spans, (std::vector<ChoiceSpan>{
                       {v1::SECRETS_POLICY_OPTION_STRICT, {kNow - kSecondUs, kNow}},
                       {v1::SECRETS_POLICY_OPTION_STRICT, {kNow + kDayUs, kNow + 2 * kDayUs}},
                       {v1::SECRETS_POLICY_OPTION_NO_SECRETS, {kNow + 2 * kDayUs, 0}}}));
}

TEST(DueWork, I8_AnAdultWhoJoinedAndHasNotSignedIsOnTheWorklistFromThatDay) {
  CaseFile file = OpenFamily();
  const auto signatures = [&] {
    std::vector<v1::WorklistEntry> entries = DueIn(file, kNow + kDayUs);
    std::erase_if(entries, [](const auto& entry) {
      return entry.kind() != v1::WORKLIST_KIND_SECRETS_POLICY;
    });
    return entries;
  };
  EXPECT_THAT(signatures(), IsEmpty());
  file.members.push_back(Joining("grandmother", kNow, 1960));
  ASSERT_EQ(signatures().size(), 1u);
  EXPECT_EQ(signatures()[0].subject(), "grandmother");
  EXPECT_EQ(Micros(signatures()[0].due_time()), kNow);
  Sign("grandmother", kNow, file.policies[0]);
  EXPECT_THAT(signatures(), IsEmpty());
}

TEST(SecretsPolicies, I1_OneThatALateComerHasNotSignedKeepsACaseFromOpening) {
  CaseFile file = ReadyFamily();
  file.members.push_back(Joining("grandmother", kNow, 1960));
  const auto unmet = UnmetForOpen(file, kNow);
  EXPECT_TRUE(std::any_of(unmet.begin(), unmet.end(), [](const Unmet& one) {
    return one.type == "SECRETS_POLICY_UNSIGNED" && one.subject == "grandmother";
  }));
}

}  // namespace
}  // namespace rapport::intake
