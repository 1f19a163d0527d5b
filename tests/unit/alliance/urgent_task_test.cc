// Urgent tasks: whom a concern is put before, and when whom else.
#include "alliance/urgent_task.h"

#include "platform/schema/times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr std::int64_t kNow = 1'930'000'000'000'000, kMinute = 60'000'000;

class UrgentTaskA14 : public ::testing::Test {
 protected:
  UrgentTaskA14() {
    facts_.helpers = {
        {.professional = "anna",
         .subjects = {"anna", "anna-old"},
         .direct = true,
         .period = {1, 0}},
        {.professional = "school", .subjects = {"school"}, .direct = false, .period = {1, 0}},
        {.professional = "left", .subjects = {"left"}, .direct = true, .period = {1, kNow - 1}}};
    facts_.supervisors = {
        {.professional = "sam", .subjects = {"sam"}, .supervisee = "anna", .period = {1, 0}},
        {.professional = "tim", .subjects = {"tim"}, .supervisee = "left", .period = {1, 0}}};
  }
  static v1::Concern Concern(v1::ConcernKind kind, const std::string& words = "") {
    v1::Concern concern;
    concern.set_kind(kind);
    concern.set_words(words);
    return concern;
  }
  internal::v1::StoredUrgentTask Opened(v1::ConcernKind kind) const {
    return OpenTask(Concern(kind), facts_, settings_, kNow);
  }
  // Which of the people the task is before.
  static std::vector<std::string> Before(const internal::v1::StoredUrgentTask& task) {
    std::vector<std::string> subjects;
    for (const char* subject :
         {"anna", "anna-old", "school", "left", "sam", "tim", "duty", "deputy", "max"}) {
      if (IsFor(task, subject)) subjects.emplace_back(subject);
    }
    return subjects;
  }

  AccessFacts facts_;
  UrgentSettings settings_{.on_duty = {"duty", "deputy"}, .escalate_minutes = 15};
};

TEST_F(UrgentTaskA14, TherapistsAndWhoIsOnDutyFirstHaveItAtOnce) {
  const auto task = Opened(v1::CONCERN_KIND_NOT_SAFE);
  EXPECT_EQ(task.task().state(), v1::URGENT_TASK_STATE_OPEN);
  EXPECT_THAT(Before(task), ElementsAre("anna", "anna-old", "duty"));
  EXPECT_EQ(NextAlertUs(task), kNow + 15 * kMinute);
}

TEST_F(UrgentTaskA14, ThenTheSupervisorThenEveryoneOnDutyThenAllAgain) {
  auto task = Opened(v1::CONCERN_KIND_NOT_SAFE);
  Escalate(kNow + 15 * kMinute, &task);
  EXPECT_THAT(Before(task), ElementsAre("anna", "anna-old", "sam", "duty"));
  EXPECT_EQ(NextAlertUs(task), kNow + 30 * kMinute);
  Escalate(kNow + 30 * kMinute, &task);
  EXPECT_THAT(Before(task), ElementsAre("anna", "anna-old", "sam", "duty", "deputy"));
  Escalate(kNow + 45 * kMinute, &task);
  EXPECT_THAT(Before(task), ElementsAre("anna", "anna-old", "sam", "duty", "deputy"));
  std::vector<v1::UrgentAudience> audiences;
  for (const auto& alert : task.task().alerts()) audiences.push_back(alert.audience());
  EXPECT_THAT(audiences,
              ElementsAre(v1::URGENT_AUDIENCE_THERAPISTS, v1::URGENT_AUDIENCE_ON_DUTY,
                          v1::URGENT_AUDIENCE_SUPERVISORS, v1::URGENT_AUDIENCE_ALL_ON_DUTY,
                          v1::URGENT_AUDIENCE_THERAPISTS, v1::URGENT_AUDIENCE_SUPERVISORS,
                          v1::URGENT_AUDIENCE_ALL_ON_DUTY));
}

TEST_F(UrgentTaskA14, ANightOfEscalationStaysBounded) {
  auto task = Opened(v1::CONCERN_KIND_NOT_SAFE);
  for (int i = 1; i <= 500; ++i) Escalate(kNow + i * 15 * kMinute, &task);
  EXPECT_THAT(task.task().alerts(), SizeIs(100));
  for (int i = 0; i < 200; ++i) {
    AddReport(Concern(v1::CONCERN_KIND_NOT_SAFE), settings_, kNow + i, &task);
  }
  EXPECT_THAT(task.task().reports(), SizeIs(50));
  EXPECT_EQ(schema::ToMicros(task.task().reports(49).report_time()), kNow + 199);
}

TEST_F(UrgentTaskA14, TalkToMeSoonWaitsLonger) {
  EXPECT_EQ(NextAlertUs(Opened(v1::CONCERN_KIND_TALK_TO_ME_SOON)),
            kNow + kSoonIsSlower * 15 * kMinute);
}

TEST_F(UrgentTaskA14, AGraverReportIsEscalatedAsSoonAsAGraveOne) {
  auto task = Opened(v1::CONCERN_KIND_TALK_TO_ME_SOON);
  AddReport(Concern(v1::CONCERN_KIND_NOT_SAFE, "made-up words"), settings_, kNow + kMinute, &task);
  EXPECT_EQ(task.task().kind(), v1::CONCERN_KIND_NOT_SAFE);
  EXPECT_EQ(NextAlertUs(task), kNow + 16 * kMinute);
  EXPECT_THAT(task.task().alerts(), SizeIs(4));
  ASSERT_THAT(task.task().reports(), SizeIs(2));
  EXPECT_EQ(task.task().reports(1).concern().words(), "made-up words");
}

TEST_F(UrgentTaskA14, ALighterReportChangesNeitherKindNorTime) {
  auto task = Opened(v1::CONCERN_KIND_NOT_SAFE);
  AddReport(Concern(v1::CONCERN_KIND_TALK_TO_ME_SOON), settings_, kNow + kMinute, &task);
  EXPECT_EQ(task.task().kind(), v1::CONCERN_KIND_NOT_SAFE);
  EXPECT_EQ(NextAlertUs(task), kNow + 15 * kMinute);
  EXPECT_THAT(task.task().reports(), SizeIs(2));
}

TEST_F(UrgentTaskA14, AnAgencyThatNamesNobodyOnDutyStillHasTherapistsAndSupervisors) {
  settings_ = {};
  auto task = Opened(v1::CONCERN_KIND_NOT_SAFE);
  EXPECT_THAT(Before(task), ElementsAre("anna", "anna-old"));
  Escalate(kNow + 15 * kMinute, &task);
  Escalate(kNow + 30 * kMinute, &task);
  EXPECT_THAT(Before(task), ElementsAre("anna", "anna-old", "sam"));
  EXPECT_NE(ContactsOf(settings_).find("112"), std::string::npos);
}

TEST_F(UrgentTaskA14, ANoticeSaysWhoReadsWhenAndThatNobodyWatches) {
  for (const bool shared : {false, true}) {
    const std::string notice = NoticeFor(settings_, true, shared);
    EXPECT_NE(notice.find("therapists read your answers before the next session"),
              std::string::npos);
    EXPECT_NE(notice.find("Nobody watches"), std::string::npos);
    EXPECT_EQ(notice.find("not safe") == std::string::npos, shared)
        << "a shared screen does not speak of it";
  }
}

TEST_F(UrgentTaskA14, ANoticeNamesWhoIsOnDutyOnlyWhereSomebodyIs) {
  EXPECT_NE(NoticeFor(settings_, true, false).find("the person on duty are told at once"),
            std::string::npos);
  settings_ = {};
  const std::string alone = NoticeFor(settings_, true, false);
  EXPECT_EQ(alone.find("person on duty"), std::string::npos) << alone;
  EXPECT_NE(alone.find("your therapists are told at once. Nobody is on duty besides them."),
            std::string::npos);
  EXPECT_NE(alone.find("Your family is not told"), std::string::npos);
}

TEST_F(UrgentTaskA14, WhereNobodyIsOnDutyNoAlertSaysThatTheyWereTold) {
  settings_ = {};
  auto task = Opened(v1::CONCERN_KIND_TALK_TO_ME_SOON);
  AddReport(Concern(v1::CONCERN_KIND_NOT_SAFE), settings_, kNow, &task);
  for (int i = 0; i < 4; ++i) Escalate(kNow, &task);
  for (const auto& alert : task.task().alerts()) {
    EXPECT_NE(alert.audience(), v1::URGENT_AUDIENCE_ON_DUTY);
    EXPECT_NE(alert.audience(), v1::URGENT_AUDIENCE_ALL_ON_DUTY);
  }
  EXPECT_THAT(task.task().alerts(), ::testing::Not(::testing::IsEmpty()));
}

TEST_F(UrgentTaskA14, NoAlertSaysThatPeopleWereToldWhoCannotBe) {
  settings_ = {};
  facts_.helpers[0].subjects.clear();  // no account is linked
  facts_.supervisors.clear();
  auto task = Opened(v1::CONCERN_KIND_TALK_TO_ME_SOON);
  AddReport(Concern(v1::CONCERN_KIND_NOT_SAFE), settings_, kNow, &task);
  for (int i = 0; i < 4; ++i) Escalate(kNow, &task);
  EXPECT_THAT(task.task().alerts(), ::testing::IsEmpty());
  EXPECT_TRUE(task.task().has_next_alert_time()) << "somebody may be there by then";
}

}  // namespace
}  // namespace rapport::alliance
