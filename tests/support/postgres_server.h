// PostgresServer: a real PostgreSQL for a test program, empty, durable as it is by default, on a
// unix socket in a temporary folder and on a free port of loopback. It is gone when the object is,
// and also when the program dies in any way. PostgreSQL refuses to run as root: then it runs as the
// user `postgres`. Make it on a thread that lives as long (the kernel ties the two together);
// functions are thread-safe but for those that start and stop. Whatever does not work throws.
#pragma once

#include "support/scratch_folder.h"
#include "support/sockets.h"

#include <sys/types.h>

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::support {

class PostgresServer {
 public:
  // What owns the tables, and what a service runs as: neither is a superuser, which no policy
  // holds.
  static constexpr char kOwner[] = "rapport_owner";
  static constexpr char kService[] = "rapport_service";

  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;

  // One a test program, started when it is first asked for.
  static PostgresServer& Shared();

  std::string Url(std::string_view role) const;     // over the unix socket
  std::string TcpUrl(std::string_view role) const;  // over loopback
  int port() const { return port_.first(); }
  // A new schema of kOwner's, empty, which kService may look into.
  std::string NewSchema();
  // Statements of the superuser; the first column of the last one's rows.
  std::vector<std::string> Run(const std::string& statements) const;

  void Start();
  void Kill();           // SIGKILL of the server, and waits until nothing of it is left
  void Stop();           // fast shutdown: connections are cut
  void Suspend() const;  // SIGSTOP of everything: connections stay, nothing answers
  void Resume() const;

 private:
  pid_t Spawn(std::vector<std::string> words) const;
  std::string Log() const;

  const ScratchFolder folder_;
  const ReservedPorts port_;  // the first of them
  pid_t pid_ = -1;
  std::atomic<int> schemas_{0};
};

}  // namespace rapport::support
