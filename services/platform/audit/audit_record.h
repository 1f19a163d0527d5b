// Audit records: who did or saw what of whom, when; never content. Made of a call, sealed with the
// agency's key, so that they outlive an erased family. The chain, disclosures and commits make
// them, audit queries open them. Pure functions.
#pragma once

#include "platform/base/call_context.h"
#include "platform/crypto/sealer.h"

#include <absl/status/statusor.h>
#include <rapport/internal/v1/sealed.pb.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rapport::audit {

// "service/NAME" for another service's call, "system" when nobody called, else the token's subject.
std::string ActorOf(const CallContext& context);

// Actor, method, viewer, family, trace and times of the call; the caller adds action and resource.
internal::v1::AuditRecord RecordOf(const CallContext& context, std::int64_t at_us,
                                   std::int64_t recorded_us);

// `sealer` is the agency's. The sequence is not part of what it is sealed for: that is given inside
// the transaction, and the chain's MAC covers it.
std::string SealRecord(const crypto::Sealer& sealer, std::string_view service,
                       std::string_view agency, const internal::v1::AuditRecord& record);

// DATA_LOSS: not sealed by this service for this agency.
absl::StatusOr<internal::v1::AuditRecord> OpenRecord(const crypto::Sealer& sealer,
                                                     std::string_view service,
                                                     std::string_view agency,
                                                     std::string_view sealed);

}  // namespace rapport::audit
