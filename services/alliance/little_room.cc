#include "alliance/little_room.h"

#include "alliance/scoring/score.h"
#include "alliance/signals/isolation_signs.h"
#include "alliance/signals/threshold.h"
#include "platform/schema/times.h"

#include <absl/strings/match.h>

#include <map>
#include <optional>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr std::int64_t kDayMicros = 86'400'000'000;

// What one session's forms say of the room of who rated; absent: nothing.
struct Said {
  std::string session;
  double share = 0;  // of the range, 0 the worst
  std::int64_t at_us = 0;
};

std::optional<Said> RoomOf(const v1::Rating& rating, const v1::Instrument& instrument) {
  for (const v1::RatingPart& part : rating.parts()) {
    for (const v1::Score& score : part.scores()) {
      const v1::ScoreDefinition* definition = FindScore(instrument, score.code());
      if (definition == nullptr || definition->content() != v1::CONTENT_ROOM) continue;
      const ScoreRange range = RangeOf(instrument, *definition);
      if (range.highest <= range.lowest) continue;
      const bool lower_better = instrument.direction() == v1::DIRECTION_LOWER_BETTER;
      const double room =
          lower_better ? range.highest - score.value() : score.value() - range.lowest;
      return Said{rating.session(), room / (range.highest - range.lowest),
                  schema::ToMicros(rating.session_time())};
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<LittleRoom> FindLittleRoom(std::span<const v1::Rating> newest_first,
                                       const FindInstrument& find, std::int64_t now_us) {
  std::map<std::string, std::vector<Said>> by_member;
  for (const v1::Rating& rating : newest_first) {
    if (!absl::StartsWith(rating.rater(), "families/")) continue;  // a helper's own view
    const v1::Instrument* instrument = find(rating.instrument());
    if (instrument == nullptr) continue;
    auto said = RoomOf(rating, *instrument);
    if (!said) continue;
    std::vector<Said>& all = by_member[rating.rater()];
    if (all.size() == 2 || (!all.empty() && all.front().session == said->session)) continue;
    all.push_back(*std::move(said));
  }
  std::vector<LittleRoom> found;
  for (const auto& [member, said] : by_member) {
    if (said.size() < 2 || now_us - said.front().at_us >= kQuietDays * kDayMicros) continue;
    if (!AtMost(said[0].share, kNoRoomShare) || !AtMost(said[1].share, kNoRoomShare)) continue;
    found.push_back({.member = member,
                     .last = 10 * said[0].share,
                     .before = 10 * said[1].share,
                     .at_us = said.front().at_us});
  }
  return found;
}

}  // namespace rapport::alliance
