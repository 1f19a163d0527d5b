// LogSink: takes finished lines and writes them to a descriptor, whole lines at a time.
//
// Internal to telemetry. Until Start() each line is one write. After it a thread of its own writes
// what has gathered, at the latest after 100 ms or 64 KiB, so that whoever logs never waits for
// whoever reads; when the reader is too slow, lines are dropped and counted. An idle sink does
// nothing. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <thread>

namespace rapport::telemetry::internal {

class LogSink {
 public:
  // `descriptor` must stay open as long as the sink.
  explicit LogSink(int descriptor) : descriptor_(descriptor) {}
  ~LogSink() { Stop(); }
  LogSink(const LogSink&) = delete;

  void Start();
  // Writes what there is and ends the thread; lines are written at once again.
  void Stop();
  // `line` ends with a newline. `soon`: don't wait for more to gather.
  void Append(std::string_view line, bool soon);
  // Everything appended before is written when it returns, unless that takes longer than
  // `patience`.
  void Flush(std::chrono::milliseconds patience);
  // For a handler of a fatal signal: writes what is waiting, without a lock. A line that was just
  // being appended may be missing.
  void FlushFromSignal() noexcept;

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{256} * 1024;
  static constexpr std::size_t kEnoughBytes = std::size_t{64} * 1024;
  static constexpr std::chrono::milliseconds kLongest{100};
  struct Buffer {
    std::array<char, kBufferBytes> bytes;
    std::atomic<std::size_t> used{0};
  };

  void Run();
  void Write(std::string_view lines) noexcept;

  const int descriptor_;
  std::mutex mutex_;
  std::condition_variable wake_, written_;
  std::array<Buffer, 2> buffers_;
  std::atomic<std::size_t> filling_{0};  // which buffer takes lines
  bool running_ = false, stopping_ = false, soon_ = false, writing_ = false;
  std::thread thread_;
};

}  // namespace rapport::telemetry::internal
