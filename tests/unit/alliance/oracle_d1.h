// The 960 ratings of the oracle's families, scored by us.
#pragma once

#include "unit/alliance/oracle.h"

#include <tuple>

namespace rapport::alliance::testing {

inline v1::Instrument D1() {
  ParsedInstrument parsed = ParseInstrument(ReadSource("tests/data/instruments/d1.textproto"));
  EXPECT_EQ(parsed.faults, std::vector<Fault>());
  return parsed.instrument;
}

inline std::string Item(int number) { return (number < 10 ? "i0" : "i") + std::to_string(number); }

inline Answers AnswersOf(const CsvRow& row) {
  Answers answers;
  for (int number = 1; number <= 12; ++number) {
    const std::string& cell = row.at(Item(number));
    if (!cell.empty()) AddAnswer(answers, number, std::stoi(cell));
  }
  return answers;
}

inline std::optional<double> ValueOf(const Scores& scores, std::string_view code) {
  const v1::Score score = ScoreOf(scores, code);
  return score.has_value() ? std::optional(score.value()) : std::nullopt;
}

using Key = std::tuple<std::string, int, std::string>;  // family, session, member

// Every rating with its scores, by family, session and member.
struct Rated {
  std::vector<std::optional<double>> keyed;  // answers after reversal
  Scores scores;
};

inline const std::map<Key, Rated>& AllRated() {
  static const auto* all = [] {
    auto* rated = new std::map<Key, Rated>;
    const v1::Instrument instrument = D1();
    for (const CsvRow& row : ReadCsv("tests/data/oracle/input/d1_ratings.csv")) {
      const Answers answers = AnswersOf(row);
      EXPECT_TRUE(CheckAnswers(instrument, v1::ASKED_PER_TARGET, answers).empty());
      Rated one{.scores = ScorePart(instrument, v1::ASKED_PER_TARGET, answers, {})};
      for (int number = 1; number <= 12; ++number) {
        std::optional<double> value = Cell(row, Item(number));
        if (value && (number == 4 || number == 8)) value = 8 - *value;
        one.keyed.push_back(value);
      }
      rated->emplace(Key(row.at("family_id"), Whole(row, "session"), row.at("member_id")), one);
    }
    return rated;
  }();
  return *all;
}

}  // namespace rapport::alliance::testing
