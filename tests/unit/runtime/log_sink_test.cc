#include "platform/runtime/telemetry/log_sink.h"

#include "platform/runtime/telemetry/metrics.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace rapport::telemetry::internal {
namespace {

// A reader that went away must show as an error of write(), not end the process.
const auto kSignalBefore = ::signal(SIGPIPE, SIG_IGN);

using std::chrono::milliseconds;

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0); }
  ~Pipe() {
    CloseReader();
    ::close(ends_[1]);
  }
  int writer() const { return ends_[1]; }
  void CloseReader() {
    if (ends_[0] >= 0) ::close(std::exchange(ends_[0], -1));
  }
  // One read; empty when nothing comes within `patience`.
  std::string Read(milliseconds patience) const {
    pollfd ready{.fd = ends_[0], .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, static_cast<int>(patience.count())) != 1) return {};
    std::string text(1 << 16, '\0');
    text.resize(static_cast<std::size_t>(::read(ends_[0], text.data(), text.size())));
    return text;
  }

 private:
  int ends_[2];
};

TEST(LogSink, WritesAtOnceUntilItIsStarted) {
  Pipe pipe;
  LogSink sink(pipe.writer());
  sink.Append("one\n", false);
  EXPECT_EQ(pipe.Read(milliseconds(0)), "one\n");
}

TEST(LogSink, GathersLinesButNotForLong) {
  Pipe pipe;
  LogSink sink(pipe.writer());
  sink.Start();
  sink.Append("one\n", false);
  sink.Append("two\n", false);
  EXPECT_EQ(pipe.Read(milliseconds(5'000)), "one\ntwo\n");
}

TEST(LogSink, WritesUrgentLinesWithAllBeforeThem) {
  Pipe pipe;
  LogSink sink(pipe.writer());
  sink.Start();
  sink.Append("one\n", false);
  sink.Append("two\n", true);
  std::string text;
  while (text.size() < 8) text += pipe.Read(milliseconds(5'000));
  EXPECT_EQ(text, "one\ntwo\n");
}

TEST(LogSink, WritesEverythingWhenItStops) {
  Pipe pipe;
  LogSink sink(pipe.writer());
  sink.Start();
  sink.Append("one\n", false);
  sink.Stop();
  EXPECT_EQ(pipe.Read(milliseconds(0)), "one\n");
  sink.Start();
  sink.Append("two\n", false);
  sink.Flush(milliseconds(5'000));
  EXPECT_EQ(pipe.Read(milliseconds(0)), "two\n");
}

// So that lines of several processes on one pipe never mix.
TEST(LogSink, WritesWholeLinesInPiecesThatPipesKeepTogether) {
  Pipe pipe;
  LogSink sink(pipe.writer());
  sink.Start();
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const std::string line = std::string(static_cast<std::size_t>(i), 'x') + "\n";
    sink.Append(line, false);
    all += line;
  }
  std::string text;
  while (text.size() < all.size()) {
    const std::string piece = pipe.Read(milliseconds(5'000));
    ASSERT_FALSE(piece.empty());
    EXPECT_EQ(piece.back(), '\n');
    text += piece;
  }
  EXPECT_EQ(text, all);
}

TEST(LogSink, NeverWaitsForAReaderThatIsTooSlow) {
  const double before = Read(Metric::kLogLinesDropped);
  Pipe pipe;
  ::fcntl(pipe.writer(), F_SETPIPE_SZ, PIPE_BUF);
  {
    LogSink sink(pipe.writer());
    sink.Start();
    const std::string line = std::string(1'023, 'x') + "\n";
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 2'000; ++i) sink.Append(line, false);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
    EXPECT_GT(Read(Metric::kLogLinesDropped), before);
    pipe.CloseReader();
  }
  EXPECT_LE(Read(Metric::kLogLinesDropped) - before, 2'000);
}

TEST(LogSink, WritesWhatIsWaitingFromASignalHandler) {
  Pipe pipe;
  LogSink sink(pipe.writer());
  sink.Start();
  sink.Append("one\n", false);
  sink.FlushFromSignal();
  EXPECT_EQ(pipe.Read(milliseconds(0)), "one\n");
}

}  // namespace
}  // namespace rapport::telemetry::internal
