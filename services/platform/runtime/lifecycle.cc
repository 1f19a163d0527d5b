#include "platform/runtime/lifecycle.h"

#include "platform/base/clock.h"
#include "platform/runtime/grpc_logs.h"
#include "platform/runtime/telemetry/logs.h"

#include <absl/synchronization/mutex.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

// jemalloc reads it before main. Two threads serve the calls, so two arenas; what nobody has used
// for a second goes back to the system, by a thread of jemalloc's own, which an idle process needs
// for it.
extern "C" const char* malloc_conf;
const char* malloc_conf = "narenas:2,dirty_decay_ms:1000,background_thread:true";

namespace rapport::runtime {
namespace {

using telemetry::Event;
using telemetry::Field;
using telemetry::Level;
using telemetry::Log;

// Wakes the thread that waits for a second signal; nobody else sends it.
constexpr int kWakeUp = SIGUSR2;

sigset_t StopSignals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  return signals;
}

[[noreturn]] void EndAtOnce(int signal) {
  Log(Level::kWarn, Event::kStopped, {{Field::kSignal, signal}, {Field::kReason, "SECOND_SIGNAL"}});
  telemetry::FlushLogs();
  ::_exit(128 + signal);
}

// Ends the process at the next stop signal, as long as it exists.
class SecondSignalWatch {
 public:
  SecondSignalWatch()
      : thread_([] {
          sigset_t signals = StopSignals();
          ::sigaddset(&signals, kWakeUp);
          int signal = 0;
          while (::sigwait(&signals, &signal) != 0) {
          }
          if (signal != kWakeUp) EndAtOnce(signal);
        }) {}
  ~SecondSignalWatch() {
    ::pthread_kill(thread_.native_handle(), kWakeUp);
    thread_.join();
  }

 private:
  std::thread thread_;
};

}  // namespace

void PrepareProcess(const ProcessOptions& options) {
  sigset_t signals = StopSignals();
  ::sigaddset(&signals, kWakeUp);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  if (!options.allow_core_dumps) {
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
  }
  if (options.stop_with_parent) {
    const pid_t parent = ::getppid();
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) RequestStop();  // It ended before we asked.
  }
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  telemetry::FlushLogsOnCrash();
  RouteGrpcLogs();
}

int StopSignalWithin(std::chrono::milliseconds longest) {
  const sigset_t signals = StopSignals();
  const auto until = SteadyClock::now() + longest;
  for (;;) {
    const auto left = std::max(until - SteadyClock::now(), SteadyClock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const std::chrono::nanoseconds rest = left - seconds;
    const timespec wait{.tv_sec = seconds.count(), .tv_nsec = rest.count()};
    const int signal = ::sigtimedwait(&signals, nullptr, &wait);
    if (signal > 0) return signal;
    if (errno != EINTR) return 0;
  }
}

int RunUntilStopped(const StopSteps& steps) {
  const sigset_t signals = StopSignals();
  int signal = 0;
  while (::sigwait(&signals, &signal) != 0) {
  }
  Log(Level::kInfo, Event::kDraining,
      {{Field::kSignal, signal}, {Field::kMicros, steps.lame_duck}});
  if (steps.not_serving) steps.not_serving();
  if (const int second = StopSignalWithin(steps.lame_duck)) EndAtOnce(second);
  {
    const SecondSignalWatch watch;
    if (steps.drain) steps.drain();
    if (steps.flush) steps.flush();
  }
  Log(Level::kInfo, Event::kStopped);
  telemetry::StopLogs();
  return 0;
}

void RequestStop() { ::kill(::getpid(), SIGTERM); }

void FailStop(telemetry::Literal reason) {
  Log(Level::kError, Event::kFailStop, {{Field::kReason, reason}});
  telemetry::FlushLogs();
  ::_exit(kExitFailStop);
}

}  // namespace rapport::runtime
