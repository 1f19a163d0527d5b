// Suite: the real services as processes on loopback, installed as deploy/local installs them, in a
// folder of one test, with Redis, two agencies and people who call; on files, or, where the
// environment says so (test_database.h), on a PostgreSQL of its own. Nothing of it outlives the
// object. Not thread-safe but for AddPerson, header(), Send and Call, which any thread may use.
#pragma once

#include "platform/crypto/local_issuer.h"
#include "support/child_process.h"
#include "support/exchange.h"
#include "support/redis_process.h"
#include "support/scratch_folder.h"
#include "support/sockets.h"

#include <google/protobuf/message.h>
#include <grpcpp/channel.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::support {

// The services that are built, in the order they are started: "intake", "notes", ...
const std::vector<std::string>& BuiltServices();
// build/bin/NAME.
std::string Binary(const std::string& name);

class ChaosProxy;
class PostgresServer;

class Suite {
 public:
  struct Options {
    bool redis = true;
    std::map<std::string, std::string> settings;     // of every service's configuration file
    std::map<std::string, std::string> environment;  // of every service
  };
  Suite() : Suite(Options{}) {}
  ~Suite();
  // Installed, nothing started.
  explicit Suite(Options options);

  // Starts a service, or all of them, and waits until health says SERVING.
  void Start(const std::string& service, const std::map<std::string, std::string>& variables = {});
  void StartAll();
  // Without waiting for it.
  void Launch(const std::string& service, const std::map<std::string, std::string>& variables = {});
  void AwaitReady(const std::string& service);
  // SIGKILL, and waits until it is gone.
  void Kill(const std::string& service);
  // SIGTERM, and waits. The exit code.
  int Stop(const std::string& service);
  ChildProcess& process(const std::string& service) { return *processes_.at(service); }

  // Changes one setting of a service's file; it holds from the next start.
  void Set(const std::string& service, const std::string& key, const std::string& value);
  std::string Setting(const std::string& service, const std::string& key) const;

  // A person who can be named in calls. Roles and scopes as tokens say them.
  void AddPerson(const std::string& name, std::vector<std::string> roles,
                 const std::string& agency = "harbour", std::vector<std::string> scopes = {});
  // Those of deploy/local/demo_case.yaml: ida, anna, sam, desk, max, mira, tom, lia.
  void AddDemoPeople();
  // Plays that case, as the demo does.
  void PlayDemo();
  // Another story, of the same people.
  void PlayStory(const std::string& file);
  // The value of a header as the person would send it.
  std::string header(const std::string& name) const;

  // `method`: "rapport.intake.v1.IntakeService/GetFamily". The package says whose it is. What
  // nobody knows the outcome of is sent again, as clients are told to, where writes are lost on
  // purpose.
  Reply Send(std::string_view method, const std::string& request, const ExchangeOptions& options);
  // What every process serves, of this one.
  Reply SendTo(const std::string& service, std::string_view method, const std::string& request,
               const ExchangeOptions& options);
  Reply Call(const std::string& as, std::string_view method,
             const google::protobuf::Message& request);
  // The same, and what is refused for load is sent again when the service says, as a client with a
  // retry policy does it.
  Reply CallUntilTaken(const std::string& as, std::string_view method,
                       const google::protobuf::Message& request);
  // From now on Send and Call answer `method` with UNIMPLEMENTED, as a service without it would.
  // Empty: none. For tests of tests; not while another thread calls.
  void Unimplement(std::string method) { unimplemented_ = std::move(method); }
  // How often each kind of fault was met so far, where the environment asks for faults of
  // PostgreSQL (test_database.h): "40001", "40003", "lost", and "again": calls that Send repeated
  // for that.
  std::map<std::string, std::int64_t> Faults() const;
  // Of the public listener; one for all calls.
  std::shared_ptr<grpc::Channel> channel(const std::string& service);
  // What a service's health listener says of "" (may it get calls), "live" or "ready".
  bool Healthy(const std::string& service, std::string_view what = "ready");

  const std::string& folder() const { return folder_.path(); }
  // Everything the service said since it was first started.
  std::string Log(const std::string& service) const;
  std::string Database(const std::string& service) const;
  int Port(const std::string& service, const std::string& listener) const;
  RedisProcess& redis() { return *redis_; }
  const crypto::LocalIssuer& issuer(const std::string& agency) const { return issuers_.at(agency); }
  void SetClock(const std::string& time) { WriteText(folder_ / "clock", time + "\n"); }
  std::string clock_file() const { return folder_ / "clock"; }

 private:
  struct Person {
    std::string agency;
    std::vector<std::string> roles, scopes;
  };
  std::string ConfigPath(const std::string& service) const;
  void UsePostgres(std::string_view isolation);
  std::string LoseWrites();
  void UndoWrites(const std::string& service);

  const Options options_;
  const ScratchFolder folder_;
  const ReservedPorts ports_;  // of which `prepare` of deploy/local/services uses 21
  std::unique_ptr<PostgresServer> postgres_;
  std::unique_ptr<ChaosProxy> lossy_;    // before it, where faults are asked for
  std::atomic<std::int64_t> again_ = 0;  // calls
  std::unique_ptr<RedisProcess> redis_;
  std::map<std::string, crypto::LocalIssuer> issuers_;
  std::map<std::string, std::unique_ptr<ChildProcess>> processes_;
  std::string unimplemented_;
  mutable std::mutex mutex_;
  std::map<std::string, Person> people_;  // guarded by mutex_
  mutable std::map<std::string, std::pair<std::int64_t, std::string>>
      headers_;                                                     // guarded by mutex_
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;  // guarded by mutex_
};

// "rapport.intake.v1.IntakeService/GetFamily" -> "intake". The audit and changes services, which
// every process has, are asked of intake.
std::string ServiceOf(std::string_view method);

}  // namespace rapport::support
