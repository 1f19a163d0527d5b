#include "platform/records/eraser.h"

#include "platform/audit/audit_log.h"
#include "platform/audit/audit_record.h"
#include "platform/base/agency_work.h"
#include "platform/base/status_macros.h"
#include "platform/records/erased_rows.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

namespace rapport::records {
namespace {

constexpr std::string_view kErased = "family.erase";

}  // namespace

Task<absl::Status> Eraser::Erase(CallContext& context, std::string agency, std::string family) {
  // Of the transaction only its thread is wanted: the list waits for a disk, handlers' threads
  // don't.
  CO_RETURN_IF_ERROR(co_await deps_.db.Write(
      context, [&](db::Tx&) { return deps_.list.Add(agency, family, deps_.machine.NowMicros()); }));
  CO_RETURN_IF_ERROR(co_await deps_.keys.Destroy(context, agency, family));
  co_return (co_await DeleteRows(context, std::move(agency), std::move(family), false)).status();
}

Task<absl::StatusOr<bool>> Eraser::TrailTells(CallContext& context, std::string agency,
                                              std::string family) const {
  const audit::AuditLog log(deps_.chain.service(), deps_.db, deps_.keys);
  audit::LogRange lines;
  lines.family = std::move(family);
  bool told = false;
  const auto look = [&told](const audit::AuditLine& line) {
    told = line.record.action() == kErased;
    return !told;
  };
  do {
    const auto next = co_await log.Read(context, agency, lines, look);
    // A trail that can't be read keeps no family from being erased: a line too many is none
    // missing.
    if (absl::IsDataLoss(next.status())) co_return false;
    CO_RETURN_IF_ERROR(next.status());
    lines.after = *next;
  } while (!told && lines.after != 0);
  co_return told;
}

// True: there was something. `always`: a line says so even when there was nothing. A line is in the
// transaction that took the rows, so whether there is one is asked of the trail: neither the list
// nor the rows say what became of a commit whose outcome nobody heard.
Task<absl::StatusOr<bool>> Eraser::DeleteRows(CallContext& context, std::string agency,
                                              std::string family, bool always) {
  ScatteredRows scattered;
  bool any = false;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(any, HasRecords(tx, agency, family));
    ASSIGN_OR_RETURN(scattered, FindScattered(tx, agency, family));
    return absl::OkStatus();
  }));
  any = any || !scattered.empty();
  if (!any && !always) {
    CO_ASSIGN_OR_RETURN(const bool told, co_await TrailTells(context, agency, family));
    if (told) co_return false;
  }

  auto record = audit::RecordOf(context, deps_.clock.NowMicros(), deps_.machine.NowMicros());
  record.set_action(std::string(kErased));
  record.set_family(family);
  CO_ASSIGN_OR_RETURN(const auto sealer, co_await deps_.keys.FindOrCreate(
                                             context, agency, "", crypto::KeyClass::kRecord));
  const audit::AuditChain::Entry line{
      .family = family,
      .at_us = record.at_us(),
      .recorded_us = record.recorded_us(),
      .sealed = audit::SealRecord(*sealer, deps_.chain.service(), agency, record)};
  if (deps_.empty_log) deps_.empty_log();
  std::int64_t sequence = 0;
  bool meanwhile = false;
  const absl::Status done = co_await deps_.db.Write(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const bool deleted, DeleteFamily(tx, agency, family, scattered));
    // Another call took what was seen above, and its line tells of it.
    meanwhile = any && !deleted;
    if (meanwhile) return absl::OkStatus();
    ASSIGN_OR_RETURN(sequence, deps_.chain.Append(tx, agency, line));
    return absl::OkStatus();
  });
  // They may be gone: erasing again finds nothing then, and tells nobody.
  if (!meanwhile && (done.ok() || db::IsCommitUnknown(done))) {
    co_await deps_.records.TellFollowers(std::move(agency), std::move(family), sequence);
  }
  CO_RETURN_IF_ERROR(done);
  co_return any;
}

Task<absl::StatusOr<int>> Eraser::EraseAgain(CallContext& context) {
  CO_ASSIGN_OR_RETURN(const auto known, co_await deps_.keys.AllErased(context));
  for (const crypto::ErasedFamily& one : known) {
    CO_RETURN_IF_ERROR(deps_.list.Add(one.agency, one.family, one.erased_us));
  }
  std::map<std::string, std::vector<std::string>> listed;  // by agency
  for (crypto::ErasedFamily& one : deps_.list.All()) {
    listed[one.agency].push_back(std::move(one.family));
  }
  int came_back = 0;
  for (const auto& [agency, families] : listed) {
    context.principal = WorkFor(agency, "system");
    std::set<std::string, std::less<>> left;
    CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(left, FamiliesLeft(tx, agency, families));
      return absl::OkStatus();
    }));
    for (const std::string& family : families) {
      CO_ASSIGN_OR_RETURN(const bool key_back,
                          co_await deps_.keys.DestroyAgain(context, agency, family));
      if (!key_back && !left.contains(family)) continue;
      CO_RETURN_IF_ERROR((co_await DeleteRows(context, agency, family, key_back)).status());
      ++came_back;
    }
  }
  co_return came_back;
}

}  // namespace rapport::records
