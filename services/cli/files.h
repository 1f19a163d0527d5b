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

// UNAVAILABLE names the file. A half-written one never has the file's name.
absl::Status WriteFile(const std::string& path, std::string_view text);

// "file:line: what" for each.
void PrintFaults(const std::string& file, const std::vector<RowFault>& faults, std::ostream& out);

}  // namespace rapport::cli
