// How long a family's records are kept after the end of treatment, by law and by the agency, and
// what stands in the way of erasing them. Rules as data; pure.
#pragma once

#include "intake/case_file.h"
#include "platform/base/machine.h"

#include <rapport/intake/v1/erasure.pb.h>
#include <rapport/intake/v1/record_requests.pb.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace rapport::intake {

// What the law of one place asks for. Years are calendar years from the day treatment ended or the
// minor came of age. For a family the latest date among its members holds (domain.md 10.9).
struct RetentionRule {
  std::string_view jurisdiction;  // what an agency's `jurisdiction` setting says
  int adult_years;                // from the end of treatment
  int majority_age;               // below it at the end of treatment: a minor; 0: all ages alike
  int minor_years;                // from coming of age
  int minor_least_years;          // ... and at least so long from the end of treatment
  std::string_view source;
};

// Every law that is known here, each with where it says so.
std::span<const RetentionRule> RetentionRules();
// Elsewhere the agency's own years are the rule, a minor's from the 18th birthday.
RetentionRule RetentionRuleOf(std::string_view jurisdiction, int agency_years);

// The first moment at which nothing keeps the records any more, microseconds since 1970 UTC: the
// day after the latest date. `agency_years`: what the agency promises beside the law. 0: treatment
// has not ended. A member of unknown age counts as born the day treatment ended, unless the role is
// an adult's.
std::int64_t RetainedUntil(const CaseFile& file, const RetentionRule& rule, int agency_years);

// All that is in the way of erasing the family at `now_us`; empty: nothing. Types: CASE_NOT_CLOSED,
// LEGAL_HOLD (one for each in force), RECORD_REQUEST_OPEN (one for each that is not decided),
// RETENTION_NOT_OVER.
std::vector<Unmet> UnmetForErasure(const CaseFile& file, std::span<const v1::LegalHold> holds,
                                   std::span<const v1::RecordRequest> requests,
                                   std::int64_t retained_until_us, std::int64_t now_us);

// How long a request for erasure waits for its second administrator.
inline constexpr std::int64_t kApprovalWithinUs = 30ll * 24 * 3'600 * 1'000'000;

// What happens to one, or to its family while it is the newest; kTime: it lapses.
enum class ErasureEvent : std::uint8_t {
  kRequest,
  kTime,
  kApprove,
  kWithdraw,
  kReport,
  kLastReport
};
using ErasureMachine = Machine<v1::ErasureState, ErasureEvent>;
const ErasureMachine& ErasureLife();

// REQUESTED lapses by itself; everything else is as stored.
v1::ErasureState StateAt(const v1::Erasure& erasure, std::int64_t now_us);

// Notes that `service` is done; DONE with the last one. False: it was noted before, or is no
// service of this erasure.
bool NoteDone(std::string_view service, std::int64_t now_us, v1::Erasure* erasure);

}  // namespace rapport::intake
