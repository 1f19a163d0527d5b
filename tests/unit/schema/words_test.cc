// Words of names, as somebody is looked for by them.
#include "platform/schema/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::schema {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Words, AreWhatLettersAndDigitsAreTogether) {
  EXPECT_THAT(WordsOf("  Ünal-Ōno, 2nd "), ElementsAre("unal", "ono", "2nd"));
  EXPECT_THAT(WordsOf("Зоя O'Neill"), ElementsAre("зоя", "o", "neill"));
  for (const char* none : {"", " ", "-\"'", "\n"}) EXPECT_THAT(WordsOf(none), IsEmpty()) << none;
}

TEST(Words, AreAllThereInAnyOrder) {
  EXPECT_TRUE(HasAll(WordsOf("Mira Anna Example"), WordsOf("example MIRA")));
  EXPECT_FALSE(HasAll(WordsOf("Mira Example"), WordsOf("mira exam")));
  EXPECT_TRUE(HasAll(WordsOf("Mira"), {})) << "whoever asks for nothing looks for that first";
}

}  // namespace
}  // namespace rapport::schema
