// What is heard of what people type at a question: the words of the form, however they come out of
// a keyboard, and nothing that was meant as an answer.
#include "cli/typed_words.h"

#include <gtest/gtest.h>

namespace rapport::cli {
namespace {

using alliance::v1::CONCERN_KIND_NOT_SAFE;
using alliance::v1::CONCERN_KIND_TALK_TO_ME_SOON;
using alliance::v1::CONCERN_KIND_UNSPECIFIED;

TEST(A14_TypedWords, NotSafeIsHeardHoweverItIsTyped) {
  for (const char* typed :
       {"unsafe", "Unsafe", "UNSAFE!", " \"unsafe\" ", "Not safe.", "I am not safe", "I'm not safe",
        "I\xe2\x80\x99m NOT safe...", "i don't feel safe"}) {
    EXPECT_EQ(ConcernSaid(typed), CONCERN_KIND_NOT_SAFE) << typed;
  }
}

TEST(A14_TypedWords, TalkIsHeardHoweverItIsTyped) {
  for (const char* typed :
       {"talk", "Talk", "Talk to me soon.", "Somebody should talk to me soon"}) {
    EXPECT_EQ(ConcernSaid(typed), CONCERN_KIND_TALK_TO_ME_SOON) << typed;
  }
}

TEST(A14_TypedWords, AnAnswerIsNoConcern) {
  for (const char* typed : {"", "7", "7,5", "skip", "safe", "I am safe", "y", "we did not talk",
                            "It was not safe in the old flat, now it is"}) {
    EXPECT_EQ(ConcernSaid(typed), CONCERN_KIND_UNSPECIFIED) << typed;
  }
}

TEST(A14_TypedWords, AreTheSameForTheRestOfTheForm) {
  EXPECT_EQ(PlainWords("  Skip. "), "skip");
  EXPECT_EQ(SaidYes("YES!"), true);
  EXPECT_EQ(SaidYes("N"), false);
  EXPECT_EQ(SaidYes("5"), std::nullopt);
  EXPECT_EQ(PlainWords("un-safe"), "un safe");
  EXPECT_EQ(PlainWords(""), "");
}

}  // namespace
}  // namespace rapport::cli
