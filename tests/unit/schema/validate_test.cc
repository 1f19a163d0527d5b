// Validation: for each rule the value that just passes and the one that just does not, by the path
// and the text of its violation. A case starts from a request that is right and spoils one thing.
#include "platform/schema/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapport/notes/v1/session_requests.pb.h>
#include <unit/schema/probe.pb.h>

#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace rapport::schema {
namespace {

using namespace std::string_literals;
using probe::v1::Thing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kHex[] = "0123456789abcdef0123456789abcdef";

Thing Good() {
  Thing thing;
  thing.set_title("fine");
  thing.set_needed_color(probe::v1::COLOR_RED);
  thing.set_big(0);
  thing.mutable_needed_inner()->set_words("w");
  thing.add_tags("a");
  return thing;
}

// "path: description" of each violation.
std::vector<std::string> Faults(const google::protobuf::Message& message) {
  std::vector<std::string> faults;
  for (const FieldViolation& violation : Validate(message)) {
    faults.push_back(violation.field + ": " + violation.description);
  }
  return faults;
}

struct Case {
  std::string name;
  std::function<void(Thing&)> spoil;
  std::vector<std::string> faults;
};

void ExpectFaults(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    Thing thing = Good();
    c.spoil(thing);
    EXPECT_EQ(Faults(thing), c.faults) << c.name;
  }
}

TEST(ValidateTest, ARightRequestHasNoViolation) {
  EXPECT_THAT(Faults(Good()), IsEmpty());
  EXPECT_THAT(Faults(probe::v1::Reply()), IsEmpty());
}

TEST(ValidateTest, WhatIsRequiredMustBeThere) {
  EXPECT_THAT(Faults(Thing()),
              ElementsAre("title: is required", "needed_color: is required", "big: is required",
                          "needed_inner: is required", "tags: is required"));
  ExpectFaults(
      {{"inner message", [](Thing& t) { t.mutable_inner(); }, {"inner.words: is required"}},
       {"absent inner message", [](Thing& t) { t.clear_inner(); }, {}},
       {"number that is there and 0", [](Thing& t) { t.set_big(0); }, {}}});
}

TEST(ValidateTest, WordsThatNobodySeesAreMissing) {
  ExpectFaults({{"space", [](Thing& t) { t.set_title(" "); }, {"title: is required"}},
                {"no-break and ideographic",
                 [](Thing& t) { t.set_title("\u00a0\u3000"); },
                 {"title: is required"}},
                {"line breaks", [](Thing& t) { t.set_title("\n \t"); }, {"title: is required"}},
                {"no width", [](Thing& t) { t.set_title("\u200b\ufeff"); }, {"title: is required"}},
                {"Hangul filler", [](Thing& t) { t.set_title("\u3164"); }, {"title: is required"}},
                {"inside",
                 [](Thing& t) { t.mutable_inner()->set_words("  "); },
                 {"inner.words: is required"}},
                {"blank and too long, all of it",
                 [](Thing& t) {
                   t.set_title("         ");
                   t.mutable_inner()->set_words(" ");
                 },
                 {"title: is required", "title: must have at most 8 characters",
                  "inner.words: is required"}},
                {"a letter among them", [](Thing& t) { t.set_title(" a "); }, {}},
                {"an emoji", [](Thing& t) { t.set_title("\U0001f642"); }, {}},
                {"a name in Arabic", [](Thing& t) { t.set_title("\u0632\u0648\u0649"); }, {}},
                {"not required", [](Thing& t) { t.set_plain("  "); }, {}}});
}

TEST(ValidateTest, LengthsAreInclusive) {
  const std::string smile = "\xf0\x9f\x99\x82";  // one code point, four bytes
  const auto repeat = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  ExpectFaults(
      {{"max", [&](Thing& t) { t.set_title(repeat("x", 8)); }, {}},
       {"max + 1",
        [&](Thing& t) { t.set_title(repeat("x", 9)); },
        {"title: must have at most 8 characters"}},
       {"max of four bytes each", [&](Thing& t) { t.set_title(repeat(smile, 8)); }, {}},
       {"max + 1 of four bytes each",
        [&](Thing& t) { t.set_title(repeat(smile, 9)); },
        {"title: must have at most 8 characters"}},
       {"default", [&](Thing& t) { t.set_plain(repeat("x", 256)); }, {}},
       {"default + 1",
        [&](Thing& t) { t.set_plain(repeat("x", 257)); },
        {"plain: must have at most 256 characters"}},
       {"bytes", [](Thing& t) { t.set_blob("\0\xff\x80\xc0"s); }, {}},
       {"bytes + 1", [](Thing& t) { t.set_blob("12345"); }, {"blob: must have at most 4 bytes"}}});
}

TEST(ValidateTest, ListsHaveTheirSizes) {
  const auto tags = [](int n) {
    return [n](Thing& t) {
      t.clear_tags();
      for (int i = 0; i < n; ++i) t.add_tags("a");
    };
  };
  const auto inners = [](int n) {
    return [n](Thing& t) {
      for (int i = 0; i < n; ++i) t.add_inners()->set_words("w");
    };
  };
  ExpectFaults({{"none", tags(0), {"tags: is required"}},
                {"one", tags(1), {}},
                {"max", tags(3), {}},
                {"max + 1", tags(4), {"tags: must have at most 3 entries"}},
                {"messages, max", inners(2), {}},
                {"messages, max + 1", inners(3), {"inners: must have at most 2 entries"}},
                {"default, max",
                 [](Thing& t) {
                   for (int i = 0; i < 100; ++i) t.mutable_inner()->add_deeper()->set_words("w");
                   t.mutable_inner()->set_words("w");
                 },
                 {}},
                {"default, max + 1",
                 [](Thing& t) {
                   for (int i = 0; i < 101; ++i) t.mutable_inner()->add_deeper();
                   t.mutable_inner()->set_words("w");
                 },
                 {"inner.deeper: must have at most 100 entries"}}});
}

TEST(ValidateTest, EntriesThatAreJudgedByThemselvesAreCountedAndNotLookedInto) {
  const auto rows = [](int n, const char* words) {
    return [n, words](Thing& t) {
      for (int i = 0; i < n; ++i) t.add_rows()->set_words(words);
    };
  };
  ExpectFaults({{"wrong in themselves", rows(2, "too many letters"), {}},
                {"one too many", rows(3, "w"), {"rows: must have at most 2 entries"}}});
}

TEST(ValidateTest, RangesAreInclusiveAndExact) {
  const std::string score = "score: must be between 1 and 5";
  const std::string big = "big: must be between -9007199254740992 and 9007199254740992";
  const std::string ratio = "ratio: must be between -0.5 and 0.5";
  const std::string level = "inner.level: must be between -2 and 2";
  const auto inner = [](int n) {
    return [n](Thing& t) {
      t.mutable_inner()->set_words("w");
      t.mutable_inner()->set_level(n);
    };
  };
  ExpectFaults({{"min", [](Thing& t) { t.set_score(1); }, {}},
                {"max", [](Thing& t) { t.set_score(5); }, {}},
                {"min - 1", [&](Thing& t) { t.set_score(0); }, {score}},
                {"max + 1", [&](Thing& t) { t.set_score(6); }, {score}},
                {"lowest", [&](Thing& t) { t.set_score(INT32_MIN); }, {score}},
                {"highest", [&](Thing& t) { t.set_score(INT32_MAX); }, {score}},
                {"2^53", [](Thing& t) { t.set_big(9007199254740992); }, {}},
                {"2^53 + 1 is no double", [&](Thing& t) { t.set_big(9007199254740993); }, {big}},
                {"-2^53 - 1", [&](Thing& t) { t.set_big(-9007199254740993); }, {big}},
                {"lowest of 64", [&](Thing& t) { t.set_big(INT64_MIN); }, {big}},
                {"unsigned highest",
                 [](Thing& t) { t.set_count(UINT64_MAX); },
                 {"count: must be between 1 and 10"}},
                {"double max", [](Thing& t) { t.set_ratio(0.5); }, {}},
                {"double beyond", [&](Thing& t) { t.set_ratio(std::nextafter(0.5, 1)); }, {ratio}},
                {"negative zero", [](Thing& t) { t.set_ratio(-0.0); }, {}},
                {"inner min", inner(-2), {}},
                {"inner min - 1", inner(-3), {level}},
                {"inner max + 1", inner(3), {level}}});
}

TEST(ValidateTest, NumbersAreFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  ExpectFaults(
      {{"NaN", [&](Thing& t) { t.set_ratio(nan); }, {"ratio: must be a finite number"}},
       {"Inf", [&](Thing& t) { t.set_ratio(-inf); }, {"ratio: must be a finite number"}},
       {"float NaN",
        [&](Thing& t) { t.set_loose(static_cast<float>(nan)); },
        {"loose: must be a finite number"}},
       {"float Inf",
        [&](Thing& t) { t.set_loose(static_cast<float>(inf)); },
        {"loose: must be a finite number"}},
       {"float max", [](Thing& t) { t.set_loose(std::numeric_limits<float>::max()); }, {}}});
}

TEST(ValidateTest, WhatServicesAloneGiveIsNoChoiceOfACaller) {
  notes::v1::CancelSessionRequest request;
  for (const auto reason :
       {notes::v1::CANCEL_REASON_CASE_CLOSED, notes::v1::CANCEL_REASON_EMERGENCY_OVER}) {
    request.set_reason(reason);
    EXPECT_THAT(Faults(request),
                testing::Contains("reason: must be one of CANCEL_REASON_BY_FAMILY, "
                                  "CANCEL_REASON_BY_AGENCY, CANCEL_REASON_LATE_BY_FAMILY, "
                                  "CANCEL_REASON_RESCHEDULED, CANCEL_REASON_MISTAKEN"));
  }
  request.set_reason(notes::v1::CANCEL_REASON_MISTAKEN);
  EXPECT_THAT(Faults(request), testing::Not(testing::Contains(testing::StartsWith("reason: "))));
}

TEST(ValidateTest, EnumsAreKnown) {
  const auto color = [](int n) { return static_cast<probe::v1::Color>(n); };
  ExpectFaults(
      {{"0", [&](Thing& t) { t.set_color(color(0)); }, {}},
       {"in the gap",
        [&](Thing& t) { t.set_color(color(2)); },
        {"color: must be a value of rapport.probe.v1.Color"}},
       {"9999",
        [&](Thing& t) { t.set_color(color(9999)); },
        {"color: must be a value of rapport.probe.v1.Color"}},
       {"-1",
        [&](Thing& t) { t.set_color(color(-1)); },
        {"color: must be a value of rapport.probe.v1.Color"}},
       {"required and 0",
        [&](Thing& t) { t.set_needed_color(color(0)); },
        {"needed_color: is required"}},
       {"entries",
        [&](Thing& t) {
          for (const int n : {1, 0, 2}) t.add_colors(color(n));
        },
        {"colors[1]: must be specified", "colors[2]: must be a value of rapport.probe.v1.Color"}}});
}

TEST(ValidateTest, NamesHaveAShapeAndFormatsHold) {
  const std::string names =
      "name: must be a name like families/{family}/members/{member},professionals/{professional}";
  const std::string slug =
      "tags[1]: must be lower-case letters, digits, '-', '_', '.', starting with a letter, at most "
      "63";
  ExpectFaults({{"empty", [](Thing& t) { t.set_name(""); }, {}},
                {"first pattern",
                 [](Thing& t) { t.set_name("families/"s + kHex + "/members/" + kHex); },
                 {}},
                {"second pattern", [](Thing& t) { t.set_name("professionals/"s + kHex); }, {}},
                {"other kind", [&](Thing& t) { t.set_name("families/"s + kHex); }, {names}},
                {"garbage", [&](Thing& t) { t.set_name("../../etc/passwd"); }, {names}},
                {"wildcard", [&](Thing& t) { t.set_name("professionals/-"); }, {names}},
                {"slug", [&](Thing& t) { t.add_tags("Upper"); }, {slug}},
                {"empty entry", [](Thing& t) { t.add_tags(""); }, {"tags[1]: must not be empty"}},
                {"language", [](Thing& t) { t.set_language("pt-BR"); }, {}},
                {"no language",
                 [](Thing& t) { t.set_language("pt_BR"); },
                 {"language: must be a language tag such as `de` or `pt-BR`"}}});
}

TEST(ValidateTest, TextIsCleanInEveryString) {
  const std::string control = "plain: must have no control characters but newline and tab";
  const std::string bidi = "plain: must have no bidirectional control characters";
  ExpectFaults(
      {{"newline and tab", [](Thing& t) { t.set_plain("a\n\tb"); }, {}},
       {"NUL", [&](Thing& t) { t.set_plain("a\0b"s); }, {control}},
       {"DEL", [&](Thing& t) { t.set_plain("\x7f"); }, {control}},
       {"bidi", [&](Thing& t) { t.set_plain("\xe2\x80\xae"); }, {bidi}},
       {"both", [&](Thing& t) { t.set_plain("\x01\xe2\x80\xae"); }, {control, bidi}},
       {"decomposed",
        [](Thing& t) { t.set_plain("e\xcc\x81"); },
        {"plain: must be in Unicode normalisation form C"}},
       {"overlong", [](Thing& t) { t.set_plain("\xc0\xaf"); }, {"plain: must be valid UTF-8"}},
       {"in a list",
        [](Thing& t) { t.add_inners()->set_words("\x01"); },
        {"inners[0].words: must have no control characters but newline and tab"}},
       {"bytes may be anything", [](Thing& t) { t.set_blob("\0\x01\xff"s); }, {}}});
}

TEST(ValidateTest, DatesAreOfTheCalendar) {
  const auto born = [](int year, int month, int day) {
    return [=](Thing& t) {
      t.mutable_born()->set_year(year);
      t.mutable_born()->set_month(month);
      t.mutable_born()->set_day(day);
    };
  };
  const std::vector<std::string> wrong = {"born: must be a date of the calendar"};
  ExpectFaults({{"leap day", born(2024, 2, 29), {}},
                {"no leap day", born(2023, 2, 29), wrong},
                {"century", born(1900, 2, 29), wrong},
                {"fourth century", born(2000, 2, 29), {}},
                {"30 April", born(2024, 4, 30), {}},
                {"31 April", born(2024, 4, 31), wrong},
                {"31 December", born(9999, 12, 31), {}},
                {"first day", born(1, 1, 1), {}},
                {"year 0", born(0, 1, 1), {"born.year: must be between 1 and 9999"}},
                {"month 13", born(2024, 13, 1), {"born.month: must be between 1 and 12"}},
                {"day 32", born(2024, 2, 32), {"born.day: must be between 1 and 31"}},
                {"nothing",
                 born(0, 0, 0),
                 {"born.year: must be between 1 and 9999", "born.month: must be between 1 and 12",
                  "born.day: must be between 1 and 31"}},
                {"lowest",
                 born(INT32_MIN, INT32_MIN, INT32_MIN),
                 {"born.year: must be between 1 and 9999", "born.month: must be between 1 and 12",
                  "born.day: must be between 1 and 31"}}});
}

TEST(ValidateTest, TimesAreFrom1900To9999) {
  const auto at = [](std::int64_t seconds, int nanos) {
    return [=](Thing& t) {
      t.mutable_at()->set_seconds(seconds);
      t.mutable_at()->set_nanos(nanos);
    };
  };
  const std::vector<std::string> wrong = {"at: must be a time from 1900-01-01 to 9999-12-31"};
  ExpectFaults({{"epoch", at(0, 0), {}},
                {"beyond 2038", at(std::int64_t{1} << 31, 0), {}},
                {"1900-01-01", at(-2'208'988'800, 0), {}},
                {"a second before", at(-2'208'988'801, 999'999'999), wrong},
                {"year 1", at(-62'135'596'800, 0), wrong},
                {"last second", at(253'402'300'799, 999'999'999), {}},
                {"year 10000", at(253'402'300'800, 0), wrong},
                {"nanos 10^9", at(0, 1'000'000'000), wrong},
                {"nanos -1", at(0, -1), wrong},
                {"lowest", at(INT64_MIN, 0), wrong}});
}

TEST(ValidateTest, DurationsHaveOneSign) {
  const auto lasts = [](std::int64_t seconds, int nanos) {
    return [=](Thing& t) {
      t.mutable_lasts()->set_seconds(seconds);
      t.mutable_lasts()->set_nanos(nanos);
    };
  };
  const std::vector<std::string> wrong = {
      "lasts: must be a duration of at most 10,000 years, its parts of one sign"};
  ExpectFaults({{"half a second", lasts(0, 500'000'000), {}},
                {"negative", lasts(-1, -1), {}},
                {"two signs", lasts(1, -1), wrong},
                {"two signs, other way", lasts(-1, 1), wrong},
                {"longest", lasts(315'576'000'000, 0), {}},
                {"longer", lasts(315'576'000'001, 0), wrong},
                {"lowest", lasts(INT64_MIN, INT32_MIN), wrong}});
}

TEST(ValidateTest, MapsAreCheckedWithoutShowingTheirKeys) {
  ExpectFaults({{"values",
                 [](Thing& t) { (*t.mutable_labels())["secret key"]; },
                 {"labels[*].value.words: is required"}},
                {"keys",
                 [](Thing& t) { (*t.mutable_notes())["\x01"] = "abc"; },
                 {"notes[*].key: must have no control characters but newline and tab"}},
                {"a map's rule is about its values",
                 [](Thing& t) { (*t.mutable_notes())["key"] = "abcd"; },
                 {"notes[*].value: must have at most 3 characters"}},
                {"size",
                 [](Thing& t) {
                   for (const char* key : {"a", "b", "c"}) (*t.mutable_labels())[key];
                 },
                 {"labels: must have at most 2 entries"}}});
}

TEST(ValidateTest, PathsLeadThroughListsAndMessages) {
  Thing thing = Good();
  thing.add_inners()->set_words("w");
  auto* second = thing.add_inners();
  second->set_words("w");
  second->add_deeper()->set_words("w");
  second->add_deeper()->add_deeper()->set_level(3);
  second->mutable_deeper(1)->set_words("w");
  EXPECT_THAT(Faults(thing),
              ElementsAre("inners[1].deeper[1].deeper[0].words: is required",
                          "inners[1].deeper[1].deeper[0].level: must be between -2 and 2"));
}

TEST(ValidateTest, OneofsAreCheckedWhereSet) {
  ExpectFaults({{"text",
                 [](Thing& t) { t.set_word("\x01"); },
                 {"word: must have no control characters but newline and tab"}},
                {"message", [](Thing& t) { t.mutable_piece(); }, {"piece.words: is required"}}});
}

TEST(ValidateTest, WhatTheServerSetsIsNotLookedAt) {
  ExpectFaults({{"top", [](Thing& t) { t.set_made(std::string(1'000, '\x01')); }, {}},
                {"inside", [](Thing& t) { t.mutable_needed_inner()->set_made("\xff"); }, {}}});
}

TEST(ValidateTest, ViolationsNeverHoldAValue) {
  Thing thing = Good();
  const std::string canary = "canary-4711";
  thing.set_name(canary);
  thing.set_title(canary + canary);
  thing.set_language(canary + "-");
  thing.add_tags("X" + canary);
  (*thing.mutable_notes())[canary] = canary;
  const auto faults = Faults(thing);
  EXPECT_EQ(faults.size(), 5u);
  for (const std::string& fault : faults) EXPECT_EQ(fault.find(canary), std::string::npos) << fault;
}

TEST(ValidateTest, TheNumberOfViolationsHasALimit) {
  probe::v1::Inner inner;
  inner.set_words("w");
  for (int i = 0; i < 100; ++i) {
    auto* deeper = inner.add_deeper();
    deeper->set_words("w");
    for (int j = 0; j < 100; ++j) deeper->add_deeper();
  }
  const auto found = Validate(inner);
  EXPECT_GE(found.size(), kMostViolations);
  EXPECT_LE(found.size(), kMostViolations + 5);
}

TEST(ClearOutputOnlyTest, ClearsAtAnyDepthAndNothingElse) {
  Thing thing = Good();
  thing.set_made("x");
  thing.mutable_inner()->set_made("x");
  thing.mutable_inner()->set_words("w");
  thing.add_inners()->add_deeper()->set_made("x");
  (*thing.mutable_labels())["k"].set_made("x");
  (*thing.mutable_labels())["k"].set_level(2);
  ClearOutputOnly(&thing);

  Thing expected = Good();
  expected.mutable_inner()->set_words("w");
  expected.add_inners()->add_deeper();
  (*expected.mutable_labels())["k"].set_level(2);
  EXPECT_EQ(thing.DebugString(), expected.DebugString());
}

TEST(ClearOutputOnlyTest, MakesNoMessageThatWasAbsent) {
  Thing thing = Good();
  ClearOutputOnly(&thing);
  EXPECT_EQ(thing.SerializeAsString(), Good().SerializeAsString());
}

TEST(ValidateTest, RulesAreCompiledOnceForAllThreads) {
  std::vector<std::thread> threads;
  std::vector<std::vector<std::string>> found(8);
  for (auto& mine : found) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < 200; ++i) mine = Faults(Thing());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : found) EXPECT_EQ(mine, Faults(Thing()));
}

}  // namespace
}  // namespace rapport::schema
