#include "platform/records/tables.h"

// What the statements below have in common.
#define RAPPORT_RECORD_COLUMNS                                            \
  "kind, family_id, id, parent_id, state, sort_us, version, created_us, " \
  "updated_us, payload"
#define RAPPORT_INSERTED                                                  \
  " (agency_id, family_id, kind, id, parent_id, state, sort_us, version," \
  " created_us, updated_us, payload) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
#define RAPPORT_ONE " WHERE agency_id = $1 AND family_id = $2 AND kind = $3 AND id = $4"
#define RAPPORT_LISTED                                         \
  " WHERE agency_id = $1 AND kind = $2 AND family_id = $3"     \
  " AND (sort_us, id) > ($4, $5) AND (sort_us, id) < ($6, $7)" \
  " AND ($8 = 0 OR parent_id = $9) AND ($10 = 0 OR state = $11)"
#define RAPPORT_OLDEST_FIRST " ORDER BY sort_us, id LIMIT $12"
#define RAPPORT_NEWEST_FIRST " ORDER BY sort_us DESC, id DESC LIMIT $12"

namespace rapport::records {
namespace {

constexpr Table kRecords{
    .insert = "INSERT INTO record" RAPPORT_INSERTED,
    .select_one = "SELECT " RAPPORT_RECORD_COLUMNS " FROM record" RAPPORT_ONE,
    .list = "SELECT " RAPPORT_RECORD_COLUMNS " FROM record" RAPPORT_LISTED RAPPORT_OLDEST_FIRST,
    .list_newest =
        "SELECT " RAPPORT_RECORD_COLUMNS " FROM record" RAPPORT_LISTED RAPPORT_NEWEST_FIRST};
constexpr Table kPsychotherapy{
    .insert = "INSERT INTO record_psychotherapy" RAPPORT_INSERTED,
    .select_one = "SELECT " RAPPORT_RECORD_COLUMNS " FROM record_psychotherapy" RAPPORT_ONE,
    .list = "SELECT " RAPPORT_RECORD_COLUMNS
            " FROM record_psychotherapy" RAPPORT_LISTED RAPPORT_OLDEST_FIRST,
    .list_newest = "SELECT " RAPPORT_RECORD_COLUMNS
                   " FROM record_psychotherapy" RAPPORT_LISTED RAPPORT_NEWEST_FIRST};
constexpr Table kSubstanceUse{
    .insert = "INSERT INTO record_substance_use" RAPPORT_INSERTED,
    .select_one = "SELECT " RAPPORT_RECORD_COLUMNS " FROM record_substance_use" RAPPORT_ONE,
    .list = "SELECT " RAPPORT_RECORD_COLUMNS
            " FROM record_substance_use" RAPPORT_LISTED RAPPORT_OLDEST_FIRST,
    .list_newest = "SELECT " RAPPORT_RECORD_COLUMNS
                   " FROM record_substance_use" RAPPORT_LISTED RAPPORT_NEWEST_FIRST};

}  // namespace

const Table& TableOf(crypto::KeyClass key_class) {
  switch (key_class) {
    case crypto::KeyClass::kRecord:
      return kRecords;
    case crypto::KeyClass::kPsychotherapy:
      return kPsychotherapy;
    case crypto::KeyClass::kSubstanceUse:
      return kSubstanceUse;
  }
  return kRecords;
}

// In the order of the primary key, and put in that of lists by the caller: an order of its own
// makes record_by_state as good in the eyes of PostgreSQL while it knows no statistics of the table
// (a new one, or one just moved or restored), and that reads the whole agency for one family.
const char kSelectFamily[] =
    "SELECT " RAPPORT_RECORD_COLUMNS
    " FROM record"
    " WHERE agency_id = $1 AND family_id = $2 AND kind >= $3 AND kind <= $4"
    " ORDER BY kind, id";
const char kSelectHistory[] =
    "SELECT " RAPPORT_RECORD_COLUMNS
    " FROM record_history"
    " WHERE agency_id = $1 AND family_id = $2 AND kind = $3 AND id = $4 ORDER BY version";

const char kListState[] = "SELECT " RAPPORT_RECORD_COLUMNS
                          " FROM record"
                          " WHERE agency_id = $1 AND kind = $2 AND state = $3"
                          " AND (sort_us, id) > ($4, $5) AND (sort_us, id) < ($6, $7)"
                          " AND ($8 = 0 OR parent_id = $9)"
                          " ORDER BY sort_us, id LIMIT $10";
const char kListStateNewest[] = "SELECT " RAPPORT_RECORD_COLUMNS
                                " FROM record"
                                " WHERE agency_id = $1 AND kind = $2 AND state = $3"
                                " AND (sort_us, id) > ($4, $5) AND (sort_us, id) < ($6, $7)"
                                " AND ($8 = 0 OR parent_id = $9)"
                                " ORDER BY sort_us DESC, id DESC LIMIT $10";
const char kFirstState[] =
    "SELECT state FROM record WHERE agency_id = $1 AND kind = $2 ORDER BY state LIMIT 1";
const char kNextState[] =
    "SELECT state FROM record WHERE agency_id = $1 AND kind = $2 AND state > $3"
    " ORDER BY state LIMIT 1";

}  // namespace rapport::records
