// Says what is wrong with definitions of instruments in text format, for people or as JSON. Reads
// the files and asks no service. Thread-safe where `out` is.
#pragma once

#include <absl/status/statusor.h>

#include <ostream>
#include <string>
#include <vector>

namespace rapport::cli {

// Whether nothing is wrong with any of them. With `json` one array with `file` and `faults` of
// each. NOT_FOUND: a file that can't be read; those before it are written out already, but not as
// JSON.
absl::StatusOr<bool> CheckInstruments(const std::vector<std::string>& files, bool json,
                                      std::ostream& out);

}  // namespace rapport::cli
