#include "cli/times.h"

#include <google/protobuf/util/time_util.h>

#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>

namespace rapport::cli {
namespace {

using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

constexpr const char* kExpected =
    "a time like 2031-04-22T14:00 (here), 2031-04-22T12:00:00Z or a day like 2031-04-22";

// In the terminal's zone, by strftime; nullopt: no time.
std::optional<std::string> Local(std::string_view rfc3339, const char* format) {
  // Only what the services write: a person's words are never taken for a time.
  const bool shaped =
      rfc3339.size() >= 20 && rfc3339[4] == '-' && rfc3339[10] == 'T' && rfc3339.back() == 'Z';
  Timestamp time;
  if (!shaped || !TimeUtil::FromString(std::string(rfc3339), &time)) return std::nullopt;
  const std::time_t seconds = time.seconds();
  std::tm here{};
  tzset();
  if (localtime_r(&seconds, &here) == nullptr) return std::nullopt;
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), format, &here);
  return std::string(text.data(), size);
}

// The instant at which clocks here show it; nullopt: no calendar has it.
std::optional<std::time_t> Here(int year, int month, int day, int hour, int minute, int second) {
  std::tm here{};
  here.tm_year = year - 1900;
  here.tm_mon = month - 1;
  here.tm_mday = day;
  here.tm_hour = hour;
  here.tm_min = minute;
  here.tm_sec = second;
  here.tm_isdst = -1;
  tzset();
  const std::time_t at = std::mktime(&here);
  const bool same =
      here.tm_mon == month - 1 && here.tm_mday == day && minute < 60 && second < 60 && hour < 24;
  return same ? std::optional(at) : std::nullopt;
}

}  // namespace

std::optional<std::string> LocalTime(std::string_view rfc3339) {
  return Local(rfc3339, "%Y-%m-%d %H:%M %Z");
}

std::string LocalDay(std::string_view rfc3339) { return Local(rfc3339, "%Y-%m-%d").value_or(""); }

absl::StatusOr<std::string> InstantOf(std::string_view typed) {
  std::string text(typed);
  if (text.size() > 10 && (text[10] == ' ' || text[10] == 't')) text[10] = 'T';
  Timestamp time;
  if (TimeUtil::FromString(text, &time)) return TimeUtil::ToString(time);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, end = 0;
  const auto whole = [&](int read, int expected) {
    return read == expected && static_cast<std::size_t>(end) == text.size();
  };
  const auto day_read = std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &end);
  bool known = whole(day_read, 3);
  if (!known) {
    known = whole(std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d%n", &year, &month, &day, &hour,
                              &minute, &end),
                  5) ||
            whole(std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour,
                              &minute, &second, &end),
                  6);
  }
  const auto at = known ? Here(year, month, day, hour, minute, second) : std::nullopt;
  if (!at) return absl::InvalidArgumentError(kExpected);
  return TimeUtil::ToString(TimeUtil::SecondsToTimestamp(*at));
}

}  // namespace rapport::cli
