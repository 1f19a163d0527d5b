// Record kinds of what the law asks of the record, and their names: legal holds and record
// requests, which lie under a family, and erasures, which belong to the agency and outlive it.
// Numbers are for ever and disjoint from those of intake_store.h.
#pragma once

#include <string_view>

namespace rapport::intake {

inline constexpr int kLegalHold = 16, kRecordRequest = 17, kErasure = 29;

inline constexpr std::string_view kLegalHoldPattern = "families/{family}/legalHolds/{legal_hold}";
inline constexpr std::string_view kRecordRequestPattern =
    "families/{family}/recordRequests/{record_request}";
inline constexpr std::string_view kErasurePattern = "erasures/{erasure}";

}  // namespace rapport::intake
