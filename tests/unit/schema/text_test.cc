// Text and formats: the inputs of the bad-input table, each with the fault it has.
#include "platform/schema/text.h"

#include "platform/schema/formats.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace rapport::schema {
namespace {

using namespace std::string_literals;

struct TextCase {
  const char* name;
  std::string text;
  std::string faults;  // letters: u not UTF-8, c control, b bidi, n not NFC
  std::size_t code_points = 0;
};

std::string Letters(const TextFaults& faults) {
  std::string letters;
  if (faults.not_utf8) letters += 'u';
  if (faults.control) letters += 'c';
  if (faults.bidi) letters += 'b';
  if (faults.not_nfc) letters += 'n';
  return letters;
}

TEST(TextTest, EachFaultIsFound) {
  const TextCase cases[] = {
      {"empty", "", "", 0},
      {"words", "Two words.", "", 10},
      {"newline and tab", "a\nb\tc", "", 5},
      {"format string", "%n%s{}", "", 6},
      {"sql", "'; DROP TABLE x; --", "", 19},
      {"markup", "<script>&amp;", "", 13},
      {"NUL", "a\0b"s, "c", 3},
      {"carriage return", "a\r\n", "c", 3},
      {"escape", "\x1b[31m", "c", 5},
      {"unit separator", "\x1f", "c", 1},
      {"DEL", "a\x7f", "c", 2},
      {"C1: next line", "a\xc2\x85", "c", 2},
      {"C1 begins", "\xc2\x80", "c", 1},
      {"no-break space is no control", "\xc2\xa0", "", 1},
      {"e acute, composed", "caf\xc3\xa9", "", 4},
      {"e acute, decomposed", "cafe\xcc\x81", "n", 5},
      {"combining mark that composes with nothing", "q\xcc\x81", "", 2},
      {"angstrom sign", "\xe2\x84\xab", "n", 1},
      {"hangul syllable", "\xea\xb0\x80", "", 1},
      {"hangul as jamo", "\xe1\x84\x80\xe1\x85\xa1", "n", 2},
      {"marks out of order", "a\xcc\x81\xcc\xa3", "n", 3},
      {"emoji", "\xf0\x9f\x99\x82", "", 1},
      {"emoji joined with zero-width joiners",
       "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7", "", 5},
      {"zero-width space", "a\xe2\x80\x8b", "", 2},
      {"Arabic", "\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7", "", 5},
      {"right-to-left override", "a\xe2\x80\xae", "b", 2},
      {"left-to-right embedding", "\xe2\x80\xaa", "b", 1},
      {"isolate", "\xe2\x81\xa6", "b", 1},
      {"pop isolate", "\xe2\x81\xa9", "b", 1},
      {"left-to-right mark", "\xe2\x80\x8e", "b", 1},
      {"Arabic letter mark", "\xd8\x9c", "b", 1},
      {"beside the isolates", "\xe2\x81\xa5\xe2\x81\xaa", "", 2},
      {"two faults", "\x01\xe2\x80\xae", "cb", 2},
      {"stray continuation", "\x80", "u"},
      {"truncated", "caf\xc3", "u"},
      {"truncated, four bytes", "\xf0\x9f\x99", "u"},
      {"overlong slash", "\xc0\xaf", "u"},
      {"overlong NUL", "\xc0\x80", "u"},
      {"overlong, three bytes", "\xe0\x80\xaf", "u"},
      {"lone surrogate", "\xed\xa0\x80", "u"},
      {"pair of surrogates", "\xed\xa0\xbd\xed\xb9\x82", "u"},
      {"beyond Unicode", "\xf4\x90\x80\x80", "u"},
      {"no byte of UTF-8", "\xff", "u"},
      {"highest code point", "\xf4\x8f\xbf\xbf", "", 1},
  };
  for (const TextCase& c : cases) {
    const TextFaults faults = FaultsOf(c.text);
    EXPECT_EQ(Letters(faults), c.faults) << c.name;
    EXPECT_EQ(faults.any(), !c.faults.empty()) << c.name;
    if (!faults.not_utf8) EXPECT_EQ(faults.code_points, c.code_points) << c.name;
  }
}

// Where the fast way for plain text begins and ends must not matter.
TEST(TextTest, AFaultIsFoundWhereverItStands) {
  for (std::size_t size = 1; size < 70; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (const char fault : {'\0', '\x1f', '\x7f', '\xff'}) {
        std::string text(size, 'a');
        text[at] = fault;
        EXPECT_TRUE(FaultsOf(text).any()) << size << " " << at;
      }
    }
  }
}

TEST(TextTest, RandomBytesAreFaultyOrCounted) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 24, '\0');
    for (char& byte : text) byte = static_cast<char>(random());
    const TextFaults faults = FaultsOf(text);
    if (faults.not_utf8) continue;
    std::size_t expected = 0;  // bytes that continue nothing
    for (const char byte : text) expected += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    EXPECT_EQ(faults.code_points, expected);
  }
}

TEST(FormatsTest, Uuids) {
  for (const char* good :
       {"00000000-0000-0000-0000-000000000000", "123E4567-e89b-12d3-A456-426614174000"}) {
    EXPECT_TRUE(IsUuid(good)) << good;
  }
  for (const char* bad :
       {"", "123e4567e89b12d3a456426614174000", "{123e4567-e89b-12d3-a456-426614174000}",
        "123e4567-e89b-12d3-a456-42661417400", "123e4567-e89b-12d3-a456-4266141740000",
        "123e4567-e89b-12d3-a456-42661417400g", "123e4567-e89b-12d3-a4564-26614174000",
        "123e4567_e89b_12d3_a456_426614174000"}) {
    EXPECT_FALSE(IsUuid(bad)) << bad;
  }
}

TEST(FormatsTest, LanguageTags) {
  for (const char* good :
       {"de", "deu", "pt-BR", "zh-Hant-TW", "de-1996", "en-x-private", "sl-rozaj-biske-1994"}) {
    EXPECT_TRUE(IsLanguageTag(good)) << good;
  }
  for (const char* bad :
       {"", "d", "1e", "de-", "-de", "de--AT", "de_AT", "de-x", "deutschland", "de-\xc3\xa4",
        "de AT", "de-123456789", "aa-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa"}) {
    EXPECT_FALSE(IsLanguageTag(bad)) << bad;
  }
}

}  // namespace
}  // namespace rapport::schema
