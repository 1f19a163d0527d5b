// CsvFile: a CSV on disk, read as it goes, so that a file may be longer than memory: once to see
// that it is whole and what it is, then part by part.
#pragma once

#include "cli/csv.h"

#include <absl/status/statusor.h>

#include <fstream>
#include <memory>
#include <string>

namespace rapport::cli {

class CsvFile {
 public:
  // Reads it all once. NOT_FOUND: it can't be read. INVALID_ARGUMENT: it is no regular file (what
  // comes through a pipe can't be read again), or a quote in it never closes.
  static absl::StatusOr<std::unique_ptr<CsvFile>> Open(const std::string& path);

  // Rows under the header.
  std::size_t rows() const { return rows_; }
  // SHA-256 over what is in it.
  const std::string& digest() const { return digest_; }

  // The header and the next rows, `most` at most; without rows: that was all.
  Csv Next(std::size_t most);

 private:
  CsvFile() = default;

  std::size_t rows_ = 0;
  std::string digest_;
  std::filebuf file_;
  std::unique_ptr<CsvReader> reader_;
};

}  // namespace rapport::cli
