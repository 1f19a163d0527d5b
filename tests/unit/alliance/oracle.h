// Reads tests/data/oracle, and compares at the tolerance its README gives.
#pragma once

#include "unit/alliance/builders.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rapport::alliance::testing {

using CsvRow = std::map<std::string, std::string>;

// A CSV file without quotes, by column name.
inline std::vector<CsvRow> ReadCsv(std::string_view path) {
  std::istringstream text(ReadSource(path));
  const auto cells = [](const std::string& line) {
    std::vector<std::string> row;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) row.push_back(cell);
    if (line.ends_with(',')) row.emplace_back();
    return row;
  };
  std::string line;
  std::getline(text, line);
  const std::vector<std::string> names = cells(line);
  std::vector<CsvRow> rows;
  while (std::getline(text, line)) {
    const std::vector<std::string> row = cells(line);
    EXPECT_EQ(row.size(), names.size()) << path << ": " << line;
    CsvRow& named = rows.emplace_back();
    for (std::size_t i = 0; i < std::min(row.size(), names.size()); ++i) named[names[i]] = row[i];
  }
  EXPECT_FALSE(rows.empty()) << path;
  return rows;
}

// An empty cell is "not defined".
inline std::optional<double> Cell(const CsvRow& row, const std::string& column) {
  const std::string& text = row.at(column);
  if (text.empty() || text == "NA") return std::nullopt;
  return std::stod(text);
}

inline int Whole(const CsvRow& row, const std::string& column) { return std::stoi(row.at(column)); }

// Both undefined, or equal within `tolerance` of max(1, |expected|).
inline ::testing::AssertionResult Near(std::optional<double> expected, std::optional<double> actual,
                                       double tolerance = 1e-9) {
  if (expected.has_value() != actual.has_value()) {
    return ::testing::AssertionFailure() << "expected " << (expected ? "a value" : "undefined");
  }
  if (!expected) return ::testing::AssertionSuccess();
  const double error = std::fabs(*expected - *actual);
  if (error <= tolerance * std::max(1.0, std::fabs(*expected)))
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "expected " << *expected << ", got " << *actual;
}

}  // namespace rapport::alliance::testing
