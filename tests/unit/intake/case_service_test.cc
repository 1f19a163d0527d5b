// A case from referral to closing, by the use cases: what is refused changes nothing and says why.
#include "unit/intake/intake_fixture.h"

namespace rapport::intake {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

class CaseServiceTest : public IntakeTest {
 protected:
  // Two parents and a child with consents, screens and a signed policy, up to READY.
  std::string ReadyFamily() {
    const std::string family = NewFamily().name();
    const std::string mother = NewMember(family, "Mira Example", 1990).name();
    const std::string father = NewMember(family, "Max Example", 1988).name();
    const std::string child = NewMember(family, "Lia Example", 2018).name();
    Join(family, NewProfessional("Anna Sample").name());
    for (const auto& [member, grantor] :
         {std::pair{mother, std::string()}, {father, std::string()}, {child, mother}}) {
      Grant(family, member, v1::CONSENT_PURPOSE_TREATMENT, grantor);
      Grant(family, member, v1::CONSENT_PURPOSE_CONJOINT_TREATMENT, grantor);
    }
    Screen(family, mother);
    Screen(family, father);
    v1::SetSecretsPolicyRequest policy;
    policy.set_parent(family);
    policy.mutable_policy()->set_choice(v1::SECRETS_POLICY_OPTION_NO_SECRETS);
    const std::string name =
        Do(Staff(family), &IntakeService::SetSecretsPolicy, policy).policy().name();
    for (const std::string& member : {mother, father}) {
      v1::SignSecretsPolicyRequest sign;
      sign.set_name(name);
      sign.set_member(member);
      Do(Staff(family), &IntakeService::SignSecretsPolicy, sign);
    }
    for (const auto to :
         {v1::FAMILY_STATE_SCREENED, v1::FAMILY_STATE_ALLOCATED, v1::FAMILY_STATE_CONSENTS_PENDING,
          v1::FAMILY_STATE_SAFETY_CHECK, v1::FAMILY_STATE_READY}) {
      const auto moved = Move(family, to);
      EXPECT_TRUE(moved.ok()) << moved.status();
    }
    return family;
  }
};

TEST_F(CaseServiceTest, AReferralBecomesANewCase) {
  const v1::Family family = NewFamily();
  EXPECT_EQ(family.state(), v1::FAMILY_STATE_NEW);
  EXPECT_TRUE(schema::IsEtag(family.etag()));
  EXPECT_EQ(Get(family.name()).display_name(), "Example family");
  EXPECT_EQ(schema::ToMicros(family.create_time()), support::kMonday);
}

TEST_F(CaseServiceTest, I1_AReadyCaseOpensClosesWithAnEndingAndReopens) {
  const std::string family = ReadyFamily();
  ASSERT_TRUE(Move(family, v1::FAMILY_STATE_OPEN).ok());
  EXPECT_EQ(Get(family).state(), v1::FAMILY_STATE_OPEN);
  const auto without = Move(family, v1::FAMILY_STATE_CLOSED);
  EXPECT_EQ(ReasonOf(without.status()), "CONDITIONS_UNMET") << without.status();
  ASSERT_TRUE(Move(family, v1::FAMILY_STATE_CLOSED, v1::CASE_ENDING_FAMILY_ENDED).ok());
  EXPECT_EQ(Get(family).ending(), v1::CASE_ENDING_FAMILY_ENDED);
  ASSERT_TRUE(Move(family, v1::FAMILY_STATE_OPEN).ok());
}

// What alliance asks for to learn from whole courses: a family that came back is in it all the
// same.
TEST_F(CaseServiceTest, A12_ClosedCasesAreToldWithTheirTimesAndWhetherTheyWereCompleted) {
  const auto closed = [&] {
    internal::v1::ListClosedCasesRequest request;
    request.set_agency(std::string(kAgency));
    return Do(Staff(), &IntakeService::ListClosedCases, request);
  };
  const std::string family = ReadyFamily();
  const std::int64_t opened_us = store_.clock.NowMicros();
  ASSERT_TRUE(Move(family, v1::FAMILY_STATE_OPEN).ok());
  EXPECT_EQ(closed().cases_size(), 0);
  store_.clock.Advance(std::chrono::hours(2));
  AssessLevel(family, v1::ASSESSMENT_OCCASION_CLOSING, v1::LEVEL_OF_NEED_GROWTH);
  ASSERT_TRUE(Move(family, v1::FAMILY_STATE_CLOSED, v1::CASE_ENDING_COMPLETED).ok());
  const std::string once = closed().DebugString();
  const auto first = closed();
  ASSERT_EQ(first.cases_size(), 1);
  EXPECT_FALSE(first.has_next());
  EXPECT_EQ(first.cases(0).family(), *names_.ReadFamily(family));
  EXPECT_EQ(first.cases(0).open_us(), opened_us);
  EXPECT_EQ(first.cases(0).close_us(), store_.clock.NowMicros());
  EXPECT_TRUE(first.cases(0).completed());
  ASSERT_TRUE(Move(family, v1::FAMILY_STATE_OPEN).ok());
  EXPECT_EQ(closed().DebugString(), once);
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(Move(family, v1::FAMILY_STATE_CLOSED, v1::CASE_ENDING_DROPPED_OUT).ok());
  ASSERT_EQ(closed().cases_size(), 2);
  EXPECT_FALSE(closed().cases(1).completed());
}

TEST_F(CaseServiceTest, I1_ARefusedMoveListsAllThatIsMissingAndChangesNothing) {
  const std::string family = NewFamily().name();
  const std::string etag = Get(family).etag();
  NewMember(family, "Mira Example", 1990);
  const auto moved = Move(family, v1::FAMILY_STATE_OPEN);
  ASSERT_EQ(moved.status().code(), absl::StatusCode::kFailedPrecondition);
  const std::string details = schema::StatusDetails(moved.status());
  for (const char* type :
       {"THERAPIST_MISSING", "CONSENT_MISSING", "SAFETY_SCREEN_DUE", "SECRETS_POLICY_UNSIGNED"}) {
    EXPECT_THAT(details, HasSubstr(type));
  }
  EXPECT_EQ(Get(family).etag(), etag);
  EXPECT_EQ(Get(family).state(), v1::FAMILY_STATE_NEW);
}

TEST_F(CaseServiceTest, AConsentThatEndedMeanwhileKeepsTheCaseClosed) {
  const std::string family = ReadyFamily();
  v1::ListConsentsRequest list;
  list.set_parent(family);
  const auto consents = Do(Staff(family), &IntakeService::ListConsents, list);
  v1::RevokeConsentRequest revoke;
  revoke.set_name(consents.consents(0).name());
  revoke.set_revoked_by(consents.consents(0).member());
  revoke.set_etag(consents.consents(0).etag());
  Do(Staff(family), &IntakeService::RevokeConsent, revoke);
  EXPECT_EQ(ReasonOf(Move(family, v1::FAMILY_STATE_OPEN).status()), "CONDITIONS_UNMET");
}

TEST_F(CaseServiceTest, AnUpdateNeedsTheCurrentEtag) {
  const v1::Family family = NewFamily();
  v1::UpdateFamilyRequest update;
  update.mutable_family()->set_name(family.name());
  update.mutable_family()->set_display_name("Sample family");
  update.mutable_update_mask()->add_paths("display_name");
  EXPECT_EQ(ReasonOf(Run(Staff(family.name()), &IntakeService::UpdateFamily, update).status()),
            "ETAG_REQUIRED");
  update.set_etag(family.etag());
  const auto updated = Do(Staff(family.name()), &IntakeService::UpdateFamily, update).family();
  EXPECT_EQ(updated.display_name(), "Sample family");
  const auto again = Run(Staff(family.name()), &IntakeService::UpdateFamily, update);
  EXPECT_EQ(again.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(again.status()), "ETAG_MISMATCH");
}

TEST_F(CaseServiceTest, ABirthInTheFutureIsRefusedForNewAndKnownMembers) {
  const v1::Family family = NewFamily();
  const v1::Member known = NewMember(family.name(), "Known", 2020);
  v1::CreateMemberRequest create;
  create.set_parent(family.name());
  *create.mutable_member() = known;
  create.mutable_member()->mutable_birth_date()->set_year(2999);
  const auto created = Run(Staff(family.name()), &IntakeService::CreateMember, create);
  EXPECT_TRUE(absl::IsInvalidArgument(created.status())) << created.status();
  v1::UpdateMemberRequest update;
  *update.mutable_member() = create.member();
  update.mutable_update_mask()->add_paths("birth_date");
  update.set_etag(known.etag());
  const auto updated = Run(Staff(family.name()), &IntakeService::UpdateMember, update);
  EXPECT_TRUE(absl::IsInvalidArgument(updated.status())) << updated.status();
}

// Nobody would find it again as they read it.
TEST_F(CaseServiceTest, I1_AnExternalIdHasNoBlanksAroundIt) {
  for (const char* value : {"F-1 ", " F-1", "F-1\u00A0", "\tF-1"}) {
    v1::CreateFamilyRequest family;
    family.mutable_family()->set_display_name("Example family");
    family.mutable_family()->add_external_ids()->set_system("clinic");
    family.mutable_family()->mutable_external_ids(0)->set_value(value);
    EXPECT_EQ(ReasonOf(Run(Staff(), &IntakeService::CreateFamily, family).status()),
              "INVALID_REQUEST");
    v1::CreateProfessionalRequest professional;
    professional.mutable_professional()->set_display_name("Some Sample");
    professional.mutable_professional()->set_kind(v1::PROFESSIONAL_KIND_STAFF);
    *professional.mutable_professional()->mutable_external_ids() = family.family().external_ids();
    EXPECT_EQ(ReasonOf(Run(Staff(), &IntakeService::CreateProfessional, professional).status()),
              "INVALID_REQUEST");
    v1::CreateMemberRequest member;
    const std::string name = NewFamily().name();
    member.set_parent(name);
    member.mutable_member()->set_display_name("Mira Example");
    member.mutable_member()->set_role(v1::MEMBER_ROLE_PARENT);
    member.mutable_member()->set_involvement(v1::INVOLVEMENT_DIRECT);
    *member.mutable_member()->mutable_external_ids() = family.family().external_ids();
    EXPECT_EQ(ReasonOf(Run(Staff(name), &IntakeService::CreateMember, member).status()),
              "INVALID_REQUEST");
  }
  EXPECT_EQ(NewFamily("F 1").external_ids(0).value(), "F 1") << "within it is the other system's";
}

TEST_F(CaseServiceTest, AnExternalIdBelongsToOneFamily) {
  NewFamily("F-1");
  v1::CreateFamilyRequest request;
  request.mutable_family()->set_display_name("Another family");
  auto* id = request.mutable_family()->add_external_ids();
  id->set_system("clinic");
  id->set_value("F-1");
  const auto second = Run(Staff(), &IntakeService::CreateFamily, request);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists) << second.status();
}

TEST_F(CaseServiceTest, I1_AnUpdateCantTakeAnExternalIdAndIsToldWhoseItIs) {
  const v1::Family first = NewFamily("F-1");
  const v1::Family second = NewFamily("F-2");
  v1::UpdateFamilyRequest update;
  *update.mutable_family() = second;
  update.mutable_family()->mutable_external_ids(0)->set_value("F-1");
  update.mutable_update_mask()->add_paths("external_ids");
  update.set_etag(second.etag());
  const auto taken = Run(Staff(second.name()), &IntakeService::UpdateFamily, update).status();
  EXPECT_EQ(taken.code(), absl::StatusCode::kAlreadyExists) << taken;
  EXPECT_THAT(schema::StatusDetails(taken), HasSubstr(first.name()));
  EXPECT_EQ(Get(second.name()).external_ids(0).value(), "F-2");
  EXPECT_EQ(Get(second.name()).etag(), second.etag());

  // Its own is no obstacle, and one that is given up is free.
  *update.mutable_family() = first;
  *update.mutable_family()->add_external_ids() = first.external_ids(0);
  update.mutable_family()->mutable_external_ids(1)->set_value("F-3");
  update.set_etag(first.etag());
  const v1::Family both = Do(Staff(first.name()), &IntakeService::UpdateFamily, update).family();
  EXPECT_THAT(both.external_ids(), SizeIs(2));
  *update.mutable_family() = both;
  update.mutable_family()->mutable_external_ids()->DeleteSubrange(0, 1);
  update.set_etag(both.etag());
  Do(Staff(first.name()), &IntakeService::UpdateFamily, update);
  *update.mutable_family() = second;
  update.mutable_family()->mutable_external_ids(0)->set_value("F-1");
  update.set_etag(second.etag());
  const auto freed = Do(Staff(second.name()), &IntakeService::UpdateFamily, update).family();
  EXPECT_EQ(freed.external_ids(0).value(), "F-1");
}

// Who is a trainee says the directory as well as the role: by either there is no case with them
// alone.
TEST_F(CaseServiceTest, I3_WhoTheDirectoryCallsATraineeHasNoCaseAloneWhateverTheirRoleThere) {
  v1::CreateProfessionalRequest create;
  create.mutable_professional()->set_display_name("Tessa Sample");
  create.mutable_professional()->set_kind(v1::PROFESSIONAL_KIND_TRAINEE);
  const std::string trainee =
      Do(Staff(), &IntakeService::CreateProfessional, create).professional().name();
  const auto join = [&](const std::string& family) {
    v1::JoinTherapistSystemRequest request;
    request.set_parent(family);
    request.mutable_helper()->set_professional(trainee);
    request.mutable_helper()->set_role(v1::THERAPIST_SYSTEM_ROLE_CO_THERAPIST);
    request.mutable_helper()->set_involvement(v1::INVOLVEMENT_DIRECT);
    Do(Staff(family), &IntakeService::JoinTherapistSystem, request);
  };
  const std::string alone = NewFamily().name();
  NewMember(alone, "Mira Example", 1990);
  join(alone);
  ASSERT_TRUE(Move(alone, v1::FAMILY_STATE_SCREENED).ok());
  const auto allocated = Move(alone, v1::FAMILY_STATE_ALLOCATED);
  EXPECT_THAT(schema::StatusDetails(allocated.status()), HasSubstr("THERAPIST_MISSING"));

  const std::string family = ReadyFamily();
  ASSERT_TRUE(Move(family, v1::FAMILY_STATE_OPEN).ok());
  join(family);
  v1::ListTherapistSystemRequest list;
  list.set_parent(family);
  const auto system = Do(Staff(family), &IntakeService::ListTherapistSystem, list);
  ASSERT_THAT(system.helpers(), SizeIs(2));
  v1::LeaveTherapistSystemRequest leave;
  leave.set_name(system.helpers(0).name());
  leave.set_etag(system.helpers(0).etag());
  leave.set_reason("another clinic");
  ASSERT_NE(system.helpers(0).professional(), trainee);
  EXPECT_EQ(ReasonOf(Run(Staff(family), &IntakeService::LeaveTherapistSystem, leave).status()),
            "LAST_THERAPIST");
  EXPECT_TRUE(Facts(family)->helpers.at(1).trainee) << "and signs with a co-signature";
}

// Else another system that follows the feed would learn of a family at its first change only.
TEST_F(CaseServiceTest, X13_ANewFamilyIsAChange) {
  const std::int64_t events = store_.Number("SELECT count(*) FROM outbox");
  NewFamily();
  EXPECT_EQ(store_.Number("SELECT count(*) FROM outbox"), events + 1);
}

TEST_F(CaseServiceTest, EveryChangeIsInTheTrailAndTellsTheOthers) {
  const std::string family = ReadyFamily();
  const std::int64_t rows = store_.Number("SELECT count(*) FROM audit");
  const std::int64_t events = store_.Number("SELECT count(*) FROM outbox");
  ASSERT_TRUE(Move(family, v1::FAMILY_STATE_OPEN).ok());
  EXPECT_EQ(store_.Number("SELECT count(*) FROM audit"), rows + 1);
  EXPECT_EQ(store_.Number("SELECT count(*) FROM outbox"), events + 1);
}

TEST_F(CaseServiceTest, AnImportKeepsTheGoodRowsAndNamesTheBadOnes) {
  const auto therapist = [&] {
    v1::CreateProfessionalRequest request;
    request.mutable_professional()->set_display_name("Anna Sample");
    request.mutable_professional()->set_kind(v1::PROFESSIONAL_KIND_STAFF);
    auto* id = request.mutable_professional()->add_external_ids();
    id->set_system("clinic");
    id->set_value("T-1");
    return Do(Staff(), &IntakeService::CreateProfessional, request).professional();
  }();
  v1::BatchImportFamiliesRequest request;
  request.mutable_attestation()->set_attested_by("Ida Sample");
  *request.mutable_attestation()->mutable_attest_time() =
      schema::ToTimestamp(store_.clock.NowMicros());
  request.mutable_attestation()->set_statement("Consents are on paper in the clinic's files.");
  request.mutable_attestation()->add_consents(v1::CONSENT_PURPOSE_TREATMENT);
  for (const char* value : {"F-1", "F-2", "F-3"}) {
    auto* row = request.add_families();
    row->mutable_external_id()->set_system("clinic");
    row->mutable_external_id()->set_value(value);
    row->set_display_name("Imported family");
    *row->mutable_open_time() = schema::ToTimestamp(support::kMonday - 1);
    auto* member = row->add_members();
    member->mutable_external_id()->set_system("clinic");
    member->mutable_external_id()->set_value(std::string(value) + "-A");
    member->set_display_name("Imported Person");
    member->set_role(v1::MEMBER_ROLE_PARENT);
    member->set_involvement(v1::INVOLVEMENT_DIRECT);
    row->mutable_therapist()->set_system("clinic");
    row->mutable_therapist()->set_value(std::string(value) == "F-2" ? "T-9" : "T-1");
  }
  // What breaks the rule of a field is the row's business too.
  request.mutable_families(2)->clear_display_name();
  request.mutable_families(2)->mutable_members(0)->set_display_name(std::string(300, 'x'));
  const auto response = Do(Staff(), &IntakeService::BatchImportFamilies, request);
  ASSERT_THAT(response.outcomes(), SizeIs(3));
  EXPECT_EQ(response.outcomes(2).status(), v1::IMPORT_STATUS_REJECTED);
  ASSERT_THAT(response.outcomes(2).errors(), SizeIs(2)) << "every fault at once";
  EXPECT_EQ(response.outcomes(2).errors(0).field(), "display_name");
  EXPECT_EQ(response.outcomes(2).errors(1).field(), "members[0].display_name");
  EXPECT_EQ(response.outcomes(0).status(), v1::IMPORT_STATUS_CREATED);
  EXPECT_EQ(response.outcomes(1).status(), v1::IMPORT_STATUS_REJECTED);
  EXPECT_THAT(response.outcomes(1).errors(), SizeIs(1));
  const auto roster = Roster(response.outcomes(0).family());
  ASSERT_THAT(roster.members(), SizeIs(1));
  ASSERT_THAT(roster.helpers(), SizeIs(1));
  EXPECT_EQ(roster.helpers(0).professional(), therapist.name());
  const auto again = Do(Staff(), &IntakeService::BatchImportFamilies, request);
  EXPECT_EQ(again.outcomes(0).status(), v1::IMPORT_STATUS_KNOWN);
  EXPECT_EQ(again.outcomes(0).family(), response.outcomes(0).family());
}

TEST_F(CaseServiceTest, I9_AnImportedFamilyIsScreenedHereUnlessTheAttestationSaysByWhomAndWhen) {
  v1::CreateProfessionalRequest therapist;
  therapist.mutable_professional()->set_display_name("Anna Sample");
  therapist.mutable_professional()->set_kind(v1::PROFESSIONAL_KIND_STAFF);
  therapist.mutable_professional()->add_external_ids()->set_system("clinic");
  therapist.mutable_professional()->mutable_external_ids(0)->set_value("T-1");
  Do(Staff(), &IntakeService::CreateProfessional, therapist);
  const std::int64_t now_us = store_.clock.NowMicros();
  v1::BatchImportFamiliesRequest request;
  v1::ImportAttestation& attestation = *request.mutable_attestation();
  attestation.set_attested_by("Ida Sample");
  *attestation.mutable_attest_time() = schema::ToTimestamp(now_us);
  attestation.set_statement("Papers are in the clinic's files.");
  v1::FamilyImport& row = *request.add_families();
  row.mutable_external_id()->set_system("clinic");
  row.set_display_name("Imported family");
  *row.mutable_open_time() = schema::ToTimestamp(support::kMonday - 1);
  *row.mutable_therapist() = therapist.professional().external_ids(0);
  v1::MemberImport& member = *row.add_members();
  *member.mutable_external_id() = therapist.professional().external_ids(0);
  member.set_display_name("Imported Person");
  member.set_role(v1::MEMBER_ROLE_PARENT);
  member.set_involvement(v1::INVOLVEMENT_DIRECT);
  // When the member of a family imported so is due.
  const auto due_us = [&](const char* family) {
    row.mutable_external_id()->set_value(family);
    const auto made = Do(Staff(), &IntakeService::BatchImportFamilies, request);
    return Facts(made.outcomes(0).family())->screens_due.at(0).due_us;
  };
  EXPECT_LE(due_us("F-1"), now_us) << "nobody says that they were screened";
  attestation.set_screened_by("Olga Sample, clinic");
  EXPECT_FALSE(Run(Staff(), &IntakeService::BatchImportFamilies, request).ok()) << "but not when";
  *attestation.mutable_screen_time() = schema::ToTimestamp(now_us + 1'000'000);
  EXPECT_FALSE(Run(Staff(), &IntakeService::BatchImportFamilies, request).ok()) << "to come";
  constexpr std::int64_t kDayUs = 86'400'000'000;
  *attestation.mutable_screen_time() = schema::ToTimestamp(now_us - 30 * kDayUs);
  EXPECT_EQ(due_us("F-2"), now_us + (AgencyRules().screen_days - 30) * kDayUs);
}

}  // namespace
}  // namespace rapport::intake
