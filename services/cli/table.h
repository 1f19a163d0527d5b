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

// `text` in a tone, or as it is when `colour` is false.
std::string Painted(std::string_view text, Tone tone, bool colour);

// Columns that `text` takes in a terminal: code points, wide ones twice, combining ones not at all.
int Width(std::string_view text);

class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  // `indent` begins every line.
  void Print(std::ostream& out, bool colour, std::string_view indent = {}) const;
  // The same as comma-separated values (RFC 4180, lines end with \n), the header first; no colour,
  // nothing aligned.
  void PrintCsv(std::ostream& out) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<Cell>> rows_;
};

// A small line of numbers as block characters, scaled to [low, high]; gaps are '·'.
std::string Sparkline(const std::vector<double>& values, double low, double high);

}  // namespace rapport::cli
