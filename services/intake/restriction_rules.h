// Restrictions that were granted (45 CFR 164.522): what they keep from whom, whatever was consented
// to. Pure.
#pragma once

#include "intake/consent_rules.h"

#include <rapport/intake/v1/record_requests.pb.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rapport::intake {

// What may be told to a recipient.
struct ReleaseFinding {
  // As FindConsent, and not permitted where a restriction names the recipient.
  ConsentFinding consent;
  // Restrictions of that member that hold: those that name the recipient, and those in words alone,
  // which permit or forbid nothing by themselves. Names, in order; none of a purpose that has no
  // recipient.
  std::vector<std::string> restrictions;
};

// `requests`: the family's, of every kind. Who consents to the recipient anew after a restriction
// was granted ends it (164.522(a)(2)).
ReleaseFinding FindRelease(const CaseFile& file, std::span<const v1::RecordRequest> requests,
                           const ConsentQuestion& question, std::int64_t at_us);

}  // namespace rapport::intake
