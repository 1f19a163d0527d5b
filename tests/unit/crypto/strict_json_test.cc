// JSON that two readers could understand differently is no JSON.
#include "platform/crypto/strict_json.h"

#include <gtest/gtest.h>

#include <string>

namespace rapport::crypto {
namespace {

TEST(StrictJson, ReadsAnObject) {
  const auto json = ParseStrictJson(R"({"a": 1, "b": {"c": ["d"]}})", 4);
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ((*json)["b"]["c"][0], "d");
}

TEST(StrictJson, RefusesAMemberNamedTwice) {
  EXPECT_FALSE(ParseStrictJson(R"({"sub": "a", "sub": "b"})", 4).has_value());
  EXPECT_FALSE(ParseStrictJson(R"({"sub": "a", "sub": "a"})", 4).has_value());
  EXPECT_FALSE(ParseStrictJson(R"({"sub": "a", "\u0073ub": "b"})", 4).has_value());
  EXPECT_FALSE(ParseStrictJson(R"({"a": [{"b": 1, "b": 2}]})", 4).has_value());
  EXPECT_FALSE(ParseStrictJson(R"({"a": {"a": 1}, "a": 2})", 4).has_value());
}

TEST(StrictJson, AcceptsTheSameNameInDifferentObjects) {
  EXPECT_TRUE(ParseStrictJson(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]})", 4).has_value());
}

TEST(StrictJson, NestsAsDeepAsAllowedAndNoDeeper) {
  EXPECT_TRUE(ParseStrictJson(R"({"a": 1})", 1).has_value());
  EXPECT_FALSE(ParseStrictJson(R"({"a": []})", 1).has_value());
  EXPECT_TRUE(ParseStrictJson(R"({"a": [[[1]]]})", 4).has_value());
  EXPECT_FALSE(ParseStrictJson(R"({"a": [[[[1]]]]})", 4).has_value());
  EXPECT_FALSE(ParseStrictJson(R"({"a": {"a": {"a": {"a": {}}}}})", 4).has_value());
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_FALSE(ParseStrictJson("{\"a\":" + deep + "}", 4).has_value());
}

TEST(StrictJson, RefusesEverythingElse) {
  for (const char* text : {"",
                           " ",
                           "[]",
                           "1",
                           "null",
                           "\"a\"",
                           "{",
                           "{}x",
                           "{} {}",
                           "{\"a\":1,}",
                           "{'a':1}",
                           "{\"a\":1e400}",
                           "{\"a\":-1e400}",
                           "{\"a\":NaN}",
                           "{\"a\":01}",
                           "{\"a\":\"\x01\"}",
                           "{\"a\":\"\xff\"}",
                           "{\"a\":\"\\ud800\"}",
                           "// a\n{}",
                           "\xef\xbb\xbf"}) {
    EXPECT_FALSE(ParseStrictJson(text, 4).has_value()) << text;
  }
}

}  // namespace
}  // namespace rapport::crypto
