// Times as people read and type them: in the time zone of this terminal (TZ), shown with its mark.
// On the wire, in JSON and in CSV they are RFC 3339. Reads the environment, otherwise pure.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>

namespace rapport::cli {

// "2031-04-22T12:00:00Z" -> "2031-04-22 14:00 CEST"; nullopt: it is no such time.
std::optional<std::string> LocalTime(std::string_view rfc3339);

// "2031-04-21T23:00:00Z" -> "2031-04-22"; empty: it is no such time.
std::string LocalDay(std::string_view rfc3339);

// What somebody typed, as RFC 3339 in UTC: RFC 3339, or without a zone a time or the beginning of a
// day here: "2032-01-01", "2031-04-22T14:00", "2031-04-22 14:00:30". INVALID_ARGUMENT says what is
// expected, as ValueOf does; of a time that clocks here never show, or twice, it says that.
absl::StatusOr<std::string> InstantOf(std::string_view typed);

}  // namespace rapport::cli
