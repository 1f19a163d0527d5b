// What a call costs in CPU time of the calling thread, for tests that print it: a busy machine
// distorts it less than time on the wall.
#pragma once

#include <time.h>

#include <cstddef>

namespace rapport::support {

// Whether this is a build in which nothing takes the time it takes.
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// Nanoseconds of CPU time per call of `call(i)`, i from 0 to `calls` - 1.
template <typename Call>
double CpuNanoseconds(std::size_t calls, Call&& call) {
  const auto now = [] {
    timespec spent{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return 1e9 * static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec);
  };
  const double start = now();
  for (std::size_t i = 0; i < calls; ++i) call(i);
  return (now() - start) / static_cast<double>(calls);
}

}  // namespace rapport::support
