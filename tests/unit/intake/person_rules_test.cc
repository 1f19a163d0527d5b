// Ages and periods, to the day.
#include "intake/person_rules.h"

#include "unit/intake/family_builder.h"

#include <gtest/gtest.h>

#include <chrono>

namespace rapport::intake {
namespace {

std::int64_t Day(int year, unsigned month, unsigned day) {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) /
                                   static_cast<int>(day))
                 .time_since_epoch())
      .count();
}

TEST(PersonRules, SomebodyIsAnAdultFromTheirEighteenthBirthdayOn) {
  const v1::Member member = MemberBorn("teen", 2013, 3, 3);
  EXPECT_FALSE(IsAdultAt(member, Day(2031, 3, 2)));
  EXPECT_TRUE(IsAdultAt(member, Day(2031, 3, 3)));
}

TEST(PersonRules, ABirthdayOnTheLeapDayIsTheFirstOfMarchInOtherYears) {
  const v1::Member member = MemberBorn("teen", 2012, 2, 29);
  EXPECT_EQ(AgeAt(member, Day(2030, 2, 28)), 17);
  EXPECT_EQ(AgeAt(member, Day(2030, 3, 1)), 18);
  EXPECT_EQ(AgeAt(member, Day(2032, 2, 29)), 20);
}

TEST(PersonRules, WhoIsNotBornYetIsNoAdult) {
  const v1::Member member = MemberBorn("somebody", 2032, 1, 1);
  EXPECT_EQ(AgeAt(member, Day(2031, 3, 3)), 0);
  EXPECT_FALSE(IsAdultAt(member, Day(2031, 3, 3)));
}

TEST(PersonRules, ABirthIsTodayAtTheLatestWhereverTheAgencyIs) {
  const v1::Member member = MemberBorn("baby", 2031, 3, 4);
  EXPECT_TRUE(BornBy(member.birth_date(), Day(2031, 3, 4)));
  EXPECT_TRUE(BornBy(member.birth_date(), Day(2031, 3, 3) + 10 * 3'600'000'000));
  EXPECT_FALSE(BornBy(member.birth_date(), Day(2031, 3, 3) + 9 * 3'600'000'000));
}

TEST(PersonRules, WithoutABirthDateThePlaceInTheFamilySaysWhoIsAnAdult) {
  v1::Member member = MemberBorn("somebody", 2020, 1, 1);
  member.clear_birth_date();
  EXPECT_EQ(AgeAt(member, kNow), -1);
  const auto* roles = v1::MemberRole_descriptor();
  for (int i = 0; i < roles->value_count(); ++i) {
    const auto role = static_cast<v1::MemberRole>(roles->value(i)->number());
    member.set_role(role);
    const bool adult = role == v1::MEMBER_ROLE_PARENT || role == v1::MEMBER_ROLE_STEP_PARENT ||
                       role == v1::MEMBER_ROLE_FOSTER_PARENT || role == v1::MEMBER_ROLE_GUARDIAN ||
                       role == v1::MEMBER_ROLE_PARTNER || role == v1::MEMBER_ROLE_GRANDPARENT;
    EXPECT_EQ(IsAdultAt(member, kNow), adult) << roles->value(i)->name();
  }
}

TEST(PersonRules, PeriodsAreHalfOpenAndSomebodyMayReturn) {
  v1::Member member = MemberBorn("father", 1990, 1, 1);
  member.clear_periods();
  auto* first = member.add_periods();
  *first->mutable_start_time() = At(kNow);
  *first->mutable_end_time() = At(kNow + 10'000'000);
  *member.add_periods()->mutable_start_time() = At(kNow + 20'000'000);
  EXPECT_FALSE(BelongsAt(member, kNow - 1));
  EXPECT_TRUE(BelongsAt(member, kNow));
  EXPECT_FALSE(BelongsAt(member, kNow + 10'000'000));
  EXPECT_TRUE(BelongsAt(member, kNow + 20'000'000));
  member.set_involvement(v1::INVOLVEMENT_INDIRECT);
  EXPECT_FALSE(AttendsAt(member, kNow));
}

}  // namespace
}  // namespace rapport::intake
