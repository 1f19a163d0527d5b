// Configuration of a service: typed values from flags, environment and a YAML file.
//
// A flag wins over the environment, that over the file, that over the default. The one table of all
// settings is config_schema.cc; main.cc reads the result. Every mistake is reported, not only the
// first, each with where it came from. Files that hold secrets are named, never read here.
#pragma once

#include "platform/runtime/telemetry/log_field.h"

#include <absl/status/statusor.h>

#include <chrono>
#include <string>
#include <vector>

namespace rapport::runtime {

// Meaning, defaults and ranges: config_schema.cc, or `--help`. An optional text that is not set is
// empty.
struct Config {
  std::string agencies, revocations;
  std::string api_address, mesh_address, health_address, metrics_address;
  std::string api_certificate, api_key;
  std::string mesh_certificate, mesh_key, mesh_authority;
  std::string suite_secret, key_encryption_key;
  std::string database, keys_database;
  std::string database_isolation;
  int database_connections = 0;
  std::string erasure_list;
  std::string redis, redis_user, redis_password_file;
  std::string peer_intake, peer_notes, peer_goals, peer_alliance;
  std::string checkpoint_file;
  std::string demo_clock;
  std::string private_folder;
  std::string otlp_endpoint, otlp_authority;
  int trace_percent = 0;
  telemetry::Level log_level = telemetry::Level::kInfo;
  int max_in_flight = 0, max_streams = 0;
  int process_cache_entries = 0;
  std::chrono::seconds lame_duck{0}, drain{0};
  bool stop_with_parent = false, allow_core_dumps = false;
};

// The address of a service's mesh listener. INVALID_ARGUMENT: there is no such service, or it has
// no address here.
absl::StatusOr<std::string> PeerAddress(const Config& config, std::string_view service);

struct Invocation {
  std::string service;                     // "notes": for --help and --version
  std::vector<std::string> arguments;      // without the program's name
  std::vector<std::string> environment;    // NAME=VALUE
  std::vector<std::string> also_required;  // settings this service can't do without: "peer-intake"
};
// What main() was given. `environment` is `environ`.
Invocation InvocationOf(std::string service, int argc, char** argv, char** environment,
                        std::vector<std::string> also_required);

struct LoadedConfig {
  Config config;
  // For --help, --version and --print-config: print it and exit 0. Empty: start.
  std::string print;
  // Variables that begin with RAPPORT_ and are no setting: may be a misspelling, or of another
  // program.
  std::vector<std::string> unknown_variables;
};

// INVALID_ARGUMENT with one mistake a line.
absl::StatusOr<LoadedConfig> LoadConfig(const Invocation& invocation);

}  // namespace rapport::runtime
