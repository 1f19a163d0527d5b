// Every method is one command, and reads like one; what help says of it is what its proto says.
#include "cli/verbs.h"
#include "cli/comments.h"
#include "cli/fields.h"
#include "cli/methods.h"
#include "cli/views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace rapport::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Pair;

TEST(Verbs, AreTheMethodsOwnWordsWithTheNounFirst) {
  EXPECT_THAT(NounAndVerb("ListFamilies"), Pair("family", "list"));
  EXPECT_THAT(NounAndVerb("GetGoal"), Pair("goal", "show"));
  EXPECT_THAT(NounAndVerb("SignNote"), Pair("note", "sign"));
  EXPECT_THAT(NounAndVerb("ProposeHomework"), Pair("homework", "propose"));
  EXPECT_THAT(NounAndVerb("RespondToHomework"), Pair("homework", "respond"));
  EXPECT_THAT(NounAndVerb("BatchSubmitRatings"), Pair("rating", "batch-submit"));
  EXPECT_THAT(NounAndVerb("RecordSafetyScreen"), Pair("safety-screen", "record"));
  EXPECT_THAT(NounAndVerb("GetAllianceMap"), Pair("alliance-map", "show"));
}

TEST(Verbs, NoTwoCommandsAreTheSame) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const Verb& verb : AllVerbs()) {
    EXPECT_TRUE(seen.emplace(verb.noun, verb.verb).second) << verb.noun << " " << verb.verb;
    EXPECT_FALSE(verb.noun.empty()) << verb.method->name();
  }
  EXPECT_TRUE(seen.contains({"family", "open"}));
  EXPECT_GT(seen.size(), 70u);
}

TEST(Verbs, AViewHasTheNameThatItsMethodHas) {
  for (const View& view : Views()) {
    const auto* own = FindMethod(view.method);
    const auto* method = own == nullptr ? FindShared(view.method) : own;
    ASSERT_NE(method, nullptr) << view.method;
    if (view.verb.empty()) continue;
    const auto [noun, verb] = NounAndVerb(method->name());
    EXPECT_EQ(verb, view.verb) << view.method;
    EXPECT_TRUE(noun.ends_with(view.noun)) << view.method;
  }
}

TEST(Verbs, WhatEveryServiceHasIsACommandThatSaysOfWhich) {
  std::set<std::string> shared;
  for (const Verb& verb : AllVerbs()) {
    if (verb.shared) shared.insert(verb.noun + " " + verb.verb);
  }
  EXPECT_THAT(shared, testing::ElementsAre("audit verify", "audit-event list", "change list",
                                           "disclosure show"));
  EXPECT_NE(FindShared("GetDisclosures"), nullptr);
  EXPECT_EQ(FindShared("GetFamily"), nullptr);
}

TEST(Verbs, StandForTheMethodsThatAServiceNames) {
  EXPECT_EQ(WithCommands("a screen with the person alone (RecordSafetyScreen): is due"),
            "a screen with the person alone (`rapport safety-screen record`): is due");
  EXPECT_EQ(WithCommands("Zoë's note, not signed (SignNote)"),
            "Zoë's note, not signed (`rapport note sign`)");
  EXPECT_EQ(WithCommands(""), "");
}

// The words of a message that may be left out say what its absence means; a flag is there.
TEST(Comments, OfAFlagSayWhatItMeansAndNotWhatItsAbsenceDoes) {
  for (const Verb& verb : AllVerbs()) {
    for (const Field& field : FieldsOf(*verb.method->input_type()).flags) {
      if (field.path.size() < 2 || !SummaryOf(*field.leaf()).empty()) continue;
      const std::string around = SummaryOf(*field.path[field.path.size() - 2]);
      EXPECT_FALSE(around.starts_with("Absent"))
          << verb.noun << " " << verb.verb << " --" << field.flag << ": " << around;
    }
  }
}

TEST(Comments, SayWhatEveryMethodDoesInOneSentence) {
  for (const Verb& verb : AllVerbs()) {
    const std::string summary = SummaryOf(*verb.method);
    ASSERT_FALSE(summary.empty()) << verb.method->full_name();
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(summary[0]))) << summary;
    EXPECT_THAT(CommentOf(*verb.method), HasSubstr(summary));
  }
}

TEST(Comments, SpeakToPeopleOfRefusalsAndNotOfCodes) {
  EXPECT_EQ(ForPeople("NOT_FOUND: nobody. A way; ALREADY_EXISTS names it. ALREADY_EXISTS: taken."),
            "Not found: nobody. A way; the refusal names it. Refused: taken.");
  for (const Verb& verb : AllVerbs()) {
    const std::string said = ForPeople(CommentOf(*verb.method));
    for (const char* code :
         {"CANCELLED", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
          "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
          "OUT_OF_RANGE", "UNIMPLEMENTED", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"}) {
      EXPECT_THAT(said, Not(HasSubstr(code))) << verb.noun << " " << verb.verb;
    }
  }
}

}  // namespace
}  // namespace rapport::cli
