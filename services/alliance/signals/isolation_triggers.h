// The hard triggers of isolation: each alone is enough for an alert.
//
// Called by EvaluateIsolation. The codes say what each compares. Pure, thread-safe.
#pragma once

#include "alliance/signals/isolation_facts.h"
#include "rapport/alliance/v1/signal.pb.h"

#include <cstddef>
#include <vector>

namespace rapport::alliance {

// All seven, in the order of codes.h, each fired, passed or not evaluable.
std::vector<v1::SignalTest> TestTriggers(const FamilyFacts& family, std::size_t member);

}  // namespace rapport::alliance
