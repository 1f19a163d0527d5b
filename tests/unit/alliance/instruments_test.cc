// The shipped instruments, and every fault a definition can have.
#include "alliance/instruments/library.h"
#include "unit/alliance/builders.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <sstream>
#include <string>

namespace rapport::alliance::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Shipped, AllLoadWithNamesInOrder) {
  const auto all = LoadShippedInstruments();
  ASSERT_TRUE(all.ok()) << all.status();
  std::vector<std::string> names;
  for (const v1::Instrument& instrument : *all) {
    names.push_back(instrument.name());
    EXPECT_TRUE(instrument.shipped());
    EXPECT_THAT(CheckInstrument(instrument), IsEmpty()) << instrument.name();
  }
  std::vector<std::string> expected;
  for (const char* code : {"blri-64",
                           "blri-mini",
                           "cors",
                           "cors-caretaker",
                           "csrs",
                           "ctas",
                           "ftas",
                           "gsrs",
                           "itas",
                           "ors",
                           "pulse-adult",
                           "pulse-child",
                           "pulse-child-few",
                           "pulse-few",
                           "pulse-therapist",
                           "score-15",
                           "softa-o",
                           "softa-s",
                           "softa-s-therapist",
                           "srs",
                           "wai-36",
                           "wai-36-therapist",
                           "wai-s",
                           "wai-sr"}) {
    expected.push_back(InstrumentName(code, 1));
  }
  EXPECT_EQ(names, expected);
}

TEST(Shipped, OnlyThePulseHasWordingAndOnlyFreeOnesNeedNoAttestation) {
  const auto all = LoadShippedInstruments();
  ASSERT_TRUE(all.ok());
  for (const v1::Instrument& instrument : *all) {
    const std::string& code = instrument.code();
    const bool ours = code.starts_with("pulse-");
    EXPECT_EQ(instrument.licence().attestation_required(), !ours && code != "score-15") << code;
    EXPECT_EQ(instrument.licence().ship_text(), ours) << code;
    if (ours) continue;
    EXPECT_EQ(instrument.scale().anchors_size(), 0) << code;
    for (const v1::Item& item : instrument.items()) EXPECT_EQ(item.wording(), "") << code;
  }
}

TEST(Shipped, ThePulseIsFreeAndWorded) {
  for (const char* code : {"pulse-adult", "pulse-child", "pulse-therapist"}) {
    const v1::Instrument instrument = Shipped(code);
    EXPECT_FALSE(instrument.licence().attestation_required()) << code;
    EXPECT_EQ(instrument.language(), "en") << code;
    EXPECT_EQ(instrument.cutoffs_size(), 0) << code << ": not validated";
    for (const v1::Item& item : instrument.items()) EXPECT_NE(item.wording(), "") << code;
  }
}

// For somebody of six who is read to: short sentences of their own, and a face for each answer.
TEST(Shipped, AChildsFormHasAChildsWordsAndFiveFaces) {
  std::set<std::string> grown_ups;
  const v1::Instrument adult = Shipped("pulse-adult");
  for (const v1::Item& item : adult.items()) grown_ups.insert(item.wording());
  for (const char* code : {"pulse-child", "pulse-child-few"}) {
    const v1::Instrument form = Shipped(code);
    EXPECT_EQ(form.scale().anchors_size(), 5) << code;
    for (const v1::Anchor& anchor : form.scale().anchors()) {
      EXPECT_TRUE(anchor.label().starts_with(":-")) << anchor.label();
    }
    for (const v1::Item& item : form.items()) {
      EXPECT_FALSE(grown_ups.contains(item.wording())) << item.wording();
      std::istringstream sentence(item.wording());
      int words = 0;
      for (std::string word; sentence >> word; ++words) EXPECT_LE(word.size(), 9u) << word;
      EXPECT_LE(words, 13) << item.wording();
    }
  }
}

TEST(Shipped, FiguresNobodyCheckedSaySo) {
  const auto all = LoadShippedInstruments();
  ASSERT_TRUE(all.ok());
  for (const v1::Instrument& instrument : *all) {
    for (const v1::Reliability& entry : instrument.reliabilities()) {
      EXPECT_FALSE(entry.population().verified()) << instrument.name();
    }
    for (const v1::Cutoff& entry : instrument.cutoffs()) {
      EXPECT_FALSE(entry.population().verified()) << instrument.name();
    }
  }
}

std::vector<int> ItemsOf(const v1::Instrument& instrument, std::string_view code) {
  const v1::ScoreDefinition* score = FindScore(instrument, code);
  return score == nullptr ? std::vector<int>()
                          : std::vector<int>(score->items().begin(), score->items().end());
}

TEST(Shipped, PulseKeysAreThoseOfTheSpecification) {
  const v1::Instrument adult = Shipped("pulse-adult");
  EXPECT_EQ(adult.items_size(), 12);
  EXPECT_THAT(ItemsOf(adult, "goal"), ElementsAre(1));
  EXPECT_THAT(ItemsOf(adult, "task"), ElementsAre(2));
  EXPECT_THAT(ItemsOf(adult, "bond"), ElementsAre(4, 5, 6, 7, 8));
  EXPECT_THAT(ItemsOf(adult, "conditions"), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(ItemsOf(adult, "willingness"), ElementsAre(9, 3));
  EXPECT_THAT(ItemsOf(adult, "room"), ElementsAre(10));
  for (const v1::Item& item : adult.items()) {
    EXPECT_EQ(item.asked() == v1::ASKED_ONCE, item.number() >= 10) << item.number();
    EXPECT_EQ(item.condition() == v1::CONDITION_HOMEWORK_AGREED, item.number() == 3);
  }
  const v1::Instrument child = Shipped("pulse-child");
  std::vector<int> numbers;
  for (const v1::Item& item : child.items()) numbers.push_back(item.number());
  EXPECT_THAT(numbers, ElementsAre(1, 2, 4, 9, 10));
  EXPECT_EQ(child.min_age_years(), 6);
  EXPECT_EQ(child.max_age_years(), 12);
  EXPECT_EQ(adult.min_age_years(), 13);
}

TEST(Shipped, AxesReachTheMapsThreeParts) {
  for (const char* code :
       {"pulse-adult", "pulse-child", "pulse-therapist", "wai-sr", "wai-s", "srs"}) {
    const v1::Instrument instrument = Shipped(code);
    for (const v1::Content content : {v1::CONTENT_TASK, v1::CONTENT_GOAL, v1::CONTENT_BOND}) {
      EXPECT_NE(FindScore(instrument, content, v1::INTERPERSONAL_SELF), nullptr)
          << code << " " << v1::Content_Name(content);
    }
  }
}

constexpr std::string_view kText = R"(code: "made-up"
version: 1
title: "Made up"
licence {
  holder: "this test"
}
raters: PARTY_MEMBER
targets: PARTY_PROFESSIONAL
scale {
  min: 1
  max: 5
  step_thousandths: 1000
}
items { number: 1 asked: ASKED_PER_TARGET }
items { number: 2 asked: ASKED_PER_TARGET }
scores {
  code: "one"
  method: SCORE_METHOD_MEAN
  items: [1, 2]
}
min_answered_percent: 75
direction: DIRECTION_HIGHER_BETTER
)";

v1::Instrument Sound() {
  const ParsedInstrument parsed = ParseInstrument(kText);
  EXPECT_THAT(parsed.faults, IsEmpty());
  return parsed.instrument;
}

std::string Replaced(std::string_view from, std::string_view to) {
  std::string text(kText);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ParseInstrument, ASyntaxFaultHasItsLine) {
  const ParsedInstrument parsed = ParseInstrument(Replaced("max: 5", "max = 5"));
  ASSERT_FALSE(parsed.faults.empty());
  EXPECT_EQ(parsed.faults[0].line, 11);
}

TEST(ParseInstrument, AnUnknownFieldIsASyntaxFault) {
  const ParsedInstrument parsed = ParseInstrument(Replaced("version: 1", "revision: 1"));
  ASSERT_FALSE(parsed.faults.empty());
  EXPECT_EQ(parsed.faults[0].line, 2);
  EXPECT_THAT(parsed.faults[0].expected, HasSubstr("revision"));
}

TEST(ParseInstrument, AFaultHasTheLineOfItsField) {
  const ParsedInstrument parsed = ParseInstrument(Replaced("number: 2", "number: 1"));
  ASSERT_FALSE(parsed.faults.empty());
  EXPECT_EQ(parsed.faults[0].path, "items[1].number");
  EXPECT_EQ(parsed.faults[0].line, 15);
}

TEST(ParseInstrument, AFaultInsideAListHasTheLineWhereTheListBegins) {
  const ParsedInstrument parsed = ParseInstrument(Replaced("[1, 2]", "[1,\n 7]"));
  ASSERT_EQ(parsed.faults.size(), 1u);
  EXPECT_EQ(parsed.faults[0].path, "scores[0].items[1]");
  EXPECT_EQ(parsed.faults[0].line, 19);
}

TEST(ParseInstrument, AMissingFieldHasTheLineOfWhatShouldHoldIt) {
  const ParsedInstrument parsed = ParseInstrument(Replaced("  method: SCORE_METHOD_MEAN\n", ""));
  ASSERT_EQ(parsed.faults.size(), 1u);
  EXPECT_EQ(parsed.faults[0].path, "scores[0].method");
  EXPECT_EQ(parsed.faults[0].line, 16);
}

TEST(LoadInstruments, NamesEveryFaultWithFileAndLine) {
  const std::string bad = Replaced("number: 2", "number: 1");
  const auto loaded = LoadInstruments({{"a.textproto", kText}, {"b.textproto", bad}});
  ASSERT_FALSE(loaded.ok());
  const std::string message(loaded.status().message());
  EXPECT_THAT(message, HasSubstr("b.textproto:15: items[1].number: expected "));
  EXPECT_THAT(message, HasSubstr("b.textproto:1: code: expected a code and version of its own"));
}

// One thing wrong, and where it must be found.
struct Wrong {
  const char* path;
  std::function<void(v1::Instrument&)> spoil;
};

class EveryFault : public ::testing::TestWithParam<Wrong> {};

TEST_P(EveryFault, IsFoundAtItsPath) {
  v1::Instrument instrument = Sound();
  GetParam().spoil(instrument);
  std::vector<std::string> paths;
  for (const Fault& fault : CheckInstrument(instrument)) {
    EXPECT_NE(fault.expected, "");
    paths.push_back(fault.path);
  }
  EXPECT_THAT(paths, Contains(GetParam().path));
}

using I = v1::Instrument;

v1::Reliability& AddReliability(I& i) {
  v1::Reliability& entry = *i.add_reliabilities();
  entry.set_score("one");
  entry.mutable_population()->set_description("this test");
  entry.mutable_population()->set_source("this test");
  entry.set_alpha(.8);
  return entry;
}

v1::Cutoff& AddCutoff(I& i) {
  v1::Cutoff& entry = *i.add_cutoffs();
  entry.set_score("one");
  entry.mutable_population()->set_description("this test");
  entry.mutable_population()->set_source("this test");
  entry.set_comparison(v1::COMPARISON_LESS);
  entry.set_value(3);
  return entry;
}

v1::ScoreDefinition& AddComposite(I& i, std::initializer_list<const char*> components) {
  v1::ScoreDefinition& score = *i.add_scores();
  score.set_code("all");
  score.set_method(v1::SCORE_METHOD_MEAN);
  for (const char* component : components) score.add_components(component);
  return score;
}

INSTANTIATE_TEST_SUITE_P(
    CheckInstrument, EveryFault,
    ::testing::Values(
        Wrong{"code", [](I& i) { i.set_code("Upper Case"); }},
        Wrong{"code", [](I& i) { i.set_code(std::string(49, 'a')); }},
        Wrong{"version", [](I& i) { i.set_version(0); }},
        Wrong{"title", [](I& i) { i.clear_title(); }},
        Wrong{"licence.holder", [](I& i) { i.clear_licence(); }},
        Wrong{"licence.attestation.by", [](I& i) { i.mutable_licence()->mutable_attestation(); }},
        Wrong{"raters", [](I& i) { i.clear_raters(); }},
        Wrong{"raters[0]", [](I& i) { i.set_raters(0, v1::PARTY_FAMILY); }},
        Wrong{"raters[1]", [](I& i) { i.add_raters(v1::PARTY_MEMBER); }},
        Wrong{"targets", [](I& i) { i.clear_targets(); }},
        Wrong{"targets", [](I& i) { i.add_targets(v1::PARTY_FAMILY); }},
        Wrong{"targets", [](I& i) { i.mutable_items(1)->set_asked(v1::ASKED_ONCE); }},
        Wrong{"targets[0]", [](I& i) { i.set_targets(0, v1::PARTY_OBSERVER); }},
        Wrong{"max_age_years",
              [](I& i) {
                i.set_min_age_years(13);
                i.set_max_age_years(12);
              }},
        Wrong{"scale.max", [](I& i) { i.mutable_scale()->set_max(1); }},
        Wrong{"scale.step_thousandths", [](I& i) { i.mutable_scale()->set_step_thousandths(0); }},
        Wrong{"scale.anchors[0].answer",
              [](I& i) { i.mutable_scale()->add_anchors()->set_answer(6); }},
        Wrong{"scale.anchors[0].label",
              [](I& i) { i.mutable_scale()->add_anchors()->set_answer(5); }},
        Wrong{"items", [](I& i) { i.clear_items(); }},
        Wrong{"items[1].number", [](I& i) { i.mutable_items(1)->set_number(1); }},
        Wrong{"items[0].number", [](I& i) { i.mutable_items(0)->set_number(1'000); }},
        Wrong{"items[0].asked", [](I& i) { i.mutable_items(0)->clear_asked(); }},
        Wrong{"items[0].wording", [](I& i) { i.mutable_items(0)->set_wording("Not licensed."); }},
        Wrong{"items[0].constructs[0]", [](I& i) { i.mutable_items(0)->add_constructs("A b"); }},
        Wrong{"language", [](I& i) { i.set_language("en"); }},
        Wrong{"language",
              [](I& i) {
                i.mutable_licence()->set_ship_text(true);
                i.mutable_items(0)->set_wording("How was it?");
              }},
        Wrong{"scores", [](I& i) { i.clear_scores(); }},
        Wrong{"scores[0].code", [](I& i) { i.mutable_scores(0)->clear_code(); }},
        Wrong{"scores[1].code", [](I& i) { *i.add_scores() = i.scores(0); }},
        Wrong{"scores[0].method", [](I& i) { i.mutable_scores(0)->clear_method(); }},
        Wrong{"scores[0].method",
              [](I& i) { i.mutable_scores(0)->set_method(v1::SCORE_METHOD_BIPOLAR); }},
        Wrong{"scores[0].method",
              [](I& i) {
                i.mutable_scale()->set_max(std::numeric_limits<std::int32_t>::min());
                i.mutable_scores(0)->set_method(v1::SCORE_METHOD_BIPOLAR);
              }},
        Wrong{"scores[0].items", [](I& i) { i.mutable_scores(0)->clear_items(); }},
        Wrong{"scores[0].items", [](I& i) { i.mutable_scores(0)->add_components("one"); }},
        Wrong{"scores[0].items[0]", [](I& i) { i.mutable_scores(0)->set_items(0, 3); }},
        Wrong{"scores[0].items[1]", [](I& i) { i.mutable_scores(0)->set_items(1, 1); }},
        Wrong{"scores[0].items[1]", [](I& i) { i.mutable_items(1)->set_asked(v1::ASKED_ONCE); }},
        Wrong{"scores[0].components[0]", [](I& i) { i.mutable_scores(0)->add_components("one"); }},
        Wrong{"scores[1].components[0]", [](I& i) { AddComposite(i, {"all"}); }},
        Wrong{"scores[1].components[1]", [](I& i) { AddComposite(i, {"one", "one"}); }},
        Wrong{"scores[1].min_answered_percent",
              [](I& i) { AddComposite(i, {"one"}).set_min_answered_percent(50); }},
        Wrong{"scores[0].min_answered_percent",
              [](I& i) { i.mutable_scores(0)->set_min_answered_percent(101); }},
        Wrong{"min_answered_percent", [](I& i) { i.set_min_answered_percent(0); }},
        Wrong{"direction", [](I& i) { i.clear_direction(); }},
        Wrong{"cutoffs[0].score", [](I& i) { AddCutoff(i).set_score("two"); }},
        Wrong{"cutoffs[0].value", [](I& i) { AddCutoff(i).set_value(6); }},
        Wrong{"cutoffs[0].value", [](I& i) { AddCutoff(i).set_value(std::nan("")); }},
        Wrong{"cutoffs[0].comparison",
              [](I& i) { AddCutoff(i).set_comparison(v1::COMPARISON_GREATER); }},
        Wrong{"cutoffs[0].population.description",
              [](I& i) { AddCutoff(i).mutable_population()->clear_description(); }},
        Wrong{"cutoffs[0].population.source",
              [](I& i) { AddCutoff(i).mutable_population()->clear_source(); }},
        Wrong{"reliabilities[0].score", [](I& i) { AddReliability(i).set_score("two"); }},
        Wrong{"reliabilities[0].alpha", [](I& i) { AddReliability(i).set_alpha(1.1); }},
        Wrong{"reliabilities[0].retest", [](I& i) { AddReliability(i).set_retest(-.1); }},
        Wrong{"reliabilities[0].assumed", [](I& i) { AddReliability(i).set_assumed(2); }},
        Wrong{"reliabilities[0]", [](I& i) { AddReliability(i).clear_alpha(); }},
        Wrong{"reliabilities[0].standard_deviation",
              [](I& i) { AddReliability(i).set_standard_deviation(0); }},
        Wrong{"reliabilities[0].reliable_change",
              [](I& i) { AddReliability(i).set_reliable_change(0); }},
        Wrong{"reliabilities[0].mean", [](I& i) { AddReliability(i).set_mean(std::nan("")); }},
        Wrong{"reliabilities[0].population.max_age_years", [](I& i) {
                AddReliability(i).mutable_population()->set_min_age_years(9);
                i.mutable_reliabilities(0)->mutable_population()->set_max_age_years(8);
              }}));

TEST(CheckInstrument, SoundPartsAreNoFault) {
  v1::Instrument instrument = Sound();
  AddCutoff(instrument);
  AddReliability(instrument).set_standard_deviation(1);
  AddComposite(instrument, {"one"});
  EXPECT_THAT(CheckInstrument(instrument), IsEmpty());
}

TEST(CheckInstrument, ListsEveryFaultNotOnlyTheFirst) {
  EXPECT_GT(CheckInstrument(v1::Instrument()).size(), 9u);
}

}  // namespace
}  // namespace rapport::alliance::testing
