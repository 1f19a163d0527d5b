#include "platform/runtime/telemetry/logs.h"

#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/random.h"
#include "platform/runtime/telemetry/log_line.h"
#include "platform/runtime/telemetry/log_sink.h"
#include "platform/runtime/telemetry/metrics.h"
#include "platform/runtime/telemetry/sanitise.h"
#include "platform/schema/errors.h"

#include <absl/container/flat_hash_map.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <typeinfo>

namespace rapport::telemetry {
namespace {

using internal::LogLine;

constexpr std::chrono::milliseconds kFlushPatience{1'000};

// What is set once, at start-up, before other threads log.
struct State {
  internal::LogSink sink{STDERR_FILENO};
  Literal service = "rapport";
  std::string hash_key = std::string(32, '\0');
  State() { crypto::RandomBytes(hash_key.data(), hash_key.size()); }
};

// Never destroyed: threads may log until the very end.
State& TheState() {
  static auto* const state = new State;
  return *state;
}

std::atomic<Level> least{Level::kInfo};

// At most kMost lines of one event in a window; the others are counted.
class Cap {
 public:
  // False: leave the line out. `left_out`: how many were, since the last line of this event.
  bool Admit(std::uint64_t* left_out) {
    const auto now = SteadyClock::now();
    std::lock_guard lock(mutex_);
    if (lines_ == 0 || now - began_ >= kWindow) {
      began_ = now;
      lines_ = 0;
    }
    if (lines_ == kMost) {
      ++left_out_;
      return false;
    }
    ++lines_;
    *left_out = std::exchange(left_out_, 0);
    return true;
  }
  void BeginAnew() {
    std::lock_guard lock(mutex_);
    lines_ = 0;
    left_out_ = 0;
  }

 private:
  static constexpr int kMost = 10;
  static constexpr std::chrono::seconds kWindow{10};
  std::mutex mutex_;
  SteadyClock::time_point began_{};
  int lines_ = 0;
  std::uint64_t left_out_ = 0;
};

std::array<Cap, static_cast<std::size_t>(Event::kCount)> caps;

// Writes one line of `event` unless its level is off or it is repeated too often.
template <typename Fill>
void Emit(Level level, Event event, Fill&& fill) {
  if (!Logs(level)) return;
  std::uint64_t left_out = 0;
  if (level >= Level::kWarn && !caps[static_cast<std::size_t>(event)].Admit(&left_out)) {
    return Count(Metric::kLogLinesSuppressed);
  }
  State& state = TheState();
  LogLine line(level, EventName(event), state.service.text());
  if (left_out > 0) line.Number("left_out", static_cast<std::int64_t>(left_out));
  fill(line);
  state.sink.Append(line.Finish(), true);
}

bool IsOurFault(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kDataLoss;
}

void OnFatalSignal(int signal);

struct FatalSignal {
  int number;
  struct sigaction usual;
};
std::array<FatalSignal, 5> fatal_signals = {
    {{SIGSEGV, {}}, {SIGBUS, {}}, {SIGFPE, {}}, {SIGILL, {}}, {SIGABRT, {}}}};

void OnFatalSignal(int signal) {
  TheState().sink.FlushFromSignal();
  for (const FatalSignal& fatal : fatal_signals) {
    if (fatal.number == signal) ::sigaction(signal, &fatal.usual, nullptr);
  }
  ::raise(signal);  // Blocked until this handler returns; then it takes its usual course.
}

}  // namespace

void StartLogs(const LogOptions& options) {
  State& state = TheState();
  state.service = options.service;
  least.store(options.level, std::memory_order_relaxed);
  for (Cap& cap : caps) cap.BeginAnew();
  state.sink.Start();
}

void StopLogs() { TheState().sink.Stop(); }

void FlushLogs() { TheState().sink.Flush(kFlushPatience); }

void FlushLogsOnCrash() {
  // Twice would make our handler the usual course of a signal, and a crash endless.
  static std::once_flag once;
  std::call_once(once, [] {
    TheState();  // The handler must not be the one that makes it.
    for (FatalSignal& fatal : fatal_signals) {
      struct sigaction action{};
      action.sa_handler = &OnFatalSignal;
      ::sigaction(fatal.number, &action, &fatal.usual);
    }
  });
}

bool Logs(Level level) { return level >= least.load(std::memory_order_relaxed); }

void Log(Level level, Event event, std::initializer_list<LogField> fields) {
  Emit(level, event, [&](LogLine& line) {
    for (const LogField& field : fields) line.Add(field);
  });
}

void Log(const CallContext& context, Level level, Event event,
         std::initializer_list<LogField> fields) {
  Emit(level, event, [&](LogLine& line) {
    line.Trace(context.trace);
    for (const LogField& field : fields) line.Add(field);
  });
}

void LogCall(const CallContext& context, const absl::Status& status,
             std::chrono::nanoseconds took) {
  const Level level = IsOurFault(status.code()) ? Level::kError : Level::kInfo;
  if (!Logs(level)) return;
  State& state = TheState();
  LogLine line(level, EventName(Event::kRpc), state.service.text());
  line.Trace(context.trace);
  line.Text("method", context.method);
  line.Add({Field::kCode, status.code()});
  if (!status.ok()) {
    if (const std::string reason = schema::ReasonOf(status); !reason.empty()) {
      line.Text("reason", reason);
    }
  }
  line.Add({Field::kMicros, took});
  if (context.principal) line.Add({Field::kAgency, HashId(context.principal->agency)});
  if (!context.peer.empty()) line.Text("peer", context.peer);
  state.sink.Append(line.Finish(), level >= Level::kWarn);
}

void LogClientCall(const CallContext& context, std::string_view method, absl::StatusCode code,
                   std::chrono::nanoseconds took) {
  Emit(Level::kDebug, Event::kRpcClient, [&](LogLine& line) {
    line.Trace(context.trace);
    line.Text("method", method);
    line.Add({Field::kCode, code});
    line.Add({Field::kMicros, took});
  });
}

void LogException(const CallContext& context, const std::exception& exception) {
  Emit(Level::kError, Event::kException, [&](LogLine& line) {
    line.Trace(context.trace);
    line.Text("method", context.method);
    line.Text("type", internal::TypeName(typeid(exception).name()));
    line.Text("error", internal::Sanitised(exception.what()));
  });
}

void LogFailure(Event event, const absl::Status& failure, std::initializer_list<LogField> fields,
                Level level) {
  Emit(level, event, [&](LogLine& line) {
    line.Add({Field::kCode, failure.code()});
    for (const LogField& field : fields) line.Add(field);
    line.Text("error", internal::Sanitised(Std(failure.message())));
  });
}

void SetHashKey(std::string_view key) { TheState().hash_key = key; }

HashedId HashId(std::string_view id) {
  constexpr std::size_t kMostKnown = 4'096;
  thread_local absl::flat_hash_map<std::string, std::uint64_t> known;
  if (const auto found = known.find(Absl(id)); found != known.end()) return {found->second};
  const std::string digest = crypto::HmacSha256(TheState().hash_key, {id});
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < sizeof hash; ++i) {
    hash = hash << 8 | static_cast<unsigned char>(digest[i]);
  }
  if (known.size() == kMostKnown) known.clear();
  known.emplace(id, hash);
  return {hash};
}

}  // namespace rapport::telemetry
