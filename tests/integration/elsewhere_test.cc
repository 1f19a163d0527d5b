// Somebody who is a member of two families of the agency, by one account: whom one family's screen
// keeps them apart from they don't meet by the other family's sessions, and nobody learns why.
#include "integration/demo_suite.h"

#include <rapport/intake/v1/intake_service.pb.h>
#include <rapport/notes/v1/notes_service.pb.h>

namespace rapport::integration {
namespace {

using support::Reply;
namespace iv = intake::v1;
namespace nv = notes::v1;

type::v1::ExternalId Id(std::string value) {
  type::v1::ExternalId id;
  id.set_system("ehr");
  id.set_value(std::move(value));
  return id;
}

class Elsewhere : public DemoSuite {
 protected:
  // Another family with Mira, or with Mira and Max, helped by Ben.
  void ImportSecondFamily(const std::vector<std::string>& people = {"mira"}) {
    iv::CreateProfessionalRequest therapist;
    therapist.set_request_id(support::NewUuid());
    therapist.mutable_professional()->set_display_name("Ben Sample");
    therapist.mutable_professional()->set_kind(iv::PROFESSIONAL_KIND_STAFF);
    *therapist.mutable_professional()->add_external_ids() = Id("ben");
    ben_ = Get<iv::CreateProfessionalResponse>("ida", Concat({kIntake, "CreateProfessional"}),
                                               therapist)
               .professional()
               .name();
    iv::BatchImportFamiliesRequest request;
    request.set_request_id(support::NewUuid());
    auto& attestation = *request.mutable_attestation();
    attestation.set_attested_by("Ida Sample");
    attestation.set_statement("Papers of the old system");
    attestation.mutable_attest_time()->set_seconds(kStory);
    attestation.add_consents(iv::CONSENT_PURPOSE_TREATMENT);
    auto& family = *request.add_families();
    *family.mutable_external_id() = Id("second");
    family.set_display_name("Second Example");
    family.mutable_open_time()->set_seconds(kStory);
    *family.mutable_therapist() = Id("ben");
    for (const std::string& one : people) {
      auto& member = *family.add_members();
      *member.mutable_external_id() = Id("second-" + one);
      member.set_display_name(one);
      member.set_role(iv::MEMBER_ROLE_PARENT);
      member.set_involvement(iv::INVOLVEMENT_DIRECT);
    }
    const auto imported = Get<iv::BatchImportFamiliesResponse>(
        "ida", Concat({kIntake, "BatchImportFamilies"}), request);
    ASSERT_EQ(imported.outcomes(0).status(), iv::IMPORT_STATUS_CREATED)
        << imported.ShortDebugString();
    second_ = imported.outcomes(0).family();
    for (std::size_t i = 0; i < people.size(); ++i) {
      there_.push_back(imported.outcomes(0).members(static_cast<int>(i)));
      Link(there_.back(), people[i]);
    }
  }
  void Link(const std::string& resource, const std::string& subject) {
    iv::LinkAccountRequest link;
    link.set_resource(resource);
    link.set_subject(subject);
    link.set_request_id(support::NewUuid());
    Get<iv::LinkAccountResponse>("ida", Concat({kIntake, "LinkAccount"}), link);
  }
  // Mira said so alone, in the first family.
  void KeepApartFromMax() {
    iv::RecordSafetyScreenRequest screen;
    screen.set_parent(family_);
    screen.mutable_screen()->set_member(mira_);
    screen.mutable_screen()->set_alone(true);
    screen.mutable_screen()->set_result(iv::SAFETY_RESULT_SEPARATE_ONLY);
    screen.mutable_screen()->add_separate_from(max_);
    screen.set_request_id(support::NewUuid());
    Get<iv::RecordSafetyScreenResponse>("anna", Concat({kIntake, "RecordSafetyScreen"}), screen);
  }
  // By the calendar of the agency.
  Reply Plan(const std::string& family, const std::string& member, const std::string& helper,
             int hour, nv::SessionFormat format = nv::SESSION_FORMAT_INDIVIDUAL) {
    nv::ScheduleSessionRequest request;
    request.set_parent(family);
    auto& session = *request.mutable_session();
    session.set_format(format);
    session.set_mode(nv::SESSION_MODE_OFFICE);
    session.set_location("Room 2");
    session.mutable_scheduled_start_time()->set_seconds(kStory + hour * 3'600);
    session.mutable_scheduled_end_time()->set_seconds(kStory + (hour + 1) * 3'600);
    session.add_invited_members(member);
    session.add_invited_professionals(helper);
    request.set_request_id(support::NewUuid());
    return suite_.CallUntilTaken("desk", Concat({kNotes, "ScheduleSession"}), request);
  }

  // Who came to a session of Ben's, uninvited.
  Reply Came(const nv::Session& session, const std::string& member) {
    nv::RecordAttendanceRequest request;
    request.set_name(session.name());
    request.set_etag(session.etag());
    auto& entry = *request.add_attendance();
    entry.set_person(member);
    entry.set_presence(nv::PRESENCE_PRESENT);
    request.set_request_id(support::NewUuid());
    return suite_.CallUntilTaken("ben", Concat({kNotes, "RecordAttendance"}), request);
  }

  std::string second_, ben_;
  std::vector<std::string> there_;  // the members of the second family
};

TEST_F(Elsewhere, I9_WhoIsApartInOneFamilyIsNotBroughtTogetherBySessionsOfAnother) {
  Play();
  suite_.SetClock("2031-09-06T08:00:00Z");
  ImportSecondFamily();
  const Reply before = Plan(second_, there_[0], ben_, 1);
  ASSERT_TRUE(before.ok()) << before.Text();
  KeepApartFromMax();
  const Reply max_comes = Plan(family_, max_, anna_, 1);
  EXPECT_EQ(max_comes.reason(), "NOT_AVAILABLE_TOGETHER") << max_comes.Text();
  EXPECT_TRUE(Plan(family_, max_, anna_, 3).ok());
  const Reply she_comes = Plan(second_, there_[0], ben_, 3);
  EXPECT_EQ(she_comes.reason(), "NOT_AVAILABLE_TOGETHER") << she_comes.Text();
  EXPECT_TRUE(Plan(second_, there_[0], ben_, 5).ok());
}

TEST_F(Elsewhere, I9_NorDoesOneOfThemComeToASessionOfTheOtherThere) {
  suite_.AddPerson("ben", {"clinician"});
  Play();
  suite_.SetClock("2031-09-06T08:00:00Z");
  ImportSecondFamily({"mira", "max"});
  Link(ben_, "ben");
  Link(max_, "max");
  const Reply planned = Plan(second_, there_[0], ben_, 1, nv::SESSION_FORMAT_SUBSYSTEM);
  nv::ScheduleSessionResponse plan;
  ASSERT_TRUE(planned.ok() && plan.ParseFromString(planned.body)) << planned.Text();
  KeepApartFromMax();
  nv::StartSessionRequest start;
  start.set_name(plan.session().name());
  start.set_etag(plan.session().etag());
  start.set_request_id(support::NewUuid());
  // Notes reads the clock in its own time: what it is told happened after the screen.
  suite_.SetClock("2031-09-06T09:00:00Z");
  start.mutable_start_time()->set_seconds(kStory + 1'800);
  nv::StartSessionResponse started;
  ASSERT_TRUE(support::Eventually([&] {
    const Reply reply = suite_.Call("ben", Concat({kNotes, "StartSession"}), start);
    return reply.ok() && started.ParseFromString(reply.body);
  }));
  const nv::Session& session = started.session();
  EXPECT_EQ(Came(session, there_[1]).reason(), "NOT_AVAILABLE_TOGETHER");
  EXPECT_TRUE(Came(session, there_[0]).ok());
}

}  // namespace
}  // namespace rapport::integration
