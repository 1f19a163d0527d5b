// The library of repair suggestions: what a clinician could do next, by what is going on, who is
// low and the family's level of need (domain.md 9).
//
// Called when a signal is raised. Own wording, each in plain warm words, each asks before it
// assumes. Never a name, never a diagnosis. Data and one look-up; pure, thread-safe.
#pragma once

#include "rapport/alliance/v1/signal.pb.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace rapport::alliance {

// Whose alliance is low.
enum class WhoIsLow : std::uint8_t { kAnyone, kAdult, kTeen, kChild };

// A level of need from 1 to 4; 0: any, or not assessed.
using NeedLevel = int;

struct Suggestion {
  v1::SignalKind kind = v1::SIGNAL_KIND_UNSPECIFIED;
  v1::Content content = v1::CONTENT_UNSPECIFIED;  // unspecified: any
  NeedLevel level = 0;
  WhoIsLow who = WhoIsLow::kAnyone;
  std::string_view text;
};

// All of them, in the order of kinds.
std::span<const Suggestion> AllSuggestions();

// The one that fits closest: of those of the kind that contradict nothing, the one that says most;
// content counts most, then who is low, then the level. Every kind has one that fits anything; the
// answer is never empty for a kind that is specified.
std::string_view SuggestionFor(v1::SignalKind kind, v1::Content content, NeedLevel level,
                               WhoIsLow who);

}  // namespace rapport::alliance
