// Any bytes: the parser, the checker and the explainer of instruments say what is wrong and do
// nothing else. Shipped definitions are spoilt at random from a seed; what they still mean must be
// something that scoring and checking can live with. 20 seconds; RAPPORT_LONG: ten minutes.
#include "alliance/instruments/diagnose.h"
#include "support/long.h"
#include "unit/alliance/builders.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

namespace rapport::alliance::testing {
namespace {

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {
    for (const EmbeddedText& one : EmbeddedInstruments()) texts_.emplace_back(one.text);
  }

  std::string Next() {
    std::string text = texts_[Below(texts_.size())];
    for (std::size_t i = 1 + Below(6); i > 0; --i) Spoil(text);
    return text;
  }

  std::size_t Below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

 private:
  void Spoil(std::string& text) {
    static const std::vector<std::string> kTokens = {"{",
                                                     "}",
                                                     "[",
                                                     "]",
                                                     ",",
                                                     ":",
                                                     "\"",
                                                     "'",
                                                     "<",
                                                     ">",
                                                     "#",
                                                     "\n",
                                                     "\t",
                                                     "-",
                                                     "0",
                                                     "-1",
                                                     "2147483647",
                                                     "-2147483648",
                                                     "9999999999999999999999",
                                                     "1e308",
                                                     "nan",
                                                     "inf",
                                                     "true",
                                                     "\\",
                                                     "\xff",
                                                     "\xc3\xa4",
                                                     std::string(1, '\0'),
                                                     "items",
                                                     "scores",
                                                     "components",
                                                     "number",
                                                     "code: \"x\"",
                                                     "items { number: 1 }",
                                                     "any { [a.b/c] {} }",
                                                     "{{{{{{{{{{{{{{{{{{{{"};
    const std::size_t at = Below(text.size() + 1);
    switch (Below(6)) {
      case 0:
        text.insert(at, kTokens[Below(kTokens.size())]);
        break;
      case 1:
        text.erase(at, 1 + Below(40));
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(Below(256));
        break;
      case 3:  // a number becomes another
        for (std::size_t i = at; i < text.size(); ++i) {
          if (text[i] < '0' || text[i] > '9') continue;
          text.replace(i, 1, kTokens[14 + Below(9)]);
          break;
        }
        break;
      case 4:  // a piece of another definition
      {
        const std::string& other = texts_[Below(texts_.size())];
        const std::size_t from = Below(other.size());
        text.insert(at, other.substr(from, Below(200)));
        break;
      }
      default:
        text.resize(at);
        break;
    }
    if (text.empty()) text = " ";
  }

  std::mt19937_64 random_;
  std::vector<std::string> texts_;
};

std::chrono::seconds Budget() {
  return support::Long() ? std::chrono::seconds(600) : std::chrono::seconds(10);
}

// What a sound definition promises to the rest of the service.
void ExpectUsable(const v1::Instrument& instrument, Mutator& mutator) {
  for (const v1::Asked asked : {v1::ASKED_PER_TARGET, v1::ASKED_ONCE}) {
    Answers answers;
    for (const v1::Item& item : instrument.items()) {
      const auto width = static_cast<std::size_t>(std::int64_t{instrument.scale().max()} -
                                                  instrument.scale().min() + 1);
      AddAnswer(answers, item.number(),
                static_cast<int>(instrument.scale().min() +
                                 static_cast<std::int64_t>(mutator.Below(width))));
    }
    for (const v1::Score& score : ScorePart(instrument, asked, answers, {40, true})) {
      const v1::ScoreDefinition* definition = FindScore(instrument, score.code());
      ASSERT_NE(definition, nullptr);
      if (!score.has_value()) continue;
      ASSERT_TRUE(std::isfinite(score.value()));
      const ScoreRange range = RangeOf(instrument, *definition);
      const double slack = 1e-9 * std::max(1.0, std::fabs(range.highest - range.lowest));
      ASSERT_GE(score.value(), range.lowest - slack);
      ASSERT_LE(score.value(), range.highest + slack);
    }
  }
}

void ExpectExplained(const std::string& text, const DiagnosedInstrument& read) {
  const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const Diagnosis& one : read.diagnoses) {
    ASSERT_GE(one.line, 1);
    ASSERT_LE(one.line, lines);
    ASSERT_GE(one.column, 1);
    ASSERT_GE(one.length, 1);
    ASSERT_NE(one.expected, "");
  }
  ASSERT_EQ(ShowDiagnoses("f", text, read.diagnoses).empty(), read.diagnoses.empty());
}

TEST(Mutation, NoTextBreaksTheReaderAndWhatPassesCanBeScored) {
  const char* chosen = std::getenv("RAPPORT_SEED");
  const std::uint64_t seed = chosen != nullptr ? std::stoull(chosen) : std::random_device()();
  SCOPED_TRACE("RAPPORT_SEED=" + std::to_string(seed));
  Mutator mutator(seed);
  const auto end = std::chrono::steady_clock::now() + Budget();
  int sound = 0;
  int texts = 0;
  while (std::chrono::steady_clock::now() < end && !::testing::Test::HasFatalFailure()) {
    const std::string text = mutator.Next();
    ++texts;
    const DiagnosedInstrument read = DiagnoseInstrument(text);
    ExpectExplained(text, read);
    const ParsedInstrument parsed = ParseInstrument(text);
    // The strict reader and the explainer agree on what is right.
    ASSERT_EQ(parsed.faults.empty() && !parsed.instrument.key_from_licence(),
              read.diagnoses.empty())
        << text;
    if (!read.diagnoses.empty()) continue;
    ++sound;
    ExpectUsable(read.instrument, mutator);
  }
  RecordProperty("texts", texts);
  RecordProperty("sound", sound);
  // Enough of both kinds, or the test shows nothing.
  EXPECT_GT(texts, 500);
  EXPECT_GT(sound, 10);
}

}  // namespace
}  // namespace rapport::alliance::testing
