// Who is on duty is said without starting anything anew: at once, over the agency's settings, on
// record.
#include "unit/alliance/urgent_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DutyServiceA14 : public UrgentServiceA14 {
 protected:
  v1::Duty Duty() {
    const auto shown = Run(Everywhere("olga"), &AllianceService::GetDuty, v1::GetDutyRequest());
    EXPECT_TRUE(shown.ok()) << shown.status();
    return shown.ok() ? shown->duty() : v1::Duty();
  }
  absl::StatusOr<v1::SetDutyResponse> Set(const std::vector<std::string>& subjects,
                                          const std::string& etag) {
    v1::SetDutyRequest request;
    request.mutable_subjects()->Assign(subjects.begin(), subjects.end());
    request.set_etag(etag);
    return Run(Everywhere("olga"), &AllianceService::SetDuty, request);
  }
  void PutOnDuty(const std::vector<std::string>& subjects) {
    const auto set = Set(subjects, Duty().etag());
    ASSERT_TRUE(set.ok()) << set.status();
  }
  void ReportNotSafe() {
    ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  }
  std::string Notice() {
    v1::GetRatingFormRequest get;
    get.set_rating_request(RequestOf(mother_).name());
    const auto form = Run(ByMember(mother_), &AllianceService::GetRatingForm, get);
    EXPECT_TRUE(form.ok()) << form.status();
    return form.ok() ? form->rating_form().notice() : "";
  }
};

TEST_F(DutyServiceA14, TheSettingsHoldUntilSomebodySaysOtherwise) {
  const v1::Duty before = Duty();
  EXPECT_EQ(before.source(), v1::DUTY_SOURCE_SETTINGS);
  EXPECT_THAT(before.subjects(), ElementsAre("subject-duty", "subject-deputy"));
  EXPECT_FALSE(before.has_update_time());
  const auto set = Set({"subject-night", "subject-deputy"}, before.etag());
  ASSERT_TRUE(set.ok()) << set.status();
  const v1::Duty after = Duty();
  EXPECT_EQ(after.SerializeAsString(), set->duty().SerializeAsString());
  EXPECT_EQ(after.source(), v1::DUTY_SOURCE_SET);
  EXPECT_THAT(after.subjects(), ElementsAre("subject-night", "subject-deputy"));
  EXPECT_EQ(after.set_by(), "subject-olga");
  EXPECT_EQ(schema::ToMicros(after.update_time()), store_.clock.NowMicros());
}

TEST_F(DutyServiceA14, TheNextConcernIsBeforeThoseWhoAreOnDutyByThen) {
  PutOnDuty({"subject-night"});
  ReportNotSafe();
  EXPECT_TRUE(IsBefore("night"));
  EXPECT_FALSE(IsBefore("duty"));
}

TEST_F(DutyServiceA14, AnOpenTaskGoesOnToWhoIsOnDutyByThenAndStaysWithWhoHadIt) {
  ReportNotSafe();
  EXPECT_TRUE(IsBefore("duty"));
  PutOnDuty({"subject-night"});
  EXPECT_FALSE(IsBefore("night"));
  After(std::chrono::minutes(15));
  EXPECT_TRUE(IsBefore("night"));
  EXPECT_TRUE(IsBefore("duty"));
}

TEST_F(DutyServiceA14, FeltUnsafeInHomeworkGoesToThemToo) {
  PutOnDuty({"subject-night"});
  internal::v1::NotSafe felt;
  felt.set_member(mother_);
  auto event = Event("goals", internal::v1::EVENT_TYPE_SAFETY_CHANGED, 1, felt.SerializeAsString());
  event.set_resource(names_.Family(family_) + "/homework/1");
  ASSERT_TRUE(Deliver(event).ok());
  EXPECT_TRUE(IsBefore("night"));
  EXPECT_FALSE(IsBefore("duty"));
}

TEST_F(DutyServiceA14, SetToNobodyTheSettingsHoldAgain) {
  PutOnDuty({"subject-night"});
  PutOnDuty({});
  const v1::Duty duty = Duty();
  EXPECT_EQ(duty.source(), v1::DUTY_SOURCE_SETTINGS);
  EXPECT_THAT(duty.subjects(), ElementsAre("subject-duty", "subject-deputy"));
  EXPECT_TRUE(duty.has_update_time()) << "somebody said so";
  ReportNotSafe();
  EXPECT_TRUE(IsBefore("duty"));
  EXPECT_FALSE(IsBefore("night"));
}

TEST_F(DutyServiceA14, AFormSaysThatSomebodyIsOnDutyFromThenOn) {
  urgent_.on_duty.clear();
  Hold(support::TestId("session-1"), {mother_});
  EXPECT_THAT(Notice(), HasSubstr("Nobody is on duty besides them"));
  PutOnDuty({"subject-night"});
  EXPECT_THAT(Notice(), HasSubstr("the person on duty are told at once"));
}

TEST_F(DutyServiceA14, WhoHasNotSeenWhatStandsThereChangesNothing) {
  const std::string first = Duty().etag();
  EXPECT_EQ(ReasonOf(Set({"subject-night"}, "").status()), "ETAG_REQUIRED");
  ASSERT_TRUE(Set({"subject-night"}, first).ok());
  const absl::Status late = Set({"subject-day"}, first).status();
  EXPECT_EQ(ReasonOf(late), "ETAG_MISMATCH");
  EXPECT_THAT(Duty().subjects(), ElementsAre("subject-night"));
}

TEST_F(DutyServiceA14, NobodyIsNamedTwiceOrWithoutAName) {
  const std::string etag = Duty().etag();
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"a", "b", "a"}, {""}, {"a", ""}}) {
    const absl::Status refused = Set(wrong, etag).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  }
  EXPECT_EQ(Duty().source(), v1::DUTY_SOURCE_SETTINGS);
}

TEST_F(DutyServiceA14, WhoWasOnDutyWhenStaysOnRecord) {
  const auto list = [&](const std::string& token) {
    v1::ListDutyRevisionsRequest request;
    request.set_page_size(2);
    request.set_page_token(token);
    const auto page = Run(Everywhere("olga"), &AllianceService::ListDutyRevisions, request);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? *page : v1::ListDutyRevisionsResponse();
  };
  EXPECT_THAT(list("").duties(), IsEmpty());
  PutOnDuty({"subject-night"});
  store_.clock.Advance(std::chrono::hours(8));
  PutOnDuty({"subject-day"});
  store_.clock.Advance(std::chrono::hours(8));
  PutOnDuty({});
  const auto newest = list("");
  ASSERT_EQ(newest.duties_size(), 2);
  EXPECT_EQ(newest.duties(0).source(), v1::DUTY_SOURCE_SETTINGS);
  EXPECT_THAT(newest.duties(1).subjects(), ElementsAre("subject-day"));
  EXPECT_EQ(newest.duties(1).set_by(), "subject-olga");
  const auto oldest = list(newest.next_page_token());
  ASSERT_EQ(oldest.duties_size(), 1);
  EXPECT_THAT(oldest.duties(0).subjects(), ElementsAre("subject-night"));
  EXPECT_EQ(schema::ToMicros(oldest.duties(0).update_time()),
            store_.clock.NowMicros() - 16 * kHour);
  EXPECT_EQ(oldest.next_page_token(), "");
}

}  // namespace
}  // namespace rapport::alliance
