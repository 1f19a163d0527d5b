// Csv: comma-separated files as people and spreadsheets write them (RFC 4180), with semicolons or
// tabs instead where the first line has these and no comma: quoted cells with commas, quotes and
// line breaks in them, LF or CRLF, a byte order mark. Read whole; used by import and export. Pure.
#pragma once

#include <absl/status/status.h>

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
