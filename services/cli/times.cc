#include "cli/times.h"

#include "platform/base/status_macros.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <vector>

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

// How far clocks here are ahead of UTC at `at`.
std::time_t AheadOfUtc(std::time_t at) {
  std::tm here{};
  return localtime_r(&at, &here) == nullptr ? 0 : here.tm_gmtoff;
}

// The instants at which clocks here show `wall`, a time as UTC would have it: one; none where they
// are set forward over it, two where they are set back over it. In order.
std::vector<std::time_t> ShownAt(std::time_t wall) {
  constexpr std::time_t kDay = 86'400;
  std::vector<std::time_t> instants;
  // In the later of them clocks are less ahead.
  for (const std::time_t ahead : {AheadOfUtc(wall - kDay), AheadOfUtc(wall + kDay)}) {
    const std::time_t at = wall - ahead;
    if (AheadOfUtc(at) == ahead && std::ranges::find(instants, at) == instants.end()) {
      instants.push_back(at);
    }
  }
  return instants;
}

// `typed` as an instant as if clocks here were those of UTC; nullopt: no calendar has it.
std::optional<std::time_t> Wall(const std::tm& typed) {
  std::tm read = typed;
  const std::time_t wall = timegm(&read);
  const auto same = [](const std::tm& a, const std::tm& b) {
    return a.tm_year == b.tm_year && a.tm_mon == b.tm_mon && a.tm_mday == b.tm_mday &&
           a.tm_hour == b.tm_hour && a.tm_min == b.tm_min && a.tm_sec == b.tm_sec;
  };
  return same(read, typed) ? std::optional(wall) : std::nullopt;
}

// The instant that was typed; `day`: the first of that day.
absl::StatusOr<std::time_t> Here(const std::tm& typed, bool day) {
  const auto wall = Wall(typed);
  if (!wall) return absl::InvalidArgumentError(kExpected);
  tzset();
  const std::vector<std::time_t> instants = ShownAt(*wall);
  if (instants.size() == 1 || (day && !instants.empty())) return instants.front();
  // Where clocks are set forward at midnight the day begins with the hour after.
  if (day) return *wall - AheadOfUtc(*wall - 86'400);
  return absl::InvalidArgumentError(
      instants.empty()
          ? "a time that clocks here show: they are set forward over this one"
          : "which of two: clocks here show this time twice, as they are set back; add "
            "the offset, like 2031-10-26T02:30:00+02:00");
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
  const bool is_day = whole(day_read, 3);
  const bool known = is_day ||
                     whole(std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d%n", &year, &month, &day,
                                       &hour, &minute, &end),
                           5) ||
                     whole(std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month,
                                       &day, &hour, &minute, &second, &end),
                           6);
  if (!known) return absl::InvalidArgumentError(kExpected);
  std::tm wall{};
  wall.tm_year = year - 1900;
  wall.tm_mon = month - 1;
  wall.tm_mday = day;
  wall.tm_hour = hour;
  wall.tm_min = minute;
  wall.tm_sec = second;
  ASSIGN_OR_RETURN(const std::time_t at, Here(wall, is_day));
  return TimeUtil::ToString(TimeUtil::SecondsToTimestamp(at));
}

}  // namespace rapport::cli
