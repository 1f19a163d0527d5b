// What is due in a case: who is asked alone, which consents are to be given, anew or at all, and
// what is looked back on; and that people can read it.
#include "intake/due_work_rules.h"

#include "intake/case_rules.h"
#include "unit/intake/family_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kDayUs = 24ll * 3'600 * 1'000'000;

class DueWorkTest : public testing::Test {
 protected:
  DueWorkTest() {
    file_.family.set_state(v1::FAMILY_STATE_OPEN);
    *file_.family.mutable_open_time() = At(kNow - 1'000'000);
    file_.policies[0].mutable_signatures(0)->mutable_sign_time()->set_seconds(1);
  }
  v1::Consent& Release(std::int64_t end_us) {
    v1::Consent consent = ConsentOf("mother", v1::CONSENT_PURPOSE_RELEASE);
    consent.set_name("release " + std::to_string(file_.consents.size()));
    consent.set_grantor("mother");
    consent.set_authority(v1::CONSENT_AUTHORITY_SELF);
    consent.set_recipient_name("The school");
    if (end_us != 0) *consent.mutable_expire_time() = At(end_us);
    file_.consents.push_back(consent);
    return file_.consents.back();
  }
  // Subjects of what is due about consents and attendance at `at_us`.
  std::vector<std::string> Consents(std::int64_t at_us = kNow) {
    std::vector<std::string> subjects;
    for (const v1::WorklistEntry& entry : DueIn(file_, at_us)) {
      if (entry.kind() == v1::WORKLIST_KIND_SAFETY_SCREEN ||
          entry.kind() == v1::WORKLIST_KIND_SECRETS_POLICY ||
          entry.kind() == v1::WORKLIST_KIND_LEVEL_ASSESSMENT) {
        continue;
      }
      subjects.push_back(entry.subject());
    }
    return subjects;
  }

  CaseFile file_ = ReadyFamily();
};

TEST_F(DueWorkTest, I7_NothingIsDueOfConsentsThatAreThere) { EXPECT_THAT(Consents(), IsEmpty()); }

TEST_F(DueWorkTest, I7_AReleaseThatWasGivenAnewIsNoWork) {
  const std::string first = Release(kNow + 5 * kDayUs).name();
  EXPECT_THAT(Consents(), ElementsAre(first));
  Release(0);
  EXPECT_THAT(Consents(), IsEmpty()) << "before its end";
  EXPECT_THAT(Consents(kNow + 6 * kDayUs), IsEmpty()) << "and after";
}

TEST_F(DueWorkTest, I7_AReleaseThatEndedIsToldForAMonthAndNotForTheCasesLife) {
  const std::string once = Release(kNow + 5 * kDayUs).name();
  EXPECT_THAT(Consents(kNow + 6 * kDayUs), ElementsAre(once));
  EXPECT_THAT(Consents(kNow + 40 * kDayUs), IsEmpty());
}

TEST_F(DueWorkTest, I7_NobodyIsAskedAnewWhoLeft) {
  Release(kNow + 5 * kDayUs);
  *file_.members[0].mutable_periods(0)->mutable_end_time() = At(kNow);
  EXPECT_THAT(Consents(), IsEmpty());
}

TEST_F(DueWorkTest, I7_WhoJoinedAnOpenCaseWithoutConsentingIsListedUntilTheyDo) {
  file_.members.push_back(MemberBorn("grandmother", 1950, 1, 1));
  EXPECT_THAT(Consents(), ElementsAre("grandmother", "grandmother"));
  int missing = 0;
  for (const v1::WorklistEntry& entry : DueIn(file_, kNow)) {
    if (entry.kind() != v1::WORKLIST_KIND_CONSENT_MISSING) continue;
    EXPECT_THAT(entry.description(), HasSubstr("treatment in force"));
    EXPECT_EQ(Micros(entry.due_time()), kNow - 1'000'000) << "since they attend";
    ++missing;
  }
  EXPECT_EQ(missing, 2);
  file_.consents.push_back(ConsentOf("grandmother", v1::CONSENT_PURPOSE_TREATMENT));
  file_.consents.push_back(ConsentOf("grandmother", v1::CONSENT_PURPOSE_CONJOINT_TREATMENT));
  EXPECT_THAT(Consents(), IsEmpty());
}

TEST_F(DueWorkTest, I7_WhoTookBackWhatTreatmentRestsOnIsListedWhereverTheWorkGoesOn) {
  *file_.consents[0].mutable_revoke_time() = At(kNow);
  EXPECT_THAT(Consents(), ElementsAre("mother"));
  file_.family.set_state(v1::FAMILY_STATE_ON_HOLD);
  EXPECT_THAT(Consents(), ElementsAre("mother"));
  file_.family.set_state(v1::FAMILY_STATE_READY);
  EXPECT_THAT(Consents(), IsEmpty()) << "opening asks for it anyway";
}

TEST_F(DueWorkTest, I7_AnEndedConsentThatIsNeededIsListedOnce) {
  *file_.consents[0].mutable_expire_time() = At(kNow + 5 * kDayUs);
  EXPECT_EQ(Consents().size(), 1u) << "before its end";
  EXPECT_EQ(Consents(kNow + 6 * kDayUs).size(), 1u) << "after it";
  EXPECT_EQ(Consents(kNow + 90 * kDayUs).size(), 1u) << "until it is given";
}

TEST_F(DueWorkTest, I2_AnOpenCaseThatNobodyAttendsAnyMoreIsListed) {
  for (v1::Member& member : file_.members) {
    *member.mutable_periods(0)->mutable_end_time() = At(kNow);
  }
  EXPECT_THAT(Consents(), ElementsAre(file_.family.name()));
  EXPECT_EQ(DueIn(file_, kNow).front().kind(), v1::WORKLIST_KIND_NOBODY_ATTENDS);
}

TEST_F(DueWorkTest, I6_WorkThatEndedWithoutBeingLookedBackOnIsDueForIt) {
  const auto assessments = [&](v1::CaseEnding ending) {
    CaseFile file = file_;
    if (ending != v1::CASE_ENDING_COMPLETED) file.assessments.clear();
    *file.family.add_episodes()->mutable_open_time() = file.family.open_time();
    EnterState(v1::FAMILY_STATE_OPEN, v1::FAMILY_STATE_CLOSED, "moved", ending, kNow, &file.family);
    int due = 0;
    for (const v1::WorklistEntry& entry : DueIn(file, kNow)) {
      if (entry.kind() == v1::WORKLIST_KIND_LEVEL_ASSESSMENT) ++due;
    }
    return due;
  };
  EXPECT_EQ(assessments(v1::CASE_ENDING_DROPPED_OUT), 1);
  EXPECT_EQ(assessments(v1::CASE_ENDING_MOVED), 1);
  EXPECT_EQ(assessments(v1::CASE_ENDING_COMPLETED), 0) << "was assessed before it closed";
}

// Who is on the worklist for a screen of a family whose mother left, by the state of its case.
std::vector<std::string> ToBeAsked(v1::FamilyState state, const std::vector<Attended>& attended) {
  CaseFile file = ReadyFamily();
  file.family.set_state(state);
  *file.family.mutable_open_time() = At(kNow - 1'000'000);
  *file.members[0].mutable_periods(0)->mutable_end_time() = At(kNow);
  file.attended = attended;
  std::vector<std::string> members;
  for (const v1::WorklistEntry& entry : DueIn(file, kNow + 1'000'000)) {
    if (entry.kind() == v1::WORKLIST_KIND_SAFETY_SCREEN) members.push_back(entry.subject());
  }
  return members;
}

TEST(DueWork, I9_WhoSaidThatTheyAreNotSafeIsAskedThoughTheyLeftOrAreSmallWhateverTheCasesState) {
  const std::vector<Attended> said = {{.member = "mother", .not_safe_us = kNow},
                                      {.member = "teen", .not_safe_us = kNow},
                                      {.member = "small", .not_safe_us = kNow}};
  for (const auto state :
       {v1::FAMILY_STATE_OPEN, v1::FAMILY_STATE_CLOSED, v1::FAMILY_STATE_REDIRECTED}) {
    EXPECT_THAT(ToBeAsked(state, said), ElementsAre("mother", "teen", "small")) << state;
    EXPECT_THAT(ToBeAsked(state, {{.member = "mother", .not_safe_us = kNow - 2'000'000}}),
                IsEmpty())
        << "asked since";
  }
}

TEST(DueWork, I9_WhoAnsweredThatItIsHardlySafeIsAskedWhereTheyAreScreenedWhateverTheCasesState) {
  const std::vector<Attended> answered = {{.member = "mother", .low_answer_us = kNow},
                                          {.member = "teen", .low_answer_us = kNow},
                                          {.member = "small", .low_answer_us = kNow}};
  for (const auto state :
       {v1::FAMILY_STATE_OPEN, v1::FAMILY_STATE_CLOSED, v1::FAMILY_STATE_REDIRECTED}) {
    EXPECT_THAT(ToBeAsked(state, answered), ElementsAre("teen"))
        << "the mother left and the small one is no eight years old " << state;
  }
}

// No resource names and no methods: people read it.
TEST(DueWork, I1_SaysWhatIsToBeDoneAndByWhomInWords) {
  CaseFile file = ReadyFamily();
  file.rules.assent_years = 12;
  for (v1::Member& member : file.members) {
    member.set_display_name("Example, " + member.name());
    member.set_name("families/f/members/" + member.name());
  }
  file.screens.clear();
  file.consents = {ConsentOf(file.members[0].name(), v1::CONSENT_PURPOSE_RATINGS)};
  file.consents[0].set_name("families/f/consents/c");
  *file.consents[0].mutable_expire_time() = At(kNow + 1'000'000);
  file.family.set_state(v1::FAMILY_STATE_OPEN);
  *file.family.mutable_open_time() = At(kNow - 1'000'000);
  *file.family.mutable_emergency()->mutable_expire_time() = At(kNow + 5'000'000);
  *file.family.mutable_reassessment_due_time() = At(kNow);
  std::vector<std::string> said;
  for (const v1::WorklistEntry& entry : DueIn(file, kNow)) {
    EXPECT_EQ(entry.description().find('/'), std::string::npos) << entry.description();
    EXPECT_EQ(entry.description().find('('), std::string::npos) << entry.description();
    EXPECT_EQ(entry.subject_display_name().find('/'), std::string::npos);
    said.push_back(entry.subject_display_name() + ": " + entry.description());
  }
  EXPECT_THAT(
      said, testing::IsSupersetOf({"Example, mother: the consent to ratings is given anew",
                                   "Example, teen: consent to treatment in force, by Example, teen",
                                   "Example, teen: a safety screen with the person alone",
                                   ": the level of need is assessed"}));
}

}  // namespace
}  // namespace rapport::intake
