// ConsentLaw: who consents for a minor, by the law of a place. Rules as data; pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rapport::intake {

// Of the parents and guardians on file, as the genogram says. One with sole custody is always the
// one who is asked, and what a parent gave who has none, or visits only, never counts.
enum class ParentsAsked : std::uint8_t {
  kAny,           // one of them is enough
  kJointCustody,  // each with joint custody on file; without such a paper one is enough
  kAll,           // each
};

struct ConsentLaw {
  std::string_view jurisdiction;  // what an agency's `jurisdiction` setting says
  // From this age a minor may consent to their own outpatient therapy, and to what goes with it,
  // when the clinician finds that they understand it. 18: never.
  int own_years;
  ParentsAsked parents;
  std::string_view source;
};

// All that are known. The first is for everywhere else.
std::span<const ConsentLaw> ConsentLaws();
const ConsentLaw& ConsentLawOf(std::string_view jurisdiction);

}  // namespace rapport::intake
