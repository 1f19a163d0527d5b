// Optimum: the best possible detector, which knows every parameter of the simulation.
//
// For each session it sums up, over all that may have happened to the family until then (nothing,
// or one event: its kind, subject, focus, shape, size and onset), the exact likelihood of
// everything observed so far times the prior probability. Nothing is sampled, merged or dropped,
// but terms that are e^-20 of the sum or less (together under 1e-5). What is exact: with
// Sight::kRaw, the posterior of every claim given the values before the form's ends and steps,
// given which days are odd, and given which raters always mark the highest. That is more than
// anybody has, so that it bounds the best possible detector from above. With Sight::kSeen the same
// sum is taken of the values on the form as if they were normal: a detector that exists, so that it
// bounds the best possible one from below. With Families::kMembersApart it knows all of this but
// what no method could know of real families: how much of the best possible rests on that.
// Thread-safe.
#pragma once

#include "bench/signals/course.h"
#include "bench/signals/decomposition.h"

#include <cstdint>

namespace rapport::bench {

// What it knows of how events come to a family.
enum class Families : std::uint8_t {
  kAsSimulated,   // one event at most, of one member, and none at all in a known share of families
  kMembersApart,  // each member judged as if events came at a constant hazard and to them alone
};

class Optimum {
 public:
  // `parameters` must outlive it.
  Optimum(const Parameters& parameters, Sight sight, Families families = Families::kAsSimulated)
      : p_(parameters), sight_(sight), families_(families) {}

  // The score is the posterior: P(the claim is true now).
  Statements Of(const Family& family) const;

 private:
  const Parameters& p_;
  Sight sight_;
  Families families_;
};

}  // namespace rapport::bench
