#include "alliance/request_rules.h"

#include "platform/base/machine.h"

#include <algorithm>
#include <iterator>

namespace rapport::alliance {
namespace {

constexpr v1::RatingRequestState kDue = v1::RATING_REQUEST_STATE_DUE;
constexpr v1::RatingRequestState kOpened = v1::RATING_REQUEST_STATE_OPENED;
constexpr v1::RatingRequestState kDone = v1::RATING_REQUEST_STATE_DONE;
constexpr v1::RatingRequestState kSkipped = v1::RATING_REQUEST_STATE_SKIPPED;
constexpr v1::RatingRequestState kExpired = v1::RATING_REQUEST_STATE_EXPIRED;

constexpr RequestMove kMoves[] = {
    {kDue, kOpened, "the form is read"},
    {kDue, kDone, "a rating comes"},
    {kDue, kSkipped, "the rater passes"},
    {kDue, kExpired, "its time is over, or the rater was not there after all"},
    {kOpened, kDone, "a rating comes"},
    {kOpened, kSkipped, "the rater passes"},
    {kOpened, kExpired, "its time is over, or the rater was not there after all"},
    {kSkipped, kDone, "a rating comes all the same"},
    {kExpired, kDone, "a rating comes all the same, from paper or an import"},
};

}  // namespace

v1::RatingRequestState StateOf(v1::RatingRequestState stored, bool rated, std::int64_t expires_us,
                               std::int64_t now_us) {
  if (rated) return kDone;
  if (IsMove(stored, kExpired) && now_us >= expires_us) return kExpired;
  return stored;
}

bool IsWaiting(v1::RatingRequestState state) { return IsMove(state, kSkipped); }

std::span<const RequestMove> RequestMoves() { return kMoves; }

bool IsMove(v1::RatingRequestState from, v1::RatingRequestState to) {
  return std::any_of(std::begin(kMoves), std::end(kMoves),
                     [&](const RequestMove& move) { return move.from == from && move.to == to; });
}

std::string RequestLifeDot() {
  return MovesDot("rating_request", kMoves, [](v1::RatingRequestState state) {
    return EnumStateName(state, "RATING_REQUEST_STATE_", v1::RatingRequestState_Name(state));
  });
}

}  // namespace rapport::alliance
