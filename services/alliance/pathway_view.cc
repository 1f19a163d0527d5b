#include "alliance/pathway_view.h"

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

StageValues ValuesOf(const v1::Instrument& instrument, const v1::RatingPart& part) {
  StageValues values;
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
  }
  return values;
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
  if (ratings.empty()) return std::nullopt;
  const std::string& form = ratings.back()->message.instrument();
  const v1::Instrument* instrument = view.Instrument(form);
  if (instrument == nullptr) return std::nullopt;
  std::vector<StageValues> course;
  for (const StoredRating* rating : ratings) {
    if (rating->message.instrument() != form) continue;
    course.push_back(ValuesOf(*instrument, *PartAbout(rating->message, target)));
  }
  const StageValues latest = course.back();
  course.pop_back();
  const auto measured = [](const std::optional<StageValue>& one) { return one.has_value(); };
  if (std::ranges::none_of(latest, measured)) return std::nullopt;
  const Pathway found = PathwayOf(latest, course);
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
