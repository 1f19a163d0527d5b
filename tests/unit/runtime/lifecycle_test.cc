#include "platform/runtime/lifecycle.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace rapport::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A child process that runs `body` and reports by single letters on a pipe.
class Child {
 public:
  using Report = std::function<void(char)>;

  explicit Child(const std::function<int(const Report&)>& body) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      ::_exit(body([&](char letter) { (void)!::write(ends[1], &letter, 1); }));
    }
    ::close(ends[1]);
    reader_ = ends[0];
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    if (!ended_) ::waitpid(pid_, nullptr, 0);
    ::close(reader_);
  }

  void Signal(int signal) const { ::kill(pid_, signal); }
  // Blocks for the next letter; 0 when the child has ended.
  char Next() const {
    char letter = 0;
    return ::read(reader_, &letter, 1) == 1 ? letter : '\0';
  }
  std::string Rest() const {
    std::string rest;
    while (const char letter = Next()) rest += letter;
    return rest;
  }
  // The wait status.
  int End() {
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    ended_ = true;
    return status;
  }
  int ExitCode() {
    const int status = End();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_;
  int reader_;
  bool ended_ = false;
};

// Waits for a stop signal and reports s (started), n (not serving), d (drained), f (flushed).
int Serve(
    const Child::Report& report, milliseconds lame_duck,
    const std::function<void()>& drain = [] {}) {
  PrepareProcess({});
  report('s');
  return RunUntilStopped({.not_serving = [&] { report('n'); },
                          .lame_duck = lame_duck,
                          .drain =
                              [&] {
                                report('d');
                                drain();
                              },
                          .flush = [&] { report('f'); }});
}

void WaitForever() {
  for (;;) ::pause();
}

TEST(Lifecycle, StopsInOrderOnEitherSignal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Child child([](const Child::Report& report) { return Serve(report, milliseconds(0)); });
    ASSERT_EQ(child.Next(), 's');
    child.Signal(signal);
    EXPECT_EQ(child.Rest(), "ndf");
    EXPECT_EQ(child.ExitCode(), 0);
  }
}

TEST(Lifecycle, ASignalBeforeItIsReadyIsNotLost) {
  Child child([](const Child::Report& report) {
    PrepareProcess({});
    ::raise(SIGTERM);
    return Serve(report, milliseconds(0));
  });
  EXPECT_EQ(child.Rest(), "sndf");
  EXPECT_EQ(child.ExitCode(), 0);
}

TEST(Lifecycle, GivesClientsTimeToNotice) {
  const auto start = steady_clock::now();
  Child child([](const Child::Report& report) { return Serve(report, milliseconds(300)); });
  ASSERT_EQ(child.Next(), 's');
  child.Signal(SIGTERM);
  ASSERT_EQ(child.Next(), 'n');
  ASSERT_EQ(child.Next(), 'd');
  EXPECT_GE(steady_clock::now() - start, milliseconds(300));
  EXPECT_EQ(child.ExitCode(), 0);
}

TEST(Lifecycle, ASecondSignalEndsTheLameDuckPauseAndTheProcess) {
  Child child([](const Child::Report& report) { return Serve(report, std::chrono::minutes(5)); });
  ASSERT_EQ(child.Next(), 's');
  child.Signal(SIGTERM);
  ASSERT_EQ(child.Next(), 'n');
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Rest(), "");
  EXPECT_EQ(child.ExitCode(), 128 + SIGTERM);
}

TEST(Lifecycle, ASecondSignalEndsADrainThatHangs) {
  Child child(
      [](const Child::Report& report) { return Serve(report, milliseconds(0), &WaitForever); });
  ASSERT_EQ(child.Next(), 's');
  child.Signal(SIGTERM);
  ASSERT_EQ(child.Next(), 'n');
  ASSERT_EQ(child.Next(), 'd');
  child.Signal(SIGINT);
  EXPECT_EQ(child.Rest(), "");
  EXPECT_EQ(child.ExitCode(), 128 + SIGINT);
}

TEST(Lifecycle, StopsOnRequestOfAnyThread) {
  Child child([](const Child::Report& report) {
    PrepareProcess({});
    std::thread thread(&RequestStop);
    const int code = Serve(report, milliseconds(0));
    thread.join();
    return code;
  });
  EXPECT_EQ(child.Rest(), "sndf");
  EXPECT_EQ(child.ExitCode(), 0);
}

TEST(Lifecycle, StepsMayBeLeftOut) {
  Child child([](const Child::Report&) {
    PrepareProcess({});
    RequestStop();
    return RunUntilStopped({});
  });
  EXPECT_EQ(child.ExitCode(), 0);
}

TEST(Lifecycle, FailStopEndsAtOnceFromAnyThread) {
  Child child([](const Child::Report& report) {
    PrepareProcess({});
    std::thread([] { FailStop("TEST"); }).detach();
    return Serve(report, milliseconds(0));
  });
  EXPECT_EQ(child.ExitCode(), kExitFailStop);
}

TEST(Lifecycle, KeepsMemoryOutOfCoreFiles) {
  Child child([](const Child::Report& report) {
    PrepareProcess({});
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    report(core.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE) == 0 ? 'y' : 'n');
    return 0;
  });
  EXPECT_EQ(child.Rest(), "y");
  Child developer([](const Child::Report& report) {
    PrepareProcess({.allow_core_dumps = true});
    report(::prctl(PR_GET_DUMPABLE) == 1 ? 'y' : 'n');
    return 0;
  });
  EXPECT_EQ(developer.Rest(), "y");
}

TEST(Lifecycle, ACrashIsStillACrash) {
  Child child([](const Child::Report&) -> int {
    PrepareProcess({});
    std::abort();
  });
  EXPECT_EQ(child.ExitCode(), -SIGABRT);
}

TEST(Lifecycle, WritingToAClosedPipeIsNoReasonToDie) {
  Child child([](const Child::Report&) {
    PrepareProcess({});
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    ::close(ends[0]);
    return ::write(ends[1], "x", 1) == -1 ? 0 : 1;
  });
  EXPECT_EQ(child.ExitCode(), 0);
}

TEST(Lifecycle, StopsWithItsParentWhenAsked) {
  Child parent([](const Child::Report& report) {
    int ready[2];
    if (::pipe(ready) != 0) return 1;
    if (::fork() == 0) {
      PrepareProcess({.stop_with_parent = true});
      (void)!::write(ready[1], "r", 1);
      const int code = RunUntilStopped({.flush = [&] { report('f'); }});
      ::_exit(code);
    }
    char byte = 0;
    return ::read(ready[0], &byte, 1) == 1 ? 0 : 1;
  });
  EXPECT_EQ(parent.Rest(), "f");  // Its pipe closes only when the grandchild has ended, too.
  EXPECT_EQ(parent.ExitCode(), 0);
}

}  // namespace
}  // namespace rapport::runtime
