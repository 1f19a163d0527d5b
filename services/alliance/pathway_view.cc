#include "alliance/pathway_view.h"

#include "alliance/scoring/error.h"
#include "alliance/signals/pathway.h"

#include <algorithm>
#include <array>
#include <string>

namespace rapport::alliance {
namespace {

constexpr double kTen = 10;
// In the order of Stage.
constexpr std::array<std::string_view, kStages> kCodes = {"conditions", "trust", "willingness",
                                                          "agreement"};
constexpr std::array kNames = {v1::PATHWAY_STAGE_CONDITIONS, v1::PATHWAY_STAGE_TRUST,
                               v1::PATHWAY_STAGE_WILLINGNESS, v1::PATHWAY_STAGE_AGREEMENT};

StageValues ValuesOf(const FileView& view, const StoredRating& rating, std::string_view target) {
  StageValues values;
  const v1::Instrument* form = view.Instrument(rating.message.instrument());
  if (form == nullptr) return values;
  const v1::Instrument& instrument = *form;
  const v1::RatingPart& part = *PartAbout(rating.message, target);
  const int age = view.RaterAge(rating);
  for (std::size_t i = 0; i < kStages; ++i) {
    const v1::ScoreDefinition* definition = FindScore(instrument, kCodes[i]);
    const v1::Score* score = FindScored(part.scores(), kCodes[i]);
    if (definition == nullptr || score == nullptr || !score->has_value()) continue;
    if (!score->has_standard_error() || score->standard_error() <= 0) continue;
    const ScoreRange range = RangeOf(instrument, *definition);
    const bool lower_better = instrument.direction() == v1::DIRECTION_LOWER_BETTER;
    const double above =
        lower_better ? range.highest - score->value() : score->value() - range.lowest;
    const double scale = kTen / (range.highest - range.lowest);
    values[i] = StageValue{.value = above * scale, .error = score->standard_error() * scale};
    const auto sd = FindDeviation(instrument, kCodes[i], age);
    if (sd && *sd > 0) values[i]->sd = *sd * scale;
  }
  return values;
}

// Of the latest session's ratings the one given last that measures a stage; null: none does.
const StoredRating* NewestWithStages(const FileView& view,
                                     const std::vector<const StoredRating*>& ratings,
                                     std::string_view target) {
  const StoredRating* newest = nullptr;
  for (const StoredRating* rating : ratings) {
    if (rating->record.parent != ratings.back()->record.parent) continue;
    const auto measured = [](const std::optional<StageValue>& one) { return one.has_value(); };
    if (std::ranges::none_of(ValuesOf(view, *rating, target), measured)) continue;
    if (newest == nullptr || newest->record.created_us <= rating->record.created_us)
      newest = rating;
  }
  return newest;
}

v1::StageState StateOf(StageState state) {
  switch (state) {
    case StageState::kNotMeasured:
      return v1::STAGE_STATE_NOT_MEASURED;
    case StageState::kFine:
      return v1::STAGE_STATE_FINE;
    case StageState::kBelowOwn:
      return v1::STAGE_STATE_BELOW_OWN;
    case StageState::kBelowOthers:
      return v1::STAGE_STATE_BELOW_OTHERS;
  }
  return v1::STAGE_STATE_UNSPECIFIED;
}

}  // namespace

std::optional<v1::Pathway> PathwayOf(const FileView& view,
                                     const std::vector<const StoredRating*>& ratings,
                                     std::string_view target) {
  const StoredRating* newest = NewestWithStages(view, ratings, target);
  if (newest == nullptr) return std::nullopt;
  std::vector<StageValues> before;
  for (const StoredRating* rating : ratings) {
    if (rating->record.parent == newest->record.parent) break;
    if (rating->message.instrument() != newest->message.instrument()) continue;
    before.push_back(ValuesOf(view, *rating, target));
  }
  const StageValues latest = ValuesOf(view, *newest, target);
  const Pathway found = PathwayOf(latest, before, view.file.parameters.level);
  v1::Pathway pathway;
  for (std::size_t i = 0; i < kStages; ++i) {
    v1::PathwayStep& step = *pathway.add_steps();
    step.set_stage(kNames[i]);
    step.set_state(StateOf(found.states[i]));
    if (!latest[i]) continue;
    step.set_value(latest[i]->value);
    step.set_standard_error(latest[i]->error);
  }
  if (found.first_weak) {
    pathway.set_first_weak(kNames[static_cast<std::size_t>(*found.first_weak)]);
  }
  pathway.set_low_overall(found.low_overall);
  return pathway;
}

}  // namespace rapport::alliance
