// Consents, safety screens, levels of need, relationships.
#include "intake/consent_rules.h"
#include "intake/due_work_rules.h"
#include "intake/level_rules.h"
#include "intake/relationship_rules.h"
#include "intake/safety_rules.h"
#include "unit/intake/family_builder.h"

#include <rapport/notes/v1/session.pb.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

template <typename Faults>
std::vector<std::string> FieldsOf(const Faults& faults) {
  std::vector<std::string> fields;
  for (const auto& [field, expected] : faults) fields.push_back(field);
  return fields;
}

TEST(ConsentRules, AnAdultConsentsForThemselfAndAParentForAMinor) {
  const CaseFile file = ReadyFamily();
  v1::Consent own = ConsentOf("mother", v1::CONSENT_PURPOSE_RATINGS);
  own.set_grantor("mother");
  own.set_authority(v1::CONSENT_AUTHORITY_SELF);
  EXPECT_THAT(FaultsOf(own, file, Recorder::kStaff, kNow), IsEmpty());
  v1::Consent minor = ConsentOf("teen", v1::CONSENT_PURPOSE_RATINGS);
  minor.set_grantor("teen");
  minor.set_authority(v1::CONSENT_AUTHORITY_SELF);
  EXPECT_THAT(FieldsOf(FaultsOf(minor, file, Recorder::kStaff, kNow)), ElementsAre("grantor"));
  minor.set_assent(true);
  EXPECT_THAT(FaultsOf(minor, file, Recorder::kStaff, kNow), IsEmpty());
  minor.set_assent(false);
  minor.set_grantor("mother");
  minor.set_authority(v1::CONSENT_AUTHORITY_PARENT);
  EXPECT_THAT(FieldsOf(FaultsOf(minor, file, Recorder::kStaff, kNow)), ElementsAre("document"));
}

TEST(ConsentRules, OnlyAReleaseNamesARecipient) {
  const CaseFile file = ReadyFamily();
  v1::Consent consent = ConsentOf("mother", v1::CONSENT_PURPOSE_RELEASE);
  consent.set_grantor("mother");
  consent.set_authority(v1::CONSENT_AUTHORITY_SELF);
  EXPECT_THAT(FieldsOf(FaultsOf(consent, file, Recorder::kStaff, kNow)), ElementsAre("recipient"));
  consent.set_recipient_name("The school of Sampletown");
  EXPECT_THAT(FaultsOf(consent, file, Recorder::kStaff, kNow), IsEmpty());
  consent.set_purpose(v1::CONSENT_PURPOSE_TREATMENT);
  EXPECT_THAT(FieldsOf(FaultsOf(consent, file, Recorder::kStaff, kNow)), ElementsAre("recipient"));
}

// 45 CFR 164.508(b)(3)(ii) and 42 CFR 2.31(b): consents of their own, never part of another.
TEST(ConsentRules, N5NotesKeptApartAreToldByAConsentOfTheirOwnAlone) {
  CaseFile file = ReadyFamily();
  for (const auto purpose :
       {v1::CONSENT_PURPOSE_PSYCHOTHERAPY_NOTES, v1::CONSENT_PURPOSE_SUD_COUNSELING_NOTES}) {
    v1::Consent consent = ConsentOf("mother", purpose);
    consent.set_grantor("mother");
    consent.set_authority(v1::CONSENT_AUTHORITY_SELF);
    EXPECT_THAT(FieldsOf(FaultsOf(consent, file, Recorder::kStaff, kNow)),
                ElementsAre("recipient"));
    consent.set_recipient_name("The clinic of Sampletown");
    EXPECT_THAT(FaultsOf(consent, file, Recorder::kStaff, kNow), IsEmpty());
    file.consents.push_back(consent);
  }
  const auto permitted = [&](v1::ConsentPurpose purpose) {
    return FindConsent(file,
                       {.member = "mother",
                        .purpose = purpose,
                        .recipient_name = "The clinic of Sampletown"},
                       kNow)
        .permitted;
  };
  EXPECT_TRUE(permitted(v1::CONSENT_PURPOSE_PSYCHOTHERAPY_NOTES));
  EXPECT_TRUE(permitted(v1::CONSENT_PURPOSE_SUD_COUNSELING_NOTES));
  EXPECT_FALSE(permitted(v1::CONSENT_PURPOSE_RELEASE)) << "the rest of the record is not in them";
  file.consents[file.consents.size() - 2].set_purpose(v1::CONSENT_PURPOSE_RELEASE);
  EXPECT_FALSE(permitted(v1::CONSENT_PURPOSE_PSYCHOTHERAPY_NOTES)) << "nor they in it";
}

TEST(SafetyRules, TheNewestScreenDecidesWhoIsArrangedSeparately) {
  CaseFile file = ReadyFamily();
  EXPECT_THAT(SeparatedPairs(file), IsEmpty());
  v1::SafetyScreen screen = file.screens[1];
  screen.set_result(v1::SAFETY_RESULT_SEPARATE_ONLY);
  screen.add_separate_from("mother");
  *screen.mutable_screen_time() = At(kNow);
  file.screens.push_back(screen);
  EXPECT_THAT(SeparatedPairs(file), ElementsAre(Pair("mother", "teen")));
  screen = file.screens[0];
  screen.set_member("teen");
  *screen.mutable_screen_time() = At(kNow + 1'000'000);
  file.screens.push_back(screen);
  EXPECT_THAT(SeparatedPairs(file), IsEmpty());
}

TEST(SafetyRules, I9_ThatSomebodyCouldNotAnswerTakesBackNothingTheySaidBefore) {
  CaseFile file = ReadyFamily();
  v1::SafetyScreen screen = file.screens[1];
  screen.set_result(v1::SAFETY_RESULT_SEPARATE_ONLY);
  screen.add_separate_from("mother");
  file.screens.push_back(screen);
  v1::SafetyScreen unable;
  unable.set_member("teen");
  unable.set_alone(true);
  unable.set_unable_reason("was tired");
  *unable.mutable_screen_time() = At(kNow);
  EXPECT_THAT(FaultsOf(unable, file, kNow), IsEmpty());
  file.screens.push_back(unable);
  EXPECT_THAT(SeparatedPairs(file), ElementsAre(Pair("mother", "teen")));
}

TEST(SafetyRules, I9_AnAdultWhoDoesNotAnswerWasNotScreened) {
  const CaseFile file = ReadyFamily();
  v1::SafetyScreen unable;
  unable.set_member("mother");
  unable.set_alone(true);
  unable.set_unable_reason("was tired");
  EXPECT_THAT(FieldsOf(FaultsOf(unable, file, kNow)), ElementsAre("unable_reason"));
}

TEST(SafetyRules, I9_WhoJoinsAnOpenCaseIsToBeAskedFromThatDay) {
  CaseFile file = ReadyFamily();
  file.screens.clear();
  EXPECT_FALSE(NextScreen(file, file.members[1])) << "it does not open before";
  file.family.set_state(v1::FAMILY_STATE_OPEN);
  *file.family.mutable_open_time() = At(kNow);
  ASSERT_TRUE(NextScreen(file, file.members[1]));
  EXPECT_EQ(NextScreen(file, file.members[1])->at_us, kNow) << "there since before";
  v1::Period& period = *file.members[1].add_periods();
  *period.mutable_start_time() = At(kNow + 5'000'000);
  EXPECT_EQ(NextScreen(file, file.members[1])->at_us, kNow + 5'000'000);
}

TEST(SafetyRules, AScreenSaysWhatItsResultNeedsAndNothingElse) {
  const CaseFile file = ReadyFamily();
  v1::SafetyScreen screen = file.screens[0];
  EXPECT_THAT(FaultsOf(screen, file, kNow), IsEmpty());
  screen.set_result(v1::SAFETY_RESULT_SEPARATE_ONLY);
  EXPECT_THAT(FieldsOf(FaultsOf(screen, file, kNow)), ElementsAre("separate_from"));
  screen.add_separate_from("mother");
  EXPECT_THAT(FieldsOf(FaultsOf(screen, file, kNow)), ElementsAre("separate_from[0]"));
  screen = file.screens[1];
  screen.set_unable_reason("does not speak yet");
  EXPECT_THAT(FieldsOf(FaultsOf(screen, file, kNow)), ElementsAre("result"));
}

TEST(SafetyRules, I9_AScreenIsDueAgainAfterItsTimeAConcernOrIndividualWorkWhicheverIsFirst) {
  constexpr std::int64_t kAsked = kNow - 1'000'000, kDayUs = 86'400'000'000;
  const auto due_us = [](const CaseFile& file) {
    const auto due = NextScreen(file, file.members[1]);
    return due ? due->at_us : 0;
  };
  CaseFile file = ReadyFamily();
  EXPECT_EQ(due_us(file), 0);
  *file.screens[1].mutable_next_due_time() = At(kNow + 180 * kDayUs);
  EXPECT_EQ(due_us(file), kNow + 180 * kDayUs);
  file.attended = {{"teen", kNow + 3 * kDayUs, kAsked}};
  EXPECT_EQ(due_us(file), kNow + 3 * kDayUs) << "individual work since";
  file.attended = {{"teen", kNow + 3 * kDayUs, kNow + 2 * kDayUs}};
  EXPECT_EQ(due_us(file), kNow + 180 * kDayUs) << "joint work has begun before";
  v1::LevelAssessment crisis;
  crisis.set_occasion(v1::ASSESSMENT_OCCASION_CRISIS);
  *crisis.mutable_create_time() = At(kNow + kDayUs);
  file.assessments.push_back(crisis);
  EXPECT_EQ(due_us(file), kNow + kDayUs) << "a crisis";
  *file.screens[1].mutable_screen_time() = At(kNow + 4 * kDayUs);
  EXPECT_EQ(due_us(file), kNow + 180 * kDayUs) << "asked since";
  file.screens.clear();
  EXPECT_EQ(due_us(file), 0) << "the first is a condition of opening";
}

TEST(SafetyRules, I9_WhoWasThereIsKeptByTheLatestSessionOfEitherSort) {
  internal::v1::StoredSessionTally tally;
  internal::v1::SessionHeld held;
  const auto hold = [&](notes::v1::SessionFormat format, std::int64_t started_us) {
    held.set_format(format);
    held.set_started_us(started_us);
    return NoteAttendance(held, &tally);
  };
  auto* there = held.add_attendees();
  there->set_person("teen");
  there->set_presence(notes::v1::PRESENCE_LATE);
  auto* absent = held.add_attendees();
  absent->set_person("mother");
  absent->set_presence(notes::v1::PRESENCE_ABSENT);
  auto* helper = held.add_attendees();
  helper->set_person("anna");
  helper->set_professional(true);
  helper->set_presence(notes::v1::PRESENCE_PRESENT);
  EXPECT_TRUE(hold(notes::v1::SESSION_FORMAT_INDIVIDUAL, 20));
  EXPECT_FALSE(hold(notes::v1::SESSION_FORMAT_INDIVIDUAL, 20)) << "told twice";
  EXPECT_FALSE(hold(notes::v1::SESSION_FORMAT_INDIVIDUAL, 10)) << "told late";
  EXPECT_TRUE(hold(notes::v1::SESSION_FORMAT_SUBSYSTEM, 30));
  ASSERT_EQ(tally.attended_size(), 1);
  EXPECT_EQ(tally.attended(0).individual_us(), 20);
  EXPECT_EQ(tally.attended(0).joint_us(), 30);
}

TEST(SafetyRules, I9_ASeparationLastsSinceItWasRecordedUntilNeitherScreenAsksForIt) {
  CaseFile file = ReadyFamily();
  const auto record = [&](const char* of, v1::SafetyResult result, std::int64_t at_us) {
    v1::SafetyScreen screen;
    screen.set_member(of);
    screen.set_result(result);
    if (result == v1::SAFETY_RESULT_SEPARATE_ONLY) {
      screen.add_separate_from(std::string_view(of) == "teen" ? "mother" : "teen");
    }
    *screen.mutable_screen_time() = At(at_us - 3'600'000'000);  // talked before it was recorded
    *screen.mutable_create_time() = At(at_us);
    file.screens.push_back(screen);
  };
  constexpr std::int64_t kHourUs = 3'600'000'000;
  const auto since = [](std::int64_t at_us) { return Separation{"mother", "teen", at_us}; };
  constexpr auto kSeparate = v1::SAFETY_RESULT_SEPARATE_ONLY;
  constexpr auto kTogether = v1::SAFETY_RESULT_CONJOINT_OK;
  const auto until = [](std::int64_t at_us) { return Reunion{"mother", "teen", at_us}; };
  EXPECT_THAT(SeparationsIn(file), IsEmpty());
  record("teen", kSeparate, kNow + 10 * kHourUs);
  EXPECT_THAT(SeparationsIn(file), ElementsAre(since(kNow + 10 * kHourUs)));
  record("teen", kSeparate, kNow + 20 * kHourUs);
  record("mother", kSeparate, kNow + 30 * kHourUs);
  record("teen", kTogether, kNow + 40 * kHourUs);
  EXPECT_THAT(SeparationsIn(file), ElementsAre(since(kNow + 10 * kHourUs))) << "without a break";
  EXPECT_THAT(ReunionsIn(file), IsEmpty());
  record("mother", kTogether, kNow + 50 * kHourUs);
  EXPECT_THAT(SeparationsIn(file), IsEmpty());
  EXPECT_THAT(ReunionsIn(file), ElementsAre(until(kNow + 50 * kHourUs)));
  record("mother", kTogether, kNow + 55 * kHourUs);
  EXPECT_THAT(ReunionsIn(file), ElementsAre(until(kNow + 50 * kHourUs))) << "when it ended";
  record("teen", kSeparate, kNow + 60 * kHourUs);
  EXPECT_THAT(SeparationsIn(file), ElementsAre(since(kNow + 60 * kHourUs)));
  EXPECT_THAT(ReunionsIn(file), IsEmpty()) << "apart again";
  record("teen", kTogether, kNow + 70 * kHourUs);
  EXPECT_THAT(ReunionsIn(file), ElementsAre(until(kNow + 70 * kHourUs))) << "the last time";
}

TEST(SafetyRules, I9_WhoSaysThatTheyAreNotSafeIsToBeAskedAtOnce) {
  internal::v1::StoredSessionTally tally;
  internal::v1::NotSafe told;
  told.set_member("teen");
  EXPECT_TRUE(NoteNotSafe(told, 20, &tally));
  EXPECT_FALSE(NoteNotSafe(told, 20, &tally)) << "told twice";
  EXPECT_FALSE(NoteNotSafe(told, 10, &tally)) << "told late";
  told.set_by_answer(true);
  EXPECT_TRUE(NoteNotSafe(told, 10, &tally)) << "which is something else";
  ASSERT_EQ(tally.attended_size(), 1);
  EXPECT_EQ(tally.attended(0).not_safe_us(), 20);
  EXPECT_EQ(tally.attended(0).low_answer_us(), 10);
  CaseFile file = ReadyFamily();
  Attended& said = file.attended.emplace_back();
  said.member = "teen";
  said.not_safe_us = kNow;
  const auto due = NextScreen(file, file.members[1]);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->at_us, kNow);
  EXPECT_FALSE(NextScreen(file, file.members[0])) << "the others are not";
  *file.screens[1].mutable_screen_time() = At(kNow + 1'000'000);
  EXPECT_FALSE(NextScreen(file, file.members[1])) << "asked since";
}

TEST(SafetyRules, I9_ALowAnswerIsReadAsOneThoughAReleaseThatKnowsOnlyOfWordsFindsItToo) {
  internal::v1::StoredSessionTally tally;
  internal::v1::NotSafe answered, said;
  for (auto* told : {&answered, &said}) told->set_member("teen");
  answered.set_by_answer(true);
  EXPECT_TRUE(NoteNotSafe(answered, 20, &tally));
  const auto& one = tally.attended(0);
  EXPECT_EQ(one.not_safe_us(), 20);
  EXPECT_EQ(SaidNotSafeUs(one), 0);
  EXPECT_TRUE(NoteNotSafe(answered, 30, &tally));
  EXPECT_EQ(one.not_safe_us(), 30) << "the newest";
  EXPECT_EQ(SaidNotSafeUs(one), 0);
  EXPECT_TRUE(NoteNotSafe(said, 10, &tally)) << "told late, and no less their words";
  EXPECT_EQ(SaidNotSafeUs(one), 10);
  EXPECT_EQ(one.low_answer_us(), 30);
  EXPECT_TRUE(NoteNotSafe(answered, 40, &tally));
  EXPECT_EQ(SaidNotSafeUs(one), 10) << "words are not written over";
}

TEST(SafetyRules, I9_ALowAnswerIsNotPutIntoTheWordsThatNobodySaid) {
  CaseFile file = ReadyFamily();
  Attended& answered = file.attended.emplace_back();
  answered.member = "teen";
  answered.low_answer_us = kNow;
  auto due = NextScreen(file, file.members[1]);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->at_us, kNow);
  EXPECT_EQ(due->why, "they answered that it is hardly safe to speak here");
  answered.not_safe_us = kNow + 1'000'000;
  due = NextScreen(file, file.members[1]);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->at_us, kNow) << "since the first of the two";
  EXPECT_EQ(due->why, "they said that they are not safe");
}

TEST(SafetyRules, I9_WhatAChildSaysWhoIsTooSmallToBeAskedIsAskedOfTheAdults) {
  CaseFile file = ReadyFamily();
  file.family.set_state(v1::FAMILY_STATE_OPEN);
  *file.family.mutable_open_time() = At(kNow - 1'000'000);
  file.attended = {{.member = "small", .not_safe_us = kNow}};
  const auto due = NextScreen(file, file.members[0]);
  ASSERT_TRUE(due) << "the mother";
  EXPECT_EQ(due->at_us, kNow);
  EXPECT_THAT(std::string(due->why), HasSubstr("too small"));
  EXPECT_FALSE(NextScreen(file, file.members[1])) << "a sister is no caregiver";
  std::vector<std::string> owed;
  for (const v1::WorklistEntry& entry : DueIn(file, kNow + 1'000'000)) {
    if (entry.kind() == v1::WORKLIST_KIND_SAFETY_SCREEN) owed.push_back(entry.subject());
    if (entry.subject() == "small") EXPECT_THAT(entry.description(), HasSubstr("each adult"));
  }
  EXPECT_THAT(owed, ElementsAre("mother", "small"));
  *file.screens[0].mutable_screen_time() = At(kNow + 1);
  EXPECT_FALSE(NextScreen(file, file.members[0])) << "she was asked since";
  EXPECT_THAT(DueIn(file, kNow + 1'000'000), testing::SizeIs(1)) << "the child's own stays";
  v1::SafetyScreen unable;
  unable.set_member("small");
  unable.set_alone(true);
  unable.set_unable_reason("is four; the mother was asked, the grandmother takes them");
  *unable.mutable_screen_time() = At(kNow + 2);
  EXPECT_THAT(FaultsOf(unable, file, kNow + 3), IsEmpty());
  file.screens.push_back(unable);
  EXPECT_THAT(DueIn(file, kNow + 1'000'000), IsEmpty());
}

TEST(SafetyRules, I9_ALowAnswerOfASmallChildAsksNobody) {
  CaseFile file = ReadyFamily();
  file.family.set_state(v1::FAMILY_STATE_OPEN);
  file.attended = {{.member = "small", .low_answer_us = kNow}};
  EXPECT_FALSE(NextScreen(file, file.members[0]));
}

TEST(SafetyRules, I9_WhoWasReferredMeetsNobodyUntilThatIsSettledByAnotherScreen) {
  CaseFile file = ReadyFamily();
  file.family.set_state(v1::FAMILY_STATE_OPEN);
  v1::SafetyScreen screen = file.screens[1];
  screen.set_result(v1::SAFETY_RESULT_REFER);
  *screen.mutable_screen_time() = At(kNow);
  file.screens.push_back(screen);
  const auto due = NextScreen(file, file.members[1]);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->at_us, kNow);
  EXPECT_FALSE(NextScreen(file, file.members[0])) << "the others go on";
  screen.clear_result();
  screen.set_unable_reason("was tired");
  *screen.mutable_screen_time() = At(kNow + 1'000'000);
  file.screens.push_back(screen);
  EXPECT_TRUE(NextScreen(file, file.members[1])) << "that they could not answer settles nothing";
  screen = file.screens[0];
  screen.set_member("teen");
  *screen.mutable_screen_time() = At(kNow + 2'000'000);
  file.screens.push_back(screen);
  EXPECT_FALSE(NextScreen(file, file.members[1]));
}

TEST(SafetyRules, I9_AYoungChildWhomAScreenReferredIsWaitedForToo) {
  CaseFile file = ReadyFamily();
  EXPECT_FALSE(MustBeScreened(file, file.members[2], kNow));
  v1::SafetyScreen screen = file.screens[0];
  screen.set_member("small");
  screen.set_result(v1::SAFETY_RESULT_REFER);
  file.screens.push_back(screen);
  EXPECT_TRUE(MustBeScreened(file, file.members[2], kNow));
}

TEST(SafetyRules, I9_WhoCameWithAnImportedFamilyWasScreenedWhenThatWasAttested) {
  constexpr std::int64_t kDayUs = 86'400'000'000;
  CaseFile file = ReadyFamily();
  file.screens.clear();
  file.family.set_state(v1::FAMILY_STATE_OPEN);
  *file.family.mutable_open_time() = file.members[1].periods(0).start_time();
  const auto due_us = [&] { return NextScreen(file, file.members[1])->at_us; };
  EXPECT_EQ(due_us(), Micros(file.family.open_time())) << "nobody says who screened them, and when";
  file.attested_screen_us = kNow;
  EXPECT_EQ(due_us(), kNow + file.rules.screen_days * kDayUs);
  file.attended = {{"teen", 0, 0, kNow + kDayUs}};
  EXPECT_EQ(due_us(), kNow + kDayUs) << "said that they are not safe";
  *file.members[1].mutable_periods(0)->mutable_start_time() = At(kNow + 5 * kDayUs);
  EXPECT_EQ(due_us(), kNow + 5 * kDayUs) << "joined later";
}

v1::LevelAssessment Checklist(int score) {
  v1::LevelAssessment assessment;
  const auto* lines = v1::ChecklistLine_descriptor();
  for (int i = 1; i < lines->value_count(); ++i) {
    auto* answer = assessment.add_answers();
    answer->set_line(static_cast<v1::ChecklistLine>(lines->value(i)->number()));
    answer->set_score(score);
  }
  return assessment;
}

TEST(LevelRules, TheLowestUnmetLevelIsSuggested) {
  v1::LevelAssessment all_met = Checklist(2);
  EXPECT_EQ(ScoreLevels(all_met).suggested, v1::LEVEL_OF_NEED_GROWTH);
  EXPECT_THAT(ScoreLevels(all_met).sums, ElementsAre(10, 10, 10, 10));
  for (auto& answer : *all_met.mutable_answers()) {
    if (answer.line() / 10 == 3) answer.set_score(1);
  }
  EXPECT_EQ(ScoreLevels(all_met).suggested, v1::LEVEL_OF_NEED_SPACE) << "a sum of 5";
}

TEST(LevelRules, ASumOfSixIsUnmetAndSevenIsMet) {
  v1::LevelAssessment assessment = Checklist(2);
  int taken = 0;
  for (auto& answer : *assessment.mutable_answers()) {
    if (answer.line() / 10 == 4 && taken < 3) {
      answer.set_score(1);
      ++taken;
    }
  }
  EXPECT_THAT(ScoreLevels(assessment).unmet, IsEmpty()) << "a sum of 7";
  for (auto& answer : *assessment.mutable_answers()) {
    if (answer.line() == v1::CHECKLIST_LINE_JOY_TOGETHER) answer.set_score(1);
  }
  EXPECT_THAT(ScoreLevels(assessment).unmet, ElementsAre(v1::LEVEL_OF_NEED_GROWTH));
}

TEST(LevelRules, ABasicLineAtZeroMakesItsLevelUnmetWhateverTheSum) {
  for (const auto line : {v1::CHECKLIST_LINE_FOOD, v1::CHECKLIST_LINE_ABLE_ADULT}) {
    v1::LevelAssessment assessment = Checklist(2);
    for (auto& answer : *assessment.mutable_answers()) {
      if (answer.line() == line) answer.set_score(0);
    }
    EXPECT_EQ(ScoreLevels(assessment).suggested, v1::LEVEL_OF_NEED_SURVIVAL);
  }
}

TEST(LevelRules, EveryLineOnceAndAReasonForAnotherLevel) {
  v1::LevelAssessment assessment = Checklist(2);
  assessment.mutable_answers()->RemoveLast();
  EXPECT_THAT(FieldsOf(FaultsOf(assessment, v1::LEVEL_OF_NEED_UNSPECIFIED)),
              ElementsAre("answers"));
  assessment = Checklist(2);
  assessment.set_confirmed_level(v1::LEVEL_OF_NEED_SPACE);
  EXPECT_THAT(FieldsOf(FaultsOf(assessment, v1::LEVEL_OF_NEED_UNSPECIFIED)), ElementsAre("reason"));
  assessment.set_reason("grief after a loss");
  EXPECT_THAT(FaultsOf(assessment, v1::LEVEL_OF_NEED_UNSPECIFIED), IsEmpty());
}

TEST(RelationshipRules, ANewStatusOfACoupleEndsTheOldOneFromEitherEnd) {
  v1::Relationship married, divorced;
  married.set_from_member("mother");
  married.set_to_member("father");
  married.set_kind(v1::RELATIONSHIP_KIND_COUPLE);
  divorced = married;
  divorced.set_from_member("father");
  divorced.set_to_member("mother");
  EXPECT_TRUE(SameThing(divorced, married));
  v1::Relationship bond = married;
  bond.set_kind(v1::RELATIONSHIP_KIND_BOND);
  v1::Relationship other_way = divorced;
  other_way.set_kind(v1::RELATIONSHIP_KIND_BOND);
  EXPECT_FALSE(SameThing(other_way, bond)) << "a bond has a direction";
}

TEST(RelationshipRules, TheGraphHasWhoBelongsAndEscapesNames) {
  CaseFile file = ReadyFamily();
  file.members[0].set_display_name("Mother \"Em\"");
  const v1::FamilyGraph graph = GraphAt(file, kNow);
  EXPECT_EQ(graph.nodes_size(), 3);
  EXPECT_THAT(graph.dot(), HasSubstr("Mother \\\"Em\\\" (41)"));
  EXPECT_EQ(GraphAt(file, kNow - 2'000'000).nodes_size(), 0);
}

}  // namespace
}  // namespace rapport::intake
