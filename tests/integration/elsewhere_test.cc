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
  // Another family with Mira alone, helped by Ben.
  void ImportSecondFamily() {
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
    auto& member = *family.add_members();
    *member.mutable_external_id() = Id("second-mira");
    member.set_display_name("Mira");
    member.set_role(iv::MEMBER_ROLE_PARENT);
    member.set_involvement(iv::INVOLVEMENT_DIRECT);
    const auto imported = Get<iv::BatchImportFamiliesResponse>(
        "ida", Concat({kIntake, "BatchImportFamilies"}), request);
    ASSERT_EQ(imported.outcomes(0).status(), iv::IMPORT_STATUS_CREATED)
        << imported.ShortDebugString();
    second_ = imported.outcomes(0).family();
    herself_ = imported.outcomes(0).members(0);
    iv::LinkAccountRequest link;
    link.set_resource(herself_);
    link.set_subject("mira");
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
             int hour) {
    nv::ScheduleSessionRequest request;
    request.set_parent(family);
    auto& session = *request.mutable_session();
    session.set_format(nv::SESSION_FORMAT_INDIVIDUAL);
    session.set_mode(nv::SESSION_MODE_OFFICE);
    session.set_location("Room 2");
    session.mutable_scheduled_start_time()->set_seconds(kStory + hour * 3'600);
    session.mutable_scheduled_end_time()->set_seconds(kStory + (hour + 1) * 3'600);
    session.add_invited_members(member);
    session.add_invited_professionals(helper);
    request.set_request_id(support::NewUuid());
    return suite_.CallUntilTaken("desk", Concat({kNotes, "ScheduleSession"}), request);
  }

  std::string second_, herself_, ben_;
};

TEST_F(Elsewhere, I9_WhoIsApartInOneFamilyIsNotBroughtTogetherBySessionsOfAnother) {
  Play();
  suite_.SetClock("2031-09-06T08:00:00Z");
  ImportSecondFamily();
  const Reply before = Plan(second_, herself_, ben_, 1);
  ASSERT_TRUE(before.ok()) << before.Text();
  KeepApartFromMax();
  const Reply max_comes = Plan(family_, max_, anna_, 1);
  EXPECT_EQ(max_comes.reason(), "NOT_AVAILABLE_TOGETHER") << max_comes.Text();
  EXPECT_TRUE(Plan(family_, max_, anna_, 3).ok());
  const Reply she_comes = Plan(second_, herself_, ben_, 3);
  EXPECT_EQ(she_comes.reason(), "NOT_AVAILABLE_TOGETHER") << she_comes.Text();
  EXPECT_TRUE(Plan(second_, herself_, ben_, 5).ok());
}

}  // namespace
}  // namespace rapport::integration
