// Transfer: whole files in and out through the public APIs: a roster, ratings, scores. Called by
// main. Each prints what it did, and every row that was not taken with its line; good rows stay.
// Nothing of a row but its line and what is wrong with it is printed.
#pragma once

#include "cli/client.h"
#include "cli/import_report.h"
#include "cli/rating_calls.h"
#include "cli/ratings_file.h"

#include <absl/status/status.h>

#include <ostream>
#include <string>

namespace rapport::cli {

// Who answers for it that the imported cases were opened properly elsewhere.
struct Attestation {
  std::string attested_by;  // name and office
  std::string attested_on;  // RFC 3339, not in the future
  std::string statement;    // where the papers can be found
  // Who screened everybody alone, and when the earliest screen was. Both or neither.
  std::string screened_by, screened_on;
};

// The therapist (unless known), families with members, held sessions. Run again it finds everything
// known. The caller is an administrator. FAILED_PRECONDITION: rows were refused.
absl::Status ImportRoster(Client& client, const Caller& caller, const std::string& file,
                          const RosterSettings& settings, const Attestation& attestation,
                          std::ostream& out);

// An agency's own instrument from a text-format file. One that is there already is left as it is.
absl::Status ImportInstrument(Client& client, const Caller& caller, const std::string& file,
                              std::ostream& out);

// Ratings of helpers of each family, as many calls as the file needs, each reported when it is
// done. The caller is a service. The same file in the same way again goes on where it ended: what
// is in is answered as it was. What was rated otherwise stays as it is and counts as known.
// `progress`: a terminal on which a bar is drawn; null: none.
absl::Status ImportRatings(Client& client, const Caller& caller, const std::string& file,
                           const RatingsImport& as, ImportReport& report, std::ostream* progress);

// Scores of every rating with the instrument by members with an id in `system`, as CSV: family_id,
// member_id, session, then the instrument's scores; ordered by these. An undefined score is an
// empty cell. NOT_FOUND: there are none, and the file is as it was.
absl::Status ExportScores(Client& client, const Caller& caller, const std::string& file,
                          const std::string& system, const std::string& instrument,
                          std::ostream& out);

// Compares two CSV files with the same columns, row by row, as text or as numbers within 1e-9 *
// max(1, |expected|). FAILED_PRECONDITION names the first difference.
absl::Status CompareCsv(const std::string& file, const std::string& expected, std::ostream& out);

}  // namespace rapport::cli
