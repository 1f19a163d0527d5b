// Rating calls: what `import ratings` sends of a file. A call takes 20,000 rows at most, so that
// whoever is interrupted loses little and a file may be of any length. Pure.
#pragma once

#include "cli/ratings_file.h"

#include <rapport/alliance/v1/rating_import.pb.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::cli {

inline constexpr std::size_t kRowsPerCall = 20'000;

// What a file is taken in as.
struct RatingsImport {
  std::string system, instrument;
  std::string columns;  // see NameColumns
};

// The request id of the call whose first row is in this line of a file with this digest: the same
// whenever the same file is taken in the same way, so that what was recorded is answered as it was.
std::string CallId(std::string_view digest, const RatingsImport& as, int first_line);

// The stream's messages of one call: the header first, then the rows.
std::vector<std::string> MessagesOf(const std::vector<alliance::v1::ImportRow>& rows,
                                    const std::string& request_id, const RatingsImport& as);

// `  [######......]  40,000 of 80,000 rows`, for a terminal.
std::string ProgressBar(std::size_t done, std::size_t all);

}  // namespace rapport::cli
