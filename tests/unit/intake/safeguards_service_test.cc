// Consents, safety screens and the secrets policy, by the use cases; and what of them a member
// sees.
#include "intake/consent_rules.h"
#include "platform/schema/validate.h"
#include "unit/intake/intake_fixture.h"

#include <set>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SafeguardsServiceTest : public IntakeTest {
 protected:
  absl::StatusOr<v1::RevokeConsentResponse> Revoke(Call&& call, const v1::Consent& consent,
                                                   const std::string& by, std::string etag) {
    v1::RevokeConsentRequest request;
    request.set_name(consent.name());
    request.set_revoked_by(by);
    request.set_reason("I don't want this any more.");
    request.set_etag(std::move(etag));
    return Run(std::move(call), &IntakeService::RevokeConsent, request);
  }
  std::vector<v1::Consent> ConsentsAs(Call&& call) {
    v1::ListConsentsRequest request;
    request.set_parent(family_);
    const auto response = Do(std::move(call), &IntakeService::ListConsents, request);
    return {response.consents().begin(), response.consents().end()};
  }

  // As `call`, of `member` by `grantor`.
  absl::StatusOr<v1::GrantConsentResponse> GrantAs(Call&& call, const std::string& member,
                                                   const std::string& grantor,
                                                   v1::ConsentAuthority authority) {
    v1::GrantConsentRequest request;
    request.set_parent(family_);
    v1::Consent& consent = *request.mutable_consent();
    consent.set_member(member);
    consent.set_purpose(v1::CONSENT_PURPOSE_RATINGS);
    consent.set_grantor(grantor);
    consent.set_authority(authority);
    consent.set_assent(authority == v1::CONSENT_AUTHORITY_SELF && member == child_);
    if (authority != v1::CONSENT_AUTHORITY_SELF) consent.set_document("a paper");
    return Run(std::move(call), &IntakeService::GrantConsent, request);
  }
  void Draw(const std::string& parent, v1::Custody custody) {
    v1::SetRelationshipRequest request;
    request.set_parent(family_);
    v1::Relationship& line = *request.mutable_relationship();
    line.set_from_member(parent);
    line.set_to_member(child_);
    line.set_kind(v1::RELATIONSHIP_KIND_BIRTH_PARENT);
    line.set_custody(custody);
    Do(Staff(family_), &IntakeService::SetRelationship, request);
  }
  bool MayRate(const std::string& member) {
    v1::CheckConsentRequest request;
    request.set_parent(family_);
    request.set_member(member);
    request.set_purpose(v1::CONSENT_PURPOSE_RATINGS);
    return Do(Staff(family_), &IntakeService::CheckConsent, request).permitted();
  }

  const std::string family_ = NewFamily().name();
  const std::string mother_ = NewMember(family_, "Mira Example", 1990).name();
  const std::string father_ = NewMember(family_, "Max Example", 1988).name();
  const std::string child_ = NewMember(family_, "Lia Example", 2018).name();
};

TEST_F(SafeguardsServiceTest, I7EachPurposeNamesWhatItGates) {
  const auto* purposes = v1::ConsentPurpose_descriptor();
  std::set<std::string> told;
  for (int i = 0; i < purposes->value_count(); ++i) {
    const auto purpose = static_cast<v1::ConsentPurpose>(purposes->value(i)->number());
    if (purpose == v1::CONSENT_PURPOSE_UNSPECIFIED || NamesRecipient(purpose)) continue;
    told.insert(Grant(family_, mother_, purpose).gates());
  }
  EXPECT_EQ(told.size(), 5u);
  EXPECT_EQ(told.count(""), 0u);
}

// No method and no figure here is research: what the suite counts for the agency is its own quality
// of care, from ratings whose use was consented to. Who takes data elsewhere for research asks
// first.
TEST_F(SafeguardsServiceTest, I7_ResearchIsDoneElsewhereWhichIsSaidAndAskedFor) {
  const v1::Consent consent = Grant(family_, mother_, v1::CONSENT_PURPOSE_RESEARCH);
  EXPECT_THAT(consent.gates(), testing::HasSubstr("of which this record does none"));
  v1::CheckConsentRequest check;
  check.set_parent(family_);
  check.set_member(mother_);
  check.set_purpose(v1::CONSENT_PURPOSE_RESEARCH);
  const auto ask = [&] {
    return Do(Call(*this, "service/warehouse", family_, Viewer::kAgency),
              &IntakeService::CheckConsent, check)
        .permitted();
  };
  EXPECT_TRUE(ask());
  v1::RevokeConsentRequest revoke;
  revoke.set_name(consent.name());
  revoke.set_etag(consent.etag());
  revoke.set_revoked_by(mother_);
  Do(Staff(family_), &IntakeService::RevokeConsent, revoke);
  EXPECT_FALSE(ask()) << "at once";
}

TEST_F(SafeguardsServiceTest, I7_ANoEndsEveryYesToTheSameHoweverOftenItWasRecorded) {
  const auto treatment = [&] { return Grant(family_, mother_, v1::CONSENT_PURPOSE_TREATMENT); };
  treatment();
  const v1::Consent second = treatment();
  treatment();
  Grant(family_, mother_, v1::CONSENT_PURPOSE_RATINGS);
  Grant(family_, father_, v1::CONSENT_PURPOSE_TREATMENT);
  ASSERT_TRUE(Revoke(Staff(family_), second, mother_, second.etag()).ok());
  v1::CheckConsentRequest check;
  check.set_parent(family_);
  check.set_member(mother_);
  check.set_purpose(v1::CONSENT_PURPOSE_TREATMENT);
  const auto permitted = [&] {
    return Do(Staff(family_), &IntakeService::CheckConsent, check).permitted();
  };
  EXPECT_FALSE(permitted());
  int revoked = 0;
  for (const v1::Consent& one : ConsentsAs(Staff(family_))) {
    if (one.state() != v1::CONSENT_STATE_REVOKED) continue;
    ++revoked;
    EXPECT_EQ(one.purpose(), v1::CONSENT_PURPOSE_TREATMENT);
    EXPECT_EQ(one.revoked_by(), mother_);
    EXPECT_EQ(one.revoke_reason(), "I don't want this any more.");
  }
  EXPECT_EQ(revoked, 3) << "on record, each; other purposes and other people's are not touched";
  treatment();
  EXPECT_TRUE(permitted()) << "until they say yes again";
}

TEST_F(SafeguardsServiceTest, I7_TheAgencysRulesSayWhoseConsentIsNeeded) {
  Grant(family_, child_, v1::CONSENT_PURPOSE_RATINGS, mother_);
  v1::CheckConsentRequest check;
  check.set_parent(family_);
  check.set_member(child_);
  check.set_purpose(v1::CONSENT_PURPOSE_RATINGS);
  EXPECT_TRUE(Do(Staff(family_), &IntakeService::CheckConsent, check).permitted());
  EXPECT_EQ(Facts(family_)->consents.size(), 1u);
  rules_.assent_years = 7;
  const auto refused = Do(Staff(family_), &IntakeService::CheckConsent, check);
  EXPECT_FALSE(refused.permitted());
  EXPECT_THAT(refused.missing(), testing::ElementsAre(child_));
  EXPECT_THAT(refused.consents(), testing::IsEmpty());
}

TEST_F(SafeguardsServiceTest, I9_TheAgencySaysWhenAPersonIsAskedAgain) {
  rules_.screen_days = 30;
  v1::RecordSafetyScreenRequest request;
  request.set_parent(family_);
  request.mutable_screen()->set_member(mother_);
  request.mutable_screen()->set_alone(true);
  request.mutable_screen()->set_result(v1::SAFETY_RESULT_CONJOINT_OK);
  const auto screen = Do(Staff(family_), &IntakeService::RecordSafetyScreen, request).screen();
  EXPECT_EQ(screen.next_due_time().seconds() - screen.screen_time().seconds(), 30 * 86'400);
}

TEST_F(SafeguardsServiceTest, AMemberRevokesTheirOwnWithoutAnEtagAndAtOnce) {
  const v1::Consent consent = Grant(family_, mother_, v1::CONSENT_PURPOSE_RATINGS);
  ASSERT_EQ(Facts(family_)->consents.at(0).period.to_us, 0);
  EXPECT_EQ(ReasonOf(Revoke(Staff(family_), consent, mother_, "").status()), "ETAG_REQUIRED");
  store_.clock.Advance(std::chrono::seconds(1));
  const auto revoked = Revoke(Member(family_, mother_), consent, mother_, "");
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_EQ(revoked->consent().state(), v1::CONSENT_STATE_REVOKED);
  EXPECT_EQ(revoked->consent().revoke_reason(), "I don't want this any more.");
  EXPECT_EQ(Facts(family_)->consents.at(0).period.to_us, store_.clock.NowMicros());
  EXPECT_EQ(ReasonOf(Revoke(Member(family_, mother_), consent, mother_, "").status()),
            "CONSENT_ENDED");
}

TEST_F(SafeguardsServiceTest, I9_TheCareTeamReadsWhatWasScreened) {
  const auto record = [&](const std::string& member, v1::SafetyResult result) {
    v1::RecordSafetyScreenRequest request;
    request.set_parent(family_);
    request.mutable_screen()->set_member(member);
    request.mutable_screen()->set_alone(true);
    request.mutable_screen()->set_result(result);
    if (result == v1::SAFETY_RESULT_CONJOINT_WITH_CONDITIONS) {
      request.mutable_screen()->set_conditions("No talk of money.");
    }
    return Do(Staff(family_), &IntakeService::RecordSafetyScreen, request).screen();
  };
  const auto mothers = record(mother_, v1::SAFETY_RESULT_CONJOINT_WITH_CONDITIONS);
  const auto fathers = record(father_, v1::SAFETY_RESULT_CONJOINT_OK);
  v1::ListSafetyScreensRequest request;
  request.set_parent(family_);
  const auto names = [&] {
    const auto listed = Do(Staff(family_), &IntakeService::ListSafetyScreens, request);
    std::vector<std::string> found;
    for (const auto& one : listed.screens()) found.push_back(one.name());
    return found;
  };
  EXPECT_THAT(names(), ElementsAre(mothers.name(), fathers.name()));
  const auto first = Do(Staff(family_), &IntakeService::ListSafetyScreens, request).screens(0);
  EXPECT_EQ(first.conditions(), "No talk of money.");
  request.set_order_by("create_time desc");
  EXPECT_THAT(names(), ElementsAre(fathers.name(), mothers.name()));
  request.set_filter("result = SAFETY_RESULT_CONJOINT_OK");
  EXPECT_THAT(names(), ElementsAre(fathers.name()));
  request.set_filter("member = \"" + mother_ + "\"");
  EXPECT_THAT(names(), ElementsAre(mothers.name()));
  request.set_filter("result = HARMLESS");
  EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::ListSafetyScreens, request).status()),
            "FILTER_INVALID");
}

TEST_F(SafeguardsServiceTest, AnEtagThatAMemberGivesMustBeCurrent) {
  const v1::Consent consent = Grant(family_, mother_, v1::CONSENT_PURPOSE_RATINGS);
  EXPECT_EQ(
      ReasonOf(Revoke(Member(family_, mother_), consent, mother_, "\"AAAAAAAAAAAA\"").status()),
      "ETAG_MISMATCH");
}

TEST_F(SafeguardsServiceTest, AnothersConsentIsNotThereForAMember) {
  const v1::Consent consent = Grant(family_, mother_, v1::CONSENT_PURPOSE_RATINGS);
  EXPECT_EQ(Revoke(Member(family_, father_), consent, father_, consent.etag()).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(ConsentsAs(Member(family_, father_)), IsEmpty());
  EXPECT_THAT(ConsentsAs(Member(family_, mother_)), SizeIs(1));
}

// To say no must be easy: nothing that others changed meanwhile stands in the way.
TEST_F(SafeguardsServiceTest, I7_AMemberRevokesWithoutAnEtag) {
  const v1::Consent consent = Grant(family_, mother_, v1::CONSENT_PURPOSE_RATINGS);
  v1::RevokeConsentRequest request;
  request.set_name(consent.name());
  request.set_revoked_by(mother_);
  request.set_request_id("3f0b7a3e-8f5c-4b57-9d0a-6d5a6a1f2c11");
  EXPECT_THAT(schema::Validate(request), IsEmpty()) << "else the pipeline refuses it";
  EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::RevokeConsent, request).status()),
            "ETAG_REQUIRED");
  EXPECT_TRUE(Run(Member(family_, mother_), &IntakeService::RevokeConsent, request).ok());
}

TEST_F(SafeguardsServiceTest, I7_StaffRevokeForWhomItIsAboutOrTheGrantorAlone) {
  const v1::Consent consent = Grant(family_, mother_, v1::CONSENT_PURPOSE_RATINGS);
  for (const std::string& by : {father_, std::string()}) {
    EXPECT_EQ(ReasonOf(Revoke(Staff(family_), consent, by, consent.etag()).status()),
              "INVALID_REQUEST")
        << by;
  }
  EXPECT_TRUE(Revoke(Staff(family_), consent, mother_, consent.etag()).ok());
}

TEST_F(SafeguardsServiceTest, WhyAParentRevokedIsNotForTheChild) {
  const v1::Consent consent = Grant(family_, child_, v1::CONSENT_PURPOSE_RATINGS, mother_);
  ASSERT_TRUE(Revoke(Member(family_, mother_), consent, mother_, "").ok());
  ASSERT_THAT(ConsentsAs(Member(family_, child_)), SizeIs(1));
  EXPECT_EQ(ConsentsAs(Member(family_, child_))[0].revoke_reason(), "");
  EXPECT_EQ(ConsentsAs(Member(family_, mother_))[0].revoke_reason(), "I don't want this any more.");
  EXPECT_EQ(ConsentsAs(Staff(family_))[0].revoke_reason(), "I don't want this any more.");
}

TEST_F(SafeguardsServiceTest, I7_NobodyGivesConsentInAnotherAdultsName) {
  for (const auto authority :
       {v1::CONSENT_AUTHORITY_PARENT, v1::CONSENT_AUTHORITY_LEGAL_GUARDIAN,
        v1::CONSENT_AUTHORITY_COURT_ORDER, v1::CONSENT_AUTHORITY_POWER_OF_ATTORNEY}) {
    const auto refused = GrantAs(Member(family_, mother_), father_, mother_, authority);
    EXPECT_EQ(ReasonOf(refused.status()), "INVALID_REQUEST") << authority;
  }
  EXPECT_FALSE(MayRate(father_));
  EXPECT_EQ(
      ReasonOf(GrantAs(Staff(family_), father_, mother_, v1::CONSENT_AUTHORITY_PARENT).status()),
      "INVALID_REQUEST")
      << "nobody is an adult's parent in law";
  EXPECT_TRUE(
      GrantAs(Staff(family_), father_, mother_, v1::CONSENT_AUTHORITY_POWER_OF_ATTORNEY).ok())
      << "staff saw the paper";
}

TEST_F(SafeguardsServiceTest, I7_WhatAnAdultTookBackNobodyElseGivesAgain) {
  const v1::Consent his = Grant(family_, father_, v1::CONSENT_PURPOSE_RATINGS);
  ASSERT_TRUE(Revoke(Member(family_, father_), his, father_, "").ok());
  for (const auto authority : {v1::CONSENT_AUTHORITY_PARENT, v1::CONSENT_AUTHORITY_COURT_ORDER}) {
    EXPECT_FALSE(GrantAs(Member(family_, mother_), father_, mother_, authority).ok());
  }
  EXPECT_FALSE(MayRate(father_));
  EXPECT_TRUE(GrantAs(Member(family_, father_), father_, father_, v1::CONSENT_AUTHORITY_SELF).ok());
  EXPECT_TRUE(MayRate(father_));
}

TEST_F(SafeguardsServiceTest, I7_FromTheirOwnAccountAParentNeedsALineOfTheGenogram) {
  const auto as_parent = [&](Call&& call, const std::string& who) {
    return GrantAs(std::move(call), child_, who, v1::CONSENT_AUTHORITY_PARENT).ok();
  };
  EXPECT_FALSE(as_parent(Member(family_, mother_), mother_));
  EXPECT_FALSE(MayRate(child_));
  EXPECT_TRUE(as_parent(Staff(family_), mother_)) << "staff saw the paper";
  Draw(father_, v1::CUSTODY_JOINT);
  EXPECT_TRUE(as_parent(Member(family_, father_), father_));
  EXPECT_FALSE(as_parent(Member(family_, mother_), mother_)) << "there is none of hers";
}

TEST_F(SafeguardsServiceTest, I7_AParentWithoutCustodyGivesNothingWhoeverRecordsIt) {
  for (const auto custody : {v1::CUSTODY_NONE, v1::CUSTODY_VISITS}) {
    Draw(father_, custody);
    for (const bool own : {true, false}) {
      EXPECT_FALSE(GrantAs(own ? Member(family_, father_) : Staff(family_), child_, father_,
                           v1::CONSENT_AUTHORITY_PARENT)
                       .ok());
    }
  }
}

TEST_F(SafeguardsServiceTest, I7_WhoIsNoParentOfTheFamilyIsNobodysParent) {
  v1::CreateMemberRequest request;
  request.set_parent(family_);
  request.mutable_member()->set_display_name("Uma Example");
  request.mutable_member()->set_role(v1::MEMBER_ROLE_FRIEND);
  request.mutable_member()->set_involvement(v1::INVOLVEMENT_INDIRECT);
  request.mutable_member()->mutable_birth_date()->set_year(1990);
  request.mutable_member()->mutable_birth_date()->set_month(1);
  request.mutable_member()->mutable_birth_date()->set_day(1);
  const auto friend_of = Do(Staff(family_), &IntakeService::CreateMember, request).member().name();
  EXPECT_FALSE(GrantAs(Staff(family_), child_, friend_of, v1::CONSENT_AUTHORITY_PARENT).ok());
  EXPECT_TRUE(
      GrantAs(Staff(family_), child_, friend_of, v1::CONSENT_AUTHORITY_LEGAL_GUARDIAN).ok());
}

TEST_F(SafeguardsServiceTest, I7_OverAChildsOwnNoNoParentGoesFromTheirAccount) {
  Draw(mother_, v1::CUSTODY_JOINT);
  const auto again = [&](Call&& call) {
    return GrantAs(std::move(call), child_, mother_, v1::CONSENT_AUTHORITY_PARENT);
  };
  const v1::Consent consent = again(Member(family_, mother_))->consent();
  ASSERT_TRUE(Revoke(Member(family_, child_), consent, child_, "").ok());
  EXPECT_FALSE(again(Member(family_, mother_)).ok());
  EXPECT_FALSE(MayRate(child_));
  store_.clock.Advance(std::chrono::seconds(1));
  ASSERT_TRUE(GrantAs(Member(family_, child_), child_, child_, v1::CONSENT_AUTHORITY_SELF).ok());
  EXPECT_TRUE(again(Member(family_, mother_)).ok()) << "the child agreed";
}

TEST_F(SafeguardsServiceTest, I7_AParentSeesWhatTheyGaveForAChild) {
  const v1::Consent hers = Grant(family_, child_, v1::CONSENT_PURPOSE_RATINGS, mother_);
  const v1::Consent own = Grant(family_, mother_, v1::CONSENT_PURPOSE_RATINGS);
  Grant(family_, child_, v1::CONSENT_PURPOSE_TREATMENT, father_);
  v1::ListConsentsRequest request;
  request.set_parent(family_);
  request.set_member(mother_);
  for (const bool as_member : {true, false}) {
    const auto listed = Do(as_member ? Member(family_, mother_) : Staff(family_),
                           &IntakeService::ListConsents, request);
    std::vector<std::string> names;
    for (const auto& one : listed.consents()) names.push_back(one.name());
    EXPECT_THAT(names, testing::UnorderedElementsAre(hers.name(), own.name()));
  }
  EXPECT_TRUE(Revoke(Member(family_, mother_), hers, mother_, "").ok()) << "and takes it back";
}

TEST_F(SafeguardsServiceTest, AChildDoesNotConsentAlone) {
  v1::GrantConsentRequest request;
  request.set_parent(family_);
  request.mutable_consent()->set_member(child_);
  request.mutable_consent()->set_purpose(v1::CONSENT_PURPOSE_TREATMENT);
  request.mutable_consent()->set_grantor(child_);
  request.mutable_consent()->set_authority(v1::CONSENT_AUTHORITY_SELF);
  EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::GrantConsent, request).status()),
            "INVALID_REQUEST");
  EXPECT_THAT(ConsentsAs(Staff(family_)), IsEmpty());
}

TEST_F(SafeguardsServiceTest, I9_NobodyIsScreenedWithOthersInTheRoom) {
  v1::RecordSafetyScreenRequest request;
  request.set_parent(family_);
  request.mutable_screen()->set_member(mother_);
  request.mutable_screen()->set_result(v1::SAFETY_RESULT_CONJOINT_OK);
  EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::RecordSafetyScreen, request).status()),
            "NOT_ALONE");
}

TEST_F(SafeguardsServiceTest, I9_TheOtherServicesLearnTheSeparatedPairAndNothingElse) {
  v1::RecordSafetyScreenRequest request;
  request.set_parent(family_);
  v1::SafetyScreen& screen = *request.mutable_screen();
  screen.set_member(mother_);
  screen.set_alone(true);
  screen.set_result(v1::SAFETY_RESULT_SEPARATE_ONLY);
  screen.add_separate_from(father_);
  screen.set_findings("Words that only the clinician reads.");
  Do(Staff(family_), &IntakeService::RecordSafetyScreen, request);
  const auto facts = Facts(family_);
  ASSERT_THAT(facts->separated, SizeIs(1));
  const std::string both = facts->separated[0].first + facts->separated[0].second;
  const std::string mother = names_.ReadMember(mother_)->id,
                    father = names_.ReadMember(father_)->id;
  EXPECT_TRUE(both == mother + father || both == father + mother);
  EXPECT_EQ(rpc::FactsCodec::Encode(*facts).find("Words that"), std::string::npos);
  EXPECT_THAT(facts->reunited, IsEmpty());
  store_.clock.Advance(std::chrono::hours(24));
  screen.set_result(v1::SAFETY_RESULT_CONJOINT_OK);
  screen.clear_separate_from();
  Do(Staff(family_), &IntakeService::RecordSafetyScreen, request);
  const auto after = Facts(family_);
  EXPECT_THAT(after->separated, IsEmpty());
  ASSERT_THAT(after->reunited, SizeIs(1));
  EXPECT_EQ(after->reunited[0].first + after->reunited[0].second, both);
  EXPECT_EQ(after->reunited[0].until_us, store_.clock.NowMicros());
}

TEST_F(SafeguardsServiceTest, I8_APolicyIsInForceWhenEveryAttendingAdultSigned) {
  v1::SetSecretsPolicyRequest set;
  set.set_parent(family_);
  set.mutable_policy()->set_choice(v1::SECRETS_POLICY_OPTION_MINOR_ZONE);
  EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::SetSecretsPolicy, set).status()),
            "INVALID_REQUEST")
      << "a zone needs its terms";
  set.mutable_policy()->set_terms("What is said alone stays there, unless somebody is in danger.");
  const auto policy = Do(Staff(family_), &IntakeService::SetSecretsPolicy, set).policy();
  EXPECT_EQ(policy.state(), v1::SECRETS_POLICY_STATE_PENDING);
  EXPECT_THAT(policy.pending_signers(), SizeIs(2));
  v1::SignSecretsPolicyRequest sign;
  sign.set_name(policy.name());
  sign.set_member(mother_);
  auto signed_once = Do(Member(family_, mother_), &IntakeService::SignSecretsPolicy, sign).policy();
  EXPECT_THAT(signed_once.pending_signers(), ElementsAre(father_));
  EXPECT_FALSE(signed_once.signatures(0).on_paper());
  sign.set_member(child_);
  EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::SignSecretsPolicy, sign).status()),
            "MINOR_CANT_SIGN");
  sign.set_member(father_);
  const auto in_force = Do(Staff(family_), &IntakeService::SignSecretsPolicy, sign).policy();
  EXPECT_EQ(in_force.state(), v1::SECRETS_POLICY_STATE_IN_FORCE);
}

}  // namespace
}  // namespace rapport::intake
