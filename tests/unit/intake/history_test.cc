// Rosters are history: who was there as what at any time, coming back, and putting right what was
// wrong; external ids; releases of joint records; lists.
#include "intake/consent_rules.h"
#include "intake/person_rules.h"
#include "platform/base/member_age.h"
#include "unit/intake/intake_fixture.h"

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::chrono::hours kDay{24};

class HistoryTest : public IntakeTest {
 protected:
  HistoryTest() {
    family_ = NewFamily().name();
    mother_ = NewMember(family_, "Mira Example", 1990);
    store_.clock.Advance(kDay);
  }
  v1::Member Latest(const std::string& name) {
    v1::ListMembersRequest request;
    request.set_parent(family_);
    request.set_include_ended(true);
    const auto listed = Do(Staff(family_), &IntakeService::ListMembers, request);
    for (const auto& member : listed.members()) {
      if (member.name() == name) return member;
    }
    return {};
  }
  absl::StatusOr<v1::ResumeMembershipResponse> Resume() {
    v1::ResumeMembershipRequest request;
    request.set_name(mother_.name());
    request.set_etag(Latest(mother_.name()).etag());
    return Run(Staff(family_), &IntakeService::ResumeMembership, request);
  }
  void Leave() {
    v1::EndMembershipRequest request;
    request.set_name(mother_.name());
    request.set_reason("moved out");
    request.set_etag(Latest(mother_.name()).etag());
    Do(Staff(family_), &IntakeService::EndMembership, request);
  }
  v1::Roster RosterOf(std::int64_t at_us) {
    v1::GetRosterRequest request;
    request.set_name(family_);
    *request.mutable_at_time() = schema::ToTimestamp(at_us);
    return Do(Staff(family_), &IntakeService::GetRoster, request).roster();
  }
  v1::ListFamiliesResponse ListAs(std::initializer_list<int> roles, const std::string& subject,
                                  const v1::ListFamiliesRequest& request) {
    Call call(*this, subject, "", Viewer::kAgency);
    auto principal = std::make_shared<Principal>(*call.principal);
    principal->roles = {};
    for (const int role : roles) principal->roles.Add(role);
    call.principal = principal;
    return Do(std::move(call), &IntakeService::ListFamilies, request);
  }
  std::vector<std::string> NamesAs(std::initializer_list<int> roles, const std::string& subject,
                                   const std::string& filter = {}) {
    v1::ListFamiliesRequest request;
    request.set_filter(filter);
    request.set_page_size(2);
    std::vector<std::string> names;
    for (;;) {
      const auto page = ListAs(roles, subject, request);
      EXPECT_LE(page.families_size(), 2);
      for (const auto& family : page.families()) names.push_back(family.name());
      if (page.next_page_token().empty()) return names;
      request.set_page_token(page.next_page_token());
    }
  }

  std::string family_;
  v1::Member mother_;
};

TEST_F(HistoryTest, I2_SomebodyLeavesAndComesBackAndBothPeriodsStay) {
  EXPECT_EQ(ReasonOf(Resume().status()), "ALREADY_MEMBER");
  Leave();
  EXPECT_EQ(Roster(family_).members_size(), 0);
  store_.clock.Advance(kDay);
  ASSERT_TRUE(Resume().ok());
  EXPECT_EQ(Roster(family_).members_size(), 1);
  const v1::Member member = Latest(mother_.name());
  ASSERT_EQ(member.periods_size(), 2);
  EXPECT_EQ(member.periods(0).end_reason(), "moved out");
  EXPECT_FALSE(member.periods(1).has_end_time());
  EXPECT_EQ(RosterOf(Micros(member.periods(0).end_time())).members_size(), 0) << "between";
}

TEST_F(HistoryTest, I10_ARosterOfThePastSaysTheRoleAndInvolvementOfThen) {
  const std::int64_t before_us = store_.clock.NowMicros();
  store_.clock.Advance(kDay);
  v1::UpdateMemberRequest update;
  update.mutable_member()->set_name(mother_.name());
  update.mutable_member()->set_role(v1::MEMBER_ROLE_GUARDIAN);
  update.mutable_member()->set_involvement(v1::INVOLVEMENT_INDIRECT);
  update.mutable_update_mask()->add_paths("role");
  update.mutable_update_mask()->add_paths("involvement");
  update.set_etag(Latest(mother_.name()).etag());
  Do(Staff(family_), &IntakeService::UpdateMember, update);
  EXPECT_EQ(Roster(family_).members(0).role(), v1::MEMBER_ROLE_GUARDIAN);
  EXPECT_EQ(Roster(family_).members(0).involvement(), v1::INVOLVEMENT_INDIRECT);
  EXPECT_EQ(RosterOf(before_us).members(0).role(), v1::MEMBER_ROLE_PARENT);
  EXPECT_EQ(RosterOf(before_us).members(0).involvement(), v1::INVOLVEMENT_DIRECT);
  const auto facts = Facts(family_);
  ASSERT_EQ(facts->members.size(), 2u);
  EXPECT_TRUE(facts->members[0].direct);
  EXPECT_FALSE(facts->members[1].direct);
}

TEST_F(HistoryTest, I2_AWrongPeriodIsPutRightAndLeavesATrace) {
  v1::CorrectMembershipRequest request;
  request.set_name(mother_.name());
  request.set_reason("it was her sister");
  request.set_etag(Latest(mother_.name()).etag());
  v1::CorrectMembershipRequest wrong = request;
  *wrong.add_periods()->mutable_start_time() =
      schema::ToTimestamp(store_.clock.NowMicros() + 1'000'000);
  EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::CorrectMembership, wrong).status()),
            "INVALID_REQUEST");
  const v1::Member corrected =
      Do(Staff(family_), &IntakeService::CorrectMembership, request).member();
  EXPECT_EQ(corrected.periods_size(), 0);
  ASSERT_EQ(corrected.corrections_size(), 1);
  EXPECT_EQ(corrected.corrections(0).before_size(), 1);
  EXPECT_EQ(corrected.corrections(0).reason(), "it was her sister");
  EXPECT_EQ(corrected.corrections(0).corrector(), "ida");
  EXPECT_EQ(RosterOf(Micros(mother_.create_time())).members_size(), 0);
  EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::CorrectMembership, request).status()),
            "ETAG_MISMATCH");
}

TEST_F(HistoryTest, I2_AllianceIsToldWhoLeftAndWhetherAnybodySaidWhy) {
  // The newest that was told of the mother's membership.
  const auto told = [&] {
    internal::v1::MembershipChanged newest;
    const std::vector<int> types = {internal::v1::EVENT_TYPE_ROSTER_CHANGED};
    absl::StatusOr<records::Outbox::Batch> batch = records::Outbox::Batch();
    EXPECT_TRUE(store_
                    .Read([&](db::Tx& tx) {
                      batch = store_.outbox->NextBatch(tx, kAgency, "alliance", types, 1'000);
                      return batch.status();
                    })
                    .ok());
    const auto sealer = store_.suite.SealerFor(crypto::SuiteKey::kEvent, kAgency);
    for (const auto& outgoing : batch->events) {
      const auto open = sealer->Open(records::WireIdentity("intake", kAgency), outgoing.wire);
      internal::v1::EventEnvelope event;
      EXPECT_TRUE(open.ok() && event.ParseFromString(*open));
      if (!event.body().empty()) EXPECT_TRUE(newest.ParseFromString(event.body()));
      EXPECT_THAT(event.body(), testing::Not(testing::HasSubstr("moved")));
    }
    return newest;
  };
  EXPECT_EQ(told().member(), "") << "who joined has no body";
  Leave();
  EXPECT_EQ(told().member(), names_.ReadMember(mother_.name())->id);
  EXPECT_EQ(told().left_us(), store_.clock.NowMicros());
  EXPECT_FALSE(told().without_reason());
  store_.clock.Advance(kDay);
  ASSERT_TRUE(Resume().ok());
  EXPECT_EQ(told().left_us(), 0);
  store_.clock.Advance(kDay);
  v1::EndMembershipRequest silent;
  silent.set_name(mother_.name());
  silent.set_etag(Latest(mother_.name()).etag());
  const v1::Member left = Do(Staff(family_), &IntakeService::EndMembership, silent).member();
  EXPECT_EQ(told().left_us(), store_.clock.NowMicros());
  EXPECT_TRUE(told().without_reason());
  v1::CorrectMembershipRequest correct;
  correct.set_name(mother_.name());
  correct.set_reason("she is in the other household now");
  correct.set_etag(left.etag());
  *correct.mutable_periods() = left.periods();
  for (v1::Period& period : *correct.mutable_periods()) {
    v1::Period bare;
    *bare.mutable_start_time() = period.start_time();
    *bare.mutable_end_time() = period.end_time();
    period = bare;
  }
  const auto corrected = Run(Staff(family_), &IntakeService::CorrectMembership, correct);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_FALSE(told().without_reason()) << "somebody said why";
}

TEST_F(HistoryTest, I3_AWrongEntryOfTheTherapistSystemIsPutRightAndLeavesATrace) {
  const v1::Professional anna = NewProfessional("Anna Sample", "anna");
  const v1::Helper helper = Join(family_, anna.name());
  store_.clock.Advance(kDay);
  v1::CorrectHelperRequest request;
  request.set_name(helper.name());
  *request.mutable_start_time() = helper.start_time();
  *request.mutable_end_time() = helper.start_time();
  request.set_reason("the wrong family");
  request.set_etag(helper.etag());
  const v1::Helper corrected = Do(Staff(family_), &IntakeService::CorrectHelper, request).helper();
  ASSERT_EQ(corrected.corrections_size(), 1);
  EXPECT_FALSE(corrected.corrections(0).has_end_time());
  EXPECT_EQ(RosterOf(Micros(helper.start_time())).helpers_size(), 0) << "never there";
  EXPECT_THAT(NamesAs({options::v1::ROLE_CLINICIAN}, "anna"), IsEmpty());
  request.set_etag(corrected.etag());
  *request.mutable_end_time() = schema::ToTimestamp(Micros(helper.start_time()) - 1'000'000);
  EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::CorrectHelper, request).status()),
            "INVALID_REQUEST");
}

TEST_F(HistoryTest, I1_AMemberIsFoundByExternalIdWhichIsTheirsAlone) {
  v1::CreateMemberRequest request;
  request.set_parent(family_);
  request.mutable_member()->set_display_name("Max Example");
  request.mutable_member()->set_role(v1::MEMBER_ROLE_PARENT);
  request.mutable_member()->set_involvement(v1::INVOLVEMENT_DIRECT);
  for (const char* value : {"1", "1"}) {
    auto* id = request.mutable_member()->add_external_ids();
    id->set_system("clinic");
    id->set_value(value);
  }
  EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::CreateMember, request).status()),
            "INVALID_REQUEST")
      << "each once";
  request.mutable_member()->mutable_external_ids()->RemoveLast();
  const std::string father =
      Do(Staff(family_), &IntakeService::CreateMember, request).member().name();
  const auto again = Run(Staff(family_), &IntakeService::CreateMember, request).status();
  EXPECT_EQ(ReasonOf(again), "ALREADY_EXISTS");
  EXPECT_NE(again.ToString().find(father), std::string::npos) << again;

  v1::ListMembersRequest list;
  list.set_parent(family_);
  list.set_filter("external_ids:\"clinic=1\"");
  const auto found = Do(Staff(family_), &IntakeService::ListMembers, list);
  ASSERT_EQ(found.members_size(), 1);
  EXPECT_EQ(found.members(0).name(), father);
  list.set_filter("role = PARENT AND involvement = DIRECT");
  EXPECT_EQ(Do(Staff(family_), &IntakeService::ListMembers, list).members_size(), 2);

  // The same person in another family is another member: neither sees the other.
  const std::string other = NewFamily().name();
  request.set_parent(other);
  EXPECT_TRUE(Run(Staff(other), &IntakeService::CreateMember, request).ok());
}

TEST_F(HistoryTest, I7_AJointRecordIsReleasedWhenEveryoneAgreesAtThatMoment) {
  const std::string father = NewMember(family_, "Max Example", 1988).name();
  const auto check = [&] {
    v1::CheckReleaseRequest request;
    request.set_parent(family_);
    request.set_recipient_name("the COURT");
    return Do(Staff(family_), &IntakeService::CheckRelease, request);
  };
  const auto release = [&](const std::string& member) {
    v1::GrantConsentRequest request;
    request.set_parent(family_);
    request.mutable_consent()->set_member(member);
    request.mutable_consent()->set_grantor(member);
    request.mutable_consent()->set_authority(v1::CONSENT_AUTHORITY_SELF);
    request.mutable_consent()->set_purpose(v1::CONSENT_PURPOSE_RELEASE);
    request.mutable_consent()->set_recipient_name("The court");
    return Do(Staff(family_), &IntakeService::GrantConsent, request).consent();
  };
  const v1::Consent hers = release(mother_.name());
  EXPECT_FALSE(check().permitted());
  EXPECT_THAT(check().missing_members(), ElementsAre(father));
  EXPECT_THAT(check().consents(), IsEmpty());
  release(father);
  EXPECT_TRUE(check().permitted());
  EXPECT_EQ(check().consents_size(), 2);
  v1::RevokeConsentRequest revoke;
  revoke.set_name(hers.name());
  revoke.set_revoked_by(mother_.name());
  revoke.set_etag(hers.etag());
  Do(Staff(family_), &IntakeService::RevokeConsent, revoke);
  EXPECT_THAT(check().missing_members(), ElementsAre(mother_.name()));
  v1::CheckReleaseRequest nobody;
  nobody.set_parent(family_);
  EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::CheckRelease, nobody).status()),
            "INVALID_REQUEST");
}

// 42 CFR 2.31 and 2.32.
TEST_F(HistoryTest, I7_TreatmentForSubstanceUseIsReleasedByAConsentToThatAndWithItsNotice) {
  v1::GrantConsentRequest grant;
  grant.set_parent(family_);
  grant.mutable_consent()->set_member(mother_.name());
  grant.mutable_consent()->set_grantor(mother_.name());
  grant.mutable_consent()->set_authority(v1::CONSENT_AUTHORITY_SELF);
  grant.mutable_consent()->set_recipient_name("The court");
  const auto consent_to = [&](v1::ConsentPurpose purpose) {
    grant.mutable_consent()->set_purpose(purpose);
    Do(Staff(family_), &IntakeService::GrantConsent, grant);
  };
  v1::CheckReleaseRequest request;
  request.set_parent(family_);
  request.add_members(mother_.name());
  request.set_recipient_name("The court");
  const auto check = [&](bool substance_use_treatment) {
    request.set_substance_use_treatment(substance_use_treatment);
    return Do(Staff(family_), &IntakeService::CheckRelease, request);
  };
  EXPECT_THAT(check(true).missing_members(), ElementsAre(mother_.name()));
  consent_to(v1::CONSENT_PURPOSE_RELEASE);
  consent_to(v1::CONSENT_PURPOSE_SUD_COUNSELING_NOTES);
  EXPECT_TRUE(check(false).permitted());
  EXPECT_EQ(check(false).redisclosure_notice(), "");
  EXPECT_FALSE(check(true).permitted());
  EXPECT_EQ(check(true).redisclosure_notice(), "");
  EXPECT_THAT(check(true).consents(), IsEmpty());
  consent_to(v1::CONSENT_PURPOSE_SUBSTANCE_USE_TREATMENT);
  EXPECT_TRUE(check(true).permitted());
  EXPECT_EQ(check(true).consents_size(), 2);
  EXPECT_THAT(check(true).redisclosure_notice(), testing::HasSubstr("42 CFR part 2"));
}

TEST_F(HistoryTest, I7_OnTheEighteenthBirthdayAParentsConsentEndsAndOnesOwnCounts) {
  const int year = schema::DateOf(store_.clock.NowMicros()).year() - 18;
  v1::Member teen;
  teen.set_name("teen");
  teen.mutable_birth_date()->set_year(year);
  teen.mutable_birth_date()->set_month(5);
  teen.mutable_birth_date()->set_day(4);
  const std::int64_t birthday_us = *MajorityUs(teen, absl::UTCTimeZone());
  v1::Consent consent;
  consent.set_member("teen");
  consent.set_grantor("mother");
  consent.set_authority(v1::CONSENT_AUTHORITY_PARENT);
  *consent.mutable_grant_time() = schema::ToTimestamp(birthday_us - 1'000'000);
  EXPECT_EQ(StateAt(consent, &teen, birthday_us - 1, absl::UTCTimeZone()),
            v1::CONSENT_STATE_IN_FORCE);
  EXPECT_EQ(StateAt(consent, &teen, birthday_us, absl::UTCTimeZone()), v1::CONSENT_STATE_EXPIRED);
  consent.set_authority(v1::CONSENT_AUTHORITY_COURT_ORDER);
  EXPECT_EQ(StateAt(consent, &teen, birthday_us, absl::UTCTimeZone()), v1::CONSENT_STATE_IN_FORCE);
  consent.set_authority(v1::CONSENT_AUTHORITY_SELF);
  consent.set_grantor("teen");
  EXPECT_EQ(StateAt(consent, &teen, birthday_us, absl::UTCTimeZone()), v1::CONSENT_STATE_IN_FORCE);
}

TEST_F(HistoryTest, I7_TheFactsOfTheOthersEndAMinorsConsentThatDay) {
  const int year = schema::DateOf(store_.clock.NowMicros()).year() - 17;
  const v1::Member teen = NewMember(family_, "Tom Example", year);
  Grant(family_, teen.name(), v1::CONSENT_PURPOSE_RATINGS, mother_.name());
  EXPECT_EQ(Facts(family_)->consents.at(0).period.to_us, *MajorityUs(teen, absl::UTCTimeZone()));
}

// A small child's account is the mother's, if an administrator says so; a grown one's is not.
TEST_F(HistoryTest, I7_OnTheDayOfComingOfAgeAParentsAccountIsTheChildsNoMore) {
  const int year = schema::DateOf(store_.clock.NowMicros()).year() - 17;
  const v1::Member teen = NewMember(family_, "Tom Example", year);
  for (const std::string& whose : {mother_.name(), teen.name()}) Link(whose, "mira");
  Link(teen.name(), "tom");
  const auto accounts = [&](const v1::Member& member) {
    Call call = Staff(family_);
    const std::string id = *names_.ReadFamily(family_);
    const auto facts =
        RunSync(facts_.Load(call, std::string(kAgency), id, options::v1::FRESHNESS_NOW));
    std::vector<std::string> found;
    for (const AccessFacts::Member& one : (*facts)->members) {
      if (one.member == names_.ReadMember(member.name())->id) found = one.subjects;
    }
    return found;
  };
  const auto memberships = [&] {
    Call call(*this, "mira", "", Viewer::kAgency);
    call.request_id.clear();
    std::vector<std::string> members;
    const auto answer = RunSync(service_.GetAccount(call, v1::GetAccountRequest()));
    for (const auto& one : answer->account().memberships()) members.push_back(one.member());
    return members;
  };
  const std::int64_t birthday_us = *MajorityUs(teen, absl::UTCTimeZone());
  store_.clock.Advance(std::chrono::microseconds(birthday_us - 1 - store_.clock.NowMicros()));
  EXPECT_THAT(accounts(teen), testing::ElementsAre("mira", "tom"));
  EXPECT_THAT(memberships(), testing::UnorderedElementsAre(mother_.name(), teen.name()));
  store_.clock.Advance(std::chrono::microseconds(1));
  EXPECT_THAT(accounts(teen), testing::ElementsAre("tom"));
  EXPECT_THAT(accounts(mother_), testing::ElementsAre("mira")) << "it stays hers";
  EXPECT_THAT(memberships(), testing::ElementsAre(mother_.name()));
  Link(teen.name(), "mira");
  EXPECT_THAT(accounts(teen), testing::ElementsAre("tom", "mira"))
      << "an administrator says that it is both their account";
}

TEST_F(HistoryTest, I7_WhoHasAnAccountAloneKeepsItWhenTheyComeOfAge) {
  const int year = schema::DateOf(store_.clock.NowMicros()).year() - 17;
  const v1::Member teen = NewMember(family_, "Tom Example", year);
  const v1::Member younger = NewMember(family_, "Lia Example", year + 6);
  for (const v1::Member& whose : {teen, younger}) Link(whose.name(), "tom");
  store_.clock.Advance(std::chrono::hours(24 * 365 * 2));
  Call call = Staff(family_);
  const auto facts = RunSync(facts_.Load(call, std::string(kAgency), *names_.ReadFamily(family_),
                                         options::v1::FRESHNESS_NOW));
  for (const AccessFacts::Member& one : (*facts)->members) {
    if (one.member == names_.ReadMember(mother_.name())->id) continue;
    EXPECT_THAT(one.subjects, testing::ElementsAre("tom")) << "neither has another's";
  }
}

TEST_F(HistoryTest, I7_TheFactsSayWhenAMemberComesOfAgeWhereTheAgencyIs) {
  ASSERT_TRUE(absl::LoadTimeZone("America/Los_Angeles", &rules_.zone));
  const int year = schema::DateOf(store_.clock.NowMicros()).year() - 17;
  const v1::Member teen = NewMember(family_, "Tom Example", year);
  v1::CreateMemberRequest request;
  request.set_parent(family_);
  request.mutable_member()->set_display_name("Nia Example");
  request.mutable_member()->set_role(v1::MEMBER_ROLE_CHILD);
  request.mutable_member()->set_involvement(v1::INVOLVEMENT_DIRECT);
  Do(Staff(family_), &IntakeService::CreateMember, request);
  const auto facts = Facts(family_);
  ASSERT_EQ(facts->members.size(), 3u);
  const std::int64_t of_age_us = *MajorityUs(teen, rules_.zone);
  for (const AccessFacts::Member& member : facts->members) {
    if (member.member == names_.ReadMember(teen.name())->id) {
      EXPECT_EQ(member.majority_us, of_age_us);
      EXPECT_TRUE(IsMinorAt(member, of_age_us - 1));
      EXPECT_FALSE(IsMinorAt(member, of_age_us));
    } else if (member.member == names_.ReadMember(mother_.name())->id) {
      EXPECT_FALSE(IsMinorAt(member, store_.clock.NowMicros()));
    } else {
      EXPECT_TRUE(IsMinorAt(member, INT64_MAX - 1)) << "until somebody knows the birth date";
    }
  }
}

// Who helps from outside sees nothing of a family, so they are not told either that it is a client;
// nor is who supervises them.
TEST_F(HistoryTest, I3_AnIndirectHelperIsListedNoFamily) {
  const auto counsellor = NewProfessional("Counsellor Example", "counsellor");
  const auto boss = NewProfessional("Head Example", "head");
  v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(boss.name());
  assign.mutable_supervision()->set_supervisee(counsellor.name());
  Do(Staff(), &IntakeService::AssignSupervisor, assign);
  v1::JoinTherapistSystemRequest join;
  join.set_parent(family_);
  join.mutable_helper()->set_professional(counsellor.name());
  join.mutable_helper()->set_role(v1::THERAPIST_SYSTEM_ROLE_SCHOOL);
  join.mutable_helper()->set_involvement(v1::INVOLVEMENT_INDIRECT);
  Do(Staff(family_), &IntakeService::JoinTherapistSystem, join);
  namespace ov = options::v1;
  EXPECT_TRUE(NamesAs({ov::ROLE_CLINICIAN}, "counsellor").empty());
  EXPECT_TRUE(NamesAs({ov::ROLE_CLINICIAN, ov::ROLE_SUPERVISOR}, "head").empty());
  EXPECT_EQ(NamesAs({ov::ROLE_ADMIN}, "root", "professional = \"" + counsellor.name() + "\""),
            std::vector<std::string>{family_});
}

TEST_F(HistoryTest, I10_ListsOfTheAgencyArePagedWithinRightsAndByWord) {
  std::vector<std::string> all = {family_};
  for (int i = 0; i < 4; ++i) all.insert(all.begin(), NewFamily().name());
  namespace ov = options::v1;
  EXPECT_EQ(NamesAs({ov::ROLE_ADMIN}, "root"), all);
  EXPECT_EQ(NamesAs({ov::ROLE_INTAKE}, "ida"), all);
  EXPECT_EQ(NamesAs({ov::ROLE_ADMIN}, "root", "text:example"), all);
  EXPECT_EQ(NamesAs({ov::ROLE_ADMIN}, "root", "text:\"EX\xC3\x81MPLE\""), all)
      << "whatever the case and the accents";
  EXPECT_THAT(NamesAs({ov::ROLE_ADMIN}, "root", "text:exam"), IsEmpty()) << "whole words";
  EXPECT_THAT(NamesAs({ov::ROLE_ADMIN}, "root", "state = OPEN"), IsEmpty());
  const std::string anna = NewProfessional("Anna Sample", "anna").name();
  Join(all[1], anna);
  EXPECT_THAT(NamesAs({ov::ROLE_CLINICIAN}, "anna", "text:example"), ElementsAre(all[1]));
  EXPECT_THAT(NamesAs({ov::ROLE_CLINICIAN}, "stranger"), IsEmpty());
  EXPECT_THAT(NamesAs({ov::ROLE_ADMIN}, "root", "professional = \"" + anna + "\""),
              ElementsAre(all[1]));
  ASSERT_TRUE(Move(all[2], v1::FAMILY_STATE_SCREENED).ok());
  EXPECT_THAT(NamesAs({ov::ROLE_INTAKE}, "ida", "state = SCREENED"), ElementsAre(all[2]));
}

}  // namespace
}  // namespace rapport::intake
