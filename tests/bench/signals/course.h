// Course: what could be claimed of a family after each of its sessions, and whether it was so.
//
// The common ground of all detectors and of the judge. A claim is about a subject: "this rater's
// alliance with this helper is ruptured", "this family is split", "this member is isolated". Pure.
#pragma once

#include "bench/signals/family.h"

#include <cstdint>
#include <vector>

namespace rapport::bench {

enum class Claim : std::uint8_t { kRupture, kSplit, kIsolation };
inline constexpr int kClaims = 3;
const char* NameOf(Claim claim);
Claim ClaimOf(Kind kind);

struct Subject {
  Claim claim = Claim::kRupture;
  int member = -1;  // rater or isolated member; -1: the family
  int helper = -1;
};

// Ruptures by member and helper, then the split, then isolations: the last two only in families of
// two or more.
std::vector<Subject> SubjectsOf(int members, int helpers);
// Places in that order.
int RuptureAt(int helpers, int member, int helper);
int SplitAt(int members, int helpers);
int IsolationAt(int members, int helpers, int member);

// An event is going on while at least this share of its effect is there: the rest counts as
// repaired, like domain.md 8.5's quarter of an SD.
inline constexpr double kGoingOn = 0.25;
// .. and is there to be found from the session on in which it has half of its effect.
inline constexpr double kToBeFound = 0.5;

// Does an event of `kind` about `member` (and `helper`) push what the subject's claim is about? A
// signal of another kind about the right person at the right time is not false.
bool Concerns(Kind kind, int member, int helper, const Subject& subject);

// A detector's statement about one subject after one session.
struct Statement {
  double score = 0;      // larger: more reason to raise a signal; what thresholds are set on
  double posterior = 0;  // probability that the claim is true now; only of detectors that give one
};

// By subject, then session.
using Statements = std::vector<std::vector<Statement>>;

// Whether the subject's session is rated, so that something can be seen: a rupture's by the rater,
// a split's by two or more members; of an isolation, every session is.
bool Rated(const Family& family, const Subject& subject, int session);

// Share of the effect of an event that is what the claim says; 0: no such event.
double OwnEffect(const Family& family, const Subject& subject, int session);
// Some event concerns the subject in this session.
bool Touched(const Family& family, const Subject& subject, int session);

}  // namespace rapport::bench
