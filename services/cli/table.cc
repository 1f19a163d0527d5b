#include "cli/table.h"

#include "cli/csv.h"

#include <sys/ioctl.h>
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

constexpr int kBetween = 2;  // columns

int LongestWord(std::string_view text) {
  int longest = 0;
  for (const std::string& word : Wrapped(text, 1)) longest = std::max(longest, Width(word));
  return longest;
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

int TerminalWidth() {
  winsize size{};
  const bool known = isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known ? size.ws_col : 0;
}

std::vector<std::string> Wrapped(std::string_view text, int width) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    std::string line(text.substr(from, end - from));
    from = end + 1;
    if (width > 0 && Width(line) > width) {
      std::string rest;
      rest.swap(line);
      for (std::size_t at = 0; at < rest.size();) {
        const std::size_t space = std::min(rest.find(' ', at), rest.size());
        const std::string word = rest.substr(at, space - at);
        at = space + 1;
        if (!line.empty() && Width(line) + 1 + Width(word) > width) {
          lines.push_back(std::move(line));
          line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
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

// Of each column, so that all fit in `width` if their longest words let them.
std::vector<int> Table::Widths(int width) const {
  std::vector<int> widths, least;
  for (const std::string& title : header_) {
    widths.push_back(Width(title));
    least.push_back(LongestWord(title));
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], Width(row[i].text));
      least[i] = std::max(least[i], row[i].right ? Width(row[i].text) : LongestWord(row[i].text));
    }
  }
  if (width <= 0) return widths;
  int all = -kBetween;
  for (const int one : widths) all += one + kBetween;
  while (all > width) {
    int* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] > least[i] && (widest == nullptr || widths[i] > *widest)) widest = &widths[i];
    }
    if (widest == nullptr) break;
    --*widest;
    --all;
  }
  return widths;
}

void Table::Print(std::ostream& out, bool colour, std::string_view indent, int width) const {
  const std::vector<int> widths = Widths(width > 0 ? std::max(1, width - Width(indent)) : 0);
  const auto print = [&](const std::vector<Cell>& row) {
    std::vector<std::vector<std::string>> lines;
    std::size_t height = 1;
    const std::size_t cells = std::min(row.size(), widths.size());
    for (std::size_t i = 0; i < cells; ++i) {
      lines.push_back(width > 0 ? Wrapped(row[i].text, widths[i])
                                : std::vector<std::string>{row[i].text});
      height = std::max(height, lines[i].size());
    }
    for (std::size_t line = 0; line < height; ++line) {
      out << indent;
      for (std::size_t i = 0; i < cells; ++i) {
        const std::string text = line < lines[i].size() ? lines[i][line] : std::string();
        PrintCell(out, {text, row[i].tone, row[i].right}, widths[i], i + 1 == cells, colour);
      }
    }
  };
  std::vector<Cell> titles;
  for (const std::string& title : header_) titles.push_back({title, Tone::kDim});
  print(titles);
  for (const auto& row : rows_) print(row);
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
