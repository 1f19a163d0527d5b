#include "platform/records/tell_again.h"

#include "platform/base/status_macros.h"

namespace rapport::records {
namespace {

constexpr char kSelectCursor[] =
    "SELECT sequence FROM delivery WHERE agency_id = $1 AND destination = $2";
// Times don't always rise with the sequences: several replicas append. From the first event that is
// not older on, all of them count.
constexpr char kSelectFirst[] =
    "SELECT sequence, created_us FROM outbox WHERE agency_id = $1 AND created_us >= $2"
    " ORDER BY sequence LIMIT 1";
// By its revision a relay finds that the queue is another one.
constexpr char kPutBack[] =
    "UPDATE delivery SET sequence = $3, revision = revision + 1"
    " WHERE agency_id = $1 AND destination = $2 AND sequence > $3";
constexpr char kUnpark[] =
    "DELETE FROM parked WHERE agency_id = $1 AND destination = $2 AND sequence > $3";

}  // namespace

// The events of a family that stopped behind that place come with the others'. One that stopped
// before it still waits there.
absl::StatusOr<std::optional<std::int64_t>> TellAgain(db::Tx& tx, std::string_view agency,
                                                      std::string_view destination,
                                                      std::int64_t since_us) {
  ASSIGN_OR_RETURN(const std::int64_t told,
                   tx.Run(kSelectCursor, {agency, destination}, [](const db::Row&) {}));
  std::int64_t first = 0;
  std::optional<std::int64_t> oldest_us;
  RETURN_IF_ERROR(tx.Run(kSelectFirst, {agency, since_us}, [&](const db::Row& row) {
                      first = row.Int(0);
                      oldest_us = row.Int(1);
                    }).status());
  if (told == 0 || !oldest_us) return std::nullopt;
  RETURN_IF_ERROR(tx.Run(kPutBack, {agency, destination, first - 1}).status());
  RETURN_IF_ERROR(tx.Run(kUnpark, {agency, destination, first - 1}).status());
  return oldest_us;
}

}  // namespace rapport::records
