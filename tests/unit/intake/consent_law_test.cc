// I7: who consents for a minor, where, and from when to when that lasts.
#include "intake/consent_law.h"

#include "intake/case_rules.h"
#include "intake/consent_rules.h"
#include "intake/person_rules.h"
#include "unit/intake/family_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kTreatment = v1::CONSENT_PURPOSE_TREATMENT;
constexpr std::int64_t kHourUs = 3'600'000'000;

class ConsentLawTest : public testing::Test {
 protected:
  ConsentLawTest() {
    file_.consents.clear();
    file_.members.push_back(MemberBorn("father", 1988, 4, 2));
  }

  void Custody(const char* parent, v1::Custody custody,
               v1::RelationshipKind kind = v1::RELATIONSHIP_KIND_BIRTH_PARENT) {
    v1::Relationship line;
    line.set_from_member(parent);
    line.set_to_member("teen");
    line.set_kind(kind);
    line.set_custody(custody);
    file_.relationships.push_back(line);
  }
  v1::Consent& Grant(const char* grantor, v1::ConsentAuthority authority) {
    v1::Consent consent = ConsentOf("teen", kTreatment);
    consent.set_name(std::string("by ") + grantor);
    consent.set_grantor(grantor);
    consent.set_authority(authority);
    consent.set_document("seen");
    file_.consents.push_back(consent);
    return file_.consents.back();
  }
  void GrantAsParent(const char* parent) { Grant(parent, v1::CONSENT_AUTHORITY_PARENT); }
  void Assent() { Grant("teen", v1::CONSENT_AUTHORITY_SELF).set_assent(true); }
  void In(std::string_view jurisdiction) { file_.rules.law = &ConsentLawOf(jurisdiction); }
  ConsentFinding Find(std::int64_t at_us = kNow) {
    return FindConsent(file_, {.member = "teen", .purpose = kTreatment}, at_us);
  }
  // Of the teen's own consent, as it would be granted.
  std::vector<std::pair<std::string, std::string>> FaultsOfOwn(v1::ConsentPurpose purpose) {
    v1::Consent own = ConsentOf("teen", purpose);
    own.set_grantor("teen");
    own.set_authority(v1::CONSENT_AUTHORITY_SELF);
    own.set_document("understands what it is about");
    return FaultsOf(own, file_, Recorder::kStaff, kNow);
  }

  CaseFile file_ = ReadyFamily();
};

TEST_F(ConsentLawTest, I7_OneParentIsEnoughWhereNothingIsOnFile) {
  EXPECT_FALSE(Find().permitted);
  EXPECT_THAT(Find().missing, IsEmpty());
  GrantAsParent("mother");
  EXPECT_TRUE(Find().permitted);
}

TEST_F(ConsentLawTest, I7_BothAreAskedWhenAPaperSaysJointCustody) {
  Custody("mother", v1::CUSTODY_JOINT);
  Custody("father", v1::CUSTODY_JOINT);
  GrantAsParent("mother");
  EXPECT_FALSE(Find().permitted);
  EXPECT_THAT(Find().missing, ElementsAre("father"));
  EXPECT_THAT(Find().rests_on, IsEmpty());
  GrantAsParent("father");
  EXPECT_TRUE(Find().permitted);
  EXPECT_EQ(Find().rests_on.size(), 2u);
}

TEST_F(ConsentLawTest, I7_WhereTheLawSaysSoEitherIsEnoughOrAllAreAsked) {
  Custody("mother", v1::CUSTODY_UNSPECIFIED);
  Custody("father", v1::CUSTODY_UNSPECIFIED);
  GrantAsParent("mother");
  EXPECT_TRUE(Find().permitted) << "no paper, no law";
  In("DE");
  EXPECT_THAT(Find().missing, ElementsAre("father"));
  file_.relationships.clear();
  Custody("mother", v1::CUSTODY_JOINT);
  Custody("father", v1::CUSTODY_JOINT);
  In("US-CA");
  EXPECT_TRUE(Find().permitted);
}

TEST_F(ConsentLawTest, I7_SoleCustodyLeavesOneToAskAndVisitsNone) {
  In("DE");
  Custody("mother", v1::CUSTODY_SOLE);
  Custody("father", v1::CUSTODY_VISITS);
  EXPECT_THAT(Find().missing, ElementsAre("mother"));
  GrantAsParent("father");
  EXPECT_FALSE(Find().permitted) << "a parent without custody";
  GrantAsParent("mother");
  EXPECT_TRUE(Find().permitted);
}

TEST_F(ConsentLawTest, I7_WhatAParentWithoutCustodyGaveCountsNowhere) {
  for (const std::string_view jurisdiction : {"", "US-CA", "DE"}) {
    for (const v1::Custody custody : {v1::CUSTODY_NONE, v1::CUSTODY_VISITS}) {
      In(jurisdiction);
      file_.relationships.clear();
      file_.consents.clear();
      Custody("father", custody);
      GrantAsParent("father");
      EXPECT_FALSE(Find().permitted) << jurisdiction;
      GrantAsParent("mother");
      EXPECT_TRUE(Find().permitted) << jurisdiction;
    }
  }
}

TEST_F(ConsentLawTest, I7_WhereOneHasSoleCustodyNoLawAsksTheOther) {
  for (const std::string_view jurisdiction : {"", "US-CA", "DE"}) {
    In(jurisdiction);
    file_.relationships.clear();
    file_.consents.clear();
    Custody("mother", v1::CUSTODY_SOLE);
    Custody("father", v1::CUSTODY_UNSPECIFIED);
    GrantAsParent("father");
    EXPECT_FALSE(Find().permitted) << jurisdiction;
    GrantAsParent("mother");
    EXPECT_TRUE(Find().permitted) << jurisdiction;
  }
}

TEST_F(ConsentLawTest, I7_OfSeveralByOneGrantorTheOneThatEndsLastCounts) {
  Custody("mother", v1::CUSTODY_JOINT);
  GrantAsParent("mother");
  *file_.consents.back().mutable_expire_time() = At(kNow + kHourUs);
  GrantAsParent("mother");
  *file_.consents.back().mutable_expire_time() = At(kNow + 2 * kHourUs);
  EXPECT_EQ(Find().until_us, kNow + 2 * kHourUs);
  Grant("court", v1::CONSENT_AUTHORITY_COURT_ORDER);
  EXPECT_EQ(Find().until_us, 0);
}

TEST_F(ConsentLawTest, I7_NobodyWaitsForTheDeadNorForAStepParentWithoutAPaper) {
  In("DE");
  Custody("mother", v1::CUSTODY_UNSPECIFIED);
  Custody("father", v1::CUSTODY_UNSPECIFIED, v1::RELATIONSHIP_KIND_STEP_PARENT);
  EXPECT_THAT(ParentsAskedFor(file_, file_.members[1], kNow), ElementsAre("mother"));
  file_.members[0].set_availability(v1::MEMBER_AVAILABILITY_DECEASED);
  EXPECT_THAT(ParentsAskedFor(file_, file_.members[1], kNow), IsEmpty());
}

TEST_F(ConsentLawTest, I7_ACourtOrGuardianStandsForBothParents) {
  In("DE");
  Custody("mother", v1::CUSTODY_JOINT);
  Custody("father", v1::CUSTODY_JOINT);
  Grant("court", v1::CONSENT_AUTHORITY_COURT_ORDER);
  EXPECT_TRUE(Find().permitted);
}

TEST_F(ConsentLawTest, I7_AMinorConsentsToTherapyWhereTheLawLetsThem) {
  EXPECT_FALSE(FaultsOfOwn(kTreatment).empty()) << "14, but no such law";
  In("US-CA");
  EXPECT_THAT(FaultsOfOwn(kTreatment), IsEmpty());
  EXPECT_FALSE(FaultsOfOwn(v1::CONSENT_PURPOSE_RELEASE).empty());
  EXPECT_FALSE(FaultsOfOwn(v1::CONSENT_PURPOSE_RESEARCH).empty());
  file_.members[1].mutable_birth_date()->set_year(2019);
  file_.members[1].mutable_birth_date()->set_month(3);
  file_.members[1].mutable_birth_date()->set_day(4);
  EXPECT_FALSE(FaultsOfOwn(kTreatment).empty()) << "12 tomorrow";
  file_.members[1].mutable_birth_date()->set_day(3);
  EXPECT_THAT(FaultsOfOwn(kTreatment), IsEmpty());
}

TEST_F(ConsentLawTest, I7_TheirOwnConsentNeedsNobodyElseAndLastsBeyondTheDayTheyAreOfAge) {
  In("DE");
  Custody("mother", v1::CUSTODY_JOINT);
  Custody("father", v1::CUSTODY_JOINT);
  Grant("teen", v1::CONSENT_AUTHORITY_SELF);
  EXPECT_TRUE(Find().permitted);
  EXPECT_EQ(Find().until_us, 0);
  EXPECT_TRUE(Find(*MajorityUs(file_.members[1], absl::UTCTimeZone()) + kHourUs).permitted);
}

TEST_F(ConsentLawTest, I7_WhereTheAgencyAsksForItTheMinorsAssentIsNeededToo) {
  GrantAsParent("mother");
  file_.rules.assent_years = 15;
  EXPECT_TRUE(Find().permitted) << "14 yet";
  file_.rules.assent_years = 12;
  EXPECT_THAT(Find().missing, ElementsAre("teen"));
  Assent();
  EXPECT_TRUE(Find().permitted);
  EXPECT_EQ(Find().rests_on.size(), 2u);
}

TEST_F(ConsentLawTest, I7_AnAssentAloneIsNoConsent) {
  Assent();
  EXPECT_FALSE(Find().permitted);
}

TEST_F(ConsentLawTest, I7_ItLastsUntilTheFirstOfThemEnds) {
  Custody("mother", v1::CUSTODY_JOINT);
  Custody("father", v1::CUSTODY_JOINT);
  GrantAsParent("mother");
  GrantAsParent("father");
  *file_.consents.back().mutable_expire_time() = At(kNow + kHourUs);
  EXPECT_EQ(Find().until_us, kNow + kHourUs);
  EXPECT_FALSE(Find(kNow + kHourUs).permitted);
  // Of two by the same person the longer counts.
  GrantAsParent("father");
  EXPECT_TRUE(Find(kNow + kHourUs).permitted);
}

TEST_F(ConsentLawTest, I7_WhenItIsPermittedIsKnownForEveryInstant) {
  Custody("mother", v1::CUSTODY_JOINT);
  Custody("father", v1::CUSTODY_JOINT);
  GrantAsParent("mother");
  GrantAsParent("father");
  *file_.consents.back().mutable_grant_time() = At(kNow + kHourUs);
  *file_.consents.back().mutable_revoke_time() = At(kNow + 2 * kHourUs);
  const std::vector<Span> spans = WhenPermitted(file_, "teen", kTreatment);
  EXPECT_THAT(spans, ElementsAre(Span{kNow + kHourUs, kNow + 2 * kHourUs}));
  for (const std::int64_t at_us : {kNow, kNow + kHourUs - 1, kNow + kHourUs, kNow + 2 * kHourUs}) {
    const bool in = at_us >= spans[0].from_us && at_us < spans[0].to_us;
    EXPECT_EQ(HasConsentAt(file_, "teen", kTreatment, at_us), in);
  }
}

// Other services go by these spans, in which nothing may be missing: a day, a no, a paper, a
// birthday.
TEST_F(ConsentLawTest, I7_TheSpansSayWhatIsFoundAtEveryInstantWhateverIsOnFile) {
  std::mt19937 dice(18);
  const auto any = [&](auto... choices) {
    const std::array all = {choices...};
    return all[dice() % all.size()];
  };
  constexpr std::int64_t kYearUs = 8'766 * kHourUs;
  // From five years before until ten after, mostly around birthdays of the teen's.
  const auto instant = [&] {
    const int year = static_cast<int>(dice() % 15);
    const std::int64_t hours = static_cast<std::int64_t>(dice() % 8'766);
    return kNow - 5 * kYearUs + year * kYearUs + (dice() % 2 == 0 ? 0 : hours * kHourUs);
  };
  for (int round = 0; round < 2'000; ++round) {
    file_.consents.clear();
    file_.relationships.clear();
    In(any("", "US-CA", "DE"));
    file_.rules.assent_years = any(0, 7, 14);
    file_.members[1].mutable_birth_date()->set_year(any(2012, 2014, 2016, 2018, 2020));
    for (unsigned lines = dice() % 4; lines > 0; --lines) {
      Custody(any("mother", "father"),
              any(v1::CUSTODY_UNSPECIFIED, v1::CUSTODY_SOLE, v1::CUSTODY_JOINT, v1::CUSTODY_VISITS,
                  v1::CUSTODY_NONE));
      v1::Relationship& line = file_.relationships.back();
      if (dice() % 2 == 0) *line.mutable_start_date() = DayAt(instant(), file_.rules.zone);
      if (dice() % 2 == 0) *line.mutable_end_date() = DayAt(instant(), file_.rules.zone);
    }
    std::set<std::int64_t> instants = {kNow};
    for (unsigned consents = 1 + dice() % 5; consents > 0; --consents) {
      v1::Consent& one = Grant(any("mother", "father", "teen", "court"), {});
      one.set_authority(one.grantor() == "teen"    ? v1::CONSENT_AUTHORITY_SELF
                        : one.grantor() == "court" ? v1::CONSENT_AUTHORITY_COURT_ORDER
                                                   : v1::CONSENT_AUTHORITY_PARENT);
      one.set_assent(one.grantor() == "teen" && dice() % 2 == 0);
      const std::int64_t given_us = instant();
      *one.mutable_grant_time() = At(given_us);
      instants.insert(given_us);
      const auto later = [&] {
        const std::int64_t later_us = given_us + 1'000'000 + (instant() - kNow + 5 * kYearUs);
        instants.insert(later_us);
        return At(later_us);
      };
      if (dice() % 2 == 0) *one.mutable_expire_time() = later();
      if (dice() % 3 == 0) *one.mutable_revoke_time() = later();
    }
    for (int i = 0; i < 30; ++i) instants.insert(instant());
    for (int years = 0; years <= 18; ++years) {
      if (const auto day_us = BirthdayUs(file_.members[1], years, file_.rules.zone)) {
        instants.insert({*day_us - 1, *day_us});
      }
    }
    for (const v1::Relationship& line : file_.relationships) {
      if (line.has_start_date()) instants.insert(MidnightUs(line.start_date(), file_.rules.zone));
      if (line.has_end_date()) instants.insert(MidnightUs(line.end_date(), file_.rules.zone));
    }
    const std::vector<Span> spans = WhenPermitted(file_, "teen", kTreatment);
    for (const std::int64_t at_us : instants) {
      const bool in = std::ranges::any_of(spans, [&](const Span& span) {
        return at_us >= span.from_us && (span.to_us == 0 || at_us < span.to_us);
      });
      ASSERT_EQ(HasConsentAt(file_, "teen", kTreatment, at_us), in)
          << "round " << round << " at " << at_us;
    }
  }
}

TEST_F(ConsentLawTest, I7_WhatParentsGaveEndsTheDayTheChildIsOfAge) {
  GrantAsParent("mother");
  const std::int64_t of_age_us = *MajorityUs(file_.members[1], absl::UTCTimeZone());
  EXPECT_THAT(WhenPermitted(file_, "teen", kTreatment),
              ElementsAre(Span{kNow - 1'000'000, of_age_us}));
}

TEST_F(ConsentLawTest, I7_AChildWhoseBirthDateNobodyKnowsConsentsToNothingAlone) {
  file_.members[1].clear_birth_date();
  for (const std::string_view jurisdiction : {"", "US-CA", "DE"}) {
    In(jurisdiction);
    EXPECT_FALSE(FaultsOfOwn(kTreatment).empty()) << jurisdiction;
  }
  Grant("teen", v1::CONSENT_AUTHORITY_SELF);
  EXPECT_FALSE(Find().permitted) << "a stored one of the release before, which took it";
  In("");
  GrantAsParent("mother");
  EXPECT_TRUE(Find().permitted);
  EXPECT_EQ(Find().until_us, 0) << "no day of coming of age is known";
}

TEST_F(ConsentLawTest, I1_ACaseWaitsForTheBirthDateOfWhoIsNotKnownToBeAnAdult) {
  file_ = ReadyFamily();
  file_.members[0].clear_birth_date();
  EXPECT_THAT(UnmetForOpen(file_, kNow), IsEmpty()) << "a parent";
  file_.members[1].clear_birth_date();
  const auto unmet = UnmetForOpen(file_, kNow);
  ASSERT_FALSE(unmet.empty());
  EXPECT_EQ(unmet[0].type, "BIRTH_DATE_MISSING");
  EXPECT_EQ(unmet[0].subject, "teen");
}

// The release before took them.
TEST_F(ConsentLawTest, I7_WhatAParentOnceGaveForAnAdultDoesNotCount) {
  file_.members[1].mutable_birth_date()->set_year(2008);
  GrantAsParent("mother");
  EXPECT_FALSE(Find().permitted);
  EXPECT_EQ(StateAt(file_.consents.back(), &file_.members[1], kNow, absl::UTCTimeZone()),
            v1::CONSENT_STATE_EXPIRED);
  Grant("court", v1::CONSENT_AUTHORITY_COURT_ORDER);
  EXPECT_TRUE(Find().permitted);
  file_.consents = {ConsentOf("teen", kTreatment)};
  EXPECT_TRUE(Find().permitted) << "an import's, which names no authority";
}

// In California a session in the evening before the birthday is still the parents' to consent to.
TEST_F(ConsentLawTest, I7_WhatParentsGaveEndsWhereTheAgencyIs) {
  ASSERT_TRUE(absl::LoadTimeZone("America/Los_Angeles", &file_.rules.zone));
  GrantAsParent("mother");
  const std::int64_t of_age_us = *MajorityUs(file_.members[1], absl::UTCTimeZone());
  EXPECT_TRUE(Find(of_age_us + 6 * kHourUs).permitted);
  EXPECT_FALSE(Find(of_age_us + 7 * kHourUs).permitted);
  EXPECT_EQ(Find().until_us, of_age_us + 7 * kHourUs);
}

TEST_F(ConsentLawTest, I7_TheUnmetConditionNamesWhoseConsentIsMissing) {
  file_ = ReadyFamily();
  file_.members.push_back(MemberBorn("father", 1988, 4, 2));
  file_.members.back().set_involvement(v1::INVOLVEMENT_INDIRECT);
  for (v1::Consent& consent : file_.consents) {
    if (consent.member() != "teen") continue;
    consent.set_authority(v1::CONSENT_AUTHORITY_PARENT);
    consent.set_grantor("mother");
  }
  Custody("mother", v1::CUSTODY_JOINT);
  Custody("father", v1::CUSTODY_JOINT);
  const auto unmet = UnmetForOpen(file_, kNow);
  ASSERT_FALSE(unmet.empty());
  EXPECT_EQ(unmet[0].type, "CONSENT_MISSING");
  EXPECT_EQ(unmet[0].subject, "teen");
  EXPECT_THAT(unmet[0].description, testing::HasSubstr("by father"));
}

TEST(ConsentLaws, I7_EachNamesItsSourceAndTheUnknownFollowsPapers) {
  for (const ConsentLaw& law : ConsentLaws()) {
    EXPECT_FALSE(law.source.empty()) << law.jurisdiction;
    EXPECT_EQ(&ConsentLawOf(law.jurisdiction), &law);
  }
  EXPECT_EQ(ConsentLawOf("XX").jurisdiction, "");
}

TEST(EndsWith, ANoIsToWhatIsDoneToWhomItIsToldAndOfWhoeverSaysIt) {
  v1::Consent revoked = ConsentOf("teen", v1::CONSENT_PURPOSE_RELEASE);
  revoked.set_grantor("mother");
  revoked.set_recipient_name("Harbour School");
  v1::Consent same = revoked;
  same.set_recipient_name("harbour school");
  EXPECT_TRUE(EndsWith(same, revoked, "mother"));
  v1::Consent fathers = same;
  fathers.set_grantor("father");
  EXPECT_FALSE(EndsWith(fathers, revoked, "mother")) << "his yes is his";
  EXPECT_TRUE(EndsWith(fathers, revoked, "teen")) << "it is about them";
  v1::Consent other = same;
  other.set_recipient_name("City Court");
  EXPECT_FALSE(EndsWith(other, revoked, "teen"));
  v1::Consent assent = same;
  assent.set_assent(true);
  EXPECT_FALSE(EndsWith(assent, revoked, "teen"));
  v1::Consent outsiders = revoked, named = revoked;
  for (v1::Consent* one : {&outsiders, &named}) one->clear_grantor();
  outsiders.set_grantor_name("Court Guardian");
  named.set_grantor_name("court guardian");
  EXPECT_TRUE(EndsWith(named, outsiders, ""));
}

}  // namespace
}  // namespace rapport::intake
