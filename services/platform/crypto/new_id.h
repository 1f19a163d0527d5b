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

// Where ids come from instead, for tests that compare what two runs show byte for byte.
class IdSource {
 public:
  virtual std::string Next() = 0;

 protected:
  ~IdSource() = default;
};

// Null: from clock and random bytes, as in every process. `source` outlives its use; set it while
// nothing else runs.
void SetIdSource(IdSource* source);

}  // namespace rapport::crypto
