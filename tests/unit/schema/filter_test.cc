// Filters: what is read, and at which position each mistake is reported.
#include "platform/schema/filter.h"

#include "platform/base/strings.h"
#include "platform/schema/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unit/schema/probe.pb.h>

#include <random>

namespace rapport::schema {
namespace {

using ::testing::HasSubstr;

enum Field { kColor, kLevel, kInactive, kTime, kIds, kMember, kWhose, kKey };

const std::vector<FilterField>& Fields() {
  static const auto& fields = *new std::vector<FilterField>{
      {"color",
       FilterField::Type::kEnum,
       {Comparison::kEqual, Comparison::kNotEqual},
       probe::v1::Color_descriptor()},
      {"level",
       FilterField::Type::kNumber,
       {Comparison::kEqual, Comparison::kLess, Comparison::kLessEqual, Comparison::kGreater,
        Comparison::kGreaterEqual}},
      {"inactive", FilterField::Type::kBool},
      {"create_time", FilterField::Type::kTime, {Comparison::kGreaterEqual, Comparison::kLess}},
      {"external_ids", FilterField::Type::kText, {Comparison::kHas}},
      {"session.member", FilterField::Type::kText},
      {.name = "whose",
       .type = FilterField::Type::kName,
       .patterns = "families/{family}/members/{member},professionals/{professional}"},
      {.name = "key", .type = FilterField::Type::kExternalId, .comparisons = {Comparison::kHas}},
  };
  return fields;
}

struct Good {
  std::string filter;
  std::size_t field;
  Comparison comparison;
  std::string text;
  std::int64_t number;
};

TEST(FilterTest, ReadsEachKindOfComparison) {
  const Good cases[] = {
      {"color = COLOR_RED", kColor, Comparison::kEqual, "", 1},
      {"color=BLUE", kColor, Comparison::kEqual, "", 3},
      {"color != \"RED\"", kColor, Comparison::kNotEqual, "", 1},
      {"level = 3", kLevel, Comparison::kEqual, "", 3},
      {"level<-3", kLevel, Comparison::kLess, "", -3},
      {"level <= 3", kLevel, Comparison::kLessEqual, "", 3},
      {"level > 3", kLevel, Comparison::kGreater, "", 3},
      {"level >= 9223372036854775807", kLevel, Comparison::kGreaterEqual, "", INT64_MAX},
      {"inactive = true", kInactive, Comparison::kEqual, "", 1},
      {"inactive = false", kInactive, Comparison::kEqual, "", 0},
      {"create_time >= 1970-01-01T00:00:01Z", kTime, Comparison::kGreaterEqual, "", 1'000'000},
      {"create_time < \"1970-01-01T02:00:00.5+02:00\"", kTime, Comparison::kLess, "", 500'000},
      {"external_ids:\"ehr=4711\"", kIds, Comparison::kHas, "ehr=4711", 0},
      {"external_ids : 'it is \"quoted\"'", kIds, Comparison::kHas, "it is \"quoted\"", 0},
      {"external_ids:\"a\\\"b\\\\c\"", kIds, Comparison::kHas, "a\"b\\c", 0},
      {"external_ids:\"\"", kIds, Comparison::kHas, "", 0},
      {"external_ids:\"x AND y\"", kIds, Comparison::kHas, "x AND y", 0},
      {"external_ids:caf\xc3\xa9", kIds, Comparison::kHas, "caf\xc3\xa9", 0},
      {"session.member = families/0a/members/0b", kMember, Comparison::kEqual,
       "families/0a/members/0b", 0},
      {"whose = professionals/00000000000000000000000000000000", kWhose, Comparison::kEqual,
       "professionals/00000000000000000000000000000000", 0},
      {"whose = "
       "\"families/00000000000000000000000000000000/members/00000000000000000000000000000000\"",
       kWhose, Comparison::kEqual,
       "families/00000000000000000000000000000000/members/00000000000000000000000000000000", 0},
      {"key:\"ehr=4711\"", kKey, Comparison::kHas, "ehr=4711", 0},
      {"key:\"ehr==\"", kKey, Comparison::kHas, "ehr==", 0},
      {"  level\t=\n3  ", kLevel, Comparison::kEqual, "", 3},
  };
  for (const Good& c : cases) {
    const auto terms = ParseFilter(c.filter, Fields());
    ASSERT_TRUE(terms.ok()) << c.filter << " " << terms.status();
    ASSERT_EQ(terms->size(), 1u) << c.filter;
    const FilterTerm& term = terms->front();
    EXPECT_EQ(term.field, c.field) << c.filter;
    EXPECT_EQ(term.comparison, c.comparison) << c.filter;
    EXPECT_EQ(term.text, c.text) << c.filter;
    EXPECT_EQ(term.number, c.number) << c.filter;
  }
}

TEST(FilterTest, AnEmptyFilterHoldsForEverything) {
  for (const char* empty : {"", " ", "\n\t "}) {
    const auto terms = ParseFilter(empty, Fields());
    ASSERT_TRUE(terms.ok());
    EXPECT_TRUE(terms->empty());
  }
}

TEST(FilterTest, AndJoins) {
  const auto terms =
      ParseFilter("level >= 2 AND level<4 AND color=RED AND external_ids:'AND'", Fields());
  ASSERT_TRUE(terms.ok()) << terms.status();
  ASSERT_EQ(terms->size(), 4u);
  EXPECT_EQ((*terms)[1].number, 4);
  EXPECT_EQ((*terms)[3].text, "AND");
}

TEST(FilterTest, AMistakeIsReportedAtItsPosition) {
  const std::pair<std::string, std::string> cases[] = {
      {"secret = 1", "position 1: expected a field"},
      {"= 1", "position 1: expected a field"},
      {"level", "position 6: expected one of"},
      {"level 3", "position 7: expected one of"},
      {"level == 3", "position 8: expected a value"},
      {"level = ", "position 9: expected a value"},
      {"level = x", "position 9: expected a whole number"},
      {"level = 3.5", "position 9: expected a whole number"},
      {"level = 9223372036854775808", "position 9: expected a whole number"},
      {"level != 3", "position 7: the field can't be compared this way"},
      {"color > RED", "position 7: the field can't be compared this way"},
      {"color = GREEN", "position 9: expected a value of rapport.probe.v1.Color"},
      {"color = red", "position 9: expected a value of"},
      {"color = 1", "position 9: expected a value of"},
      {"inactive = 1", "position 12: expected true or false"},
      {"create_time < yesterday", "position 15: expected a time"},
      {"create_time < infinite-future", "position 15: expected a time"},
      {"whose = x", "position 9: expected a name like families/{family}/members/{member},"},
      {"whose = families/00000000000000000000000000000000", "position 9: expected a name like"},
      {"key:4711", "position 5: expected \"system=value\""},
      {"key:\"=4711\"", "position 5: expected \"system=value\""},
      {"key:\"ehr=\"", "position 5: expected \"system=value\""},
      {"external_ids = x", "position 14: the field can't be compared this way"},
      {"external_ids:\"x", "position 14: the quote is never closed"},
      {"external_ids:\"x\\n\"", "position 16: a backslash stands before"},
      {"external_ids:\"x\\", "position 16: a backslash stands before"},
      {"external_ids:a:b", "position 15: expected AND"},
      {"external_ids:*", "position 14: expected a value"},
      {"level = 3 OR level = 4", "position 11: expected AND"},
      {"level = 3 and level = 4", "position 11: expected AND"},
      {"level = 3 level = 4", "position 11: expected AND"},
      {"level = 3 AND", "position 14: expected a comparison after AND"},
      {"level = 3 AND AND level = 4", "position 15: expected a field"},
      {"level = 3ANDlevel = 4", "position 9: expected a whole number"},
      {"NOT level = 3", "position 1: expected a field"},
      {"-level = 3", "position 1: expected a field"},
      {"(level = 3)", "position 1: expected a field"},
      {"level = 3)", "position 10: expected AND"},
      {"level = 3; DROP", "position 10: expected AND"},
  };
  for (const auto& [filter, fault] : cases) {
    const auto terms = ParseFilter(filter, Fields());
    ASSERT_FALSE(terms.ok()) << filter;
    EXPECT_EQ(terms.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(terms.status()), "FILTER_INVALID");
    EXPECT_THAT(std::string(Std(terms.status().message())), HasSubstr("filter: at " + fault))
        << filter;
  }
}

TEST(FilterTest, TheNumberOfTermsHasALimit) {
  std::string filter = "level = 1";
  for (int i = 1; i < 20; ++i) filter += " AND level = 1";
  EXPECT_TRUE(ParseFilter(filter, Fields()).ok());
  EXPECT_FALSE(ParseFilter(filter + " AND level = 1", Fields()).ok());
}

TEST(FilterTest, WhatWasWrittenIsNeverRepeated) {
  const std::string canary = "canary4711";
  for (const std::string& filter :
       {canary + " = 1", "level = " + canary, "color = " + canary, "level = 1 " + canary,
        "external_ids:\"" + canary, "create_time < " + canary, "inactive = " + canary}) {
    const auto terms = ParseFilter(filter, Fields());
    ASSERT_FALSE(terms.ok());
    EXPECT_EQ(StatusDetails(terms.status()).find(canary), std::string::npos) << filter;
  }
}

TEST(FilterTest, GarbageIsRefusedOrRead) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const std::string_view parts[] = {"level", "color", "external_ids", " ",   "=",  "<",
                                    ">=",    ":",     "\"",           "'",   "\\", "AND",
                                    "3",     "RED",   "\xff",         "\0x", "(",  "-"};
  for (int i = 0; i < 20'000; ++i) {
    std::string filter;
    for (unsigned n = random() % 12; n > 0; --n) filter += parts[random() % std::size(parts)];
    const auto terms = ParseFilter(filter, Fields());
    if (!terms.ok()) EXPECT_EQ(ReasonOf(terms.status()), "FILTER_INVALID");
  }
}

TEST(OrderByTest, OneFieldAndADirection) {
  const std::vector<std::string_view> fields = {"create_time", "state"};
  const std::tuple<std::string, std::size_t, bool> good[] = {
      {"", 0, true},
      {"state", 1, false},
      {"state asc", 1, false},
      {"create_time desc", 0, true},
  };
  for (const auto& [text, field, descending] : good) {
    const auto order = ParseOrderBy(text, fields, {0, true});
    ASSERT_TRUE(order.ok()) << text;
    EXPECT_EQ(order->field, field) << text;
    EXPECT_EQ(order->descending, descending) << text;
  }
  for (const char* bad : {"secret", "state up", "state  desc", "state desc ", "state,create_time",
                          " state", "desc", "STATE"}) {
    const auto order = ParseOrderBy(bad, fields, {0, true});
    EXPECT_EQ(order.status().code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(Std(order.status().message())), HasSubstr("order_by: ")) << bad;
  }
}

TEST(FilterTest, ATermHoldsOfWhatItSaysAndNothingElse) {
  struct Case {
    Comparison comparison;
    bool less, equal, greater;
  };
  for (const Case& one :
       {Case{Comparison::kEqual, false, true, false},
        Case{Comparison::kNotEqual, true, false, true}, Case{Comparison::kLess, true, false, false},
        Case{Comparison::kLessEqual, true, true, false},
        Case{Comparison::kGreater, false, false, true},
        Case{Comparison::kGreaterEqual, false, true, true}}) {
    const FilterTerm term{.comparison = one.comparison, .number = 5};
    EXPECT_EQ(Holds(term, 4), one.less);
    EXPECT_EQ(Holds(term, 5), one.equal);
    EXPECT_EQ(Holds(term, 6), one.greater);
  }
}

}  // namespace
}  // namespace rapport::schema
