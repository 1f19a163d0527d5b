#include "cli/csv.h"

#include "platform/base/strings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <utility>

namespace rapport::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr int kEnd = std::streambuf::traits_type::eof();

char BetweenCells(std::string_view first) {
  for (const char mark : {',', ';', '\t'}) {
    if (first.find(mark) != std::string_view::npos) return mark;
  }
  return ',';
}

}  // namespace

CsvReader::CsvReader(std::streambuf& in) : in_(in) {
  for (int c = 0; c != '\n' && (c = in_.sbumpc()) != kEnd;) first_ += static_cast<char>(c);
  between_ = BetweenCells(first_);
  if (first_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  if (CsvRow titles; Next(titles)) header_ = std::move(titles.cells);
}

bool CsvReader::Next(CsvRow& row) {
  while (Peek() != kEnd) {
    row.line = line_;
    row.cells.clear();
    ReadRow(row);
    if (row.cells.size() > 1 || !row.cells[0].empty()) return true;
  }
  return false;
}

int CsvReader::Peek() {
  return at_ < first_.size() ? static_cast<unsigned char>(first_[at_]) : in_.sgetc();
}

int CsvReader::Take() {
  return at_ < first_.size() ? static_cast<unsigned char>(first_[at_++]) : in_.sbumpc();
}

void CsvReader::ReadRow(CsvRow& row) {
  row.cells.emplace_back();
  for (int c = Take(); c != kEnd; c = Take()) {
    if (c == between_) {
      row.cells.emplace_back();
    } else if (c == '\n') {
      ++line_;
      return;
    } else if (c == '"' && row.cells.back().empty()) {
      ReadQuoted(row.cells.back());
    } else if (c != '\r' || (Peek() != kEnd && Peek() != '\n')) {
      row.cells.back() += static_cast<char>(c);
    }
  }
}

void CsvReader::ReadQuoted(std::string& cell) {
  const int opened = line_;
  for (int c = Take(); c != kEnd; c = Take()) {
    if (c == '"') {
      if (Peek() != '"') return;
      Take();
    }
    if (c == '\n') ++line_;
    cell += static_cast<char>(c);
  }
  unclosed_line_ = opened;
}

int Csv::Column(std::string_view title) const {
  const auto found = std::find(header.begin(), header.end(), title);
  return found == header.end() ? -1 : static_cast<int>(found - header.begin());
}

std::string_view Csv::Cell(const CsvRow& row, int column) const {
  const auto index = static_cast<std::size_t>(column);
  return column < 0 || index >= row.cells.size() ? std::string_view() : row.cells[index];
}

Csv ReadCsv(std::string_view text) {
  std::stringbuf in(std::string(text), std::ios_base::in);
  CsvReader reader(in);
  Csv csv;
  for (CsvRow row; reader.Next(row);) csv.rows.push_back(std::move(row));
  csv.header = reader.header();
  csv.unclosed_line = reader.unclosed_line();
  return csv;
}

absl::Status Whole(const Csv& csv) {
  if (csv.unclosed_line == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(Absl(
      Concat({"line ", std::to_string(csv.unclosed_line), ": a quote begins that never closes"})));
}

std::string CsvCell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += c;
    cell += c;
  }
  return cell + '"';
}

std::string ShortestDouble(double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end.ptr};
}

}  // namespace rapport::cli
