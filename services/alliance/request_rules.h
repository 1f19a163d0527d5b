// Rules of rating requests: how long they are good for, and what state one is in. Which are made:
// plan_rules.
//
// Called when a session was held and whenever a request is shown. Source: product.md A13. Pure,
// thread-safe.
#pragma once

#include <rapport/alliance/v1/rating_request.pb.h>
#include <rapport/internal/v1/event.pb.h>

#include <cstdint>
#include <span>
#include <string>

namespace rapport::alliance {

// A form is good for this long after the session ended.
inline constexpr std::int64_t kRequestLifetimeMicros = 7LL * 86'400'000'000;
// No shipped form is for anybody younger.
inline constexpr int kLeastAge = 6;

// When the forms of a session expire, microseconds.
inline std::int64_t ExpiryOf(const internal::v1::SessionHeld& session) {
  return session.ended_us() + kRequestLifetimeMicros;
}

// Nothing that became due before this waits now. A request is made once its session began, and no
// session is longer than 12 hours; the rest of the day is for clocks that differ.
inline std::int64_t OldestWaiting(std::int64_t now_us) {
  constexpr std::int64_t kDayMicros = 86'400'000'000;
  return now_us - kRequestLifetimeMicros - kDayMicros;
}

// One legal move of a request.
struct RequestMove {
  v1::RatingRequestState from;
  v1::RatingRequestState to;
  const char* meaning;
};
// The whole table, and as a Graphviz digraph.
std::span<const RequestMove> RequestMoves();
bool IsMove(v1::RatingRequestState from, v1::RatingRequestState to);
std::string RequestLifeDot();

// What a request is now. `stored` is due, opened, done, skipped or expired (withdrawn); a rating
// makes it done whatever was stored, which is due or opened until the rating's event is applied;
// time makes a due or opened one expired.
v1::RatingRequestState StateOf(v1::RatingRequestState stored, bool rated, std::int64_t expires_us,
                               std::int64_t now_us);

// Due or opened: the form may be skipped, which is that it may be read too.
bool IsWaiting(v1::RatingRequestState state);

}  // namespace rapport::alliance
