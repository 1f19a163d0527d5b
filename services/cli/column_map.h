// NameColumns: a file's own column titles under the names that an import expects.
#pragma once

#include "cli/csv.h"

#include <absl/status/status.h>

#include <string_view>

namespace rapport::cli {

// `mapping`: `family_id=Client,i01=Q1`; a title with a comma or `=` in it can't be named. Titles
// that are not in it stay. INVALID_ARGUMENT: it is no such list, names a column twice, or one that
// the file doesn't have; the message says which.
absl::Status NameColumns(std::string_view mapping, Csv& csv);

}  // namespace rapport::cli
