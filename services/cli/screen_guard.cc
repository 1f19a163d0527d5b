#include "cli/screen_guard.h"

#include <unistd.h>

namespace rapport::cli {
namespace {

volatile std::sig_atomic_t guarded = -1;

// Only what a signal handler may do. The signal then ends the program as it would have.
extern "C" void ClearAndEnd(int signal) {
  if (write(guarded, kClearScreen.data(), kClearScreen.size()) < 0) _exit(128 + signal);
  struct sigaction ends{};
  ends.sa_handler = SIG_DFL;
  sigaction(signal, &ends, nullptr);
  raise(signal);
}

}  // namespace

ScreenGuard::ScreenGuard(int terminal) : guards_(terminal >= 0) {
  if (!guards_) return;
  guarded = terminal;
  struct sigaction clears{};
  clears.sa_handler = ClearAndEnd;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], &clears, &before_[i]);
  }
}

ScreenGuard::~ScreenGuard() {
  if (!guards_) return;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], &before_[i], nullptr);
  }
  guarded = -1;
}

}  // namespace rapport::cli
