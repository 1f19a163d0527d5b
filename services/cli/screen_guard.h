// ScreenGuard: while it lives, a signal that ends the program clears the screen first, so that who
// comes next to the device sees nothing of what was answered. One at a time.
#pragma once

#include <array>
#include <csignal>
#include <string_view>

namespace rapport::cli {

// Everything, what can be scrolled back to as well, then to the first line.
inline constexpr std::string_view kClearScreen = "\x1b[2J\x1b[3J\x1b[H";

class ScreenGuard {
 public:
  // `terminal`: a file descriptor; below 0: nothing is done.
  explicit ScreenGuard(int terminal);
  ~ScreenGuard();
  ScreenGuard(const ScreenGuard&) = delete;
  ScreenGuard& operator=(const ScreenGuard&) = delete;

 private:
  static constexpr std::array<int, 4> kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

  const bool guards_;
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace rapport::cli
