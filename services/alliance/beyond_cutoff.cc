#include "alliance/beyond_cutoff.h"

#include "alliance/scoring/score.h"
#include "platform/schema/times.h"

#include <absl/strings/match.h>

#include <map>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr std::int64_t kDayMicros = 86'400'000'000;

bool IsOfAlliance(const v1::ScoreDefinition& definition) {
  if (definition.interpersonal() != v1::INTERPERSONAL_SELF) return false;
  switch (definition.content()) {
    case v1::CONTENT_TASK:
    case v1::CONTENT_GOAL:
    case v1::CONTENT_BOND:
    case v1::CONTENT_ALLIANCE:
      return true;
    default:
      return false;
  }
}

void AddOf(const v1::Rating& rating, const v1::RatingPart& part, const v1::Instrument& instrument,
           std::vector<BeyondCutoff>& found) {
  for (const v1::Score& score : part.scores()) {
    const v1::ScoreDefinition* definition = FindScore(instrument, score.code());
    if (!score.beyond_cutoff() || definition == nullptr || !IsOfAlliance(*definition)) continue;
    found.push_back({.member = rating.rater(),
                     .target = part.target(),
                     .form = instrument.title(),
                     .value = score.value(),
                     .highest = RangeOf(instrument, *definition).highest,
                     .above = instrument.direction() == v1::DIRECTION_LOWER_BETTER,
                     .provisional = score.provisional(),
                     .at_us = schema::ToMicros(rating.session_time())});
  }
}

}  // namespace

std::vector<BeyondCutoff> FindBeyondCutoffs(std::span<const v1::Rating> newest_first,
                                            const FindInstrument& find, std::int64_t now_us) {
  std::vector<BeyondCutoff> found;
  std::map<std::pair<std::string, std::string>, std::string>
      latest;  // session, by rater and target
  for (const v1::Rating& rating : newest_first) {
    if (now_us - schema::ToMicros(rating.session_time()) >= kQuietDays * kDayMicros) continue;
    if (!absl::StartsWith(rating.rater(), "families/")) continue;  // a helper's own view
    const v1::Instrument* instrument = find(rating.instrument());
    if (instrument == nullptr) continue;
    for (const v1::RatingPart& part : rating.parts()) {
      const auto [known, first] =
          latest.try_emplace({rating.rater(), part.target()}, rating.session());
      if (first || known->second == rating.session()) AddOf(rating, part, *instrument, found);
    }
  }
  return found;
}

}  // namespace rapport::alliance
