// Emergency opening: from where, by whom, for how long, and what a case is when its time is over.
// Pure.
#pragma once

#include "intake/case_file.h"
#include "platform/base/access_facts.h"

#include <rapport/intake/v1/family_requests.pb.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::intake {

// How long a case may be open before its conditions are met.
inline constexpr std::int64_t kEmergencyUs = 7ll * 24 * 3'600 * 1'000'000;

// Opened in an emergency, and the conditions were not met since.
bool InEmergency(const v1::Family& family);

// Where the case stands at `at_us`: as stored, but ON_HOLD once an emergency's time is over.
v1::FamilyState CaseStateAt(const v1::Family& family, std::int64_t at_us);

// The same in the case itself: when it was put on hold and why. False: it stands as stored.
bool HoldIfOver(std::int64_t at_us, v1::Family* family);

// Begins one at `now_us` in a case that was just opened. The one before, if any, stays with its
// episode.
void BeginEmergency(const v1::OpenInEmergencyRequest& request, std::int64_t now_us,
                    v1::Family* family);

// From its beginning until it is settled or over. Of a case that is or was open in an emergency.
Period EmergencyTime(const v1::Family& family);
// Consents that the emergency stands for: to treatment, also together, of who attends and was not
// asked yet. Not of who took theirs back: an emergency overrules nobody. (member, purpose)
std::vector<std::pair<std::string, v1::ConsentPurpose>> CoveredInEmergency(const CaseFile& file,
                                                                           std::int64_t now_us);

// Every condition of opening in an emergency that is not met, and of opening at all while the
// emergency before was never settled: there is no second week. `supervised`: the supervisor named
// supervises the clinician named.
std::vector<Unmet> UnmetForEmergency(const CaseFile& file, std::string_view clinician,
                                     std::string_view supervisor, bool supervised,
                                     std::int64_t now_us);

}  // namespace rapport::intake
