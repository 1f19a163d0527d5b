// What db_driver.cc and the tests that run it agree on.
#pragma once

#include <cstdint>
#include <string>

namespace rapport::db {

// Exit codes of the driver, beside 0.
inline constexpr int kCannotOpen = 4, kServesAfterFatal = 5, kFatal = 75;

// Each row says in itself which it is; "MARK" is what the order shim looks for.
inline std::string DriverPayload(std::int64_t id) {
  std::string digits = std::to_string(id);
  digits.insert(0, 8 - digits.size(), '0');
  return "MARK" + digits + std::string(300, static_cast<char>('a' + id % 26));
}

}  // namespace rapport::db
