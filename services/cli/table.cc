#include "cli/table.h"

#include "cli/csv.h"

#include <unistd.h>
#include <utf8proc.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

namespace rapport::cli {
namespace {

const char* CodeOf(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kDim:
      return "\x1b[2m";
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kWarn:
      return "\x1b[33m";
    case Tone::kBad:
      return "\x1b[31m";
  }
  return "";
}

void PrintCell(std::ostream& out, const Cell& cell, int width, bool last, bool colour) {
  const std::string gap(static_cast<std::size_t>(std::max(0, width - Width(cell.text))), ' ');
  if (cell.right) out << gap;
  out << Painted(cell.text, cell.tone, colour);
  if (!cell.right && !last) out << gap;
  out << (last ? "\n" : "  ");
}

}  // namespace

bool TerminalHasColour() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

std::string Painted(std::string_view text, Tone tone, bool colour) {
  if (!colour || tone == Tone::kPlain) return std::string(text);
  return std::string(CodeOf(tone)).append(text).append("\x1b[0m");
}

int Width(std::string_view text) {
  int width = 0;
  utf8proc_int32_t point = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                       static_cast<utf8proc_ssize_t>(text.size() - at), &point);
    if (size <= 0) {
      ++at;
      ++width;
      continue;
    }
    width += utf8proc_charwidth(point);
    at += static_cast<std::size_t>(size);
  }
  return width;
}

void Table::Print(std::ostream& out, bool colour, std::string_view indent) const {
  std::vector<int> widths;
  for (const std::string& title : header_) widths.push_back(Width(title));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], Width(row[i].text));
    }
  }
  out << indent;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    PrintCell(out, {header_[i], Tone::kDim}, widths[i], i + 1 == header_.size(), colour);
  }
  for (const auto& row : rows_) {
    out << indent;
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      PrintCell(out, row[i], widths[i], i + 1 == row.size(), colour);
    }
  }
}

void Table::PrintCsv(std::ostream& out) const {
  for (std::size_t i = 0; i < header_.size(); ++i) out << (i > 0 ? "," : "") << CsvCell(header_[i]);
  out << "\n";
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) out << (i > 0 ? "," : "") << CsvCell(row[i].text);
    out << "\n";
  }
}

std::string Sparkline(const std::vector<double>& values, double low, double high) {
  static constexpr const char* kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string line;
  for (const double value : values) {
    if (std::isnan(value) || high <= low) {
      line += "·";
      continue;
    }
    const double part = std::clamp((value - low) / (high - low), 0.0, 1.0);
    line += kBlocks[std::min(7, static_cast<int>(part * 8))];
  }
  return line;
}

}  // namespace rapport::cli
