// ScreenGuard: while it lives, a signal that ends or stops the program clears the screen first, so
// that who comes next to the device sees nothing of what was answered. A signal that was ignored
// before (nohup) stays so. One at a time.
#pragma once

#include <array>
#include <csignal>
#include <string_view>

namespace rapport::cli {

// Everything, what can be scrolled back to as well, then to the first line.
inline constexpr std::string_view kClearScreen = "\x1b[2J\x1b[3J\x1b[H";

// What is left on the cleared screen while something that was reported waits: nobody must believe
// that it was heard. Not what it was, nor by whom.
inline constexpr std::string_view kNobodyHasRead =
    "NOBODY HAS READ what was reported here: it could not be passed on. Please call for help.\n";
// After the program was stopped (Ctrl-Z) and goes on: what it asked is no longer there.
inline constexpr std::string_view kGoesOn = "The form goes on with the question that stood here.\n";

class ScreenGuard {
 public:
  // `terminal`: a file descriptor; below 0: nothing is done.
  explicit ScreenGuard(int terminal);
  ~ScreenGuard();
  // Whether something waits that was reported and not passed on.
  static void SomethingWaits(bool waits);
  ScreenGuard(const ScreenGuard&) = delete;
  ScreenGuard& operator=(const ScreenGuard&) = delete;

 private:
  static constexpr std::array<int, 5> kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

  const bool guards_;
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace rapport::cli
