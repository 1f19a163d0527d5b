// What a release rests on: everybody whose record it is, and no restriction that was granted.
#include "intake/record_request_service.h"
#include "unit/intake/intake_fixture.h"

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ReleaseTest : public IntakeTest {
 protected:
  ReleaseTest() {
    family_ = NewFamily().name();
    mira_ = NewMember(family_, "Mira Example", 1990).name();
    store_.clock.Advance(std::chrono::hours(1));
  }
  void Release(const std::string& member, const std::string& to,
               v1::ConsentPurpose purpose = v1::CONSENT_PURPOSE_RELEASE) {
    store_.clock.Advance(std::chrono::seconds(1));
    v1::GrantConsentRequest request;
    request.set_parent(family_);
    request.mutable_consent()->set_member(member);
    request.mutable_consent()->set_grantor(member);
    request.mutable_consent()->set_authority(v1::CONSENT_AUTHORITY_SELF);
    request.mutable_consent()->set_purpose(purpose);
    request.mutable_consent()->set_recipient_name(to);
    Do(Staff(family_), &IntakeService::GrantConsent, request);
  }
  v1::CheckReleaseResponse To(const std::string& recipient) {
    v1::CheckReleaseRequest request;
    request.set_parent(family_);
    request.set_recipient_name(recipient);
    return Do(Staff(family_), &IntakeService::CheckRelease, request);
  }
  v1::CheckConsentResponse Consented(v1::ConsentPurpose purpose, const std::string& recipient) {
    v1::CheckConsentRequest request;
    request.set_parent(family_);
    request.set_member(mira_);
    request.set_purpose(purpose);
    request.set_recipient_name(recipient);
    return Do(Staff(family_), &IntakeService::CheckConsent, request);
  }
  // Mira asks that nothing is told; the request as opened.
  v1::RecordRequest AskRestriction() {
    store_.clock.Advance(std::chrono::seconds(1));
    v1::OpenRecordRequestRequest request;
    request.set_parent(family_);
    v1::RecordRequest& record = *request.mutable_record_request();
    record.set_kind(v1::RECORD_REQUEST_KIND_RESTRICTION);
    record.set_member(mira_);
    record.set_requester(mira_);
    record.set_authority(v1::REQUEST_AUTHORITY_SELF);
    record.set_words("nothing to the school");
    Call call(*this, "paula", family_, Viewer::kAgency);
    const auto opened = RunSync(requests_.OpenRecordRequest(call, request));
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened->record_request();
  }
  absl::Status Decide(const v1::RecordRequest& record, const v1::RecordDecision& decision) {
    v1::DecideRecordRequestRequest request;
    request.set_name(record.name());
    request.set_etag(record.etag());
    *request.mutable_decision() = decision;
    Call call(*this, "paula", family_, Viewer::kAgency);
    return RunSync(requests_.DecideRecordRequest(call, request)).status();
  }
  static v1::RecordDecision Granted(const std::string& to) {
    v1::RecordDecision decision;
    decision.set_outcome(v1::RECORD_DECISION_OUTCOME_GRANTED);
    decision.set_recipient_name(to);
    return decision;
  }

  RecordRequestService requests_{deps_, [this](std::string_view) { return rules_; }};
  std::string family_, mira_;
};

TEST_F(ReleaseTest, X5_ARestrictionThatNamesTheRecipientPermitsNothingToThem) {
  Release(mira_, "The school");
  Release(mira_, "The court");
  ASSERT_TRUE(To("the school").permitted());
  const v1::RecordRequest asked = AskRestriction();
  EXPECT_TRUE(To("the school").permitted()) << "nobody has decided";
  ASSERT_TRUE(Decide(asked, Granted("The School")).ok());
  const auto school = To("the school");
  EXPECT_FALSE(school.permitted());
  EXPECT_THAT(school.missing_members(), ElementsAre(mira_));
  EXPECT_THAT(school.restrictions(), ElementsAre(asked.name()));
  EXPECT_THAT(school.consents(), IsEmpty());
  EXPECT_TRUE(To("the court").permitted());
  EXPECT_THAT(To("the court").restrictions(), IsEmpty());
  const auto consent = Consented(v1::CONSENT_PURPOSE_RELEASE, "the school");
  EXPECT_FALSE(consent.permitted());
  EXPECT_THAT(consent.restrictions(), ElementsAre(asked.name()));
}

// 45 CFR 164.522(a)(2): it ends when the individual agrees.
TEST_F(ReleaseTest, X5_WhoReleasesToThemAfterwardsEndsTheRestriction) {
  Release(mira_, "The school");
  ASSERT_TRUE(Decide(AskRestriction(), Granted("The school")).ok());
  ASSERT_FALSE(To("the school").permitted());
  Release(mira_, "The school");
  EXPECT_TRUE(To("the school").permitted());
  EXPECT_THAT(To("the school").restrictions(), IsEmpty());
}

TEST_F(ReleaseTest, X5_ARestrictionInWordsIsReadByWhoeverReleases) {
  Release(mira_, "The school");
  const v1::RecordRequest asked = AskRestriction();
  ASSERT_TRUE(Decide(asked, Granted("")).ok()) << "as of a release before";
  EXPECT_TRUE(To("the school").permitted());
  EXPECT_THAT(To("the school").restrictions(), ElementsAre(asked.name()));
  v1::CheckConsentRequest treatment;
  treatment.set_parent(family_);
  treatment.set_member(mira_);
  treatment.set_purpose(v1::CONSENT_PURPOSE_TREATMENT);
  EXPECT_THAT(Do(Staff(family_), &IntakeService::CheckConsent, treatment).restrictions(),
              IsEmpty());
}

TEST_F(ReleaseTest, X5_OnlyARestrictionThatIsGrantedHasARecipient) {
  v1::RecordDecision both = Granted("The school");
  both.set_recipient(mira_);
  EXPECT_EQ(ReasonOf(Decide(AskRestriction(), both)), "INVALID_REQUEST");
  v1::RecordDecision refused = Granted("The school");
  refused.set_outcome(v1::RECORD_DECISION_OUTCOME_REFUSED);
  refused.add_grounds(v1::REFUSAL_GROUND_NOT_AGREED);
  refused.set_explanation("told in a letter");
  EXPECT_EQ(ReasonOf(Decide(AskRestriction(), refused)), "INVALID_REQUEST");
  refused.set_outcome(v1::RECORD_DECISION_OUTCOME_PARTLY_GRANTED);
  EXPECT_TRUE(Decide(AskRestriction(), refused).ok());
}

TEST_F(ReleaseTest, I7_AJointRecordIsAlsoTheirsWhoLeft) {
  const v1::Member max = NewMember(family_, "Max Example", 1988);
  Release(mira_, "The court");
  store_.clock.Advance(std::chrono::hours(1));
  v1::EndMembershipRequest leave;
  leave.set_name(max.name());
  leave.set_etag(max.etag());
  Do(Staff(family_), &IntakeService::EndMembership, leave);
  EXPECT_FALSE(To("the court").permitted());
  EXPECT_THAT(To("the court").missing_members(), ElementsAre(max.name()));
  Release(max.name(), "The court");
  EXPECT_TRUE(To("the court").permitted());
}

TEST_F(ReleaseTest, I7_WhoNeverAttendedHasNoPartInTheJointRecord) {
  v1::CreateMemberRequest request;
  request.set_parent(family_);
  request.mutable_member()->set_display_name("Olga Example");
  request.mutable_member()->set_role(v1::MEMBER_ROLE_GRANDPARENT);
  request.mutable_member()->set_involvement(v1::INVOLVEMENT_INDIRECT);
  Do(Staff(family_), &IntakeService::CreateMember, request);
  Release(mira_, "The court");
  EXPECT_TRUE(To("the court").permitted());
}

}  // namespace
}  // namespace rapport::intake
