#include "support/suite.h"

#include "platform/base/clock.h"
#include "platform/base/strings.h"
#include "support/chaos_proxy.h"
#include "support/eventually.h"
#include "support/postgres_server.h"
#include "support/test_database.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace rapport::support {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set (use ctest)");
  return value;
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target,
                                           std::shared_ptr<grpc::ChannelCredentials> credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  // Calls to a service that is down fail instead of waiting: the tests decide what to repeat.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(target, std::move(credentials), arguments);
}

}  // namespace

const std::vector<std::string>& BuiltServices() {
  static const std::vector<std::string> services = [] {
    std::vector<std::string> names;
    std::istringstream words(RAPPORT_BUILT_SERVICES);
    for (std::string name; words >> name;) names.push_back(name);
    return names;
  }();
  return services;
}

std::string Binary(const std::string& name) { return Variable("RAPPORT_BIN") + "/" + name; }

std::string ServiceOf(std::string_view method) {
  const std::size_t from = method.find('.') + 1;
  const std::string service(method.substr(from, method.find('.', from) - from));
  return service == "audit" || service == "changes" ? "intake" : service;
}

Suite::Suite(Options options) : options_(std::move(options)) {
  const std::string source = Variable("RAPPORT_SOURCE");
  RunProgram(
      {"bash", "-c",
       Concat({"set -eu; cd ", source, "; . deploy/local/services; state=", folder(),
               "; bin=", Variable("RAPPORT_BIN"), "; prepare ", std::to_string(ports_.first())})});
  RunProgram({Binary("rapport-admin"), "issuer", "new", folder_ / "meadow-issuer", "--url",
              "https://meadow.localhost"});
  RunProgram({Binary("rapport-admin"), "agency", "add", "--file", folder_ / "agencies.yaml", "--id",
              "meadow", "--name", "Meadow (test)", "--time-zone", "Europe/Berlin", "--local-issuer",
              folder_ / "meadow-issuer"});
  for (const auto& [agency, issuer] :
       {std::pair("harbour", "issuer"), std::pair("meadow", "meadow-issuer")}) {
    auto opened = crypto::LocalIssuer::Open(folder_ / issuer);
    if (!opened.ok()) throw std::runtime_error(std::string(opened.status().message()));
    issuers_.emplace(agency, *std::move(opened));
  }
  if (options_.redis) redis_ = std::make_unique<RedisProcess>();
  const TestEngine engine = EngineOfTests();
  if (engine != TestEngine::kSqlite) {
    UsePostgres(engine == TestEngine::kPostgres ? "read-committed" : "serializable");
  }
  for (const std::string& service : BuiltServices()) {
    Set(service, "redis", redis_ ? Concat({"127.0.0.1:", std::to_string(redis_->port())}) : "");
    for (const auto& [key, value] : options_.settings) Set(service, key, value);
  }
}

Suite::~Suite() = default;

// As an operator does: schemas by a role that owns them, then the service as one that may do
// nothing but rows.
void Suite::UsePostgres(std::string_view isolation) {
  postgres_ = std::make_unique<PostgresServer>();
  postgres_->Run(std::string("GRANT CREATE ON DATABASE postgres TO ") + PostgresServer::kOwner);
  const std::string owner = postgres_->Url(PostgresServer::kOwner);
  std::string url = postgres_->Url(PostgresServer::kService);
  const bool faults = !Variable("RAPPORT_TEST_FAULTS").empty();
  if (faults) url = LoseWrites();
  for (const std::string& service : BuiltServices()) {
    RunProgram({Binary("rapport-admin"), "migrate", "--service", service, "--database", owner,
                "--keys-database", owner, "--role", PostgresServer::kService});
    Set(service, "database", url);
    Set(service, "keys_database", url);
    Set(service, "database_isolation", std::string(isolation));
    Set(service, "erasure_list", Concat({folder(), "/data/", service, ".erased"}));
    if (faults) UndoWrites(service);
  }
}

// Between the processes and the server is somebody who loses answers to commits; the URL of the way
// by them. What is lost, and what the server undoes or forgets (UndoWrites), is drawn in an order
// that the seed gives; whom it meets is a matter of time.
std::string Suite::LoseWrites() {
  const std::string seed = std::to_string(std::stoul(Variable("RAPPORT_TEST_FAULTS")));
  std::printf("Faults of PostgreSQL: RAPPORT_TEST_FAULTS=%s\n", seed.c_str());
  std::fflush(stdout);
  lossy_ = std::make_unique<ChaosProxy>(SocketAddress{folder_ / ".s.PGSQL.5432"},
                                        SocketAddress{.port = postgres_->port()});
  lossy_->LoseCommits(0.01, static_cast<std::uint32_t>(std::stoul(seed)));
  // A sequence counts what is undone, too.
  postgres_->Run(Concat(
      {"CREATE SCHEMA fault; CREATE SEQUENCE fault.undone; CREATE SEQUENCE fault.unknown;",
       "CREATE SEQUENCE fault.draws;",
       "CREATE FUNCTION fault.drawn(share float8) RETURNS boolean LANGUAGE sql AS 'SELECT",
       " (hashint8extended(nextval(''fault.draws''), ", seed, ") & 1048575) < share * 1048576'"}));
  return Concat(
      {"postgres://", PostgresServer::kService, "@/postgres?host=", folder(), "&port=5432"});
}

// One write in seven of the processes is undone by the server, in the middle or at its commit, as
// when it finds no order for it; the programs know nothing of it. Of some commits the server says
// that it does not know what became of them. Every write of records takes its agency's head, and
// puts it back.
void Suite::UndoWrites(const std::string& service) {
  const std::string head = Concat({service, ".audit_head"});
  const auto function = [&](const char* name, const char* share, const char* count,
                            const char* code) {
    return Concat({"CREATE FUNCTION ", service, ".", name,
                   "() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN",
                   " IF fault.drawn(", share, ") THEN PERFORM nextval(''fault.", count,
                   "''); RAISE EXCEPTION ''", count, "'' USING ERRCODE = ''", code,
                   "''; END IF; RETURN NEW; END';"});
  };
  const auto at_commit = [&](const char* name) {
    return Concat({"CREATE CONSTRAINT TRIGGER ", name, "_commit AFTER UPDATE ON ", head,
                   " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ", service, ".",
                   name, "();"});
  };
  postgres_->Run(Concat(
      {function("undo", "0.07", "undone", "40001"), function("forget", "0.01", "unknown", "40003"),
       "CREATE TRIGGER undo_work BEFORE UPDATE ON ", head, " FOR EACH ROW EXECUTE FUNCTION ",
       service, ".undo();", at_commit("undo"), at_commit("forget")}));
}

std::map<std::string, std::int64_t> Suite::Faults() const {
  if (lossy_ == nullptr) return {};
  // Values that a sequence gave out: none of them counts as one before the first.
  const auto given = [&](const char* sequence) {
    return std::stoll(
        postgres_
            ->Run(Concat(
                {"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM fault.", sequence}))
            .at(0));
  };
  return {{"40001", given("undone")},
          {"40003", given("unknown")},
          {"lost", static_cast<std::int64_t>(lossy_->lost_commits())},
          {"again", again_.load()}};
}

std::string Suite::ConfigPath(const std::string& service) const {
  return folder_ / (service + ".yaml");
}

void Suite::Set(const std::string& service, const std::string& key, const std::string& value) {
  std::istringstream lines(ReadText(ConfigPath(service)));
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key + ":")) text += line + "\n";
  }
  if (!value.empty()) text += Concat({key, ": ", value, "\n"});
  WriteText(ConfigPath(service), text);
}

std::string Suite::Setting(const std::string& service, const std::string& key) const {
  std::istringstream lines(ReadText(ConfigPath(service)));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key + ": ")) return line.substr(key.size() + 2);
  }
  return {};
}

int Suite::Port(const std::string& service, const std::string& listener) const {
  const std::string address = Setting(service, listener + "_address");
  return std::atoi(address.substr(address.rfind(':') + 1).c_str());
}

std::string Suite::Database(const std::string& service) const {
  return Setting(service, "database");
}

std::string Suite::Log(const std::string& service) const {
  return ReadText(folder_ / ("log/" + service + ".log"));
}

void Suite::Launch(const std::string& service,
                   const std::map<std::string, std::string>& variables) {
  std::map<std::string, std::string> environment = options_.environment;
  for (const auto& [name, value] : variables) environment[name] = value;
  processes_[service] = std::make_unique<ChildProcess>(
      ChildProcess::Options{{Binary("rapport-" + service), "--config", ConfigPath(service)},
                            std::move(environment),
                            folder_ / ("log/" + service + ".log")});
}

void Suite::AwaitReady(const std::string& service) {
  const bool ready = Eventually(
      [&] {
        if (!process(service).Running()) {
          throw std::runtime_error(service + " ended: " + Log(service));
        }
        return Healthy(service);
      },
      std::chrono::seconds(20 * kSlowness));
  if (!ready) throw std::runtime_error(service + " did not become ready: " + Log(service));
  // A channel that saw it die waits before it tries again.
  channel(service)->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10));
}

void Suite::Start(const std::string& service, const std::map<std::string, std::string>& variables) {
  Launch(service, variables);
  AwaitReady(service);
}

void Suite::StartAll() {
  for (const std::string& service : BuiltServices()) Launch(service);
  for (const std::string& service : BuiltServices()) AwaitReady(service);
}

void Suite::Kill(const std::string& service) {
  process(service).Signal(SIGKILL);
  process(service).Wait();
}

int Suite::Stop(const std::string& service) {
  process(service).Signal(SIGTERM);
  return process(service).Wait();
}

void Suite::AddPerson(const std::string& name, std::vector<std::string> roles,
                      const std::string& agency, std::vector<std::string> scopes) {
  {
    std::lock_guard lock(mutex_);
    people_[name] = {agency, std::move(roles), std::move(scopes)};
    headers_.erase(name);
  }
  // For the command line, which wants it without its scheme.
  WriteText(folder_ / ("tokens/" + name + ".jwt"), header(name).substr(7));
}

void Suite::AddDemoPeople() {
  AddPerson("ida", {"intake", "admin"});
  AddPerson("anna", {"clinician"}, "harbour", {"psychotherapy_notes", "sud_counseling_notes"});
  AddPerson("sam", {"supervisor"});
  AddPerson("desk", {"service"});
  for (const char* member : {"max", "mira", "tom", "lia"}) AddPerson(member, {"member"});
}

void Suite::PlayDemo() { PlayStory(Variable("RAPPORT_SOURCE") + "/deploy/local/demo_case.yaml"); }

void Suite::PlayStory(const std::string& file) {
  AddDemoPeople();
  RunProgram({Binary("rapport"), "--state", folder(), "story", file, "--clock-file", clock_file()});
}

std::string Suite::header(const std::string& name) const {
  // The same token for minutes: what a client does, and what the services cache.
  constexpr std::int64_t kReusedSeconds = 300;
  const std::int64_t now_s = RealMicros() / 1'000'000;
  std::lock_guard lock(mutex_);
  const Person& person = people_.at(name);
  auto& [made_s, header] = headers_[name];
  if (now_s - made_s > kReusedSeconds) {
    made_s = now_s;
    header = "Bearer " + issuers_.at(person.agency)
                             .Token({.agency = person.agency,
                                     .subject = name,
                                     .roles = person.roles,
                                     .scopes = person.scopes},
                                    now_s);
  }
  return header;
}

std::shared_ptr<grpc::Channel> Suite::channel(const std::string& service) {
  std::lock_guard lock(mutex_);
  auto& channel = channels_[service];
  if (channel == nullptr) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = ReadText(folder_ / "authority/ca.pem");
    channel =
        MakeChannel("localhost:" + std::to_string(Port(service, "api")), grpc::SslCredentials(tls));
  }
  return channel;
}

bool Suite::Healthy(const std::string& service, std::string_view what) {
  const auto channel =
      MakeChannel(Setting(service, "health_address"), grpc::InsecureChannelCredentials());
  // HealthCheckRequest{service: what} and HealthCheckResponse{status: SERVING}, as bytes.
  const std::string request =
      Concat({"\x0a", std::string(1, static_cast<char>(what.size())), what});
  const Reply reply = Exchange(channel, "/grpc.health.v1.Health/Check", {request},
                               {.deadline = std::chrono::seconds(5)});
  return reply.ok() && reply.body == "\x08\x01";
}

Reply Suite::Send(std::string_view method, const std::string& request,
                  const ExchangeOptions& options) {
  if (method == unimplemented_) return {.code = static_cast<int>(grpc::StatusCode::UNIMPLEMENTED)};
  return SendTo(ServiceOf(method), method, request, options);
}

Reply Suite::SendTo(const std::string& service, std::string_view method, const std::string& request,
                    const ExchangeOptions& options) {
  const auto send = [&] {
    return Exchange(channel(service), Concat({"/", method}), {request}, options);
  };
  Reply reply = send();
  for (int tries = 0; lossy_ && tries < 20 && reply.reason() == "COMMIT_UNKNOWN"; ++tries) {
    ++again_;
    reply = send();
  }
  return reply;
}

Reply Suite::Call(const std::string& as, std::string_view method,
                  const google::protobuf::Message& request) {
  return Send(method, request.SerializeAsString(), {.metadata = {{"authorization", header(as)}}});
}

Reply Suite::CallUntilTaken(const std::string& as, std::string_view method,
                            const google::protobuf::Message& request) {
  Reply reply = Call(as, method, request);
  for (int tries = 0; tries < 100 && reply.reason() == "OVERLOADED"; ++tries) {
    const auto pushback = reply.trailers.find("grpc-retry-pushback-ms");
    if (pushback == reply.trailers.end()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(pushback->second.c_str())));
    reply = Call(as, method, request);
  }
  return reply;
}

}  // namespace rapport::support
