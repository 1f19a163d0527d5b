// What lists are filtered on: what follows from a message, what a table says otherwise, what is
// wrong with a table.
#include "platform/schema/list_filter.h"

#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapport/goals/v1/homework.pb.h>
#include <unit/schema/probe.pb.h>

namespace rapport::schema {
namespace {

using goals::v1::Homework;
using probe::v1::Thing;
using ::testing::HasSubstr;

constexpr char kFirstId[] = "00000000000000000000000000000001";
constexpr char kSecondId[] = "00000000000000000000000000000002";

std::string Member(const char* id) {
  return std::string("families/") + kFirstId + "/members/" + id;
}

Thing AThing() {
  Thing thing;
  thing.set_name(Member(kFirstId));
  thing.set_title("blue one");
  thing.set_color(probe::v1::COLOR_BLUE);
  thing.add_colors(probe::v1::COLOR_RED);
  thing.set_score(3);
  thing.set_big(-5'000'000'000);
  thing.set_small(7);
  thing.set_flag(true);
  thing.add_tags("a");
  thing.add_tags("b");
  thing.mutable_inner()->set_level(-1);
  thing.add_inners()->set_words("one");
  thing.add_inners()->set_words("two");
  *thing.mutable_at() = ToTimestamp(1'000'000);
  return thing;
}

class ListFilterTest : public testing::Test {
 protected:
  ListFilterTest()
      : things_({{"name"},
                 {"title"},
                 {"color"},
                 {"colors"},
                 {"score"},
                 {"big"},
                 {"small"},
                 {"flag"},
                 {"tags"},
                 {"at"},
                 {"secret_at"},
                 {"inner.level"},
                 {.name = "words", .path = "inners.words"},
                 {.name = "either", .path = "title,plain"},
                 {.name = "maker", .path = "made", .patterns = "professionals/{professional}"},
                 {.name = "plain", .comparisons = {Comparison::kEqual, Comparison::kNotEqual}},
                 {.name = "needed_color", .comparisons = {Comparison::kNotEqual}}}),
        homework_({{"state"},
                   {.name = "doers", .path = "terms.doers"},
                   {.name = "goal",
                    .path = "terms.goals.goal",
                    .comparisons = {Comparison::kEqual, Comparison::kHas}},
                   {.name = "due_time", .path = "terms.due_time"},
                   {"external_ids"}}) {}

  // What is wrong with the filter, or whether it holds: "true", "false".
  template <typename Shown>
  static std::string Of(const ListFilter<Shown>& list, const std::string& filter,
                        const Shown& shown) {
    const auto terms = list.Read(filter);
    if (!terms.ok()) return std::string(terms.status().message());
    return list.Matches(*terms, shown) ? "true" : "false";
  }
  std::string OfThing(const std::string& filter) const { return Of(things_, filter, AThing()); }

  const ListFilter<Thing> things_;
  const ListFilter<Homework> homework_;
};

TEST_F(ListFilterTest, EveryTypeIsReadAndComparedAsItsFieldSays) {
  for (const std::string& holds :
       {std::string(), "name = " + Member(kFirstId), std::string("title = \"blue one\""),
        std::string("color = BLUE"), std::string("color = COLOR_BLUE"), std::string("colors : RED"),
        std::string("score = 3"), std::string("score >= 3"), std::string("score < 4"),
        std::string("big = -5000000000"), std::string("small > 6"), std::string("flag = true"),
        std::string("tags : a"), std::string("tags:b"),
        std::string("at = \"1970-01-01T00:00:01Z\""), std::string("at > 1970-01-01T00:00:00Z"),
        std::string("inner.level = -1"), std::string("words : two"),
        std::string("plain != x AND needed_color != RED AND plain = ''")}) {
    EXPECT_EQ(OfThing(holds), "true") << holds;
  }
  for (const std::string& not_so :
       {"name = " + Member(kSecondId), std::string("title = blue"), std::string("color = RED"),
        std::string("colors : BLUE"), std::string("score > 3"), std::string("big = 5"),
        std::string("small < 7"), std::string("flag = false"), std::string("tags : c"),
        std::string("at < 1970-01-01T00:00:01Z"), std::string("inner.level = 1"),
        std::string("words : three"), std::string("plain != ''"),
        std::string("needed_color != UNSPECIFIED"), std::string("score = 3 AND flag = false")}) {
    EXPECT_EQ(OfThing(not_so), "false") << not_so;
  }
}

TEST_F(ListFilterTest, WhatAFieldIsNotComparedByIsRefused) {
  for (const std::string filter :
       {"color != RED", "color : RED", "colors = RED", "title != x", "flag : true", "tags = a",
        "words = two", "score : 3", "at : 1970-01-01T00:00:00Z", "needed_color = RED"}) {
    EXPECT_THAT(OfThing(filter), HasSubstr("can't be compared this way")) << filter;
  }
  EXPECT_THAT(OfThing("made = x"), HasSubstr("expected a field"));
  EXPECT_THAT(OfThing("inners.words : two"), HasSubstr("expected a field"));
}

TEST_F(ListFilterTest, NamesAreOfThePatternsOfTheRuleOrOfTheTable) {
  EXPECT_THAT(OfThing("name = x"),
              HasSubstr("a name like families/{family}/members/{member},professionals"));
  EXPECT_THAT(OfThing("maker = x"), HasSubstr("a name like professionals/{professional}"));
  EXPECT_EQ(OfThing(std::string("maker = professionals/") + kFirstId), "false");
}

TEST_F(ListFilterTest, AnAbsentTimeIsTheFirstMomentOfAll) {
  EXPECT_EQ(OfThing("secret_at < 1970-01-01T00:00:01Z"), "true");
  EXPECT_EQ(OfThing("secret_at = 1970-01-01T00:00:00Z"), "true");
}

TEST_F(ListFilterTest, OfSeveralPathsAnyHolds) {
  Thing thing;
  thing.set_plain("x");
  EXPECT_EQ(Of(things_, "either = x", thing), "true");
  EXPECT_EQ(Of(things_, "either = y", thing), "false");
  thing.set_title("y");
  EXPECT_EQ(Of(things_, "either = y", thing), "true");
}

TEST_F(ListFilterTest, PathsLeadThroughMessagesAndLists) {
  const std::string goal = std::string("families/") + kFirstId + "/goals/" + kSecondId;
  Homework homework;
  EXPECT_EQ(Of(homework_, "goal : " + goal, homework), "false");
  EXPECT_EQ(Of(homework_, "due_time < 2000-01-01T00:00:00Z", homework), "true");
  homework.mutable_terms()->add_goals();
  homework.mutable_terms()->add_goals()->set_goal(goal);
  homework.mutable_terms()->add_doers(Member(kFirstId));
  *homework.mutable_terms()->mutable_due_time() = ToTimestamp(2'000'000);
  for (const std::string& filter :
       {"goal : " + goal, "goal = " + goal, "doers : " + Member(kFirstId),
        std::string("due_time > 1970-01-01T00:00:01Z AND state = UNSPECIFIED")}) {
    EXPECT_EQ(Of(homework_, filter, homework), "true") << filter;
  }
  EXPECT_EQ(Of(homework_, "doers : " + Member(kSecondId), homework), "false");
  EXPECT_THAT(Of(homework_, "doers = " + Member(kFirstId), homework),
              HasSubstr("compared this way"));
}

TEST_F(ListFilterTest, ExternalIdsAreFoundBySystemAndValue) {
  Homework homework;
  auto& id = *homework.add_external_ids();
  id.set_system("ehr");
  id.set_value("47=11");
  EXPECT_EQ(Of(homework_, "external_ids:\"ehr=47=11\"", homework), "true");
  EXPECT_EQ(Of(homework_, "external_ids:\"ehr=47\"", homework), "false");
  EXPECT_THAT(Of(homework_, "external_ids:ehr", homework), HasSubstr("system=value"));
  EXPECT_THAT(Of(homework_, "external_ids = \"ehr=1\"", homework), HasSubstr("compared this way"));
}

TEST_F(ListFilterTest, AWorkedOutFieldTakesWhatItIsGiven) {
  const ListFilter<Thing, int> list(
      {{"flag"}}, {{{.name = "passed", .type = FilterField::Type::kBool},
                    [](const FilterTerm& term, const Thing& thing, const int& needed) {
                      return Holds(term, thing.score() >= needed);
                    }}});
  const auto terms = list.Read("flag = true AND passed = true");
  ASSERT_TRUE(terms.ok()) << terms.status();
  EXPECT_TRUE(list.Matches(*terms, AThing(), 3));
  EXPECT_FALSE(list.Matches(*terms, AThing(), 4));
  ASSERT_EQ(list.About("passed", *terms).size(), 1u);
  EXPECT_EQ(list.About("passed", *terms)[0].number, 1);
  EXPECT_TRUE(list.About("flag", {}).empty());
}

TEST_F(ListFilterTest, AWorkedOutEnumHasTheValuesOfTheMessagesOwn) {
  const auto is_red = [](const FilterTerm& term, const Thing&) {
    return Holds(term, probe::v1::COLOR_RED);
  };
  const ListFilter<Thing> list({}, {{{.name = "color", .type = FilterField::Type::kEnum}, is_red}});
  EXPECT_EQ(Of(list, "color = RED", AThing()), "true");
  EXPECT_EQ(Of(list, "color = BLUE", AThing()), "false");
  EXPECT_THAT(Of(list, "color = GREEN", AThing()), HasSubstr("expected a value of"));
  for (const char* none : {"nothing", "title"}) {
    const ListFilter<Thing> other({}, {{{.name = none, .type = FilterField::Type::kEnum}, is_red}});
    EXPECT_THAT(std::string(other.Check().message()), HasSubstr("has no enum `")) << none;
  }
}

TEST_F(ListFilterTest, EveryFaultOfATableIsFoundAndNamed) {
  const auto fault = [](const ShownField& field) {
    const ListFilter<Thing> list({field});
    EXPECT_FALSE(list.Read("").ok()) << field.name << ": nobody filters with a faulty table";
    EXPECT_EQ(CheckListFilters(), list.Check()) << field.name << ": the start sees it";
    return std::string(list.Check().message());
  };
  for (const char* nowhere :
       {"nothing", ".", "inner.nothing", "title.x", "inner..words", "inner.", "title,nothing"}) {
    EXPECT_THAT(fault({.name = "it", .path = nowhere}),
                HasSubstr("rapport.probe.v1.Thing can't be filtered on `it`: no such field"))
        << nowhere;
  }
  for (const char* odd : {"blob", "ratio", "loose", "count", "inner", "labels", "born", "lasts"}) {
    EXPECT_THAT(fault({odd}), HasSubstr("of no type that filters know")) << odd;
  }
  EXPECT_THAT(fault({.name = "it", .path = "title,score"}), HasSubstr("its paths differ in type"));
  for (const char* unlike : {"title,name", "name,title", "color,colors,flag"}) {
    EXPECT_THAT(fault({.name = "it", .path = unlike}), HasSubstr("its paths differ in type"));
  }
  EXPECT_THAT(fault({.name = "color", .patterns = "families/{family}"}),
              HasSubstr("patterns are of names"));
  EXPECT_THAT(fault({.name = "title", .comparisons = {Comparison::kLess}}),
              HasSubstr("it has no order"));
  EXPECT_THAT(fault({.name = "tags", .comparisons = {Comparison::kNotEqual}}),
              HasSubstr("of several values"));
  EXPECT_TRUE(CheckListFilters().ok()) << "a table that is gone is no fault";
}

TEST_F(ListFilterTest, ANameIsOfferedOnce) {
  const ListFilter<Thing> list({{"title"}, {.name = "title", .path = "plain"}});
  EXPECT_THAT(std::string(list.Check().message()), HasSubstr("filtered on `title` twice"));
}

}  // namespace
}  // namespace rapport::schema
