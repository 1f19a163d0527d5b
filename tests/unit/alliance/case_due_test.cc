// What a case itself waits for, in the caseload: its conditions after an emergency, an assessment.
#include "alliance/case_due.h"

#include "alliance/caseload_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kHour = 3'600'000'000, kDay = 24 * kHour, kNow = 1'000 * kDay;

FamilyStanding Standing() {
  return {.family = "families/f", .last_session_us = kNow - 3 * kDay, .now_us = kNow};
}

TEST(CaseDue, AnEmergencyOpeningIsInHandUntilItsTimeRunsOut) {
  FamilyStanding standing = Standing();
  v1::Signal& signal = standing.signals.emplace_back();
  signal.set_level(v1::SIGNAL_LEVEL_WATCH);
  signal.set_state(v1::SIGNAL_STATE_OPEN);
  signal.set_summary("Something to watch.");
  *signal.mutable_open_time() = schema::ToTimestamp(kNow - kDay);
  standing.due = {.emergency_us = kNow - 3 * kHour,
                  .emergency_ends_us = kNow - 3 * kHour + 7 * kDay,
                  .assessment_us = kNow - 3 * kHour};
  const v1::CaseloadEntry open = EntryOf(standing);
  EXPECT_EQ(open.attention(), v1::ATTENTION_ALERT_IN_HAND);
  EXPECT_THAT(
      open.reasons(),
      ElementsAre("Opened in an emergency 3 hours ago; its conditions are not met yet, and in "
                  "6 days it is on hold.",
                  "Not yet seen: Something to watch.",
                  "The level of need has been due to be assessed for 3 hours."));
  EXPECT_THAT(open.next_step(), HasSubstr("each condition"));
  standing.now_us += 7 * kDay;
  const v1::CaseloadEntry over = EntryOf(standing);
  EXPECT_EQ(over.attention(), v1::ATTENTION_ALERT);
  EXPECT_EQ(over.reasons(0),
            "Opened in an emergency, and on hold for 3 hours: its conditions were "
            "not met in time.");
}

TEST(CaseDue, AnAssessmentIsSaidFromTheDayOnThatItIsDue) {
  FamilyStanding standing = Standing();
  standing.due.assessment_us = kNow + 1;
  EXPECT_THAT(EntryOf(standing).reasons(), ElementsAre("Nothing stands out."));
  standing.due.assessment_us = kNow - 9 * kDay;
  EXPECT_EQ(EntryOf(standing).attention(), v1::ATTENTION_WATCH);
  EXPECT_THAT(EntryOf(standing).reasons(),
              ElementsAre("The level of need has been due to be assessed for 9 days."));
}

TEST(CaseDue, OfAFamilyIsAnEmergencyThatIsNotSettledAndAnAssessment) {
  intake::v1::Family family;
  family.set_state(intake::v1::FAMILY_STATE_ON_HOLD);
  *family.mutable_reassessment_due_time() = schema::ToTimestamp(kNow);
  auto& emergency = *family.mutable_emergency();
  *emergency.mutable_start_time() = schema::ToTimestamp(kNow - 7 * kDay);
  *emergency.mutable_expire_time() = schema::ToTimestamp(kNow);
  EXPECT_EQ(DueOf(family).emergency_us, kNow - 7 * kDay);
  EXPECT_EQ(DueOf(family).emergency_ends_us, kNow);
  EXPECT_EQ(DueOf(family).assessment_us, kNow);
  *emergency.mutable_settle_time() = schema::ToTimestamp(kNow - kDay);
  EXPECT_EQ(DueOf(family).emergency_us, 0);
}

}  // namespace
}  // namespace rapport::alliance
