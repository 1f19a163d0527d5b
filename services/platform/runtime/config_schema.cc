#include "platform/runtime/config_schema.h"

#include "platform/base/strings.h"

#include <absl/strings/numbers.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

namespace rapport::runtime::internal {
namespace {

namespace fs = std::filesystem;

// clang-format off
const Setting kSettings[] = {
    {.name = "agencies", .field = &Config::agencies, .form = Form::kFile, .required = true, .meaning = "The agencies this installation serves (YAML)"},
    {.name = "revocations", .field = &Config::revocations, .form = Form::kNewFile, .meaning = "Tokens that count no longer (YAML: platform/crypto/revocations.h), read again when it changes; may be absent"},
    {.name = "api-address", .field = &Config::api_address, .form = Form::kAddress, .required = true, .meaning = "Where people and systems call (TLS and token)"},
    {.name = "mesh-address", .field = &Config::mesh_address, .form = Form::kAddress, .required = true, .meaning = "Where the other services call (mutual TLS)"},
    {.name = "health-address", .field = &Config::health_address, .form = Form::kAddress, .required = true, .meaning = "Where health is asked for (plaintext, nothing else)"},
    {.name = "metrics-address", .field = &Config::metrics_address, .form = Form::kAddress, .meaning = "Where Prometheus scrapes /metrics; without it nowhere"},
    {.name = "api-certificate", .field = &Config::api_certificate, .form = Form::kFile, .required = true, .meaning = "Certificate chain of the api listener (PEM)"},
    {.name = "api-key", .field = &Config::api_key, .form = Form::kFile, .required = true, .meaning = "Its private key (PEM)"},
    {.name = "mesh-certificate", .field = &Config::mesh_certificate, .form = Form::kFile, .required = true, .meaning = "Certificate chain of this service among the services (PEM)"},
    {.name = "mesh-key", .field = &Config::mesh_key, .form = Form::kFile, .required = true, .meaning = "Its private key (PEM)"},
    {.name = "mesh-authority", .field = &Config::mesh_authority, .form = Form::kFile, .required = true, .meaning = "The authority of all services' certificates (PEM)"},
    {.name = "suite-secret", .field = &Config::suite_secret, .form = Form::kFile, .required = true, .meaning = "The secret all services of an installation share"},
    {.name = "key-encryption-key", .field = &Config::key_encryption_key, .form = Form::kFile, .required = true, .meaning = "The key that wraps this service's agency keys"},
    {.name = "database", .field = &Config::database, .form = Form::kDatabase, .required = true, .secret = true, .meaning = "This service's data: a SQLite file, or postgres://... (schema SERVICE; password in a passfile)"},
    {.name = "keys-database", .field = &Config::keys_database, .form = Form::kDatabase, .required = true, .secret = true, .meaning = "Its wrapped keys, as the data (schema SERVICE_keys); backed up apart from it"},
    {.name = "database-isolation", .field = &Config::database_isolation, .form = Form::kIsolation, .fallback = "read-committed", .meaning = "PostgreSQL: read-committed or serializable"},
    {.name = "database-connections", .field = &Config::database_connections, .fallback = "8", .least = 2, .most = 1'000, .meaning = "PostgreSQL: connections for the data; four more for the keys"},
    {.name = "erasure-list", .field = &Config::erasure_list, .form = Form::kNewFile, .meaning = "Which families were erased; without it KEYS-DATABASE.erased. Needed with PostgreSQL"},
    {.name = "redis", .field = &Config::redis, .form = Form::kAddress, .meaning = "The shared cache; without it none is used"},
    {.name = "redis-user", .field = &Config::redis_user, .meaning = "User of its ACL (what it needs: platform/cache/redis_commands.h, redis_feed.h); without it the default user"},
    {.name = "redis-password-file", .field = &Config::redis_password_file, .form = Form::kFile, .meaning = "File with that user's password, read at each connection; without it none is sent"},
    {.name = "peer-intake", .field = &Config::peer_intake, .meaning = "gRPC target of intake's mesh listener"},
    {.name = "peer-notes", .field = &Config::peer_notes, .meaning = "gRPC target of notes' mesh listener"},
    {.name = "peer-goals", .field = &Config::peer_goals, .meaning = "gRPC target of goals' mesh listener"},
    {.name = "peer-alliance", .field = &Config::peer_alliance, .meaning = "gRPC target of alliance's mesh listener"},
    {.name = "checkpoint-file", .field = &Config::checkpoint_file, .form = Form::kNewFile, .meaning = "Where signed checkpoints of the audit chains are appended; full segments get a number behind the name"},
    {.name = "demo-clock", .field = &Config::demo_clock, .form = Form::kFile, .meaning = "Domain time from this file; only on loopback with a local issuer"},
    {.name = "private-folder", .field = &Config::private_folder, .form = Form::kFolder, .meaning = "Where validated copies of keys may lie; without it in memory (/dev/shm)"},
    {.name = "otlp-endpoint", .field = &Config::otlp_endpoint, .form = Form::kAddress, .meaning = "Collector of traces (OTLP over gRPC); without it none are recorded"},
    {.name = "otlp-authority", .field = &Config::otlp_authority, .form = Form::kFile, .meaning = "The authority of its certificate (PEM); without it the way there is plaintext"},
    {.name = "trace-percent", .field = &Config::trace_percent, .fallback = "1", .most = 100, .meaning = "How many of 100 calls are traced whose caller says nothing of it (traceparent)"},
    {.name = "log-level", .field = &Config::log_level, .fallback = "info", .meaning = "debug, info, warn or error"},
    {.name = "max-in-flight", .field = &Config::max_in_flight, .fallback = "4096", .least = 1, .most = 1'000'000, .meaning = "Unary calls at one time, at the most, and 32 urgent ones; fewer while writes take long. More are refused"},
    {.name = "max-streams", .field = &Config::max_streams, .fallback = "10000", .least = 1, .most = 1'000'000, .meaning = "Streams at one time; more are refused"},
    {.name = "process-cache-entries", .field = &Config::process_cache_entries, .fallback = "20000", .most = 10'000'000, .meaning = "Families whose map, roster and access facts are kept in memory, some KB each; on PostgreSQL only while Redis says what other replicas change"},
    {.name = "lame-duck-seconds", .field = &Config::lame_duck, .fallback = "5", .most = 300, .meaning = "From NOT_SERVING to refusing calls, when stopping"},
    {.name = "drain-seconds", .field = &Config::drain, .fallback = "20", .most = 600, .meaning = "How long accepted calls may still take, when stopping"},
    {.name = "stop-with-parent", .field = &Config::stop_with_parent, .fallback = "false", .meaning = "End when the process that started this one ends"},
    {.name = "allow-core-dumps", .field = &Config::allow_core_dumps, .fallback = "false", .meaning = "For developers: debuggers and core files see all memory, also keys"},
};
// clang-format on

std::string Upper(std::string_view text, char dash) {
  std::string upper(text);
  for (char& c : upper) {
    c = c == '-' ? dash : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return upper;
}

bool IsAddress(const std::string& text) {
  if (text.starts_with("unix:")) return text.size() > 5;
  const std::size_t colon = text.rfind(':');
  int port = -1;
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(text.substr(colon + 1), &port)) {
    return false;
  }
  const std::string host = text.substr(0, colon);
  const bool bracketed = host.front() == '[' && host.back() == ']';
  return port >= 0 && port <= 65'535 && (bracketed || host.find(':') == std::string::npos);
}

bool IsFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path.empty() ? fs::path(".") : path, error);
}

std::optional<std::string> CheckForm(Form form, const std::string& text) {
  std::error_code error;
  const auto fault = [](bool ok, const char* expected) {
    return ok ? std::nullopt : std::optional<std::string>(expected);
  };
  switch (form) {
    case Form::kAny:
      return std::nullopt;
    case Form::kAddress:
      return fault(IsAddress(text), "expected HOST:PORT or unix:PATH");
    case Form::kFile:
      return fault(fs::is_regular_file(text, error) && ::access(text.c_str(), R_OK) == 0,
                   "expected a file that is there and can be read");
    case Form::kFolder:
      return fault(IsFolder(text), "expected a folder that is there");
    case Form::kNewFile:
      return fault(IsFolder(fs::path(text).parent_path()) && !IsFolder(text),
                   "expected a file in a folder that is there");
    case Form::kIsolation:
      return fault(text == "read-committed" || text == "serializable",
                   "expected read-committed or serializable");
    case Form::kDatabase:
      return fault(text.find("://") != std::string::npos ||
                       (IsFolder(fs::path(text).parent_path()) && !IsFolder(text)),
                   "expected a file in a folder that is there, or a URL");
  }
  return std::nullopt;
}

std::optional<int> NumberWithin(const Setting& setting, const std::string& text) {
  int number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < setting.least || number > setting.most) {
    return std::nullopt;
  }
  return number;
}

std::string RangeOf(const Setting& setting) {
  return Concat({"expected a whole number from ", std::to_string(setting.least), " to ",
                 std::to_string(setting.most)});
}

std::optional<telemetry::Level> LevelOf(const std::string& text) {
  constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};
  const auto* found = std::find(kNames.begin(), kNames.end(), text);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<telemetry::Level>(found - kNames.begin());
}

// One for each type of field.
struct Assigner {
  const Setting& setting;
  const std::string& text;
  Config& config;

  std::optional<std::string> operator()(std::string Config::* field) const {
    config.*field = text;
    return text.empty() ? std::nullopt : CheckForm(setting.form, text);
  }
  std::optional<std::string> operator()(int Config::* field) const {
    const auto number = NumberWithin(setting, text);
    if (!number) return RangeOf(setting);
    config.*field = *number;
    return std::nullopt;
  }
  std::optional<std::string> operator()(std::chrono::seconds Config::* field) const {
    const auto number = NumberWithin(setting, text);
    if (!number) return RangeOf(setting);
    config.*field = std::chrono::seconds(*number);
    return std::nullopt;
  }
  std::optional<std::string> operator()(bool Config::* field) const {
    if (text != "true" && text != "false") return "expected true or false";
    config.*field = text == "true";
    return std::nullopt;
  }
  std::optional<std::string> operator()(telemetry::Level Config::* field) const {
    const auto level = LevelOf(text);
    if (!level) return "expected debug, info, warn or error";
    config.*field = *level;
    return std::nullopt;
  }
};

}  // namespace

std::span<const Setting> Settings() { return kSettings; }

std::string VariableName(std::string_view setting) {
  return Concat({"RAPPORT_", Upper(setting, '_')});
}

std::string FileName(std::string_view setting) {
  std::string name(setting);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::optional<std::string> Assign(const Setting& setting, const std::string& text, Config& config) {
  return std::visit(Assigner{setting, text, config}, setting.field);
}

std::string Shown(const Setting& setting, const std::string& text) {
  const std::size_t scheme = text.find("://");
  if (!setting.secret || scheme == std::string::npos) return text;
  return text.substr(0, scheme) + "://(hidden)";
}

}  // namespace rapport::runtime::internal
