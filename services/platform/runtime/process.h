// Process: a service's program around its use cases. main.cc names the service, its peers and what
// it serves; everything else (configuration, certificates, keys, database, listeners, relay, life
// cycle) happens here, the same in all four.
#pragma once

#include "platform/base/clock.h"
#include "platform/base/sleeper.h"
#include "platform/crypto/agencies.h"
#include "platform/db/migrate.h"
#include "platform/records/change_feed.h"
#include "platform/records/eraser.h"
#include "platform/records/inbox.h"
#include "platform/records/service_deps.h"
#include "platform/rpc/channel.h"
#include "platform/rpc/facts_source.h"
#include "platform/rpc/relay.h"
#include "platform/rpc/server.h"
#include "platform/runtime/telemetry/log_field.h"

#include <absl/status/status.h>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::runtime {

// What a service is built from. Lives as long as the process.
struct Platform {
  records::ServiceDeps deps;
  const crypto::Agencies& agencies;
  crypto::KeyRing& keys;
  records::Eraser& eraser;
  const records::ChangeFeed& feed;  // of this service's own changes
  Sleeper& sleeper;
  // A channel to another service's mesh listener, which main.cc must have named in `peers`; of any
  // other name null, and the process does not start.
  std::function<std::shared_ptr<rpc::Channel>(std::string_view service)> channel;
};

// What main.cc makes of it.
struct Wiring {
  std::vector<rpc::ServiceFactory> services;   // on the api and the mesh listener
  std::vector<rpc::ServiceFactory> mesh_only;  // on the mesh listener
  // Where access facts come from; null: from intake over the mesh.
  rpc::FactsSource* facts = nullptr;
  // What this service does about other services' events; null: it is told nothing.
  records::EventHandler* events = nullptr;
  // What it does about its own; needed when it tells itself any.
  records::EventHandler* own_events = nullptr;
  // Whom it tells what: name of the service, event types. "self" is `own_events`.
  struct Subscriber {
    std::string service;
    std::vector<int> types;
  };
  std::vector<Subscriber> subscribers;
  // What it does for each agency once a second, on a thread of its own that may block; null:
  // nothing. A failure is logged.
  std::function<absl::Status(std::string_view agency)> every_second;
  // How what the audit trail is about is called: the pattern of each record kind's names.
  std::map<int, std::string_view> name_patterns;
  // Ends the streams that would go on for long, when the process begins to drain. Null: it has
  // none.
  std::function<void()> close_streams = nullptr;
  // Whatever must live as long as the process.
  std::shared_ptr<void> keep;
};

struct ServiceSpec {
  telemetry::Literal name;         // of kServices: "notes"
  std::vector<std::string> peers;  // services it calls or tells: their addresses are required
  std::function<Wiring(Platform&)> build;
  // Which class each record kind is of (records.h); null: kRecord for all.
  crypto::KeyClass (*key_class)(int kind) = nullptr;
};

// The whole of main(): returns the exit code.
int RunService(const ServiceSpec& spec, int argc, char** argv, char** environment);

}  // namespace rapport::runtime
