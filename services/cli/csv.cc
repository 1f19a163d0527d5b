#include "cli/csv.h"

#include "platform/base/strings.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace rapport::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), between_(BetweenCells(text)) {}

  Csv Read() {
    while (at_ < text_.size()) {
      CsvRow row;
      row.line = line_;
      ReadRow(row);
      if (row.cells.size() > 1 || !row.cells[0].empty()) rows_.push_back(std::move(row));
    }
    Csv csv;
    csv.unclosed_line = unclosed_line_;
    if (rows_.empty()) return csv;
    csv.header = std::move(rows_.front().cells);
    rows_.erase(rows_.begin());
    csv.rows = std::move(rows_);
    return csv;
  }

 private:
  void ReadRow(CsvRow& row) {
    row.cells.emplace_back();
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == between_) {
        row.cells.emplace_back();
      } else if (c == '\n') {
        ++line_;
        return;
      } else if (c == '"' && row.cells.back().empty()) {
        ReadQuoted(row.cells.back());
      } else if (c != '\r' || (at_ < text_.size() && text_[at_] != '\n')) {
        row.cells.back() += c;
      }
    }
  }

  void ReadQuoted(std::string& cell) {
    const int opened = line_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') {
        if (at_ == text_.size() || text_[at_] != '"') return;
        ++at_;
      }
      if (c == '\n') ++line_;
      cell += c;
    }
    unclosed_line_ = opened;
  }

  static char BetweenCells(std::string_view text) {
    const std::string_view first = text.substr(0, text.find('\n'));
    for (const char mark : {',', ';', '\t'}) {
      if (first.find(mark) != std::string_view::npos) return mark;
    }
    return ',';
  }

  const std::string_view text_;
  const char between_;
  std::size_t at_ = 0;
  int line_ = 1;
  int unclosed_line_ = 0;
  std::vector<CsvRow> rows_;
};

}  // namespace

int Csv::Column(std::string_view title) const {
  const auto found = std::find(header.begin(), header.end(), title);
  return found == header.end() ? -1 : static_cast<int>(found - header.begin());
}

std::string_view Csv::Cell(const CsvRow& row, int column) const {
  const auto index = static_cast<std::size_t>(column);
  return column < 0 || index >= row.cells.size() ? std::string_view() : row.cells[index];
}

Csv ReadCsv(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return Reader(text).Read();
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
