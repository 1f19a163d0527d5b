// Files: reading and writing whole files for the command line. Not thread-safe only where the file
// system isn't.
#pragma once

#include "cli/ratings_file.h"

#include <absl/status/statusor.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::cli {

// NOT_FOUND names the file.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// UNAVAILABLE names the file. A half-written one never has the file's name. What `path` leads to,
// by links too, must be a regular file or nothing yet: a device, a pipe or a folder stays what it
// is (INVALID_ARGUMENT).
absl::Status WriteFile(const std::string& path, std::string_view text);

// What was printed so far is where it was to go. UNAVAILABLE says why it is not: a full disk.
absl::Status Printed(std::ostream& out);

// "file:line: what" for each.
void PrintFaults(const std::string& file, const std::vector<RowFault>& faults, std::ostream& out);

}  // namespace rapport::cli
