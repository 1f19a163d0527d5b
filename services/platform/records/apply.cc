#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/records/sealed_changes.h"
#include "platform/records/tables.h"
#include "platform/schema/errors.h"

#include <absl/strings/cord.h>

namespace rapport::records {
namespace {

using db::Blob;
using Impl = Changes::Impl;

constexpr schema::Reason kDuplicate{"DUPLICATE_REQUEST", absl::StatusCode::kAborted,
                                    "a request with this id is being answered; repeat it"};
constexpr schema::Reason kAppliedBefore{"EVENT_APPLIED", absl::StatusCode::kAborted,
                                        "this event was applied before"};
// Stays inside the process: index names may hold inner ids.
constexpr char kTakenIndex[] = "rapport/taken-index";

constexpr char kInsertAnswer[] =
    "INSERT INTO answer (agency_id, caller_hmac, request_id, family_id, key_class, expires_us, "
    "reply)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)";
constexpr char kSelectApplied[] =
    "SELECT sequence FROM inbox WHERE agency_id = $1 AND family_id = $2 AND source = $3";
constexpr char kInsertApplied[] =
    "INSERT INTO inbox (agency_id, family_id, source, sequence) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (agency_id, family_id, source) DO NOTHING";
constexpr char kUpdateApplied[] =
    "UPDATE inbox SET sequence = $4"
    " WHERE agency_id = $1 AND family_id = $2 AND source = $3 AND sequence = $5";
constexpr char kInsertRevision[] =
    "INSERT INTO family_revision (agency_id, family_id, revision) VALUES ($1, $2, $3)"
    " ON CONFLICT (agency_id, family_id) DO NOTHING";
constexpr char kUpdateRevision[] =
    "UPDATE family_revision SET revision = revision + 1"
    " WHERE agency_id = $1 AND family_id = $2 AND revision = $3";
constexpr char kDeleteClaim[] = "DELETE FROM claim WHERE agency_id = $1 AND value_hmac = $2";
constexpr char kInsertClaim[] =
    "INSERT INTO claim (agency_id, value_hmac, family_id, kind, id) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (agency_id, value_hmac) DO NOTHING";
constexpr char kSelectClaim[] =
    "SELECT family_id, kind, id FROM claim WHERE agency_id = $1 AND value_hmac = $2";
constexpr char kKeepOld[] =
    "INSERT INTO record_history (agency_id, family_id, kind, id, version, parent_id, state, "
    "sort_us,"
    " created_us, updated_us, payload)"
    " SELECT agency_id, family_id, kind, id, version, parent_id, state, sort_us, created_us,"
    " updated_us, payload FROM record"
    " WHERE agency_id = $1 AND family_id = $2 AND kind = $3 AND id = $4 AND version = $5";
constexpr char kUpdateRecord[] =
    "UPDATE record SET parent_id = $6, state = $7, sort_us = $8, version = $9, updated_us = $10,"
    " payload = $11"
    " WHERE agency_id = $1 AND family_id = $2 AND kind = $3 AND id = $4 AND version = $5";

absl::Status Conflict() { return schema::Refused(schema::reasons::kConflict); }

absl::Status ExactlyOne(const absl::StatusOr<std::int64_t>& rows) {
  if (!rows.ok()) return rows.status();
  return *rows == 1 ? absl::OkStatus() : Conflict();
}

absl::Status MarkApplied(db::Tx& tx, std::string_view agency, const Impl::Applied& event) {
  std::int64_t before = 0;
  const Blob family{event.family};
  RETURN_IF_ERROR(tx.Run(kSelectApplied, {agency, family, event.source}, [&](const db::Row& row) {
                      before = row.Int(0);
                    }).status());
  if (before >= event.sequence) return AppliedBeforeError();
  if (before == 0) {
    return ExactlyOne(tx.Run(kInsertApplied, {agency, family, event.source, event.sequence}));
  }
  return ExactlyOne(tx.Run(kUpdateApplied, {agency, family, event.source, event.sequence, before}));
}

absl::Status PutAnswer(db::Tx& tx, std::string_view agency, const SealedChanges::Answer& answer) {
  auto rows = tx.Run(kInsertAnswer,
                     {agency, Blob{answer.caller_hmac}, answer.request_id, Blob{answer.family},
                      static_cast<int>(answer.key_class), answer.expires_us, Blob{answer.reply}});
  return absl::IsAlreadyExists(rows.status()) ? schema::Refused(kDuplicate) : rows.status();
}

absl::Status Pass(db::Tx& tx, std::string_view agency, const Impl::Guarded& guard) {
  const Blob family{guard.family};
  return ExactlyOne(guard.revision == 0
                        ? tx.Run(kInsertRevision, {agency, family, 1})
                        : tx.Run(kUpdateRevision, {agency, family, guard.revision}));
}

absl::Status Change(db::Tx& tx, std::string_view agency, const Impl::ClaimChange& claim,
                    std::string_view hmac) {
  if (claim.release) return tx.Run(kDeleteClaim, {agency, Blob{hmac}}).status();
  ASSIGN_OR_RETURN(
      const std::int64_t rows,
      tx.Run(kInsertClaim, {agency, Blob{hmac}, Blob{claim.family}, claim.kind, Blob{claim.id}}));
  if (rows == 1) return absl::OkStatus();
  bool own = false;
  RETURN_IF_ERROR(tx.Run(kSelectClaim, {agency, Blob{hmac}}, [&](const db::Row& row) {
                      own = row.Bytes(0) == claim.family && row.Int(1) == claim.kind &&
                            row.Bytes(2) == claim.id;
                    }).status());
  if (own) return absl::OkStatus();
  absl::Status taken = absl::AlreadyExistsError("another record has this unique key");
  taken.SetPayload(kTakenIndex, absl::Cord(Absl(claim.index)));
  return taken;
}

absl::Status Write(db::Tx& tx, std::string_view agency, const Impl::Write& write,
                   crypto::KeyClass key_class, std::string_view payload) {
  const Record& r = write.record;
  const Blob family{r.family}, id{r.id}, parent{r.parent}, sealed{payload};
  if (write.before_version == 0) {
    return tx
        .Run(TableOf(key_class).insert, {agency, family, r.kind, id, parent, r.state, r.sort_us,
                                         r.version, r.created_us, r.updated_us, sealed})
        .status();
  }
  if (key_class != crypto::KeyClass::kRecord) {
    return absl::InternalError("what is kept apart is never changed");
  }
  const auto kept = tx.Run(kKeepOld, {agency, family, r.kind, id, write.before_version});
  // Somebody else supersedes the same version at the same time, and was faster.
  if (absl::IsAlreadyExists(kept.status())) return Conflict();
  RETURN_IF_ERROR(ExactlyOne(kept));
  return ExactlyOne(tx.Run(kUpdateRecord, {agency, family, r.kind, id, write.before_version, parent,
                                           r.state, r.sort_us, r.version, r.updated_us, sealed}));
}

}  // namespace

absl::Status AppliedBeforeError() { return schema::Refused(kAppliedBefore); }

bool IsAppliedBefore(const absl::Status& status) {
  return absl::IsAborted(status) && schema::ReasonOf(status) == kAppliedBefore.name;
}

bool IsConflict(const absl::Status& status) {
  return absl::IsAborted(status) && schema::ReasonOf(status) == schema::reasons::kConflict.name;
}

bool IsDuplicateRequest(const absl::Status& status) {
  return absl::IsAborted(status) && schema::ReasonOf(status) == kDuplicate.name;
}

std::string TakenIndex(const absl::Status& status) {
  const auto index = status.GetPayload(kTakenIndex);
  return index ? static_cast<std::string>(*index) : std::string();
}

// The answer comes first: of two equal requests the slower one learns that it is one before it
// finds that the records have moved on.
absl::StatusOr<std::int64_t> Apply(db::Tx& tx, audit::AuditChain& chain,
                                   const SealedChanges& sealed) {
  const Impl& changes = *sealed.changes;
  const std::string_view agency = changes.agency;
  if (changes.applied) RETURN_IF_ERROR(MarkApplied(tx, agency, *changes.applied));
  if (sealed.answer) RETURN_IF_ERROR(PutAnswer(tx, agency, *sealed.answer));
  for (const Impl::Guarded& guard : changes.guards) RETURN_IF_ERROR(Pass(tx, agency, guard));
  for (std::size_t i = 0; i < changes.claims.size(); ++i) {
    RETURN_IF_ERROR(Change(tx, agency, changes.claims[i], sealed.claims[i]));
  }
  for (std::size_t i = 0; i < changes.writes.size(); ++i) {
    RETURN_IF_ERROR(Write(tx, agency, changes.writes[i], sealed.classes[i], sealed.payloads[i]));
  }
  for (const Outbox::Sealed& event : sealed.events) {
    RETURN_IF_ERROR(Outbox::Append(tx, chain, agency, event));
  }
  std::int64_t sequence = 0;
  for (const audit::AuditChain::Entry& entry : sealed.audits) {
    ASSIGN_OR_RETURN(sequence, chain.Append(tx, agency, entry));
  }
  return sequence;
}

}  // namespace rapport::records
