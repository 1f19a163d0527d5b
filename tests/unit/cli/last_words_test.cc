// Who ends a long job in the middle is told how far it came.
#include "cli/last_words.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>

namespace rapport::cli {
namespace {

struct End {
  std::string said;
  int status = 0;
};

// What a process says that runs `job` under last words, and how it ended.
End EndOf(const std::function<void()>& job) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t id = fork();
  EXPECT_GE(id, 0);
  if (id == 0) {
    close(ends[0]);
    const LastWords guard(ends[1]);
    job();
    _exit(0);
  }
  close(ends[1]);
  End end;
  std::array<char, 1000> part{};
  for (ssize_t size = 0; (size = read(ends[0], part.data(), part.size())) > 0;) {
    end.said.append(part.data(), static_cast<std::size_t>(size));
  }
  close(ends[0]);
  EXPECT_EQ(waitpid(id, &end.status, 0), id);
  return end;
}

TEST(LastWordsTest, AreTheNewestAndTheSignalEndsTheProgram) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const End end = EndOf([&] {
      LastWords::Are("1 of 3\n");
      LastWords::Are("2 of 3\n");
      raise(signal);
    });
    EXPECT_EQ(end.said, "2 of 3\n");
    ASSERT_TRUE(WIFSIGNALED(end.status));
    EXPECT_EQ(WTERMSIG(end.status), signal);
  }
}

TEST(LastWordsTest, AJobThatEndsByItselfSaysNone) {
  const End end = EndOf([] { LastWords::Are("1 of 3\n"); });
  EXPECT_EQ(end.said, "");
  EXPECT_TRUE(WIFEXITED(end.status));
}

TEST(LastWordsTest, ASignalThatIsIgnoredStaysSo) {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  const End end = EndOf([] {
    LastWords::Are("1 of 3\n");
    raise(SIGHUP);
  });
  std::signal(SIGHUP, before);
  EXPECT_EQ(end.said, "");
  EXPECT_TRUE(WIFEXITED(end.status));
}

TEST(LastWordsTest, TooManyAreCut) {
  const End end = EndOf([] {
    LastWords::Are(std::string(600, 'x'));
    raise(SIGINT);
  });
  EXPECT_EQ(end.said, std::string(500, 'x'));
}

}  // namespace
}  // namespace rapport::cli
