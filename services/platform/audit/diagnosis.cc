// What happened to the first row that does not follow from the one before it.
#include "platform/audit/audit_chain.h"
#include "platform/audit/audit_record.h"
#include "platform/audit/verifier_walk.h"
#include "platform/base/status_macros.h"

#include <algorithm>
#include <vector>

namespace rapport::audit {
namespace {

constexpr char kSelectNext[] =
    "SELECT sequence, block, at_us, recorded_us, family_id, sealed, mac FROM audit"
    " WHERE agency_id = $1 AND sequence = $2";

}  // namespace

// A line whose record opens was written by this service for this agency. Its other columns follow
// from the record and the row before, so it can be rebuilt as it must have stood here. If the
// rebuilt row has the stored MAC, or the chain goes on from it, only columns beside the record were
// edited; otherwise it is a good line in a wrong place.
absl::StatusOr<Fault> Verifier::Diagnose(db::Tx& tx, const Walk& walk) const {
  const Suspect& suspect = *walk.suspect;
  const auto record = OpenRecord(*walk.sealer, service_, walk.agency, suspect.sealed);
  if (!record.ok()) {
    ASSIGN_OR_RETURN(const bool foreign, IsForeign(tx, walk));
    return foreign ? Fault::kForeign : Fault::kEdited;
  }
  AuditRow rebuilt = suspect.row();
  rebuilt.at_us = std::max(walk.at_us, record->at_us());
  rebuilt.recorded_us = std::max(walk.recorded_us, record->recorded_us());
  rebuilt.family = record->family();
  const std::string mac = RowMac(*walk.mac_key, walk.report.verified.mac, rebuilt);
  if (mac == suspect.mac) return Fault::kEdited;
  if (suspect.sequence == walk.report.head.sequence && mac == walk.report.head.mac) {
    return Fault::kEdited;
  }
  bool goes_on = false;
  RETURN_IF_ERROR(tx.Run(kSelectNext, {walk.agency, suspect.sequence + 1}, [&](const db::Row& row) {
                      const Suspect next(row);
                      goes_on = RowMac(*walk.mac_key, mac, next.row()) == next.mac;
                    }).status());
  return goes_on ? Fault::kEdited : Fault::kReordered;
}

absl::StatusOr<bool> Verifier::IsForeign(db::Tx& tx, const Walk& walk) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> agencies, AuditChain::Agencies(tx));
  return std::ranges::any_of(agencies, [&](const std::string& agency) {
    const auto sealer = keys_.Find(agency, "", crypto::KeyClass::kRecord);
    return agency != walk.agency && sealer.ok() &&
           OpenRecord(**sealer, service_, agency, walk.suspect->sealed).ok();
  });
}

}  // namespace rapport::audit
