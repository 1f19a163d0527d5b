#include "notes/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Folded(std::string_view text) {
  std::vector<std::string> folded;
  for (Word& word : WordsOf(text)) folded.push_back(std::move(word.folded));
  return folded;
}

TEST(N9Words, AreLettersAndDigitsWithoutCaseAndDiacritics) {
  EXPECT_THAT(Folded("They LAUGHED, twice (2x)."), ElementsAre("they", "laughed", "twice", "2x"));
  EXPECT_THAT(Folded("Größe Café naïve ÅNGSTRÖM"),
              ElementsAre("grosse", "cafe", "naive", "angstrom"));
  EXPECT_THAT(Folded("ΣΊΣΥΦΟΣ σίσυφος"), ElementsAre("σισυφοσ", "σισυφοσ"));
  EXPECT_THAT(Folded("Ёлка İzmir"), ElementsAre("елка", "izmir"));
  EXPECT_THAT(Folded("co-sign don't a_b"), ElementsAre("co", "sign", "don", "t", "a", "b"));
}

TEST(N9Words, AComposedLetterIsADecomposedOne) {
  EXPECT_EQ(Folded("caf\u00e9"), Folded("cafe\u0301"));
  EXPECT_THAT(Folded("cafe\u0301s"), ElementsAre("cafes")) << "a mark ends no word";
  EXPECT_THAT(Folded("gold\u00adfish"), ElementsAre("goldfish")) << "nor does a soft hyphen";
}

TEST(N9Words, WithoutSpacesEachCharacterIsOne) {
  EXPECT_THAT(Folded("家庭 ok"), ElementsAre("家", "庭", "ok"));
}

TEST(N9Words, SayWhereTheyStand) {
  const std::string text = "Größe: 2 m";
  for (const Word& word : WordsOf(text)) {
    EXPECT_EQ(Folded(text.substr(word.offset, word.size)), std::vector{word.folded});
  }
  EXPECT_EQ(WordsOf(text)[1], (Word{"2", text.find('2'), 1}));
}

TEST(N9Words, ThereMayBeNone) {
  EXPECT_THAT(WordsOf(""), IsEmpty());
  EXPECT_THAT(WordsOf(" …—! \u0301"), IsEmpty());
  EXPECT_THAT(Folded("good\xff"
                     "bad"),
              ElementsAre("good"))
      << "what is no text ends it";
}

TEST(N9Words, CodePointsAreCounted) {
  EXPECT_EQ(CodePoints(""), 0u);
  EXPECT_EQ(CodePoints("naïve 家"), 7u);
}

}  // namespace
}  // namespace rapport::notes
