// Inner ids: 16 bytes, time first, so that neighbours in time are neighbours in the index. People
// see them through PublicIds only. Thread-safe.
#pragma once

#include <string>

namespace rapport::crypto {

inline constexpr std::size_t kIdBytes = 16;

// 6 bytes of milliseconds since 1970 by the machine's clock and 2 of a counter (big endian), then 8
// random bytes. Every id of a process is greater than the ones before it, also when the clock is
// set back or a millisecond is used up.
std::string NewId();

}  // namespace rapport::crypto
