#include "platform/runtime/telemetry/log_sink.h"

#include "platform/runtime/telemetry/metrics.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace rapport::telemetry::internal {
namespace {

// The longest beginning of `lines` that is whole lines and that a pipe takes in one piece, so that
// the lines of several processes on one pipe never mix.
std::string_view NextPiece(std::string_view lines) {
  if (lines.size() <= PIPE_BUF) return lines;
  const std::size_t end = lines.rfind('\n', PIPE_BUF - 1);
  return lines.substr(0, end == std::string_view::npos ? PIPE_BUF : end + 1);
}

// How many bytes were taken; 0: none will be.
std::size_t WriteSome(int descriptor, std::string_view piece) noexcept {
  for (;;) {
    const ssize_t taken = ::write(descriptor, piece.data(), piece.size());
    if (taken > 0) return static_cast<std::size_t>(taken);
    if (taken < 0 && errno == EINTR) continue;
    if (taken == 0 || errno != EAGAIN) return 0;
    pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, 1'000) <= 0) return 0;
  }
}

// What could not be written. Safe in a signal handler.
std::string_view WriteAll(int descriptor, std::string_view lines) noexcept {
  while (!lines.empty()) {
    const std::size_t taken = WriteSome(descriptor, NextPiece(lines));
    if (taken == 0) break;
    lines.remove_prefix(taken);
  }
  return lines;
}

}  // namespace

void LogSink::Start() {
  std::lock_guard lock(mutex_);
  if (running_) return;
  running_ = true;
  stopping_ = false;
  thread_ = std::thread([this] { Run(); });
}

void LogSink::Stop() {
  {
    std::lock_guard lock(mutex_);
    if (!running_) return;
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  std::lock_guard lock(mutex_);
  running_ = false;
}

void LogSink::Append(std::string_view line, bool soon) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    if (!running_ || stopping_) return Write(line);
    Buffer& buffer = buffers_[filling_.load(std::memory_order_relaxed)];
    const std::size_t used = buffer.used.load(std::memory_order_relaxed);
    if (used + line.size() > kBufferBytes) return Count(Metric::kLogLinesDropped);
    std::memcpy(buffer.bytes.data() + used, line.data(), line.size());
    buffer.used.store(used + line.size(), std::memory_order_release);
    first = used == 0 || (soon && !soon_) ||
            (used < kEnoughBytes && used + line.size() >= kEnoughBytes);
    soon_ |= soon;
  }
  if (first) wake_.notify_one();
}

void LogSink::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    Buffer& buffer = buffers_[filling_.load(std::memory_order_relaxed)];
    const auto used = [&] { return buffer.used.load(std::memory_order_relaxed); };
    wake_.wait(lock, [&] { return stopping_ || used() > 0; });
    wake_.wait_for(lock, kLongest, [&] { return stopping_ || soon_ || used() >= kEnoughBytes; });
    if (used() == 0) return;  // Stopping, and nothing is left.
    filling_.store(1 - filling_.load(std::memory_order_relaxed), std::memory_order_release);
    soon_ = false;
    writing_ = true;
    lock.unlock();
    Write({buffer.bytes.data(), used()});
    lock.lock();
    buffer.used.store(0, std::memory_order_release);
    writing_ = false;
    written_.notify_all();
  }
}

void LogSink::Flush(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const auto empty = [&] {
    return !writing_ && buffers_[filling_.load(std::memory_order_relaxed)].used.load() == 0;
  };
  if (!running_ || empty()) return;
  soon_ = true;
  wake_.notify_one();
  written_.wait_for(lock, patience, empty);
}

void LogSink::FlushFromSignal() noexcept {
  const Buffer& buffer = buffers_[filling_.load(std::memory_order_acquire)];
  WriteAll(descriptor_, {buffer.bytes.data(), buffer.used.load(std::memory_order_acquire)});
}

void LogSink::Write(std::string_view lines) noexcept {
  const std::string_view lost = WriteAll(descriptor_, lines);
  if (lost.empty()) return;
  Count(Metric::kLogLinesDropped,
        static_cast<std::uint64_t>(std::count(lost.begin(), lost.end(), '\n')));
}

}  // namespace rapport::telemetry::internal
