#include "platform/audit/audit_chain.h"

#include "platform/audit/audit_row.h"
#include "platform/base/status_macros.h"

#include <algorithm>
#include <utility>

namespace rapport::audit {
namespace {

using db::Blob;

constexpr char kSelectHead[] =
    "SELECT audit_sequence, mac, outbox_sequence FROM audit_head WHERE agency_id = $1";
constexpr char kSelectAgencies[] =
    "SELECT agency_id FROM audit_head WHERE agency_id > $1 ORDER BY agency_id";
constexpr char kSelectLast[] =
    "SELECT at_us, recorded_us, mac FROM audit WHERE agency_id = $1 AND sequence = $2";
constexpr char kInsertHead[] =
    "INSERT INTO audit_head (agency_id, audit_sequence, mac, outbox_sequence)"
    " VALUES ($1, $2, $3, $4)";
constexpr char kUpdateHead[] =
    "UPDATE audit_head SET audit_sequence = $2, mac = $3, outbox_sequence = $4"
    " WHERE agency_id = $1 AND audit_sequence = $5 AND outbox_sequence = $6";
// Takes the head's row until the transaction ends: an update of nothing, since the dialect has no
// other lock. What it returns is what the writer before left.
constexpr char kTakeHead[] =
    "UPDATE audit_head SET audit_sequence = audit_sequence WHERE agency_id = $1"
    " RETURNING audit_sequence, mac, outbox_sequence";
constexpr char kBeginHead[] =
    "INSERT INTO audit_head (agency_id, audit_sequence, mac, outbox_sequence)"
    " VALUES ($1, $2, $3, $4) ON CONFLICT (agency_id) DO NOTHING";
constexpr char kInsertRow[] =
    "INSERT INTO audit"
    " (agency_id, sequence, block, at_us, recorded_us, family_id, sealed, mac)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

}  // namespace

AuditChain::AuditChain(const crypto::SuiteSecret& suite, std::string service, Writers writers)
    : service_(std::move(service)),
      keys_(suite, crypto::SuiteKey::kAudit, service_),
      writers_(writers) {}

AuditChain::Known& AuditChain::Mine() {
  if (writers_ == Writers::kOne) return only_;
  std::lock_guard lock(mutex_);
  std::unique_ptr<Known>& mine = of_thread_[std::this_thread::get_id()];
  if (mine == nullptr) mine = std::make_unique<Known>();
  return *mine;
}

// False: there is none yet.
absl::StatusOr<bool> AuditChain::Take(db::Tx& tx, std::string_view agency, Position& at) {
  ASSIGN_OR_RETURN(const std::int64_t heads, tx.Run(kTakeHead, {agency}, [&](const db::Row& row) {
    at.audit = row.Int(0);
    at.mac = row.Bytes(1);
    at.outbox = row.Int(2);
  }));
  return heads == 1;
}

absl::Status AuditChain::Load(db::Tx& tx, std::string_view agency, Head& head) const {
  Position& at = head.stored;
  at.mac = GenesisMac();
  if (writers_ == Writers::kMany) {
    ASSIGN_OR_RETURN(head.in_database, Take(tx, agency, at));
    if (!head.in_database) {
      // Of several who begin it one does; the others wait for that one here.
      RETURN_IF_ERROR(tx.Run(kBeginHead, {agency, 0, Blob{at.mac}, 0}).status());
      ASSIGN_OR_RETURN(head.in_database, Take(tx, agency, at));
    }
  } else {
    ASSIGN_OR_RETURN(const std::int64_t heads,
                     tx.Run(kSelectHead, {agency}, [&](const db::Row& row) {
                       at.audit = row.Int(0);
                       at.mac = row.Bytes(1);
                       at.outbox = row.Int(2);
                     }));
    head.in_database = heads == 1;
  }
  if (at.audit > 0) {
    bool whole = false;
    RETURN_IF_ERROR(tx.Run(kSelectLast, {agency, at.audit}, [&](const db::Row& row) {
                        at.at_us = row.Int(0);
                        at.recorded_us = row.Int(1);
                        whole = row.Bytes(2) == at.mac;
                      }).status());
    if (!whole) return absl::DataLossError("the audit chain's head is not its last row");
  }
  head.now = at;
  return absl::OkStatus();
}

absl::StatusOr<AuditChain::Head*> AuditChain::Touch(db::Tx& tx, std::string_view agency) {
  Known& mine = Mine();
  auto found = mine.heads.find(agency);
  if (found == mine.heads.end()) {
    Head loaded;
    loaded.key = &keys_.Of(agency);
    RETURN_IF_ERROR(Load(tx, agency, loaded));
    found = mine.heads.emplace(agency, std::move(loaded)).first;
  }
  Head& head = found->second;
  if (!head.touched) {
    head.touched = true;
    head.before = head.now;
    mine.touched.push_back(&head);
  }
  if (!head.changed) {
    head.changed = true;
    mine.changed.push_back(&*found);
  }
  return &head;
}

absl::StatusOr<std::int64_t> AuditChain::Append(db::Tx& tx, std::string_view agency,
                                                const Entry& entry) {
  ASSIGN_OR_RETURN(Head* const head, Touch(tx, agency));
  Position& at = head->now;
  const AuditRow row{.sequence = at.audit + 1,
                     .at_us = std::max(at.at_us, entry.at_us),
                     .recorded_us = std::max(at.recorded_us, entry.recorded_us),
                     .family = entry.family,
                     .sealed = entry.sealed};
  std::string mac = RowMac(*head->key, at.mac, row);
  RETURN_IF_ERROR(
      tx.Run(kInsertRow, {agency, row.sequence, row.sequence / kBlockRows, row.at_us,
                          row.recorded_us, Blob{row.family}, Blob{row.sealed}, Blob{mac}})
          .status());
  at.audit = row.sequence;
  appended_.fetch_add(1, std::memory_order_relaxed);
  at.at_us = row.at_us;
  at.recorded_us = row.recorded_us;
  at.mac = std::move(mac);
  return row.sequence;
}

absl::StatusOr<std::int64_t> AuditChain::NextEvent(db::Tx& tx, std::string_view agency) {
  ASSIGN_OR_RETURN(Head* const head, Touch(tx, agency));
  return ++head->now.outbox;
}

absl::StatusOr<std::vector<std::string>> AuditChain::Agencies(db::Tx& tx) {
  std::vector<std::string> agencies;
  RETURN_IF_ERROR(tx.Run(kSelectAgencies, {""}, [&](const db::Row& row) {
                      agencies.emplace_back(row.Bytes(0));
                    }).status());
  return agencies;
}

void AuditChain::Known::Untouch() {
  for (Head* head : touched) head->touched = false;
  touched.clear();
}

// Among many writers a piece of work is a transaction, and what the one before knew is over.
void AuditChain::OnSavepoint() {
  Known& mine = Mine();
  writers_ == Writers::kMany ? mine.Clear() : mine.Untouch();
}

void AuditChain::OnRollback() {
  Known& mine = Mine();
  for (Head* head : mine.touched) head->now = head->before;
  OnSavepoint();
}

absl::StatusOr<bool> AuditChain::Store(db::Tx& tx, std::string_view agency, Head& head) {
  const Position& now = head.now;
  const Position& stored = head.stored;
  if (!head.in_database) {
    return tx.Run(kInsertHead, {agency, now.audit, Blob{now.mac}, now.outbox}).ok();
  }
  ASSIGN_OR_RETURN(const std::int64_t rows,
                   tx.Run(kUpdateHead, {agency, now.audit, Blob{now.mac}, now.outbox, stored.audit,
                                        stored.outbox}));
  return rows == 1;
}

absl::Status AuditChain::StoreAll(db::Tx& tx, Known& mine) {
  mine.Untouch();
  for (auto* const entry : mine.changed) {
    Head& head = entry->second;
    head.changed = false;
    if (head.now.audit == head.stored.audit && head.now.outbox == head.stored.outbox) continue;
    auto stored = Store(tx, entry->first, head);
    if (!stored.ok() || !*stored) {
      // Another writer moved the chain on, or the commit before this one never happened.
      mine.Clear();
      return stored.ok() ? absl::AbortedError("the audit chain moved on elsewhere")
                         : stored.status();
    }
    head.in_database = true;
    head.stored = head.now;
  }
  mine.changed.clear();
  return absl::OkStatus();
}

absl::Status AuditChain::BeforeCommit(db::Tx& tx) {
  Known& mine = Mine();
  absl::Status stored = StoreAll(tx, mine);
  if (writers_ == Writers::kMany) mine.Clear();
  return stored;
}

}  // namespace rapport::audit
