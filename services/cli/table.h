// Table: rows and columns for a terminal, aligned by what is seen (UTF-8, no matter the bytes),
// with colour when the terminal has it. A value type.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::cli {

enum class Tone { kPlain, kDim, kStrong, kGood, kWarn, kBad };

struct Cell {
  std::string text;
  Tone tone = Tone::kPlain;
  bool right = false;  // numbers stand right
};

// True when stdout is a terminal that shows colour and NO_COLOR is not set.
bool TerminalHasColour();

// Columns of the terminal that stdout is; 0: it is none, and nothing need fit.
int TerminalWidth();

// `text` in lines of at most `width` columns, parted at spaces and at its own line ends. A longer
// word keeps its line: a number or a code that is parted is none. 0: one line for each of its own.
std::vector<std::string> Wrapped(std::string_view text, int width);

// `text` in a tone, or as it is when `colour` is false.
std::string Painted(std::string_view text, Tone tone, bool colour);

// Columns that `text` takes in a terminal: code points, wide ones twice, combining ones not at all.
int Width(std::string_view text);

class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  // `indent` begins every line. Within `width` columns texts are wrapped, the widest columns first;
  // nothing is cut, so words may still need more. 0: every row is one line.
  void Print(std::ostream& out, bool colour, std::string_view indent = {}, int width = 0) const;
  // The same as comma-separated values (RFC 4180, lines end with \n), the header first; no colour,
  // nothing aligned.
  void PrintCsv(std::ostream& out) const;

 private:
  std::vector<int> Widths(int width) const;

  std::vector<std::string> header_;
  std::vector<std::vector<Cell>> rows_;
};

// A small line of numbers as block characters, scaled to [low, high]; gaps are '·'.
std::string Sparkline(const std::vector<double>& values, double low, double high);

}  // namespace rapport::cli
