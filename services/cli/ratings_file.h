// RatingsFile: what a ratings CSV from another system says, for `import roster` and `import
// ratings`. Pure.
//
// Columns, in any order, others are ignored:
//   family_id, member_id, session   the other system's ids; a session's is unique within its family
//   role             of the member: parent, child, step_parent, ...; needed for the roster only
//   session_time     RFC 3339, when the session began; without the column they are weekly
//   professional_id  who is rated, for ratings only; empty: the family's therapist on that day
//   i01, i02, ...    answers by item number; empty: not answered; needed for ratings only, where
//                    each item that is asked of a target has a column (CheckItems)
#pragma once

#include "cli/csv.h"

#include <absl/status/statusor.h>

#include <rapport/alliance/v1/instrument.pb.h>
#include <rapport/alliance/v1/rating_import.pb.h>
#include <rapport/intake/v1/account_requests.pb.h>
#include <rapport/notes/v1/session_requests.pb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rapport::cli {

// What is wrong with one row: without anything the row says.
struct RowFault {
  int line = 0;
  std::string what;
};

struct RatingRows {
  std::vector<alliance::v1::ImportRow> rows;
  std::vector<RowFault> faults;  // rows that can't be sent
};

// Whether the columns are the instrument's items: one that is missing, perhaps misspelt, is not an
// item that nobody answered. INVALID_ARGUMENT: names every item without a column, and every column
// that is no item.
absl::Status CheckItems(const Csv& csv, const alliance::v1::Instrument& instrument);

// Each answer in steps of the instrument's scale; what lies off the scale is sent, for the service
// to refuse. An error: the file has no such columns.
absl::StatusOr<RatingRows> ReadRatings(const Csv& csv, const alliance::v1::Scale& scale);

struct RosterSettings {
  std::string system;     // that the ids belong to
  std::string therapist;  // external id of every family's therapist
  std::int64_t first_session_us =
      -1;  // of every family without session_time; -1: the column is needed
};

struct RosterRows {
  std::vector<intake::v1::FamilyImport> families;
  std::vector<notes::v1::SessionImport>
      sessions;  // held by everyone who has a row in it; an hour each
  std::vector<RowFault> faults;
};

absl::StatusOr<RosterRows> ReadRoster(const Csv& csv, const RosterSettings& settings);

// External id of a session, since another system's session number is unique within a family only:
// "F001/3".
std::string SessionKey(std::string_view family, std::string_view session);

// Its last part; `key` as it is when it is not of that family.
std::string SessionOfKey(std::string_view family, std::string_view key);

}  // namespace rapport::cli
