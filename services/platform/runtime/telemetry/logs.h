// Logs: one JSON object a line, on stderr. Used by everybody.
//
//   Log(Level::kWarn, Event::kOutboxDelayed, {{Field::kDestination, "goals"}, {Field::kCount, n}});
//
// Fields are typed (log_field.h); no overload takes a string made at run time, so nothing of a
// request is ever in a line. Ids appear only as keyed hashes. Repeated warnings are capped: at most
// 10 lines of one event in 10 s, the next one says how many were left out. Thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/runtime/telemetry/log_field.h"

#include <absl/status/status.h>

#include <chrono>
#include <exception>
#include <initializer_list>
#include <string_view>

namespace rapport::telemetry {

struct LogOptions {
  Literal service = "rapport";
  Level level = Level::kInfo;  // less important lines cost nothing
};

// At start-up, after signals were blocked: from then on a thread of its own does the writing.
// Before it, and in programs that never call it, each line is written at once.
void StartLogs(const LogOptions& options);
// Writes what is waiting and ends that thread.
void StopLogs();
// Everything logged before is written when it returns, at most 1 s later.
void FlushLogs();
// Lines still waiting are written when the process dies of a fatal signal (SIGSEGV, SIGBUS, SIGFPE,
// SIGILL, SIGABRT); the signal then takes its usual course. Calling it again changes nothing.
void FlushLogsOnCrash();

bool Logs(Level level);

void Log(Level level, Event event, std::initializer_list<LogField> fields = {});
// Within a call: adds trace and span.
void Log(const CallContext& context, Level level, Event event,
         std::initializer_list<LogField> fields = {});

// The one line of a call that ended; at level error when the fault is ours (INTERNAL, UNKNOWN,
// DATA_LOSS), else at info. Under 1 us.
void LogCall(const CallContext& context, const absl::Status& status, std::chrono::nanoseconds took);
// The same for a call to another service, at level debug. `method` comes from code.
void LogClientCall(const CallContext& context, std::string_view method, absl::StatusCode code,
                   std::chrono::nanoseconds took);

// The only ways for a text from outside into a line: the type of the exception (the
// code of the status) and the text without anything quoted, without long numbers and addresses of
// machines, cut at 200 bytes.
void LogException(const CallContext& context, const std::exception& exception);
void LogFailure(Event event, const absl::Status& failure,
                std::initializer_list<LogField> fields = {}, Level level = Level::kError);

HashedId HashId(std::string_view id);
// Once, before the first call of HashId: the key, the same in all services of an installation so
// that their logs can be joined (SuiteKey::kLog). Without it a random one, and hashes of this
// process compare with no other's.
void SetHashKey(std::string_view key);

}  // namespace rapport::telemetry
