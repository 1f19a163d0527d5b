// Instruments and answers for the tests of this folder.
#pragma once

#include "alliance/instruments/library.h"
#include "alliance/scoring/score.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance::testing {

inline std::string SourcePath(std::string_view path) {
  const char* source = std::getenv("RAPPORT_SOURCE");
  return std::string(source == nullptr ? "." : source) + "/" + std::string(path);
}

inline std::string ReadSource(std::string_view path) {
  std::ifstream file(SourcePath(path));
  EXPECT_TRUE(file.is_open()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The shipped instrument of this code.
inline v1::Instrument Shipped(std::string_view code) {
  const auto all = LoadShippedInstruments();
  if (!all.ok()) {
    ADD_FAILURE() << all.status();
    return {};
  }
  for (const v1::Instrument& instrument : *all) {
    if (instrument.code() == code) return instrument;
  }
  ADD_FAILURE() << "no instrument " << code;
  return {};
}

// One subscale of an instrument that a test makes up: the code, and its items.
struct Subscale {
  std::string code;
  std::vector<int> items;
};

// Items 1 to `items` on a whole-number scale, subscales of them, and their total.
inline v1::Instrument MakeInstrument(int items, int min, int max, std::vector<int> reversed,
                                     const std::vector<Subscale>& subscales,
                                     v1::ScoreMethod method) {
  v1::Instrument instrument;
  instrument.set_name("instruments/made-up.1");
  instrument.set_code("made-up");
  instrument.set_version(1);
  instrument.set_title("Made up");
  instrument.mutable_licence()->set_holder("this test");
  instrument.add_raters(v1::PARTY_MEMBER);
  instrument.add_targets(v1::PARTY_PROFESSIONAL);
  instrument.mutable_scale()->set_min(min);
  instrument.mutable_scale()->set_max(max);
  instrument.mutable_scale()->set_step_thousandths(1000);
  instrument.set_min_answered_percent(75);
  instrument.set_direction(v1::DIRECTION_HIGHER_BETTER);
  for (int number = 1; number <= items; ++number) {
    v1::Item* item = instrument.add_items();
    item->set_number(number);
    item->set_asked(v1::ASKED_PER_TARGET);
  }
  for (const int number : reversed) instrument.mutable_items(number - 1)->set_reverse(true);
  for (const Subscale& subscale : subscales) {
    v1::ScoreDefinition* score = instrument.add_scores();
    score->set_code(subscale.code);
    score->set_method(method);
    for (const int number : subscale.items) score->add_items(number);
  }
  v1::ScoreDefinition* total = instrument.add_scores();
  total->set_code("total");
  total->set_method(method == v1::SCORE_METHOD_BIPOLAR ? v1::SCORE_METHOD_SUM : method);
  for (const Subscale& subscale : subscales) total->add_components(subscale.code);
  EXPECT_EQ(CheckInstrument(instrument), std::vector<Fault>());
  return instrument;
}

// Answers to items 1, 2, ... in order, in steps.
inline Answers AnswerInOrder(const std::vector<int>& steps) {
  Answers answers;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    v1::Answer* answer = answers.Add();
    answer->set_item(static_cast<int>(i) + 1);
    answer->set_steps(steps[i]);
  }
  return answers;
}

inline void AddAnswer(Answers& answers, int item, int steps) {
  v1::Answer* answer = answers.Add();
  answer->set_item(item);
  answer->set_steps(steps);
}

// The score of this code; fails the test when it is not there.
inline v1::Score ScoreOf(const Scores& scores, std::string_view code) {
  const v1::Score* score = FindScored(scores, code);
  if (score == nullptr) {
    ADD_FAILURE() << "no score " << code;
    return {};
  }
  return *score;
}

}  // namespace rapport::alliance::testing
