// Emergency opening: who opens, for how long, what is missing, and what ends it.
#include "intake/emergency_rules.h"

#include "intake/case_rules.h"
#include "unit/intake/family_builder.h"
#include "unit/intake/intake_fixture.h"

#include <set>

namespace rapport::intake {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

constexpr std::chrono::hours kDay{24};

std::vector<std::string> TypesOf(const std::vector<Unmet>& unmet) {
  std::vector<std::string> types;
  for (const Unmet& one : unmet) types.push_back(one.type);
  return types;
}

TEST(EmergencyRules, I1_EveryConditionOfAnEmergencyIsListed) {
  CaseFile file = ReadyFamily();
  file.helpers[0].set_professional("anna");
  EXPECT_THAT(UnmetForEmergency(file, "anna", "sam", true, kNow), IsEmpty());
  EXPECT_THAT(TypesOf(UnmetForEmergency(file, "anna", "sam", false, kNow)),
              ElementsAre("SUPERVISION_MISSING"));
  file.family.set_state(v1::FAMILY_STATE_OPEN);
  EXPECT_THAT(TypesOf(UnmetForEmergency(file, "ben", "sam", false, kNow)),
              ElementsAre("ILLEGAL_TRANSITION", "THERAPIST_MISSING", "SUPERVISION_MISSING"));
}

TEST(EmergencyRules, I1_OpensEveryCaseThatIsNotOpenButThoseSentElsewhereOrPaused) {
  CaseFile file = ReadyFamily();
  file.helpers[0].set_professional("anna");
  for (int state = 1; state <= 10; ++state) {
    file.family.set_state(static_cast<v1::FamilyState>(state));
    const bool refused = state == v1::FAMILY_STATE_REDIRECTED || state == v1::FAMILY_STATE_OPEN ||
                         state == v1::FAMILY_STATE_ON_HOLD;
    EXPECT_EQ(UnmetForEmergency(file, "anna", "sam", true, kNow).empty(), !refused) << state;
  }
}

TEST(EmergencyRules, I1_StandsForConsentsThatNobodyAskedForButNotForThoseTakenBack) {
  CaseFile file = ReadyFamily();
  EXPECT_THAT(CoveredInEmergency(file, kNow), IsEmpty());
  v1::OpenInEmergencyRequest request;
  BeginEmergency(request, kNow, (file.family.add_episodes(), &file.family));
  EXPECT_THAT(CoveredInEmergency(file, kNow), IsEmpty()) << "everyone consented";
  std::erase_if(file.consents, [](const v1::Consent& one) { return one.member() == "mother"; });
  EXPECT_THAT(CoveredInEmergency(file, kNow),
              ElementsAre(std::pair("mother", v1::CONSENT_PURPOSE_TREATMENT),
                          std::pair("mother", v1::CONSENT_PURPOSE_CONJOINT_TREATMENT)));
  v1::Consent back = ConsentOf("mother", v1::CONSENT_PURPOSE_TREATMENT);
  *back.mutable_revoke_time() = At(kNow - 1);
  file.consents.push_back(back);
  EXPECT_THAT(CoveredInEmergency(file, kNow),
              ElementsAre(std::pair("mother", v1::CONSENT_PURPOSE_CONJOINT_TREATMENT)));
  EXPECT_EQ(EmergencyTime(file.family), (Period{kNow, kNow + kEmergencyUs}));
  *file.family.mutable_emergency()->mutable_settle_time() = At(kNow + 1'000'000);
  EXPECT_THAT(CoveredInEmergency(file, kNow), IsEmpty()) << "settled";
  EXPECT_EQ(EmergencyTime(file.family), (Period{kNow, kNow + 1'000'000}));
}

class EmergencyTest : public IntakeTest {
 protected:
  EmergencyTest() {
    family_ = NewFamily().name();
    anna_ = NewProfessional("Anna Sample", "anna").name();
    sam_ = NewProfessional("Sam Sample", "sam").name();
    v1::AssignSupervisorRequest assign;
    assign.mutable_supervision()->set_supervisor(sam_);
    assign.mutable_supervision()->set_supervisee(anna_);
    Do(Staff(), &IntakeService::AssignSupervisor, assign);
    Join(family_, anna_);
    member_ = NewMember(family_, "Mira Example", 1990).name();
  }
  Call Anna(const std::string& family) {
    return Call(*this, "anna", family, Viewer::kCareTeam, {}, anna_);
  }
  absl::StatusOr<v1::OpenInEmergencyResponse> Open(const std::string& etag = {}) {
    v1::OpenInEmergencyRequest request;
    request.set_name(family_);
    request.set_clinician(anna_);
    request.set_supervisor(sam_);
    request.set_reason("the father said that he is not safe tonight");
    request.set_etag(etag.empty() ? Get(family_).etag() : etag);
    return Run(Anna(family_), &IntakeService::OpenInEmergency, request);
  }
  // What the worklist of Anna says, by kind.
  std::vector<v1::WorklistEntry> Worklist(const std::string& filter = {},
                                          const std::string& subject = "anna") {
    v1::ListDueWorkRequest request;
    request.set_filter(filter);
    Call call(*this, subject, "", Viewer::kAgency);
    auto principal = std::make_shared<Principal>(*call.principal);
    principal->roles.Add(options::v1::ROLE_SUPERVISOR);
    call.principal = principal;
    const auto page = Do(std::move(call), &IntakeService::ListDueWork, request);
    disclosed_ = call.disclosed_members;
    return {page.entries().begin(), page.entries().end()};
  }
  void MeetAllConditions() {
    Grant(family_, member_, v1::CONSENT_PURPOSE_TREATMENT);
    Screen(family_, member_);
    v1::SetSecretsPolicyRequest policy;
    policy.set_parent(family_);
    policy.mutable_policy()->set_choice(v1::SECRETS_POLICY_OPTION_NO_SECRETS);
    v1::SignSecretsPolicyRequest sign;
    sign.set_name(Do(Staff(family_), &IntakeService::SetSecretsPolicy, policy).policy().name());
    sign.set_member(member_);
    Do(Staff(family_), &IntakeService::SignSecretsPolicy, sign);
  }

  std::string family_, anna_, sam_, member_;
  std::vector<std::string> disclosed_;  // of the last Worklist
};

TEST_F(EmergencyTest, I1_OpensForSevenDaysAndSaysWhatIsMissing) {
  const auto opened = Open();
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->family().state(), v1::FAMILY_STATE_OPEN);
  const v1::Family shown = Get(family_);
  EXPECT_EQ(shown.emergency().clinician(), anna_);
  EXPECT_EQ(shown.emergency().supervisor(), sam_);
  EXPECT_EQ(Micros(shown.emergency().expire_time()) - Micros(shown.emergency().start_time()),
            kEmergencyUs);
  std::vector<std::string> types;
  for (const auto& unmet : shown.emergency().unmet()) types.push_back(unmet.type());
  EXPECT_THAT(types,
              ElementsAre("CONSENT_MISSING", "SAFETY_SCREEN_DUE", "SECRETS_POLICY_UNSIGNED"));
  EXPECT_EQ(shown.reassessment_occasion(), v1::ASSESSMENT_OCCASION_CRISIS);
  ASSERT_EQ(shown.episodes_size(), 1);
  EXPECT_TRUE(shown.episodes(0).emergency());
}

TEST_F(EmergencyTest, I1_WhatIsMissingIsListedUntilItIsMet) {
  ASSERT_TRUE(Open().ok());
  for (const char* who : {"anna", "sam"}) {
    const auto due = Worklist("kind = EMERGENCY_CONDITION", who);
    ASSERT_EQ(due.size(), 3u) << who;
    EXPECT_THAT(std::set(disclosed_.begin(), disclosed_.end()),
                ElementsAre(*names_.ReadFamily(family_)));
    for (const auto& entry : due) {
      EXPECT_EQ(entry.family(), family_);
      EXPECT_EQ(Micros(entry.due_time()), store_.clock.NowMicros() + kEmergencyUs);
    }
  }
  EXPECT_THAT(Worklist("", "stranger"), IsEmpty());
  MeetAllConditions();
  EXPECT_THAT(Worklist("kind = EMERGENCY_CONDITION"), IsEmpty());
}

TEST_F(EmergencyTest, I1_AfterSevenDaysTheCaseIsOnHoldUntilEveryConditionIsMet) {
  ASSERT_TRUE(Open().ok());
  store_.clock.Advance(7 * kDay - std::chrono::microseconds(1));
  EXPECT_EQ(Get(family_).state(), v1::FAMILY_STATE_OPEN);
  EXPECT_EQ(Roster(family_).state(), v1::FAMILY_STATE_OPEN);
  store_.clock.Advance(std::chrono::microseconds(1));
  EXPECT_EQ(Get(family_).state(), v1::FAMILY_STATE_ON_HOLD);
  EXPECT_EQ(Roster(family_).state(), v1::FAMILY_STATE_ON_HOLD);
  cache_.Forget(kAgency, *names_.ReadFamily(family_));
  EXPECT_EQ(Facts(family_)->state, CaseState::kOnHold);
  EXPECT_EQ(ReasonOf(Open().status()), "ILLEGAL_TRANSITION") << "there is no second week";
  EXPECT_EQ(ReasonOf(Move(family_, v1::FAMILY_STATE_OPEN).status()), "CONDITIONS_UNMET");
  MeetAllConditions();
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_OPEN).ok());
  const v1::Family settled = Get(family_);
  EXPECT_EQ(settled.state(), v1::FAMILY_STATE_OPEN);
  EXPECT_TRUE(settled.emergency().has_settle_time());
  EXPECT_EQ(settled.episodes_size(), 1) << "the same work went on";
}

TEST_F(EmergencyTest, I1_OnceItsTimeIsOverTheCaseSaysSinceWhenItIsOnHoldAndWhy) {
  ASSERT_TRUE(Open().ok());
  const std::int64_t over_us = store_.clock.NowMicros() + kEmergencyUs;
  EXPECT_EQ(Get(family_).state_reason(), "the father said that he is not safe tonight");
  store_.clock.Advance(9 * kDay);
  const v1::Family lapsed = Get(family_);
  EXPECT_EQ(Micros(lapsed.state_time()), over_us);
  EXPECT_EQ(lapsed.state_reason(), "the emergency opening ended with conditions unmet");
  EXPECT_EQ(lapsed.emergency().reason(), "the father said that he is not safe tonight");
}

TEST_F(EmergencyTest, I1_TheFactsCarryItWithItsTimeForWhoWasNotAskedYet) {
  ASSERT_TRUE(Open().ok());
  const std::int64_t opened_us = store_.clock.NowMicros();
  const auto facts = Facts(family_);
  EXPECT_EQ(facts->state, CaseState::kOpen);
  ASSERT_EQ(facts->consents.size(), 2u);
  for (const AccessFacts::Consent& consent : facts->consents) {
    EXPECT_EQ(consent.member, names_.ReadMember(member_)->id);
    EXPECT_TRUE(consent.in_emergency);
    EXPECT_EQ(consent.period, (Period{opened_us, opened_us + kEmergencyUs}));
  }
  ASSERT_EQ(facts->screens_due.size(), 1u) << "an emergency stands for no screen";
  EXPECT_LE(facts->screens_due[0].due_us, opened_us);
  MeetAllConditions();
  const auto met = Facts(family_);
  EXPECT_THAT(met->screens_due, testing::Each(testing::Field(&AccessFacts::ScreenDue::due_us,
                                                             testing::Gt(opened_us))));
  ASSERT_EQ(met->secrets_policies.size(), 1u);
  EXPECT_EQ(met->secrets_policies[0].option, v1::SECRETS_POLICY_OPTION_NO_SECRETS);
}

TEST_F(EmergencyTest, I1_IsSettledByOpeningOnceMoreWithEveryConditionMet) {
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(ReasonOf(Move(family_, v1::FAMILY_STATE_OPEN).status()), "CONDITIONS_UNMET");
  MeetAllConditions();
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_OPEN).ok());
  store_.clock.Advance(8 * kDay);
  EXPECT_EQ(Get(family_).state(), v1::FAMILY_STATE_OPEN);
  EXPECT_EQ(ReasonOf(Move(family_, v1::FAMILY_STATE_OPEN).status()), "ILLEGAL_TRANSITION")
      << "an ordinary open case does not open again";
}

TEST_F(EmergencyTest, I1_TheCallerIsOneOfTheTwoAndSawTheCaseAsItIs) {
  v1::OpenInEmergencyRequest request;
  request.set_name(family_);
  request.set_clinician(anna_);
  request.set_supervisor(sam_);
  request.set_reason("tonight");
  request.set_etag(Get(family_).etag());
  const std::string ben = NewProfessional("Ben Sample", "ben").name();
  EXPECT_EQ(ReasonOf(Run(Call(*this, "ben", family_, Viewer::kCareTeam, {}, ben),
                         &IntakeService::OpenInEmergency, request)
                         .status()),
            "INVALID_REQUEST");
  EXPECT_EQ(ReasonOf(Open("\"AAAAAAAAAAAA\"").status()), "ETAG_MISMATCH");
  EXPECT_TRUE(Run(Call(*this, "sam", family_, Viewer::kSupervisor, {}, sam_),
                  &IntakeService::OpenInEmergency, request)
                  .ok());
}

TEST_F(EmergencyTest, I1_NeedsSupervisionOfTheClinicianNow) {
  const std::string other = NewProfessional("Olga Sample").name();
  v1::OpenInEmergencyRequest request;
  request.set_name(family_);
  request.set_clinician(anna_);
  request.set_supervisor(other);
  request.set_reason("tonight");
  request.set_etag(Get(family_).etag());
  const auto refused = Run(Anna(family_), &IntakeService::OpenInEmergency, request).status();
  EXPECT_EQ(ReasonOf(refused), "CONDITIONS_UNMET");
}

TEST_F(EmergencyTest, I1_ReopeningKeepsEveryEpisodeWithItsEnding) {
  MeetAllConditions();
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_OPEN).ok());
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_CLOSED, v1::CASE_ENDING_MOVED).ok());
  EXPECT_EQ(Get(family_).ending(), v1::CASE_ENDING_MOVED);
  store_.clock.Advance(kDay);
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_OPEN).ok());
  const v1::Family reopened = Get(family_);
  EXPECT_EQ(reopened.ending(), v1::CASE_ENDING_UNSPECIFIED);
  ASSERT_EQ(reopened.episodes_size(), 2);
  EXPECT_EQ(reopened.episodes(0).ending(), v1::CASE_ENDING_MOVED);
  EXPECT_EQ(reopened.episodes(0).reason(), "as agreed");
  EXPECT_FALSE(reopened.episodes(1).has_close_time());
  EXPECT_FALSE(reopened.episodes(1).emergency());
  EXPECT_EQ(reopened.reassessment_occasion(), v1::ASSESSMENT_OCCASION_INTAKE);
}

TEST_F(EmergencyTest, I1_AnEmergencyThatWasNeverSettledIsNotFollowedByAnother) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_CLOSED, v1::CASE_ENDING_OTHER).ok());
  store_.clock.Advance(kDay);
  EXPECT_EQ(ReasonOf(Open().status()), "CONDITIONS_UNMET");
  EXPECT_EQ(Get(family_).state(), v1::FAMILY_STATE_CLOSED);
  MeetAllConditions();
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_OPEN).ok()) << "the regular way";
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_CLOSED, v1::CASE_ENDING_OTHER).ok());
  ASSERT_TRUE(Open().ok()) << "the first was settled";
  const v1::Family family = Get(family_);
  ASSERT_EQ(family.episodes_size(), 3);
  EXPECT_EQ(family.episodes(0).emergency_opening().clinician(), anna_) << "and stays on record";
  EXPECT_TRUE(family.episodes(0).emergency_opening().has_settle_time());
  EXPECT_FALSE(family.emergency().has_settle_time());
}

TEST_F(EmergencyTest, I9_AScreenIsRepeatedAndToldFourteenDaysBefore) {
  MeetAllConditions();
  store_.clock.Advance(165 * kDay);
  EXPECT_THAT(Worklist("kind = SAFETY_SCREEN"), IsEmpty());
  store_.clock.Advance(2 * kDay);
  const auto due = Worklist("kind = SAFETY_SCREEN");
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].subject(), member_);
  Screen(family_, member_);
  EXPECT_THAT(Worklist("kind = SAFETY_SCREEN"), IsEmpty());
}

TEST_F(EmergencyTest, I7_AConsentThatEndsIsToldUntilItIsGivenAnew) {
  v1::GrantConsentRequest request;
  request.set_parent(family_);
  request.mutable_consent()->set_member(member_);
  request.mutable_consent()->set_grantor(member_);
  request.mutable_consent()->set_purpose(v1::CONSENT_PURPOSE_RATINGS);
  request.mutable_consent()->set_authority(v1::CONSENT_AUTHORITY_SELF);
  *request.mutable_consent()->mutable_expire_time() =
      schema::ToTimestamp(store_.clock.NowMicros() + std::chrono::microseconds(20 * kDay).count());
  const auto consent = Do(Staff(family_), &IntakeService::GrantConsent, request).consent();
  const auto due = Worklist("kind = CONSENT_EXPIRING");
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].subject(), consent.name());
  Grant(family_, member_, v1::CONSENT_PURPOSE_RATINGS);
  EXPECT_THAT(Worklist("kind = CONSENT_EXPIRING"), IsEmpty());
}

}  // namespace
}  // namespace rapport::intake
