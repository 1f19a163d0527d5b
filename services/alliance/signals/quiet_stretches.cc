#include "alliance/signals/quiet_stretches.h"

#include "alliance/signals/family_monitor.h"
#include "alliance/signals/measures.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr std::size_t kLeastRatings = 2;
constexpr std::array kPartContents = {v1::CONTENT_TASK, v1::CONTENT_GOAL, v1::CONTENT_BOND};

// The values as they were marked. Leaving out each rating with one part at an end would leave
// only raters in the middle of the scale, on days in the middle: too little would seem to vary.
std::optional<QuietRating> RatingOf(const LevelParameters& level, int session,
                                    const RatedSeries& series) {
  QuietRating rating{.session = session};
  std::size_t parts = 0;
  for (const Observation* one : series.contents) {
    const auto part = std::ranges::find(kPartContents, one->content) - kPartContents.begin();
    if (part == static_cast<std::ptrdiff_t>(kParts)) continue;  // of the whole
    const auto i = static_cast<std::size_t>(part);
    rating.values[i] = Standardized(level, *one, one->value);
    rating.error_variances[i] = ErrorVariance(level, *one);
    ++parts;
  }
  const bool flat =
      std::ranges::all_of(series.measures, [](const Measure& m) { return m.end != 0; });
  return parts == kParts && !flat ? std::optional(rating) : std::nullopt;
}

bool IsQuiet(const DecisionParameters& decision, std::span<const Assessment> assessments,
             const SeriesKey& key) {
  return std::ranges::none_of(assessments, [&](const Assessment& one) {
    return one.kind == v1::SIGNAL_KIND_RUPTURE && one.member == key.rater &&
           one.target == key.target && one.interpersonal == key.interpersonal &&
           (one.open || one.posterior >= decision.weak);
  });
}

RaisingParameters QuietUnless(double at) {
  return {.rupture = at, .split = at, .helper_split = at, .isolation = at, .over_share = 0.3};
}

}  // namespace

QuietFamily QuietFamilyOf(const MonitorParameters& given, const std::string& family,
                          std::span<const SessionFacts> history) {
  // What counts as quiet does not hang on how much is raised.
  MonitorParameters parameters = given;
  parameters.decision.raises = QuietUnless(given.decision.moderate);
  struct Going {
    QuietStretch stretch;
    std::string form;
  };
  std::map<SeriesKey, Going> going;
  QuietFamily quiet;
  const auto end = [&](Going& one) {
    if (one.stretch.ratings.size() >= kLeastRatings)
      quiet.stretches.push_back(std::move(one.stretch));
    one = {};
  };
  FamilyMonitor monitor;
  for (const SessionFacts& session : history) {
    const std::vector<Assessment> assessments = Advance(parameters, session, monitor);
    for (const auto& [key, series] : RatedSeriesOf(parameters.level, session.observations)) {
      if (key.interpersonal != v1::INTERPERSONAL_SELF) continue;
      Going& one = going[key];
      const auto rating = RatingOf(parameters.level, session.number, series);
      if (!rating || !IsQuiet(parameters.decision, assessments, key)) {
        end(one);
        continue;
      }
      if (one.form != series.instrument) end(one);
      one.form = series.instrument;
      one.stretch.family = family;
      one.stretch.rater = key.rater;
      one.stretch.ratings.push_back(*rating);
    }
  }
  for (auto& [key, one] : going) end(one);
  quiet.signs = CountsOfOthers(monitor, "");
  return quiet;
}

}  // namespace rapport::alliance
