// From the level of need that a clinician confirms at intake to the form that a member is asked for
// after the next session, by events and facts alone.
#include "platform/schema/times.h"
#include "unit/worlds/in_process_suite.h"

#include <rapport/alliance/v1/rating_request.pb.h>
#include <rapport/goals/v1/goal_requests.pb.h>
#include <rapport/intake/v1/account_requests.pb.h>
#include <rapport/intake/v1/case_requests.pb.h>
#include <rapport/intake/v1/family_requests.pb.h>
#include <rapport/intake/v1/level_of_need.pb.h>
#include <rapport/intake/v1/system_requests.pb.h>
#include <rapport/notes/v1/session_requests.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::worlds {
namespace {

namespace iv = intake::v1;
namespace nv = notes::v1;
using ::testing::ElementsAre;

const Caller kTherapist{"tess", options::v1::ROLE_CLINICIAN};
const Caller kDesk{"ida", options::v1::ROLE_ADMIN};
constexpr std::int64_t kHour = 3'600'000'000;

type::v1::ExternalId ExternalId(const std::string& value) {
  type::v1::ExternalId id;
  id.set_system("clinic");
  id.set_value(value);
  return id;
}

class I6LevelToForm : public ::testing::Test {
 protected:
  I6LevelToForm() {
    suite_.At(0, 0);
    iv::CreateProfessionalRequest create;
    create.mutable_professional()->set_display_name("Tess Example");
    create.mutable_professional()->set_kind(iv::PROFESSIONAL_KIND_STAFF);
    *create.mutable_professional()->add_external_ids() = ExternalId("tess");
    therapist_ = suite_.Do<iv::CreateProfessionalResponse>(kDesk, create).professional().name();
    iv::LinkAccountRequest link;
    link.set_resource(therapist_);
    link.set_subject(kTherapist.subject);
    suite_.Do<iv::LinkAccountResponse>(kDesk, link);

    iv::BatchImportFamiliesRequest request;
    auto& row = *request.add_families();
    *row.mutable_external_id() = ExternalId("family");
    row.set_display_name("Example family");
    *row.mutable_open_time() = schema::ToTimestamp(clock_.NowMicros() - 24 * kHour);
    *row.mutable_therapist() = ExternalId("tess");
    auto& member = *row.add_members();
    *member.mutable_external_id() = ExternalId("ada");
    member.set_display_name("Ada Example");
    member.set_role(iv::MEMBER_ROLE_PARENT);
    member.set_involvement(iv::INVOLVEMENT_DIRECT);
    member.mutable_birth_date()->set_year(1990);
    member.mutable_birth_date()->set_month(5);
    member.mutable_birth_date()->set_day(4);
    auto& attestation = *request.mutable_attestation();
    attestation.set_attested_by("Ida Example");
    *attestation.mutable_attest_time() = row.open_time();
    attestation.set_statement("signed papers were seen");
    for (const auto purpose : {iv::CONSENT_PURPOSE_TREATMENT, iv::CONSENT_PURPOSE_RATINGS}) {
      attestation.add_consents(purpose);
    }
    const auto imported = suite_.Do<iv::BatchImportFamiliesResponse>(kDesk, request);
    family_ = imported.outcomes(0).family();
    ada_ = imported.outcomes(0).members(0);
  }

  void Confirm(iv::LevelOfNeed level) {
    Later();
    iv::AssessLevelOfNeedRequest request;
    request.set_parent(family_);
    auto& assessment = *request.mutable_assessment();
    assessment.set_occasion(iv::ASSESSMENT_OCCASION_REGULAR);
    const auto* lines = iv::ChecklistLine_descriptor();
    for (int i = 0; i < lines->value_count(); ++i) {
      if (lines->value(i)->number() == 0) continue;
      auto& answer = *assessment.add_answers();
      answer.set_line(static_cast<iv::ChecklistLine>(lines->value(i)->number()));
      answer.set_score(1);
    }
    assessment.set_confirmed_level(level);
    assessment.set_reason("seen at home");
    suite_.Do<iv::AssessLevelOfNeedResponse>(kTherapist, request);
    suite_.Deliver();
  }

  // The forms that Ada is asked for after the next session.
  std::vector<std::string> FormsAfterASession() {
    Later();
    nv::ScheduleSessionRequest schedule;
    schedule.set_parent(family_);
    auto& session = *schedule.mutable_session();
    session.set_format(nv::SESSION_FORMAT_INDIVIDUAL);
    session.set_mode(nv::SESSION_MODE_OFFICE);
    *session.mutable_scheduled_start_time() = schema::ToTimestamp(clock_.NowMicros());
    *session.mutable_scheduled_end_time() = schema::ToTimestamp(clock_.NowMicros() + kHour);
    session.add_invited_members(ada_);
    session.add_invited_professionals(therapist_);
    session = suite_.Do<nv::ScheduleSessionResponse>(kTherapist, schedule).session();
    nv::StartSessionRequest start;
    start.set_name(session.name());
    start.set_etag(session.etag());
    session = suite_.Do<nv::StartSessionResponse>(kTherapist, start).session();
    nv::RecordAttendanceRequest attend;
    attend.set_name(session.name());
    attend.set_etag(session.etag());
    for (const std::string& person : {ada_, therapist_}) {
      auto& entry = *attend.add_attendance();
      entry.set_person(person);
      entry.set_presence(nv::PRESENCE_PRESENT);
    }
    session = suite_.Do<nv::RecordAttendanceResponse>(kTherapist, attend).session();
    Later();
    nv::EndSessionRequest end;
    end.set_name(session.name());
    end.set_etag(session.etag());
    suite_.Do<nv::EndSessionResponse>(kTherapist, end);
    suite_.Deliver();
    alliance::v1::ListRatingRequestsRequest list;
    list.set_parent(family_);
    list.set_session(session.name());
    const auto asked = suite_.Do<alliance::v1::ListRatingRequestsResponse>(kTherapist, list);
    std::vector<std::string> forms;
    for (const auto& one : asked.rating_requests()) {
      if (one.rater() == ada_) forms.push_back(one.instrument());
    }
    return forms;
  }
  iv::HomeworkStyle Style() {
    goals::v1::GetPlanRequest request;
    request.set_name(family_);
    return suite_.Do<goals::v1::GetPlanResponse>(kTherapist, request).plan().homework_style();
  }
  void Later() {
    clock_.Advance(std::chrono::hours(1));
    suite_.At(0, ++turn_);
  }

  ManualClock clock_{support::kMonday + 24 * kHour};
  PlacedIds ids_;
  InProcessSuite suite_{std::string(32, 's'), clock_, ids_};
  std::uint16_t turn_ = 0;
  std::string therapist_, family_, ada_;
};

TEST_F(I6LevelToForm, TheConfirmedLevelSelectsTheMeasureSetAndTheStyleOfHomework) {
  EXPECT_THAT(FormsAfterASession(), ElementsAre("instruments/pulse-adult.1")) << "not assessed";
  Confirm(iv::LEVEL_OF_NEED_SURVIVAL);
  EXPECT_THAT(FormsAfterASession(), ElementsAre("instruments/pulse-few.1"));
  EXPECT_EQ(Style(), iv::HOMEWORK_STYLE_ERRAND);
  Confirm(iv::LEVEL_OF_NEED_STRUCTURE);
  EXPECT_THAT(FormsAfterASession(), ElementsAre("instruments/pulse-adult.1"));
  EXPECT_EQ(Style(), iv::HOMEWORK_STYLE_SKILL);
}

}  // namespace
}  // namespace rapport::worlds
