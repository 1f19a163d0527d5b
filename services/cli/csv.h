// Csv: comma-separated files as people and spreadsheets write them (RFC 4180), with semicolons or
// tabs instead where the first line has these and no comma: quoted cells with commas, quotes and
// line breaks in them, LF or CRLF, a byte order mark. Read whole, or row by row; used by import and
// export. Pure.
#pragma once

#include <absl/status/status.h>

#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::cli {

struct CsvRow {
  int line = 0;  // of the file, from 1, where the row begins
  std::vector<std::string> cells;
};

struct Csv {
  std::vector<std::string> header;
  std::vector<CsvRow> rows;  // with as many cells as they have: the reader of a row checks that
  int unclosed_line = 0;     // where a quote begins that never closes; 0: there is none

  // Index of a column; -1: there is none.
  int Column(std::string_view title) const;
  // The cell of a row; empty: no such column, or the row is too short.
  std::string_view Cell(const CsvRow& row, int column) const;
};

// Rows one after the other, of a file of any length. `in` must outlive it.
class CsvReader {
 public:
  explicit CsvReader(std::streambuf& in);
  // The first row.
  const std::vector<std::string>& header() const { return header_; }
  // The next row that isn't empty; false: there is none.
  bool Next(CsvRow& row);
  // As in Csv, of what was read so far.
  int unclosed_line() const { return unclosed_line_; }

 private:
  int Peek();
  int Take();
  void ReadRow(CsvRow& row);
  void ReadQuoted(std::string& cell);

  std::streambuf& in_;
  std::string first_;   // line of the file, looked at for what parts its cells
  std::size_t at_ = 0;  // in it
  char between_ = ',';
  int line_ = 1, unclosed_line_ = 0;
  std::vector<std::string> header_;
};

// Never fails; empty lines are left out. A quote that never closes takes the rest of the file into
// its cell, so that nothing after it can be trusted: see Whole.
Csv ReadCsv(std::string_view text);

// INVALID_ARGUMENT names the line of a quote that never closes.
absl::Status Whole(const Csv& csv);

// `text` as a cell: in quotes when it needs them.
std::string CsvCell(std::string_view text);

// The fewest digits that read back to the same double: "4", "4.25", "4.083333333333333".
std::string ShortestDouble(double value);

}  // namespace rapport::cli
