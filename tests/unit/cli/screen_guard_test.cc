// What ends the program in the middle of a form leaves nothing on the screen.
#include "cli/screen_guard.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>

namespace rapport::cli {
namespace {

// A process under a guard whose screen is read here.
class Guarded {
 public:
  // `child` runs in it.
  explicit Guarded(const std::function<void()>& child) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    screen_ = ends[0];
    id_ = fork();
    EXPECT_GE(id_, 0);
    if (id_ == 0) {
      setpgid(0, 0);  // In a group without a parent outside, no stop of a terminal is obeyed.
      const ScreenGuard guard(ends[1]);
      child();
      _exit(0);
    }
    close(ends[1]);
  }
  ~Guarded() { close(screen_); }

  // What comes on the screen until it is closed.
  std::string Screen() const {
    std::string all;
    std::array<char, 256> part{};
    for (ssize_t size = 0; (size = read(screen_, part.data(), part.size())) > 0;) {
      all.append(part.data(), static_cast<std::size_t>(size));
    }
    return all;
  }
  // Waits until it ended, or stopped.
  int Status() const {
    int status = 0;
    EXPECT_EQ(waitpid(id_, &status, WUNTRACED), id_);
    return status;
  }
  pid_t id() const { return id_; }

 private:
  int screen_ = -1;
  pid_t id_ = -1;
};

TEST(ScreenGuardA13, ASignalClearsTheScreenAndThenEndsTheProgram) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    const Guarded guarded([&] { raise(signal); });
    EXPECT_EQ(guarded.Screen(), kClearScreen) << signal;
    const int status = guarded.Status();
    EXPECT_TRUE(WIFSIGNALED(status)) << signal;
    EXPECT_EQ(WTERMSIG(status), signal);
  }
}

TEST(ScreenGuardA13, WhatWaitsIsNotBelievedToBeHeard) {
  const Guarded guarded([] {
    ScreenGuard::SomethingWaits(true);
    raise(SIGINT);
  });
  EXPECT_EQ(guarded.Screen(), std::string(kClearScreen) + std::string(kNobodyHasRead));
  EXPECT_TRUE(WIFSIGNALED(guarded.Status()));
  const Guarded passed_on([] {
    ScreenGuard::SomethingWaits(true);
    ScreenGuard::SomethingWaits(false);
    raise(SIGINT);
  });
  EXPECT_EQ(passed_on.Screen(), kClearScreen);
  EXPECT_TRUE(WIFSIGNALED(passed_on.Status()));
}

TEST(ScreenGuardA13, AStopClearsTheScreenAndTheFormGoesOnAsGuardedAsBefore) {
  const Guarded guarded([] {
    raise(SIGTSTP);
    raise(SIGTSTP);
  });
  for (int stop = 0; stop < 2; ++stop) {
    const int status = guarded.Status();
    ASSERT_TRUE(WIFSTOPPED(status)) << stop;
    EXPECT_EQ(WSTOPSIG(status), SIGTSTP);
    kill(guarded.id(), SIGCONT);
  }
  const std::string once = std::string(kClearScreen) + std::string(kGoesOn);
  EXPECT_EQ(guarded.Screen(), once + once);
  EXPECT_TRUE(WIFEXITED(guarded.Status()));
}

TEST(ScreenGuardA13, WhatIsIgnoredStaysIgnored) {
  struct sigaction ignores{}, before{};
  ignores.sa_handler = SIG_IGN;
  sigaction(SIGHUP, &ignores, &before);
  {
    const Guarded guarded([] { raise(SIGHUP); });
    EXPECT_EQ(guarded.Screen(), "");
    EXPECT_TRUE(WIFEXITED(guarded.Status()));
  }
  sigaction(SIGHUP, &before, nullptr);
}

TEST(ScreenGuardA13, AfterwardsSignalsDoWhatTheyDidBefore) {
  struct sigaction before{}, after{};
  sigaction(SIGINT, nullptr, &before);
  {
    const ScreenGuard guard(STDOUT_FILENO);
  }
  sigaction(SIGINT, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

}  // namespace
}  // namespace rapport::cli
