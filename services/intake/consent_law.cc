#include "intake/consent_law.h"

#include <algorithm>
#include <array>

namespace rapport::intake {
namespace {

constexpr std::array<ConsentLaw, 3> kLaws = {{
    {"", 18, ParentsAsked::kJointCustody,
     "papers on file are followed; the agency's counsel says more"},
    // Either parent with joint custody acts alone unless the order says otherwise.
    {"US-CA", 12, ParentsAsked::kAny,
     "Cal. Fam. Code 6924 and Health & Saf. Code 124260 (12 years), Fam. Code 3083"},
    // The law names no age: courts and the profession presume that 14-year-olds understand.
    {"DE", 14, ParentsAsked::kAll,
     "BGB 1627, 1629, 1687 (1); 12 (3) of the psychotherapists' code (capacity, from 14 presumed)"},
}};

}  // namespace

std::span<const ConsentLaw> ConsentLaws() { return kLaws; }

const ConsentLaw& ConsentLawOf(std::string_view jurisdiction) {
  const auto* found = std::ranges::find(kLaws, jurisdiction, &ConsentLaw::jurisdiction);
  return found == kLaws.end() ? kLaws.front() : *found;
}

}  // namespace rapport::intake
