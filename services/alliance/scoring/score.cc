#include "alliance/scoring/score.h"

#include <cstdint>
#include <map>

namespace rapport::alliance {
namespace {

// Item number to answer after reversal, in steps; only what is on the form and on the scale.
using Keyed = std::map<int, std::int64_t>;

Keyed Key(const v1::Instrument& instrument, v1::Asked asked, const Answers& answers) {
  const v1::Scale& scale = instrument.scale();
  Keyed keyed;
  for (const v1::Answer& answer : answers) {
    const v1::Item* item = FindItem(instrument, answer.item());
    if (item == nullptr || item->asked() != asked) continue;
    if (!OnScale(scale, answer.steps())) continue;
    const std::int64_t ends = std::int64_t{scale.min()} + scale.max();
    keyed.emplace(answer.item(), item->reverse() ? ends - answer.steps() : answer.steps());
  }
  return keyed;
}

bool TakesPart(const v1::Instrument& instrument, int number, const ScoringContext& context) {
  const v1::Item* item = FindItem(instrument, number);
  if (item == nullptr) return false;
  return item->condition() != v1::CONDITION_HOMEWORK_AGREED || context.homework_agreed;
}

// Mean or sum of the answered items. One division of whole numbers: exact but for its rounding.
void ScoreItems(const v1::Instrument& instrument, const v1::ScoreDefinition& definition,
                const Keyed& keyed, const ScoringContext& context, v1::Score& score) {
  std::int64_t steps = 0;
  int answered = 0;
  int items = 0;
  for (const int number : definition.items()) {
    if (!TakesPart(instrument, number, context)) continue;
    ++items;
    const auto found = keyed.find(number);
    if (found == keyed.end()) continue;
    ++answered;
    steps += found->second;
  }
  score.set_items(items);
  score.set_answered_items(answered);
  const int percent = definition.min_answered_percent() != 0 ? definition.min_answered_percent()
                                                             : instrument.min_answered_percent();
  if (answered == 0 || 100 * answered < percent * items) return;
  const std::int64_t thousandths = steps * instrument.scale().step_thousandths();
  const double divisor = 1000.0 * answered;
  const double mean = static_cast<double>(thousandths) / divisor;
  const double sum = static_cast<double>(thousandths * items) / divisor;
  score.set_value(definition.method() == v1::SCORE_METHOD_MEAN ? mean : sum);
  score.set_sum(sum);
  score.set_prorated(answered < items);
}

// Mean or sum of the component scores; without one of them there is none.
void ScoreComponents(const v1::ScoreDefinition& definition, const Scores& earlier,
                     v1::Score& score) {
  double values = 0;
  double sums = 0;
  bool defined = true;
  bool prorated = false;
  for (const std::string& code : definition.components()) {
    const v1::Score* component = FindScored(earlier, code);
    if (component == nullptr) {
      defined = false;
      continue;
    }
    score.set_items(score.items() + component->items());
    score.set_answered_items(score.answered_items() + component->answered_items());
    defined = defined && component->has_value();
    values += component->value();
    sums += component->sum();
    prorated = prorated || component->prorated();
  }
  if (!defined) return;
  const bool mean = definition.method() == v1::SCORE_METHOD_MEAN;
  score.set_value(mean ? values / definition.components_size() : values);
  score.set_sum(sums);
  score.set_prorated(prorated);
}

void AddError(const v1::Instrument& instrument, int age_years, v1::Score& score) {
  bool provisional = false;
  if (const auto model = FindError(instrument, score.code(), age_years)) {
    score.set_standard_error(model->standard_error());
    score.set_reliable_change(model->reliable_change());
    score.set_change_basis(model->basis);
    if (const auto change = model->retest_reliable_change()) {
      score.set_retest_reliable_change(*change);
    }
    provisional = model->provisional;
  } else {
    score.set_change_basis(v1::CHANGE_BASIS_NONE_KNOWN);
  }
  if (const auto cutoff = CheckCutoff(instrument, score.code(), age_years, score.value())) {
    score.set_beyond_cutoff(cutoff->beyond);
    provisional = provisional || (cutoff->beyond && cutoff->provisional);
  }
  score.set_provisional(provisional);
}

}  // namespace

Scores ScorePart(const v1::Instrument& instrument, v1::Asked asked, const Answers& answers,
                 const ScoringContext& context) {
  const Keyed keyed = Key(instrument, asked, answers);
  Scores scores;
  for (const v1::ScoreDefinition& definition : instrument.scores()) {
    if (AskedOf(instrument, definition) != asked) continue;
    v1::Score score;
    score.set_code(definition.code());
    if (definition.components().empty()) {
      ScoreItems(instrument, definition, keyed, context, score);
    } else {
      ScoreComponents(definition, scores, score);
    }
    if (score.has_value()) AddError(instrument, context.rater_age_years, score);
    *scores.Add() = std::move(score);
  }
  return scores;
}

const v1::ScoreDefinition* FindScore(const v1::Instrument& instrument, std::string_view code) {
  for (const v1::ScoreDefinition& definition : instrument.scores()) {
    if (definition.code() == code) return &definition;
  }
  return nullptr;
}

const v1::ScoreDefinition* FindScore(const v1::Instrument& instrument, v1::Content content,
                                     v1::Interpersonal interpersonal) {
  for (const v1::ScoreDefinition& definition : instrument.scores()) {
    if (definition.content() == content && definition.interpersonal() == interpersonal) {
      return &definition;
    }
  }
  return nullptr;
}

v1::Asked AskedOf(const v1::Instrument& instrument, const v1::ScoreDefinition& definition) {
  if (!definition.items().empty()) {
    const v1::Item* item = FindItem(instrument, definition.items(0));
    return item == nullptr ? v1::ASKED_UNSPECIFIED : item->asked();
  }
  // A component stands before its composite, so that this ends.
  for (const v1::ScoreDefinition& earlier : instrument.scores()) {
    if (&earlier == &definition) break;
    if (!definition.components().empty() && earlier.code() == definition.components(0)) {
      return AskedOf(instrument, earlier);
    }
  }
  return v1::ASKED_UNSPECIFIED;
}

ScoreRange RangeOf(const v1::Instrument& instrument, const v1::ScoreDefinition& definition) {
  ScoreRange range;
  int parts = 0;
  if (!definition.items().empty()) {
    parts = definition.items_size();
    const double step = instrument.scale().step_thousandths();
    range.lowest = instrument.scale().min() * step * parts / 1000;
    range.highest = instrument.scale().max() * step * parts / 1000;
  }
  for (const std::string& code : definition.components()) {
    for (const v1::ScoreDefinition& earlier : instrument.scores()) {
      if (&earlier == &definition) break;
      if (earlier.code() != code) continue;
      const ScoreRange component = RangeOf(instrument, earlier);
      range.lowest += component.lowest;
      range.highest += component.highest;
      ++parts;
    }
  }
  if (definition.method() == v1::SCORE_METHOD_MEAN && parts > 0) {
    range.lowest /= parts;
    range.highest /= parts;
  }
  return range;
}

const v1::Score* FindScored(const Scores& scores, std::string_view code) {
  for (const v1::Score& score : scores) {
    if (score.code() == code) return &score;
  }
  return nullptr;
}

}  // namespace rapport::alliance
