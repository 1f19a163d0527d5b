// Lifecycle: how a process begins, waits for SIGTERM and ends. Used by every main.cc.
//
//   PrepareProcess({});              // first line of main, before any thread
//   ...
//   return RunUntilStopped({.not_serving = ..., .drain = ..., .flush = ...});
//
// Signals are waited for by one thread; there is no handler but the one that saves log lines of a
// crash.
#pragma once

#include "platform/runtime/telemetry/log_field.h"

#include <chrono>
#include <functional>

namespace rapport::runtime {

// sysexits.h: EX_TEMPFAIL, EX_CONFIG. An orchestrator starts again after either.
inline constexpr int kExitFailStop = 75;
inline constexpr int kExitConfig = 78;

struct ProcessOptions {
  // For developers: core files, debuggers and profilers see everything in memory, also keys.
  bool allow_core_dumps = false;
  // Ends (SIGTERM) when the process that started this one does.
  bool stop_with_parent = false;
};

// Before any other thread exists: blocks SIGTERM and SIGINT in this thread and all its future ones,
// ignores SIGPIPE, keeps memory out of core files and other processes, turns abseil's deadlock
// detection off (it costs 11 % of all calls in Debian's build), makes gRPC log like everybody else.
void PrepareProcess(const ProcessOptions& options);

struct StopSteps {
  // In this order, on the calling thread. Any may be empty.
  std::function<void()> not_serving;       // health says NOT_SERVING, so that nobody new comes
  std::chrono::milliseconds lame_duck{0};  // how long clients get to notice
  std::function<void()> drain;             // accepted calls end
  std::function<void()> flush;             // outbox, audit, databases
};

// Blocks until SIGTERM, SIGINT or RequestStop(), then takes the steps; a second signal at any point
// of them ends the process at once with 128 + its number. Returns the exit code.
int RunUntilStopped(const StopSteps& steps);

// The next SIGTERM or SIGINT within `longest`, on the calling thread; 0: none came. For who waits
// before RunUntilStopped does, and then ends.
int StopSignalWithin(std::chrono::milliseconds longest);

// As if SIGTERM had come. Thread-safe.
void RequestStop();

// Ends the process at once, from any thread, with kExitFailStop: what it believes and what is on
// disk may differ, and going on could make it worse. Log lines are written first.
[[noreturn]] void FailStop(telemetry::Literal reason);

}  // namespace rapport::runtime
