// The reasons of a caseload's entry: what of a family needs attention, how soon, and what could be
// done about it, in words.
//
// Called by caseload_rules. People stand in the words by their resource names, which PutNames
// replaces when the entry is shown. Pure, thread-safe.
#pragma once

#include "alliance/caseload_rules.h"

#include <cstdint>
#include <string>
#include <vector>

namespace rapport::alliance {

struct Reason {
  v1::Attention attention = v1::ATTENTION_ROUTINE;
  std::int64_t since_us = 0;  // the longer, the more pressing
  std::string text;
  std::string next_step;               // empty: nothing in particular
  std::vector<std::string> people;     // whom the words name
  const v1::Signal* signal = nullptr;  // null: of something else
};

// The most pressing first, what is routine last.
std::vector<Reason> ReasonsOf(const FamilyStanding& standing);

}  // namespace rapport::alliance
