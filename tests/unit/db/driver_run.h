// Runs db_driver.cc and reads what it said.
#pragma once

#include "unit/db/db_driver.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace rapport::db {

// A started driver. Killed with the object if it still runs.
class DriverRun {
 public:
  using Environment = std::map<std::string, std::string>;

  DriverRun(const std::vector<std::string>& arguments, const Environment& environment) {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    child_ = fork();
    if (child_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      close(ends[1]);
      for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
      std::vector<char*> argv{const_cast<char*>(DB_DRIVER)};
      for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
      }
      argv.push_back(nullptr);
      execv(DB_DRIVER, argv.data());
      _exit(127);
    }
    close(ends[1]);
    output_ = ends[0];
  }
  ~DriverRun() {
    if (child_ > 0) Kill();
    close(output_);
  }
  DriverRun(const DriverRun&) = delete;

  // Reads for so long, or until the driver ends.
  void ReadFor(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      pollfd ready{output_, POLLIN, 0};
      if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0) return;
      if (!ReadSome()) return;
    }
  }
  void Kill() {
    kill(child_, SIGKILL);
    Wait();
  }
  // Reads to its end. Its exit code, or minus the signal that ended it.
  int Wait() {
    while (ReadSome()) {
    }
    int status = 0;
    waitpid(std::exchange(child_, -1), &status, 0);
    Parse();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  // Rows by what the driver was told about them.
  std::set<std::int64_t> ok, no, unknown;
  bool said_fatal = false, said_end = false;

 private:
  bool ReadSome() {
    char buffer[65536];
    const ssize_t size = read(output_, buffer, sizeof buffer);
    if (size <= 0) return false;
    text_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }
  void Parse() {
    std::istringstream lines(text_);
    std::string word;
    std::int64_t id = 0;
    while (lines >> word >> id) {
      if (word == "ok") ok.insert(id);
      if (word == "no") no.insert(id);
      if (word == "unknown") unknown.insert(id);
      said_fatal |= word == "fatal";
      said_end |= word == "end";
    }
  }

  pid_t child_ = -1;
  int output_ = -1;
  std::string text_;
};

}  // namespace rapport::db
