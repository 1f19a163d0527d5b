// What other systems of the agency (ROLE_SERVICE) and administrators learn of a family: nothing of
// staff's clinical words, and nothing that changes with what is about safety.
#include "platform/schema/canonical.h"
#include "platform/schema/method_table.h"
#include "unit/intake/event_fixture.h"

#include <rapport/intake/v1/intake_service.pb.h>
#include <rapport/internal/v1/event.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <map>

namespace rapport::intake {
namespace {

namespace ov = options::v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using testing::IsEmpty;

// Paths of the fields that are set and marked as clinical.
void AddClinical(const Message& message, const std::string& at, std::vector<std::string>& found) {
  std::vector<const FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string path = at + field->name();
    if (field->options().GetExtension(ov::rule).sensitivity() == ov::SENSITIVITY_CLINICAL) {
      found.push_back(path);
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      AddClinical(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                       : reflection->GetMessage(message, field),
                  path + ".", found);
    }
  }
}

class ServiceViewTest : public IntakeEventTest {
 protected:
  ServiceViewTest() {
    Join(family_, anna_);
    Grant(family_, mother_, v1::CONSENT_PURPOSE_TREATMENT);
  }
  // By a role alone.
  struct RoleCall : Call {
    RoleCall(IntakeTest& test, int role, const std::string& family)
        : Call(test, "service/desk", family, Viewer::kAgency) {
      auto only = std::make_shared<Principal>(*principal);
      only->roles = RoleSet();
      only->roles.Add(role);
      principal = std::move(only);
    }
  };
  RoleCall As(int role, const std::string& family = {}) { return {*this, role, family}; }
  template <typename Response, typename Request>
  std::unique_ptr<Message> Told(
      int role, const std::string& family,
      IntakeService::Answer<Response> (IntakeService::*use_case)(CallContext&, const Request&),
      const Request& request) {
    return std::make_unique<Response>(Do(As(role, family), use_case, request));
  }
  // Everything that a service may read, by method. A method that is not here has a test of its own.
  std::map<std::string, std::unique_ptr<Message>> ToldTo(int role) {
    std::map<std::string, std::unique_ptr<Message>> told;
    told["ListFamilies"] = Told(role, "", &IntakeService::ListFamilies, v1::ListFamiliesRequest());
    v1::ListMembersRequest members;
    members.set_parent(family_);
    told["ListMembers"] = Told(role, family_, &IntakeService::ListMembers, members);
    told["GetFamily"] = Told(role, family_, &IntakeService::GetFamily, ThisFamily());
    told["ListTherapistSystem"] =
        Told(role, family_, &IntakeService::ListTherapistSystem, EverybodyWhoHelped());
    told["ListSupervisions"] =
        Told(role, "", &IntakeService::ListSupervisions, v1::ListSupervisionsRequest());
    told["ListProfessionals"] =
        Told(role, "", &IntakeService::ListProfessionals, v1::ListProfessionalsRequest());
    v1::GetRosterRequest roster;
    roster.set_name(family_);
    told["GetRoster"] = Told(role, family_, &IntakeService::GetRoster, roster);
    static_cast<v1::GetRosterResponse&>(*told["GetRoster"]).mutable_roster()->clear_at_time();
    v1::CheckConsentRequest consent;
    consent.set_parent(family_);
    consent.set_member(mother_);
    consent.set_purpose(v1::CONSENT_PURPOSE_TREATMENT);
    told["CheckConsent"] = Told(role, family_, &IntakeService::CheckConsent, consent);
    return told;
  }
  std::map<std::string, std::string> Bytes() {
    std::map<std::string, std::string> bytes;
    for (const auto& [method, response] : ToldTo(ov::ROLE_SERVICE)) {
      bytes[method] = schema::Canonical(*response);
    }
    return bytes;
  }
  v1::GetFamilyRequest ThisFamily() {
    v1::GetFamilyRequest request;
    request.set_name(family_);
    return request;
  }
  v1::ListTherapistSystemRequest EverybodyWhoHelped() {
    v1::ListTherapistSystemRequest request;
    request.set_parent(family_);
    request.set_include_ended(true);
    return request;
  }
  // A helper was entered for the wrong time, and left.
  void SomebodyLeaves() {
    const v1::Helper helper = Join(family_, NewProfessional("Ben Sample").name());
    v1::CorrectHelperRequest correct;
    correct.set_name(helper.name());
    correct.set_etag(helper.etag());
    *correct.mutable_start_time() = schema::ToTimestamp(store_.clock.NowMicros() - 1'000'000);
    correct.set_reason("was there for the outburst");
    const auto corrected = Do(Staff(family_), &IntakeService::CorrectHelper, correct).helper();
    v1::LeaveTherapistSystemRequest leave;
    leave.set_name(helper.name());
    leave.set_etag(corrected.etag());
    leave.set_reason("the father threatened him");
    EXPECT_EQ(
        Do(Staff(family_), &IntakeService::LeaveTherapistSystem, leave).helper().display_name(),
        "Ben Sample");
  }
  void ScreenAs(v1::SafetyResult result) {
    v1::RecordSafetyScreenRequest request;
    request.set_parent(family_);
    v1::SafetyScreen& screen = *request.mutable_screen();
    screen.set_member(mother_);
    screen.set_alone(true);
    screen.set_result(result);
    if (result == v1::SAFETY_RESULT_CONJOINT_WITH_CONDITIONS) screen.set_conditions("no money");
    if (result == v1::SAFETY_RESULT_SEPARATE_ONLY) screen.add_separate_from(father_);
    if (result == v1::SAFETY_RESULT_REFER) screen.set_referred_to("the shelter");
    Do(Staff(family_), &IntakeService::RecordSafetyScreen, request);
  }

  const std::string anna_ = NewProfessional("Anna Sample", "anna").name();
  const std::string family_ = NewFamily().name();
  const std::string mother_ = NewMember(family_, "Mira Example", 1990).name();
  const std::string father_ = NewMember(family_, "Max Example", 1988).name();
};

TEST_F(ServiceViewTest, EveryReadThatIsGrantedToServicesIsLookedAt) {
  const auto told = ToldTo(ov::ROLE_SERVICE);
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "rapport.intake.v1.IntakeService");
  ASSERT_NE(service, nullptr);
  for (int i = 0; i < service->method_count(); ++i) {
    const auto& policy = service->method(i)->options().GetExtension(ov::policy);
    const bool granted = std::ranges::any_of(
        policy.grants(), [](const auto& grant) { return grant.role() == ov::ROLE_SERVICE; });
    if (!granted || policy.effect() != ov::EFFECT_READ) continue;
    EXPECT_EQ(told.count(service->method(i)->name()), 1u) << service->method(i)->name();
  }
}

TEST_F(ServiceViewTest, I9_NothingThatAServiceReadsChangesWithWhatIsAboutSafety) {
  const auto before = Bytes();
  const auto same = [&](const char* what) {
    for (const auto& [method, bytes] : Bytes())
      EXPECT_EQ(bytes, before.at(method)) << what << method;
  };
  for (const auto result :
       {v1::SAFETY_RESULT_CONJOINT_OK, v1::SAFETY_RESULT_CONJOINT_WITH_CONDITIONS,
        v1::SAFETY_RESULT_SEPARATE_ONLY, v1::SAFETY_RESULT_REFER, v1::SAFETY_RESULT_CONJOINT_OK}) {
    store_.clock.Advance(std::chrono::seconds(1));
    ScreenAs(result);
    same("after a screen: ");
  }
  store_.clock.Advance(std::chrono::seconds(1));
  ASSERT_TRUE(NotSafe(mother_));
  same("after a concern: ");
}

TEST_F(ServiceViewTest, NeitherServicesNorAdministratorsReadStaffsClinicalWords) {
  ScreenAs(v1::SAFETY_RESULT_SEPARATE_ONLY);
  SomebodyLeaves();
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_REDIRECTED).ok());
  EXPECT_EQ(Get(family_).state_reason(), "as agreed");
  for (const int role : {ov::ROLE_SERVICE, ov::ROLE_ADMIN}) {
    std::vector<std::string> found;
    for (const auto& [method, response] : ToldTo(role)) {
      AddClinical(*response, method + ": ", found);
    }
    EXPECT_THAT(found, IsEmpty());
  }
}

TEST_F(ServiceViewTest, I1_AnAdministratorReadsNothingAboutSafetyAndChangesTheFamilyByItsEtag) {
  ScreenAs(v1::SAFETY_RESULT_SEPARATE_ONLY);
  ASSERT_TRUE(Get(family_).has_reassessment_due_time());
  v1::GetFamilyRequest get;
  get.set_name(family_);
  const auto shown = Do(As(ov::ROLE_ADMIN, family_), &IntakeService::GetFamily, get).family();
  const auto listed =
      Do(As(ov::ROLE_ADMIN), &IntakeService::ListFamilies, v1::ListFamiliesRequest()).families(0);
  v1::UpdateFamilyRequest update;
  *update.mutable_family() = shown;
  update.mutable_family()->set_display_name("Sample family");
  update.mutable_update_mask()->add_paths("display_name");
  update.set_etag(listed.etag());
  const auto updated =
      Do(As(ov::ROLE_ADMIN, family_), &IntakeService::UpdateFamily, update).family();
  for (const v1::Family& family : {shown, listed, updated}) {
    EXPECT_FALSE(family.has_reassessment_due_time());
    EXPECT_EQ(family.reassessment_occasion(), v1::ASSESSMENT_OCCASION_UNSPECIFIED);
    EXPECT_FALSE(family.has_emergency());
    EXPECT_FALSE(family.has_referral());
  }
}

TEST_F(ServiceViewTest, I1_AServiceLearnsWhichFamiliesThereAreAndSeesThemChange) {
  v1::Family before =
      Do(As(ov::ROLE_SERVICE), &IntakeService::ListFamilies, v1::ListFamiliesRequest()).families(0);
  EXPECT_EQ(before.name(), family_);
  EXPECT_EQ(before.display_name(), "Example family");
  EXPECT_EQ(before.state(), v1::FAMILY_STATE_NEW);
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_SCREENED).ok());
  const v1::Family after =
      Do(As(ov::ROLE_SERVICE), &IntakeService::ListFamilies, v1::ListFamiliesRequest()).families(0);
  EXPECT_EQ(after.state(), v1::FAMILY_STATE_SCREENED);
  EXPECT_NE(after.etag(), before.etag());
}

TEST_F(ServiceViewTest, I1_AServiceReadsTheFamilyThatAChangeNamesAsItsListShowsIt) {
  ScreenAs(v1::SAFETY_RESULT_SEPARATE_ONLY);
  const v1::Family one =
      Do(As(ov::ROLE_SERVICE, family_), &IntakeService::GetFamily, ThisFamily()).family();
  v1::ListFamiliesRequest by_name;
  by_name.set_filter("text:\"example\"");
  const auto listed = Do(As(ov::ROLE_SERVICE), &IntakeService::ListFamilies, by_name).families();
  ASSERT_EQ(listed.size(), 1);
  EXPECT_EQ(schema::Canonical(one), schema::Canonical(listed.Get(0)));
}

TEST_F(ServiceViewTest, I3_ASchedulingServiceLearnsWhoHelpsAFamilyAndWhen) {
  SomebodyLeaves();
  const auto helpers =
      Do(As(ov::ROLE_SERVICE, family_), &IntakeService::ListTherapistSystem, EverybodyWhoHelped())
          .helpers();
  ASSERT_EQ(helpers.size(), 2);
  EXPECT_EQ(helpers.Get(0).professional(), anna_);
  EXPECT_EQ(helpers.Get(0).display_name(), "Anna Sample");
  EXPECT_EQ(helpers.Get(0).role(), v1::THERAPIST_SYSTEM_ROLE_THERAPIST);
  EXPECT_TRUE(helpers.Get(0).has_start_time());
  EXPECT_EQ(helpers.Get(1).display_name(), "Ben Sample");
  EXPECT_TRUE(helpers.Get(1).has_end_time());
  EXPECT_EQ(helpers.Get(1).corrections_size(), 0);
  const auto for_team =
      Do(Staff(family_), &IntakeService::ListTherapistSystem, EverybodyWhoHelped()).helpers(1);
  EXPECT_EQ(for_team.end_reason(), "the father threatened him");
  EXPECT_EQ(for_team.corrections_size(), 1);
}

}  // namespace
}  // namespace rapport::intake
