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
  EXPECT_FALSE(IsAdultAt(member, Day(2031, 3, 2), absl::UTCTimeZone()));
  EXPECT_TRUE(IsAdultAt(member, Day(2031, 3, 3), absl::UTCTimeZone()));
}

TEST(PersonRules, TheyComeOfAgeOnTheAgencysDay) {
  const v1::Member member = MemberBorn("teen", 2013, 6, 4);
  const struct {
    const char* zone;
    std::int64_t from_us;
  } table[] = {
      {"Europe/Berlin", Day(2031, 6, 3) + 22 * 3'600'000'000},
      {"America/Los_Angeles", Day(2031, 6, 4) + 7 * 3'600'000'000},
      {"UTC", Day(2031, 6, 4)},
  };
  for (const auto& row : table) {
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(row.zone, &zone)) << row.zone;
    EXPECT_EQ(MajorityUs(member, zone), row.from_us) << row.zone;
    EXPECT_FALSE(IsAdultAt(member, row.from_us - 1, zone)) << row.zone;
    EXPECT_TRUE(IsAdultAt(member, row.from_us, zone)) << row.zone;
  }
}

TEST(PersonRules, ABirthdayOnTheLeapDayIsTheFirstOfMarchInOtherYears) {
  const v1::Member member = MemberBorn("teen", 2012, 2, 29);
  EXPECT_EQ(AgeAt(member, Day(2030, 2, 28), absl::UTCTimeZone()), 17);
  EXPECT_EQ(AgeAt(member, Day(2030, 3, 1), absl::UTCTimeZone()), 18);
  EXPECT_EQ(AgeAt(member, Day(2032, 2, 29), absl::UTCTimeZone()), 20);
}

TEST(PersonRules, WhoIsNotBornYetIsNoAdult) {
  const v1::Member member = MemberBorn("somebody", 2032, 1, 1);
  EXPECT_EQ(AgeAt(member, Day(2031, 3, 3), absl::UTCTimeZone()), 0);
  EXPECT_FALSE(IsAdultAt(member, Day(2031, 3, 3), absl::UTCTimeZone()));
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
  EXPECT_EQ(AgeAt(member, kNow, absl::UTCTimeZone()), -1);
  const auto* roles = v1::MemberRole_descriptor();
  for (int i = 0; i < roles->value_count(); ++i) {
    const auto role = static_cast<v1::MemberRole>(roles->value(i)->number());
    member.set_role(role);
    const bool adult = role == v1::MEMBER_ROLE_PARENT || role == v1::MEMBER_ROLE_STEP_PARENT ||
                       role == v1::MEMBER_ROLE_FOSTER_PARENT || role == v1::MEMBER_ROLE_GUARDIAN ||
                       role == v1::MEMBER_ROLE_PARTNER || role == v1::MEMBER_ROLE_GRANDPARENT;
    EXPECT_EQ(IsAdultAt(member, kNow, absl::UTCTimeZone()), adult) << roles->value(i)->name();
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
