// Times and dates between the wire and the inside: microseconds UTC, calendar dates, ages. Pure.
#pragma once

#include <google/protobuf/timestamp.pb.h>
#include <rapport/type/v1/type.pb.h>

#include <chrono>
#include <cstdint>

namespace rapport::schema {

inline google::protobuf::Timestamp ToTimestamp(std::int64_t at_us) {
  google::protobuf::Timestamp timestamp;
  std::int64_t seconds = at_us / 1'000'000;
  std::int64_t rest_us = at_us % 1'000'000;
  if (rest_us < 0) {
    rest_us += 1'000'000;
    --seconds;
  }
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<std::int32_t>(rest_us * 1'000));
  return timestamp;
}

// Nanoseconds below a microsecond are cut off.
inline std::int64_t ToMicros(const google::protobuf::Timestamp& timestamp) {
  return timestamp.seconds() * 1'000'000 + timestamp.nanos() / 1'000;
}

// The calendar date in UTC.
inline type::v1::Date DateOf(std::int64_t at_us) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(at_us))));
  type::v1::Date date;
  date.set_year(static_cast<int>(day.year()));
  date.set_month(static_cast<int>(static_cast<unsigned>(day.month())));
  date.set_day(static_cast<int>(static_cast<unsigned>(day.day())));
  return date;
}

// Negative, 0, positive: `a` is earlier, the same day, later.
inline int CompareDates(const type::v1::Date& a, const type::v1::Date& b) {
  const auto number = [](const type::v1::Date& d) {
    return d.year() * 10'000 + d.month() * 100 + d.day();
  };
  return number(a) - number(b);
}

}  // namespace rapport::schema
