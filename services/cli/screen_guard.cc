#include "cli/screen_guard.h"

#include <unistd.h>

#include <cerrno>

namespace rapport::cli {
namespace {

volatile std::sig_atomic_t guarded = -1;
volatile std::sig_atomic_t something_waits = 0;

bool Put(std::string_view text) { return write(guarded, text.data(), text.size()) >= 0; }

struct sigaction Clears();

// Only what a signal handler may do. The signal then does what it would have done.
extern "C" void ClearAndObey(int signal) {
  const int error = errno;
  const bool cleared = Put(kClearScreen) && (something_waits == 0 || Put(kNobodyHasRead));
  if (!cleared && signal != SIGTSTP) _exit(128 + signal);
  struct sigaction obeys{};
  obeys.sa_handler = SIG_DFL;
  sigaction(signal, &obeys, nullptr);
  raise(signal);
  // Blocked until here, it ends the program now, or stops it until somebody lets it go on.
  sigset_t this_one, before;
  sigemptyset(&this_one);
  sigaddset(&this_one, signal);
  sigprocmask(SIG_UNBLOCK, &this_one, &before);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  const struct sigaction again = Clears();
  sigaction(signal, &again, nullptr);
  Put(kGoesOn);
  errno = error;
}

struct sigaction Clears() {
  struct sigaction clears{};
  clears.sa_handler = ClearAndObey;
  clears.sa_flags = SA_RESTART;  // What was being read is read on after a stop.
  return clears;
}

}  // namespace

ScreenGuard::ScreenGuard(int terminal) : guards_(terminal >= 0) {
  if (!guards_) return;
  guarded = terminal;
  const struct sigaction clears = Clears();
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &clears, nullptr);
  }
}

void ScreenGuard::SomethingWaits(bool waits) { something_waits = waits ? 1 : 0; }

ScreenGuard::~ScreenGuard() {
  if (!guards_) return;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], &before_[i], nullptr);
  }
  guarded = -1;
  something_waits = 0;
}

}  // namespace rapport::cli
