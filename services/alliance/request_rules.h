// Rules of rating requests: which form is due from whom after a session, and what state a request
// is in.
//
// Called when a session was held and whenever a request is shown. Source: the default measure plan
// of domain.md 13.4 (adult pulse from 13, child pulse from 6 to 12, nothing below; each helper's
// own view of the members, at most six), product.md A13. Ids are inner ones. Pure, thread-safe.
#pragma once

#include "alliance/rating_rules.h"

#include <rapport/alliance/v1/rating_request.pb.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rapport::alliance {

// A form is good for this long after the session ended.
inline constexpr std::int64_t kRequestLifetimeMicros = 7LL * 86'400'000'000;
// A helper is asked about so many members at most: 90 seconds a session.
inline constexpr std::size_t kMostMembersAsked = 6;

inline constexpr std::string_view kAdultForm = "instruments/pulse-adult.1";
inline constexpr std::string_view kChildForm = "instruments/pulse-child.1";
inline constexpr std::string_view kTherapistForm = "instruments/pulse-therapist.1";
inline constexpr int kLeastAge = 6;
inline constexpr int kAdultFormAge = 13;

// One form due from one rater.
struct DueForm {
  Person rater;
  std::string instrument;
  std::vector<Person> targets;  // in the order of the session's list
  friend bool operator==(const DueForm&, const DueForm&) = default;
};

// The forms of a held session, in the order of its list. Members without consent to ratings are
// asked nothing; a member of unknown age gets the adult form. Nobody to ask about: no form.
std::vector<DueForm> FormsFor(const internal::v1::SessionHeld& session, const AccessFacts& facts);

// When the forms of a session expire, microseconds.
inline std::int64_t ExpiryOf(const internal::v1::SessionHeld& session) {
  return session.ended_us() + kRequestLifetimeMicros;
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

// What a request is now. `stored` is due, opened, skipped or expired (withdrawn); a rating makes it
// done whatever was stored, time makes a due or opened one expired.
v1::RatingRequestState StateOf(v1::RatingRequestState stored, bool rated, std::int64_t expires_us,
                               std::int64_t now_us);

// Due or opened: the form may be skipped, which is that it may be read too.
bool IsWaiting(v1::RatingRequestState state);

}  // namespace rapport::alliance
