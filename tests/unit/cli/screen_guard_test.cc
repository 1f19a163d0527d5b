// What ends the program in the middle of a form leaves nothing on the screen.
#include "cli/screen_guard.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace rapport::cli {
namespace {

TEST(ScreenGuardA13, ASignalClearsTheScreenAndThenEndsTheProgram) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const ScreenGuard guard(ends[1]);
      raise(signal);
      _exit(0);
    }
    close(ends[1]);
    std::string screen(64, '\0');
    const ssize_t size = read(ends[0], screen.data(), screen.size());
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_GE(size, 0);
    screen.resize(static_cast<std::size_t>(size));
    EXPECT_EQ(screen, kClearScreen) << signal;
    EXPECT_TRUE(WIFSIGNALED(status)) << signal;
    EXPECT_EQ(WTERMSIG(status), signal);
  }
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
