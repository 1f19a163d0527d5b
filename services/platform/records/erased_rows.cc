#include "platform/records/erased_rows.h"

#include "platform/base/status_macros.h"
#include "platform/records/outbox.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::records {
namespace {

using db::Blob;

constexpr char kSelectClaims[] =
    "SELECT value_hmac FROM claim WHERE agency_id = $1 AND family_id = $2";
constexpr char kSelectAnswers[] =
    "SELECT caller_hmac, request_id FROM answer WHERE agency_id = $1 AND family_id = $2";
constexpr char kSelectEvents[] =
    "SELECT sequence FROM outbox"
    " WHERE agency_id = $1 AND family_id = $2 AND event_type <> $3";
constexpr char kSelectClaimants[] = "SELECT DISTINCT family_id FROM claim WHERE agency_id = $1";
constexpr char kSelectAnswered[] = "SELECT DISTINCT family_id FROM answer WHERE agency_id = $1";
constexpr char kSelectSubjects[] =
    "SELECT DISTINCT family_id FROM outbox WHERE agency_id = $1 AND event_type <> $2";
constexpr char kSelectRecord[] =
    "SELECT version FROM record WHERE agency_id = $1 AND family_id = $2 LIMIT 1";
constexpr char kSelectHistory[] =
    "SELECT version FROM record_history WHERE agency_id = $1 AND family_id = $2 LIMIT 1";
constexpr char kDeleteRecords[] = "DELETE FROM record WHERE agency_id = $1 AND family_id = $2";
constexpr char kDeleteHistory[] =
    "DELETE FROM record_history WHERE agency_id = $1 AND family_id = $2";
constexpr char kSelectPsychotherapy[] =
    "SELECT version FROM record_psychotherapy WHERE agency_id = $1 AND family_id = $2 LIMIT 1";
constexpr char kSelectSubstanceUse[] =
    "SELECT version FROM record_substance_use WHERE agency_id = $1 AND family_id = $2 LIMIT 1";
constexpr char kDeletePsychotherapy[] =
    "DELETE FROM record_psychotherapy WHERE agency_id = $1 AND family_id = $2";
constexpr char kDeleteSubstanceUse[] =
    "DELETE FROM record_substance_use WHERE agency_id = $1 AND family_id = $2";
constexpr char kDeleteClaim[] = "DELETE FROM claim WHERE agency_id = $1 AND value_hmac = $2";
constexpr char kDeleteAnswer[] =
    "DELETE FROM answer WHERE agency_id = $1 AND caller_hmac = $2 AND request_id = $3";
constexpr char kDeleteEvent[] = "DELETE FROM outbox WHERE agency_id = $1 AND sequence = $2";
constexpr char kMoveRevision[] =
    "UPDATE family_revision SET revision = revision + 1 WHERE agency_id = $1 AND family_id = $2";

}  // namespace

absl::StatusOr<ScatteredRows> FindScattered(db::Tx& tx, std::string_view agency,
                                            std::string_view family) {
  ScatteredRows rows;
  RETURN_IF_ERROR(tx.Run(kSelectClaims, {agency, Blob{family}}, [&](const db::Row& row) {
                      rows.claims.emplace_back(row.Bytes(0));
                    }).status());
  RETURN_IF_ERROR(tx.Run(kSelectAnswers, {agency, Blob{family}}, [&](const db::Row& row) {
                      rows.answers.emplace_back(row.Bytes(0), row.Bytes(1));
                    }).status());
  RETURN_IF_ERROR(tx.Run(kSelectEvents,
                         {agency, Blob{family}, internal::v1::EVENT_TYPE_FAMILY_ERASED},
                         [&](const db::Row& row) { rows.events.push_back(row.Int(0)); })
                      .status());
  return rows;
}

absl::StatusOr<bool> HasRecords(db::Tx& tx, std::string_view agency, std::string_view family) {
  for (const char* any :
       {kSelectRecord, kSelectHistory, kSelectPsychotherapy, kSelectSubstanceUse}) {
    ASSIGN_OR_RETURN(const std::int64_t rows, tx.Run(any, {agency, Blob{family}}));
    if (rows > 0) return true;
  }
  return false;
}

absl::StatusOr<std::set<std::string, std::less<>>> FamiliesLeft(
    db::Tx& tx, std::string_view agency, const std::vector<std::string>& families) {
  std::set<std::string, std::less<>> asked(families.begin(), families.end()), left;
  const auto note = [&](const db::Row& row) {
    const auto found = asked.find(row.Bytes(0));
    if (found != asked.end()) left.insert(*found);
  };
  RETURN_IF_ERROR(tx.Run(kSelectClaimants, {agency}, note).status());
  RETURN_IF_ERROR(tx.Run(kSelectAnswered, {agency}, note).status());
  RETURN_IF_ERROR(
      tx.Run(kSelectSubjects, {agency, internal::v1::EVENT_TYPE_FAMILY_ERASED}, note).status());
  for (const std::string& family : asked) {
    if (left.contains(family)) continue;
    ASSIGN_OR_RETURN(const bool any, HasRecords(tx, agency, family));
    if (any) left.insert(family);
  }
  return left;
}

absl::StatusOr<bool> DeleteFamily(db::Tx& tx, std::string_view agency, std::string_view family,
                                  const ScatteredRows& scattered) {
  // The revision first: whoever is about to commit under the one before has either done so, and its
  // rows are seen below, or finds it moved.
  RETURN_IF_ERROR(tx.Run(kMoveRevision, {agency, Blob{family}}).status());
  std::int64_t deleted = 0;
  const auto add = [&deleted](const absl::StatusOr<std::int64_t>& rows) {
    if (rows.ok()) deleted += *rows;
    return rows.status();
  };
  for (const char* all :
       {kDeleteRecords, kDeleteHistory, kDeletePsychotherapy, kDeleteSubstanceUse}) {
    RETURN_IF_ERROR(add(tx.Run(all, {agency, Blob{family}})));
  }
  for (const std::string& claim : scattered.claims) {
    RETURN_IF_ERROR(add(tx.Run(kDeleteClaim, {agency, Blob{claim}})));
  }
  for (const auto& [caller, request_id] : scattered.answers) {
    RETURN_IF_ERROR(add(tx.Run(kDeleteAnswer, {agency, Blob{caller}, request_id})));
  }
  for (const std::int64_t sequence : scattered.events) {
    RETURN_IF_ERROR(add(tx.Run(kDeleteEvent, {agency, sequence})));
  }
  ASSIGN_OR_RETURN(const auto parked, Outbox::ListParked(tx, agency));
  for (const Outbox::Parked& queue : parked) {
    if (queue.family != family) continue;
    RETURN_IF_ERROR(Outbox::Retry(tx, agency, queue.destination, family));
  }
  return deleted > 0;
}

}  // namespace rapport::records
