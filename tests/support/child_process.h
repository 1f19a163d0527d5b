// ChildProcess: a program that a test runs beside itself: started with arguments and variables, its
// output in a file, killed when the object goes or when the test dies in any way. Start it from a
// thread that lives as long (the kernel ties the two together); not thread-safe. Failures throw.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace rapport::support {

class ChildProcess {
 public:
  struct Options {
    std::vector<std::string> arguments;              // the program first, found by PATH
    std::map<std::string, std::string> environment;  // beside the test's own
    std::string output;                              // appended: standard output and error
  };
  explicit ChildProcess(const Options& options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool Running();
  void Signal(int signal);
  // Waits for its end. The exit code, or 128 + the signal that ended it.
  int Wait();

 private:
  const pid_t pid_;
  bool ended_ = false;
  int code_ = 0;
};

// Runs a program to its end. Throws with its output when the exit code is not 0; returns the
// output.
std::string RunProgram(std::vector<std::string> arguments);

}  // namespace rapport::support
