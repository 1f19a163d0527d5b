// ImportReport: what became of each row of an import, in the order of the file: as lines of faults
// for a person, as JSON or as CSV for a program. Nothing of a row but its line, what is wrong with
// it and, as JSON, the rating it became with its scores.
#pragma once

#include "cli/ratings_file.h"

#include <rapport/alliance/v1/rating_import.pb.h>

#include <ostream>
#include <string>
#include <vector>

namespace rapport::cli {

enum class ReportAs { kText, kJson, kCsv };

class ImportReport {
 public:
  ImportReport(std::string file, ReportAs as, std::ostream& out);

  // The rows of one call, and those beside them that could not be sent. Text: "file:line: what" of
  // each that was refused. JSON: an ImportOutcome a line for every row. CSV: line,rating,reason,
  // field,message; a row for each fault.
  void Add(const std::vector<RowFault>& faults,
           const alliance::v1::ImportRatingsResponse& response);

  // "960 ratings recorded, 0 refused", how many were there already, and how many with other
  // answers.
  std::string Summary() const;
  bool any_refused() const { return refused_ + differing_ > 0; }

 private:
  std::size_t& CountOf(const alliance::v1::ImportOutcome& outcome);
  void Show(const alliance::v1::ImportOutcome& outcome);

  const std::string file_;
  const ReportAs as_;
  std::ostream& out_;
  std::size_t recorded_ = 0, refused_ = 0, known_ = 0, differing_ = 0;
};

}  // namespace rapport::cli
