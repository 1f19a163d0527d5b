// RedisProcess: a real redis-server for a test, empty, without persistence, on a unix socket in a
// temporary folder and on a free port of loopback. It is gone when the object is, and also when the
// test's process dies in any way. Start it from a thread that lives as long (the kernel ties the
// two together); not thread-safe. Whatever does not work throws: a test without its Redis fails.
#pragma once

#include "support/scratch_folder.h"
#include "support/sockets.h"

#include <sys/types.h>

#include <string>
#include <vector>

namespace rapport::support {

class RedisProcess {
 public:
  struct Options {
    std::vector<std::string> arguments;  // as on the command line: {"--maxmemory", "1mb"}
    bool start = true;
    std::string password;  // what Run() authenticates with
  };
  RedisProcess() : RedisProcess(Options{}) {}
  explicit RedisProcess(Options options);
  ~RedisProcess() { Kill(); }

  // Answers when it returns. On the same socket and port as before, and empty.
  void Start();
  void Kill();     // SIGKILL, and waits until it is gone
  void Suspend();  // SIGSTOP: connections stay, nothing answers
  void Resume();

  std::string socket() const { return folder_ / "redis.sock"; }
  int port() const { return port_.first(); }

  // One command on a connection of its own. Text and status as they are, integers in decimal, nil
  // as "", elements of arrays one a line, errors as "(error) ...".
  std::string Run(const std::vector<std::string>& words) const;

 private:
  bool Answers() const;

  const Options options_;
  const ScratchFolder folder_;
  const ReservedPorts port_;  // the first of them
  pid_t pid_ = -1;
};

}  // namespace rapport::support
