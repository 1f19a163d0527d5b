// Case files: every mistake with its line, before anything is called.
#include "cli/story.h"

#include "support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace rapport::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<int> LinesOf(const StoryFile& story) {
  std::vector<int> lines;
  for (const StoryMistake& mistake : story.mistakes) lines.push_back(mistake.line);
  return lines;
}

TEST(Story, TheShippedCaseIsWithoutMistakes) {
  std::ifstream in(std::string(std::getenv("RAPPORT_SOURCE")) + "/deploy/local/demo_case.yaml");
  const StoryFile story = ParseStory({std::istreambuf_iterator<char>(in), {}});
  for (const StoryMistake& mistake : story.mistakes) {
    ADD_FAILURE() << mistake.line << ": expected " << mistake.expected;
  }
  EXPECT_GT(story.steps.size(), 40u);
}

TEST(Story, EveryMistakeIsFoundWithItsLine) {
  const StoryFile story = ParseStory(
      "steps:\n"
      "  - {say: a, as: ida, call: intake/NoSuchThing}\n"
      "  - {say: b, call: intake/ListFamilies}\n"
      "  - {say: c, as: ida, call: intake/GetFamily, request: {name: \"${nowhere}\"}}\n"
      "  - {say: d, as: ida, call: intake/GetFamily, request: {nmae: x}}\n"
      "  - {say: e, whom: ida}\n"
      "  - {clock: 2031-01-01T00:00:00Z, call: intake/ListFamilies}\n");
  EXPECT_THAT(LinesOf(story), ElementsAre(2, 3, 4, 5, 6, 7));
}

TEST(Story, ACommandIsCheckedAsTheTerminalWouldBeforeTheFirstCall) {
  const StoryFile story = ParseStory(
      "steps:\n"
      "  - {as: ida, run: rapport family create --display-name Sample --referral-source school,\n"
      "     save: {family: family.name}}\n"
      "  - {as: ida, run: family show}\n"
      "  - {as: ida, run: rapport family opne}\n"
      "  - {as: ida, run: \"rapport family show ${nobody}\"}\n"
      "  - {as: ida, run: rapport family create --referral-source school}\n"
      "  - {as: ida, run: rapport family create --display-name A --referral-source moon}\n"
      "  - {as: ida, run: \"rapport family show ${family} --colour red\"}\n"
      "  - {as: ida, run: rapport family create --display-name 'A}\n"
      "  - {run: \"rapport family show ${family}\"}\n"
      "  - {as: ida, run: rapport family list, call: intake/ListFamilies}\n"
      "  - {as: ida, run: rapport rate}\n"
      "  - {as: ida, run: [rapport, family, list]}\n");
  ASSERT_THAT(LinesOf(story), ElementsAre(4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14));
  EXPECT_THAT(story.mistakes[1].expected, HasSubstr("like `rapport family show`"));
  EXPECT_THAT(story.mistakes[2].expected, HasSubstr("${nobody} to be saved by an earlier step"));
  EXPECT_THAT(story.mistakes[3].expected, HasSubstr("--display-name is required"));
  EXPECT_THAT(story.mistakes[4].expected, HasSubstr("--referral-source: one of self, "));
  EXPECT_THAT(story.mistakes[5].expected, HasSubstr("--colour"));
  EXPECT_THAT(story.mistakes[6].expected, HasSubstr("a closing '"));
}

TEST(Story, WhatANameStandsForIsOneWordOfACommand) {
  const StoryFile story = ParseStory(
      "steps:\n"
      "  - for: [{who: Max Example, n: 3}]\n"
      "    steps:\n"
      "      - {as: ida, run: \"rapport presenting-problem record me --member ${who} --severity "
      "${n} "
      "--words 'Of ${who}.'\"}\n");
  EXPECT_THAT(story.mistakes, IsEmpty());
  ASSERT_THAT(story.steps, SizeIs(1));
  EXPECT_EQ(story.steps[0].method->name(), "RecordPresentingProblem");
  EXPECT_THAT(story.steps[0].words,
              ElementsAre("rapport", "presenting-problem", "record", "me", "--member",
                          "Max Example", "--severity", "3", "--words", "Of Max Example."));
}

// Only what a terminal has no command for is a call: forms that raters answer without an account.
TEST(Story, TheShippedCaseIsTypedWhereverThereIsACommand) {
  std::ifstream in(std::string(std::getenv("RAPPORT_SOURCE")) + "/deploy/local/demo_case.yaml");
  const StoryFile story = ParseStory({std::istreambuf_iterator<char>(in), {}});
  std::size_t typed = 0;
  for (const StoryStep& step : story.steps) {
    if (!step.words.empty()) ++typed;
    if (step.method != nullptr && step.words.empty()) {
      EXPECT_FALSE(step.invitation.empty()) << "line " << step.line;
    }
  }
  EXPECT_GT(typed, 150u);
}

TEST(Story, ForWritesItsStepsOutOnceForEachEntry) {
  const StoryFile story = ParseStory(
      "given: {answers: [{item: 1, steps: 3}]}\n"
      "steps:\n"
      "  - for: [{day: 2031-03-03, form: \"${answers}\"}, {day: 2031-03-10, form: []}]\n"
      "    steps:\n"
      "      - {clock: \"${day}T09:00:00Z\"}\n"
      "      - for: [{who: ida}]\n"
      "        steps:\n"
      "          - {say: \"${who} on ${day}\", as: \"${who}\", call: alliance/SubmitRating, "
      "request: "
      "{rating: {parts: [{answers: \"${form}\"}]}}}\n");
  EXPECT_THAT(story.mistakes, IsEmpty());
  ASSERT_THAT(story.steps, SizeIs(4));
  EXPECT_EQ(story.steps[2].clock, "2031-03-10T09:00:00Z");
  EXPECT_EQ(story.steps[3].say, "ida on 2031-03-10");
  EXPECT_EQ(story.steps[3].as, "ida");
  EXPECT_EQ(story.steps[3].line, 8);
  EXPECT_THAT(story.steps[1].request, HasSubstr("\"steps\":3"));
  EXPECT_THAT(story.steps[3].request, HasSubstr("\"answers\":[]"));
}

TEST(Story, AFileWithoutStepsIsToldWhatIsExpected) {
  for (const char* text : {"", "hello", "given: {a: 1}\n", "steps: 3\n"}) {
    const StoryFile story = ParseStory(text);
    ASSERT_THAT(story.mistakes, SizeIs(1)) << text;
    EXPECT_EQ(story.mistakes[0].expected, "a list of steps under `steps`") << text;
  }
}

TEST(Story, AMistakeInsideForIsToldOnce) {
  const StoryFile story = ParseStory(
      "steps:\n"
      "  - for: [{n: 1}, {n: 2}]\n"
      "    steps:\n"
      "      - {as: ida, call: intake/NoSuchThing}\n"
      "      - {as: ida, call: intake/GetFamily, request: {name: \"${nobody}\"}}\n");
  EXPECT_THAT(LinesOf(story), ElementsAre(4, 5));
}

TEST(Story, WhatForGivesCantBeSavedOver) {
  const StoryFile story = ParseStory(
      "steps:\n"
      "  - for: [{n: 1}]\n"
      "    steps:\n"
      "      - {as: ida, call: intake/ListFamilies, save: {n: families.0.name}}\n");
  EXPECT_THAT(LinesOf(story), ElementsAre(4));
}

TEST(Story, NamesOutsideRequestsAreCheckedToo) {
  const StoryFile story = ParseStory(
      "steps:\n"
      "  - {invitation: \"${token}\", call: alliance/GetRatingForm}\n"
      "  - {as: ida, call: intake/ListFamilies, until: \"families.name=${family}\"}\n"
      "  - {as: ida, call: intake/ListFamilies, expect: {families.0.name: \"${family}\"}}\n"
      "  - {say: \"${who}\", as: ida, call: intake/ListFamilies}\n"
      "  - {as: ida, invitation: x, call: intake/ListFamilies}\n");
  EXPECT_THAT(LinesOf(story), ElementsAre(2, 3, 4, 5, 6));
}

TEST(Story, AFileThatIsNoStoryIsAMistakeOfItsFirstLine) {
  for (const char* text : {"", "7", "steps: none", "- {say: x}", "stepps: []"}) {
    EXPECT_THAT(LinesOf(ParseStory(text)), ElementsAre(1)) << text;
  }
  EXPECT_THAT(LinesOf(ParseStory("steps: []\nextra: 1\n")), ElementsAre(2));
}

TEST(Story, BrokenYamlNamesTheLine) {
  const StoryFile story = ParseStory("steps:\n  - {say: a, as: [ida\n");
  ASSERT_THAT(story.mistakes, SizeIs(1));
  EXPECT_THAT(story.mistakes[0].expected, HasSubstr("YAML"));
}

TEST(Story, NumbersAndTruthsStayWhatTheyAreAndQuotedTextStaysText) {
  const StoryFile story = ParseStory(
      "steps:\n"
      "  - {as: ida, call: intake/CreateMember, request: {parent: \"7\", member: "
      "{interpreter_needed: true, "
      "birth_date: {year: 1990}}}}\n");
  EXPECT_THAT(story.mistakes, IsEmpty());
  EXPECT_THAT(story.steps[0].request, HasSubstr("\"parent\":\"7\""));
  EXPECT_THAT(story.steps[0].request, HasSubstr("\"year\":1990"));
}

TEST(Story, WhoHasNoTokenIsTheFirstLinesMistakeThatNeedsThem) {
  const ScratchFolder tokens;
  WriteText(tokens / "ida.jwt", "x");
  const StoryFile story = ParseStory(
      "steps:\n"
      "  - {as: ida, call: intake/ListFamilies}\n"
      "  - {as: idaa, call: intake/ListFamilies}\n"
      "  - {as: idaa, call: intake/ListFamilies}\n");
  ASSERT_TRUE(story.mistakes.empty());
  const auto missing = MissingPeople(story, tokens.path());
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].line, 3);
  EXPECT_NE(missing[0].expected.find("idaa"), std::string::npos);
  EXPECT_TRUE(MissingPeople(story, tokens / "nowhere").empty());
}

TEST(Story, AKeyThatIsRepeatedIsTheSecondOnesMistake) {
  const StoryFile story = ParseStory(
      "steps:\n"
      "  - {as: ida, call: intake/ListFamilies}\n"
      "steps:\n"
      "  - as: ida\n"
      "    call: intake/GetFamily\n"
      "    request: {name: families/1, name: families/2}\n"
      "    call: intake/ListFamilies\n"
      "given: {a: [{item: 1, item: 2}]}\n");
  EXPECT_THAT(LinesOf(story), ElementsAre(3, 6, 7, 8));
  EXPECT_EQ(story.mistakes[0].expected, "`steps` only once in its map");
}

TEST(Story, WhoWillHaveNoTokenIsAMistakeBeforeAnythingIsStarted) {
  const StoryFile story = ParseStory(
      "steps:\n"
      "  - {as: ida, call: intake/ListFamilies}\n"
      "  - {as: idaa, run: rapport family list}\n"
      "  - {as: idaa, call: intake/ListFamilies}\n");
  ASSERT_THAT(story.mistakes, IsEmpty());
  EXPECT_THAT(UnknownPeople(story, {"anna", "ida"}),
              ElementsAre(StoryMistake{3, "one of anna, ida; not `idaa`"}));
  EXPECT_THAT(UnknownPeople(story, {"ida", "idaa"}), IsEmpty());
}

TEST(Story, WhomACommandNamesAnEarlierStepEnters) {
  const StoryFile story = ParseStory(
      "steps:\n"
      "  - {as: ida, run: rapport family create --display-name 'Example family' --referral-source "
      "self, save: {family: family.name}}\n"
      "  - for: [{who: Max}, {who: Zoe}]\n"
      "    steps:\n"
      "      - {as: ida, run: \"rapport member create ${family} --display-name '${who} "
      "Example' --role parent --involvement direct\"}\n"
      "  - {as: ida, run: \"rapport presenting-problem record Example --member max --words x\"}\n"
      "  - {as: ida, run: \"rapport presenting-problem record ${family} --member Mia --words x\"}\n"
      "  - {as: ida, run: \"rapport presenting-problem record Sample --member Zoe --words x\"}\n"
      "  - {as: ida, run: \"rapport presenting-problem record me --member me --words x\"}\n"
      "  - {as: ida, run: \"rapport family show Nobody\", refused: {reason: NOT_FOUND}}\n"
      "  - {as: ida, run: \"rapport attendance record families/1/sessions/2 --attendance "
      "'[{person: "
      "Tom, presence: present}]'\"}\n"
      "  - {as: ida, call: intake/CreateMember, request: {member: {display_name: Tom}}}\n"
      "  - {as: ida, run: \"rapport presenting-problem record ${family} --member Tom --words "
      "x\"}\n");
  for (const StoryMistake& mistake : story.mistakes) ADD_FAILURE() << mistake.expected;
  const auto unknown = UnknownNames(story);
  std::vector<int> lines;
  for (const StoryMistake& mistake : unknown) lines.push_back(mistake.line);
  ASSERT_THAT(lines, ElementsAre(7, 8, 11));
  EXPECT_THAT(unknown[0].expected, HasSubstr("`Mia`"));
  EXPECT_THAT(unknown[1].expected, HasSubstr("`Sample`"));
  EXPECT_THAT(unknown[2].expected, HasSubstr("`Tom`"));
}

TEST(Story, WhatNobodyIsKnownToBeCalledBeforeItIsPlayedIsNoMistake) {
  const StoryFile story = ParseStory(
      "steps:\n"
      "  - {as: ida, run: rapport family list, save: {same: families.0.display_name}}\n"
      "  - {as: ida, run: \"rapport family create --display-name '${same}' --referral-source "
      "self\"}\n"
      "  - {as: ida, run: rapport family show Example}\n");
  EXPECT_THAT(story.mistakes, IsEmpty());
  EXPECT_THAT(UnknownNames(story), IsEmpty());
}

TEST(Story, TheShippedCaseNamesNobodyWhomItDoesNotEnter) {
  std::ifstream in(std::string(std::getenv("RAPPORT_SOURCE")) + "/deploy/local/demo_case.yaml");
  for (const StoryMistake& mistake :
       UnknownNames(ParseStory({std::istreambuf_iterator<char>(in), {}}))) {
    ADD_FAILURE() << mistake.line << ": expected " << mistake.expected;
  }
}

}  // namespace
}  // namespace rapport::cli
