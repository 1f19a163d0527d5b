#include "alliance/instruments/check_instrument.h"

#include "alliance/scoring/score.h"
#include "platform/base/strings.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

namespace rapport::alliance {
namespace {

// Path of one entry of a repeated field.
std::string At(std::string_view field, int index) {
  return Concat({field, "[", std::to_string(index), "]"});
}

// As FORMAT_SLUG has it.
bool IsSlug(std::string_view text, std::size_t max_length = 63) {
  if (text.empty() || text.size() > max_length || text[0] < 'a' || text[0] > 'z') return false;
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

class Checker {
 public:
  explicit Checker(const v1::Instrument& instrument) : instrument_(instrument) {}

  std::vector<Fault> Run() {
    Head();
    Parties();
    Ages(instrument_.min_age_years(), instrument_.max_age_years(), "max_age_years");
    Scale();
    Items();
    Scores();
    Expect(InRange(instrument_.min_answered_percent(), 1, 100), "min_answered_percent", "1 to 100");
    Cutoffs();
    Reliabilities();
    Expect(instrument_.direction() == v1::DIRECTION_HIGHER_BETTER ||
               instrument_.direction() == v1::DIRECTION_LOWER_BETTER,
           "direction", "DIRECTION_HIGHER_BETTER or DIRECTION_LOWER_BETTER");
    Language();
    return std::move(faults_);
  }

 private:
  static bool InRange(std::int64_t value, std::int64_t low, std::int64_t high) {
    return value >= low && value <= high;
  }

  void Expect(bool right, std::string path, std::string expected) {
    if (!right) faults_.push_back({.path = std::move(path), .expected = std::move(expected)});
  }

  void Head() {
    Expect(IsSlug(instrument_.code(), 48), "code",
           "1 to 48 of a-z, 0-9, '-', '_', '.', starting with a letter");
    Expect(InRange(instrument_.version(), 1, 9999), "version", "1 to 9999");
    Expect(!instrument_.title().empty(), "title", "a title");
    Expect(!instrument_.licence().holder().empty(), "licence.holder", "who holds the rights");
    if (instrument_.licence().has_attestation()) {
      Expect(!instrument_.licence().attestation().by().empty(), "licence.attestation.by",
             "who attests the licence");
    }
  }

  bool HasItemAsked(v1::Asked asked) const {
    return std::ranges::any_of(instrument_.items(),
                               [&](const v1::Item& item) { return item.asked() == asked; });
  }

  void Parties() {
    std::set<int> raters;
    for (int i = 0; i < instrument_.raters_size(); ++i) {
      const v1::Party party = instrument_.raters(i);
      Expect((party == v1::PARTY_MEMBER || party == v1::PARTY_PROFESSIONAL ||
              party == v1::PARTY_OBSERVER) &&
                 raters.insert(party).second,
             At("raters", i), "PARTY_MEMBER, PARTY_PROFESSIONAL or PARTY_OBSERVER, each once");
    }
    Expect(instrument_.raters_size() > 0, "raters", "at least one party");

    std::set<int> targets;
    for (int i = 0; i < instrument_.targets_size(); ++i) {
      const v1::Party party = instrument_.targets(i);
      Expect((party == v1::PARTY_MEMBER || party == v1::PARTY_PROFESSIONAL ||
              party == v1::PARTY_FAMILY) &&
                 targets.insert(party).second,
             At("targets", i), "PARTY_MEMBER, PARTY_PROFESSIONAL or PARTY_FAMILY, each once");
    }
    if (instrument_.items().empty()) return;  // said by Items, or structure only
    const bool person =
        targets.contains(v1::PARTY_MEMBER) || targets.contains(v1::PARTY_PROFESSIONAL);
    Expect(person == HasItemAsked(v1::ASKED_PER_TARGET), "targets",
           "PARTY_MEMBER or PARTY_PROFESSIONAL exactly when an item is ASKED_PER_TARGET");
    Expect(targets.contains(v1::PARTY_FAMILY) == HasItemAsked(v1::ASKED_ONCE), "targets",
           "PARTY_FAMILY exactly when an item is ASKED_ONCE");
  }

  void Ages(int min, int max, std::string path) {
    Expect(min >= 0 && (max == 0 || max >= min) && max <= 120, std::move(path),
           "0, or min_age_years to 120");
  }

  void Scale() {
    const v1::Scale& scale = instrument_.scale();
    Expect(scale.min() < scale.max() && scale.min() >= -10'000 && scale.max() <= 10'000,
           "scale.max", "above scale.min, both -10000 to 10000");
    Expect(InRange(scale.step_thousandths(), 1, 1'000'000), "scale.step_thousandths",
           "1 to 1000000, for example 1000 for whole numbers");
    for (int i = 0; i < scale.anchors_size(); ++i) {
      const v1::Anchor& anchor = scale.anchors(i);
      const std::string path = Concat({"scale.", At("anchors", i)});
      Expect(OnScale(scale, anchor.answer()), Concat({path, ".answer"}), "an answer of the scale");
      Expect(!anchor.label().empty(), Concat({path, ".label"}), "a label");
      Expect(instrument_.licence().ship_text(), Concat({path, ".label"}),
             "none, since licence.ship_text is false");
    }
  }

  void Items() {
    Expect(instrument_.items_size() > 0 || instrument_.key_from_licence(), "items",
           "at least one item");
    std::set<int> numbers;
    for (int i = 0; i < instrument_.items_size(); ++i) {
      const v1::Item& item = instrument_.items(i);
      const std::string path = At("items", i);
      Expect(InRange(item.number(), 1, 999) && numbers.insert(item.number()).second,
             Concat({path, ".number"}), "1 to 999, each once");
      Expect(item.asked() == v1::ASKED_PER_TARGET || item.asked() == v1::ASKED_ONCE,
             Concat({path, ".asked"}), "ASKED_PER_TARGET or ASKED_ONCE");
      Expect(item.wording().empty() || instrument_.licence().ship_text(),
             Concat({path, ".wording"}), "none, since licence.ship_text is false");
      for (int k = 0; k < item.constructs_size(); ++k) {
        Expect(IsSlug(item.constructs(k)), Concat({path, ".", At("constructs", k)}),
               "a-z, 0-9, '-', '_', '.', starting with a letter");
      }
    }
  }

  void Scores() {
    Expect(instrument_.scores_size() > 0, "scores", "at least one score");
    std::set<std::string_view> codes;
    for (int i = 0; i < instrument_.scores_size(); ++i) {
      const v1::ScoreDefinition& score = instrument_.scores(i);
      const std::string path = At("scores", i);
      Expect(IsSlug(score.code()) && !codes.contains(score.code()), Concat({path, ".code"}),
             "a-z, 0-9, '-', '_', '.', starting with a letter, each once");
      Expect(score.method() >= v1::SCORE_METHOD_MEAN && score.method() <= v1::SCORE_METHOD_BIPOLAR,
             Concat({path, ".method"}),
             "SCORE_METHOD_MEAN, SCORE_METHOD_SUM or SCORE_METHOD_BIPOLAR");
      Expect(InRange(score.min_answered_percent(), 0, 100), Concat({path, ".min_answered_percent"}),
             "0 to 100");
      const bool open = instrument_.key_from_licence() && score.items().empty();
      Expect(open || score.items().empty() != score.components().empty(), Concat({path, ".items"}),
             "items or components, not both and not neither");
      if (score.method() == v1::SCORE_METHOD_BIPOLAR) {
        const v1::Scale& scale = instrument_.scale();
        const bool about_zero = std::int64_t{scale.min()} + scale.max() == 0;
        Expect(about_zero && score.components().empty(), Concat({path, ".method"}),
               "bipolar scores are of items on a scale about zero");
      }
      ScoreItems(score, path);
      ScoreComponents(score, path, codes);
      codes.insert(score.code());
    }
  }

  void ScoreItems(const v1::ScoreDefinition& score, const std::string& path) {
    std::set<int> seen;
    for (int k = 0; k < score.items_size(); ++k) {
      const std::string item_path = Concat({path, ".", At("items", k)});
      const v1::Item* item = FindItem(instrument_, score.items(k));
      Expect(item != nullptr && seen.insert(score.items(k)).second, item_path,
             "the number of an item, each once");
      const v1::Item* first = FindItem(instrument_, score.items(0));
      Expect(item == nullptr || first == nullptr || item->asked() == first->asked(), item_path,
             "an item with the same `asked` as the first");
    }
  }

  void ScoreComponents(const v1::ScoreDefinition& score, const std::string& path,
                       const std::set<std::string_view>& earlier) {
    std::set<std::string_view> seen;
    for (int k = 0; k < score.components_size(); ++k) {
      const std::string& code = score.components(k);
      const std::string component_path = Concat({path, ".", At("components", k)});
      const bool known = earlier.contains(code);
      Expect(known && seen.insert(code).second, component_path,
             "the code of a score defined before, each once");
      if (!known || !earlier.contains(score.components(0))) continue;
      Expect(AskedOf(instrument_, *FindScore(instrument_, code)) ==
                 AskedOf(instrument_, *FindScore(instrument_, score.components(0))),
             component_path, "a score of the same kind of target as the first");
    }
    Expect(score.components().empty() || score.min_answered_percent() == 0,
           Concat({path, ".min_answered_percent"}), "0: each component has its own");
  }

  void Population(const v1::Population& population, const std::string& path) {
    Expect(!population.description().empty(), Concat({path, ".description"}),
           "for whom the figure was found");
    Expect(!population.source().empty(), Concat({path, ".source"}), "where it comes from");
    Ages(population.min_age_years(), population.max_age_years(), Concat({path, ".max_age_years"}));
  }

  void Cutoffs() {
    for (int i = 0; i < instrument_.cutoffs_size(); ++i) {
      const v1::Cutoff& cutoff = instrument_.cutoffs(i);
      const std::string path = At("cutoffs", i);
      const v1::ScoreDefinition* score = FindScore(instrument_, cutoff.score());
      Expect(score != nullptr, Concat({path, ".score"}), "the code of a score");
      Population(cutoff.population(), Concat({path, ".population"}));
      const bool lower = cutoff.comparison() == v1::COMPARISON_LESS ||
                         cutoff.comparison() == v1::COMPARISON_LESS_OR_EQUAL;
      const bool upper = cutoff.comparison() == v1::COMPARISON_GREATER ||
                         cutoff.comparison() == v1::COMPARISON_GREATER_OR_EQUAL;
      Expect(instrument_.direction() == v1::DIRECTION_LOWER_BETTER ? upper : lower,
             Concat({path, ".comparison"}),
             "LESS or LESS_OR_EQUAL where higher is better, else GREATER or GREATER_OR_EQUAL");
      if (score == nullptr) continue;
      const ScoreRange range = RangeOf(instrument_, *score);
      Expect(cutoff.value() >= range.lowest && cutoff.value() <= range.highest,
             Concat({path, ".value"}), "a value in the range of the score");
    }
  }

  void Reliabilities() {
    const auto share = [](bool present, double r) { return !present || (r >= 0 && r <= 1); };
    for (int i = 0; i < instrument_.reliabilities_size(); ++i) {
      const v1::Reliability& entry = instrument_.reliabilities(i);
      const std::string path = At("reliabilities", i);
      Expect(FindScore(instrument_, entry.score()) != nullptr, Concat({path, ".score"}),
             "the code of a score");
      Population(entry.population(), Concat({path, ".population"}));
      Expect(share(entry.has_alpha(), entry.alpha()), Concat({path, ".alpha"}), "0 to 1");
      Expect(share(entry.has_retest(), entry.retest()), Concat({path, ".retest"}), "0 to 1");
      Expect(share(entry.has_assumed(), entry.assumed()), Concat({path, ".assumed"}), "0 to 1");
      Expect(entry.has_alpha() || entry.has_retest() || entry.has_assumed() ||
                 entry.has_standard_deviation() || entry.has_reliable_change(),
             path, "at least one of alpha, retest, assumed, standard_deviation, reliable_change");
      Expect(!entry.has_reliable_change() ||
                 (entry.reliable_change() > 0 && std::isfinite(entry.reliable_change())),
             Concat({path, ".reliable_change"}), "above 0");
      Expect(!entry.has_standard_deviation() ||
                 (entry.standard_deviation() > 0 && std::isfinite(entry.standard_deviation())),
             Concat({path, ".standard_deviation"}), "above 0");
      Expect(!entry.has_mean() || std::isfinite(entry.mean()), Concat({path, ".mean"}), "a number");
    }
  }

  void Language() {
    const bool worded = std::ranges::any_of(
        instrument_.items(), [](const v1::Item& item) { return !item.wording().empty(); });
    Expect(worded != instrument_.language().empty(), "language",
           "the language of the wording, or nothing without wording");
  }

  const v1::Instrument& instrument_;
  std::vector<Fault> faults_;
};

}  // namespace

std::vector<Fault> CheckInstrument(const v1::Instrument& instrument) {
  return Checker(instrument).Run();
}

std::vector<Fault> CheckOwnInstrument(const v1::Instrument& instrument) {
  std::vector<Fault> faults = CheckInstrument(instrument);
  if (instrument.key_from_licence()) {
    faults.push_back({.path = "key_from_licence",
                      .expected = "false: an agency's own version has its whole key"});
  }
  return faults;
}

}  // namespace rapport::alliance
