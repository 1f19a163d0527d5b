#include "platform/runtime/process.h"

#include "platform/audit/audit_queries.h"
#include "platform/base/services.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/cache/redis_cache.h"
#include "platform/crypto/files.h"
#include "platform/crypto/public_ids.h"
#include "platform/crypto/revocations.h"
#include "platform/crypto/token_verifier.h"
#include "platform/records/erasure_events.h"
#include "platform/records/service_caches.h"
#include "platform/rpc/audit_rpc.h"
#include "platform/rpc/changes_rpc.h"
#include "platform/rpc/event_rpc.h"
#include "platform/rpc/remote_facts.h"
#include "platform/rpc/sleep.h"
#include "platform/runtime/await_database.h"
#include "platform/runtime/build_info.h"
#include "platform/runtime/certificates.h"
#include "platform/runtime/config.h"
#include "platform/runtime/demo_clock.h"
#include "platform/runtime/housekeeping.h"
#include "platform/runtime/lifecycle.h"
#include "platform/runtime/metrics_endpoint.h"
#include "platform/runtime/observe.h"
#include "platform/runtime/process_metrics.h"
#include "platform/runtime/span_exporter.h"
#include "platform/runtime/start_pages.h"
#include "platform/runtime/storage.h"
#include "platform/runtime/telemetry/logs.h"
#include "platform/runtime/telemetry/metrics.h"
#include "platform/runtime/telemetry/trace.h"
#include "platform/schema/list_filter.h"
#include "platform/schema/public_id_codec.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>

namespace rapport::runtime {
namespace {

using telemetry::Event;
using telemetry::Field;
using telemetry::Level;
using telemetry::Metric;

constexpr std::size_t kMostAuthorityBytes = 1 << 20;

// Refuses everything: a service that subscribed to nothing is told nothing.
class NoEvents final : public records::EventHandler {
 public:
  Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
      CallContext&, const internal::v1::EventEnvelope&) override {
    co_return std::nullopt;
  }
};

// Events that a service tells itself, as the receiver does with those of others.
Task<absl::StatusOr<int>> ApplyOwn(records::Inbox& inbox, CallContext& context, std::string agency,
                                   std::string service, std::vector<std::string> wires) {
  const std::vector<std::string_view> envelopes(wires.begin(), wires.end());
  co_return co_await inbox.Apply(context, std::move(agency), std::move(service), envelopes);
}

// Authorisation that a use case asks for is the pipeline's, which exists only after the use cases.
class LateAccess final : public AccessChecker {
 public:
  Task<absl::StatusOr<Access>> Check(CallContext& context, std::string_view method,
                                     std::string family, std::string self) override {
    return target->Check(context, method, std::move(family), std::move(self));
  }
  AccessChecker* target = nullptr;
};

class Process {
 public:
  Process(const ServiceSpec& spec, Config config) : spec_(spec), config_(std::move(config)) {}
  absl::Status Start();
  int Serve();

 private:
  absl::Status OpenIdentity();
  absl::Status OpenTokens();
  absl::Status OpenClock();
  absl::Status OpenStorage();
  absl::Status Listen();
  absl::Status Wire();
  std::vector<Wiring::Subscriber> Subscribers() const;
  rpc::Relay::Deliver DeliverToSelf();
  absl::Status StartBackground();
  absl::Status StartTraces();
  void Observe();
  cache::RedisAddress RedisAt() const;
  absl::StatusOr<std::shared_ptr<rpc::Channel>> ChannelTo(std::string_view service);

  std::string name() const { return std::string(spec_.name.text()); }

  const ServiceSpec& spec_;
  const Config config_;
  SystemClock machine_clock_;
  std::unique_ptr<Clock> demo_clock_;
  const Clock* clock_ = &machine_clock_;
  std::shared_ptr<const crypto::Agencies> agencies_;
  std::unique_ptr<crypto::SuiteSecret> suite_;
  std::unique_ptr<Certificates> api_certificates_, mesh_certificates_;
  std::unique_ptr<crypto::Revocations> revocations_;
  std::unique_ptr<crypto::TokenVerifier> tokens_;
  std::optional<crypto::PublicIds> public_ids_;
  std::optional<schema::PublicIdCodec> ids_;
  std::optional<schema::Etags> etags_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<cache::SharedCache> shared_cache_;
  std::optional<records::ServiceCaches> caches_;
  std::map<std::string, std::shared_ptr<rpc::Channel>, std::less<>> channels_;
  LateAccess access_;
  rpc::QueueSleeper sleeper_;
  std::optional<records::ChangeFeed> feed_;
  std::optional<Platform> platform_;
  Wiring wiring_;
  std::unique_ptr<rpc::RemoteFacts> remote_facts_;
  NoEvents no_events_;
  std::optional<records::ErasureEvents> erasures_;
  std::optional<rpc::FactsForgetter> events_;
  std::optional<records::Inbox> inbox_, own_inbox_;
  std::optional<rpc::EventReceiver> receiver_;
  std::optional<audit::AuditQueries> audit_queries_;
  std::optional<rpc::ChangesService> changes_;
  std::optional<rpc::Pipeline> pipeline_;
  std::optional<rpc::Relay> relay_;
  std::optional<Housekeeping> housekeeping_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<SpanExporter> exporter_;
  Observations observations_;
};

absl::Status Process::OpenIdentity() {
  ASSIGN_OR_RETURN(crypto::Agencies agencies, crypto::Agencies::Load(config_.agencies));
  agencies_ = std::make_shared<const crypto::Agencies>(std::move(agencies));
  ASSIGN_OR_RETURN(suite_, crypto::SuiteSecret::Load(config_.suite_secret));
  public_ids_.emplace(*suite_);
  ids_.emplace(*public_ids_);
  telemetry::SetHashKey(suite_->Key(crypto::SuiteKey::kLog, "").view());
  etags_.emplace(suite_->Key(crypto::SuiteKey::kEtag, name()));
  ASSIGN_OR_RETURN(api_certificates_,
                   Certificates::Open({.name = "api",
                                       .certificate_path = config_.api_certificate,
                                       .key_path = config_.api_key,
                                       .private_parent = config_.private_folder}));
  ASSIGN_OR_RETURN(mesh_certificates_,
                   Certificates::Open({.name = "mesh",
                                       .certificate_path = config_.mesh_certificate,
                                       .key_path = config_.mesh_key,
                                       .authority_path = config_.mesh_authority,
                                       .service = name(),
                                       .private_parent = config_.private_folder}));
  return OpenTokens();
}

absl::Status Process::OpenTokens() {
  crypto::TokenVerifier::Hooks hooks;
  hooks.on_key_problem = [](std::string_view, const absl::Status& problem) {
    telemetry::LogFailure(Event::kKeySetRefused, problem);
  };
  if (!config_.revocations.empty()) {
    crypto::Revocations::Hooks told;
    told.on_read = [](std::size_t entries) {
      telemetry::Log(Level::kInfo, Event::kRevocationsLoaded,
                     {{Field::kCount, static_cast<std::int64_t>(entries)}});
    };
    told.on_problem = [](const absl::Status& problem) {
      telemetry::LogFailure(Event::kRevocationsRefused, problem);
    };
    ASSIGN_OR_RETURN(revocations_, crypto::Revocations::Open(config_.revocations, agencies_,
                                                             machine_clock_, std::move(told)));
    hooks.revoked_before = [this](const Principal& who) { return revocations_->Before(who); };
  }
  tokens_ =
      std::make_unique<crypto::TokenVerifier>(agencies_, *suite_, machine_clock_, std::move(hooks));
  return absl::OkStatus();
}

absl::Status Process::OpenClock() {
  if (config_.demo_clock.empty()) return absl::OkStatus();
  bool all_local = true;
  for (const crypto::Agency& agency : agencies_->all()) all_local &= agency.local_issuer;
  std::vector<std::string> listeners = {config_.api_address, config_.mesh_address,
                                        config_.health_address};
  if (!config_.metrics_address.empty()) listeners.push_back(config_.metrics_address);
  RETURN_IF_ERROR(CheckDemoClock(listeners, all_local));
  ASSIGN_OR_RETURN(demo_clock_, FileClock::Open(config_.demo_clock));
  clock_ = demo_clock_.get();
  return absl::OkStatus();
}

absl::Status Process::OpenStorage() {
  const auto open = [this]() -> absl::Status {
    ASSIGN_OR_RETURN(storage_, Storage::Open(name(), config_, *suite_, *clock_, spec_.key_class));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(db::IsPostgres(config_.database) ? AwaitDatabase(config_.health_address, open)
                                                   : open());
  if (demo_clock_) {
    RETURN_IF_ERROR(WriteAtStart([this] { return storage_->AuditDemoClock(*agencies_); }));
  }
  if (config_.redis.empty()) {
    shared_cache_ = std::make_unique<cache::NullCache>();
  } else {
    shared_cache_ = std::make_unique<cache::RedisCache>(cache::RedisCache::Options{
        .address = RedisAt(),
        .login = {.user = config_.redis_user, .password_file = config_.redis_password_file},
        .follow = !storage_->only_writer()});
  }
  caches_.emplace(records::MakeServiceCaches(
      *shared_cache_, *suite_, *storage_->keys, *ids_,
      static_cast<std::size_t>(config_.process_cache_entries), !storage_->only_writer()));
  return absl::OkStatus();
}

cache::RedisAddress Process::RedisAt() const {
  constexpr std::string_view kUnix = "unix:";
  const std::string& text = config_.redis;
  if (text.starts_with(kUnix)) return {.unix_socket = text.substr(kUnix.size())};
  const std::size_t colon = text.rfind(':');  // The schema saw to it that there is one.
  return {.host = text.substr(0, colon), .port = std::stoi(text.substr(colon + 1))};
}

absl::StatusOr<std::shared_ptr<rpc::Channel>> Process::ChannelTo(std::string_view service) {
  ASSIGN_OR_RETURN(const std::string address, PeerAddress(config_, service));
  auto& channel = channels_[std::string(service)];
  if (channel == nullptr) {
    channel = std::make_shared<rpc::Channel>(
        address, mesh_certificates_->ForChannelTo(std::string(service)));
  }
  return channel;
}

absl::Status Process::Wire() {
  absl::Status named;
  feed_.emplace(name(), storage_->outbox, *suite_);
  platform_.emplace(Platform{.deps = {*storage_->db, *storage_->records, *ids_, *etags_, *suite_,
                                      *clock_, access_, *caches_},
                             .agencies = *agencies_,
                             .keys = *storage_->keys,
                             .eraser = *storage_->eraser,
                             .feed = *feed_,
                             .sleeper = sleeper_,
                             .channel = [this, &named](std::string_view service) {
                               const auto channel = ChannelTo(service);
                               named.Update(channel.status());
                               return channel.value_or(nullptr);
                             }});
  wiring_ = spec_.build(*platform_);
  RETURN_IF_ERROR(named);
  rpc::FactsSource* facts = wiring_.facts;
  if (facts == nullptr) {
    ASSIGN_OR_RETURN(auto intake, ChannelTo("intake"));
    remote_facts_ = std::make_unique<rpc::RemoteFacts>(std::move(intake), agencies_, *caches_);
    facts = remote_facts_.get();
  }
  records::EventHandler& handler = wiring_.events ? *wiring_.events : no_events_;
  erasures_.emplace(*storage_->eraser, handler);
  events_.emplace(*facts, *erasures_);
  inbox_.emplace(*storage_->records, *suite_, *events_);
  receiver_.emplace(*inbox_);
  audit_queries_.emplace(audit::AuditQueries::Deps{.service = name(),
                                                   .db = *storage_->db,
                                                   .keys = *storage_->keys,
                                                   .suite = *suite_,
                                                   .ids = *ids_,
                                                   .checkpoint_key = storage_->checkpoint_key,
                                                   .patterns = wiring_.name_patterns});
  changes_.emplace(rpc::ChangesService::Deps{
      .db = *storage_->db, .feed = *feed_, .ids = *ids_, .etags = *etags_});
  pipeline_.emplace(rpc::Pipeline::Options{.tokens = tokens_.get(),
                                           .facts = facts,
                                           .answers = storage_->answers.get(),
                                           .disclosures = storage_->disclosures.get(),
                                           .refusals = storage_->refusals.get(),
                                           .ids = &*ids_,
                                           .clock = clock_,
                                           .queue_wait = [this] { return storage_->LeastWait(); },
                                           .max_in_flight = config_.max_in_flight,
                                           .max_streams = config_.max_streams});
  access_.target = &*pipeline_;
  return absl::OkStatus();
}

// Those of the wiring; and every service tells intake that it erased a family: see ErasureEvents. A
// destination has one cursor, whatever its types.
std::vector<Wiring::Subscriber> Process::Subscribers() const {
  std::vector<Wiring::Subscriber> subscribers = wiring_.subscribers;
  if (name() == "intake") return subscribers;
  auto intake = std::ranges::find(subscribers, "intake", &Wiring::Subscriber::service);
  if (intake == subscribers.end()) {
    intake = subscribers.insert(subscribers.end(), {.service = "intake", .types = {}});
  }
  intake->types.push_back(internal::v1::EVENT_TYPE_FAMILY_ERASED);
  return subscribers;
}

rpc::Relay::Deliver Process::DeliverToSelf() {
  own_inbox_.emplace(*storage_->records, *suite_, *wiring_.own_events);
  return [this](CallContext& context, std::string agency, std::vector<std::string> wires) {
    return ApplyOwn(*own_inbox_, context, std::move(agency), name(), std::move(wires));
  };
}

absl::Status Process::StartBackground() {
  std::vector<rpc::Relay::Destination> destinations;
  std::vector<Housekeeping::Destination> told;
  for (const Wiring::Subscriber& subscriber : Subscribers()) {
    told.push_back({subscriber.service, subscriber.types});
    rpc::Relay::Deliver deliver;
    if (subscriber.service == "self") {
      deliver = DeliverToSelf();
    } else {
      ASSIGN_OR_RETURN(auto channel, ChannelTo(subscriber.service));
      deliver = rpc::DeliverOver(std::move(channel));
    }
    destinations.push_back(
        {.name = subscriber.service, .types = subscriber.types, .deliver = std::move(deliver)});
  }
  relay_.emplace(*storage_->db, storage_->outbox, agencies_, std::move(destinations),
                 rpc::Relay::Pace{});
  storage_->outbox.Listen([this](std::string_view, std::span<const int> types) {
    telemetry::CountEvents(types);
    relay_->Wake();
  });
  housekeeping_.emplace(*storage_, agencies_, std::move(told), wiring_.every_second);
  return absl::OkStatus();
}

absl::Status Process::Listen() {
  std::vector<rpc::ServiceFactory> services = wiring_.services;
  services.push_back([this] { return rpc::MakeAuditRpc(*audit_queries_); });
  services.push_back([this] { return rpc::MakeChangesRpc(*changes_); });
  std::vector<rpc::ServiceFactory> mesh_only = wiring_.mesh_only;
  mesh_only.push_back([this] { return rpc::MakeEventRpc(*receiver_); });
  ASSIGN_OR_RETURN(server_,
                   rpc::Server::Start({.api_address = config_.api_address,
                                       .mesh_address = config_.mesh_address,
                                       .health_address = config_.health_address,
                                       .api_credentials = api_certificates_->ForServer(),
                                       .mesh_credentials = mesh_certificates_->ForServer()},
                                      *pipeline_, services, mesh_only));
  if (!config_.metrics_address.empty()) {
    RETURN_IF_ERROR(ServeMetrics(config_.metrics_address).status());
  }
  return absl::OkStatus();
}

absl::Status Process::StartTraces() {
  telemetry::SampleTraces(config_.trace_percent);
  if (config_.otlp_endpoint.empty()) return absl::OkStatus();
  SpanExporter::Options options{.endpoint = config_.otlp_endpoint,
                                .service = Concat({"rapport-", name()}),
                                .version = std::string(ThisBuild().version.text())};
  if (!config_.otlp_authority.empty()) {
    ASSIGN_OR_RETURN(auto authority, crypto::ReadFile(config_.otlp_authority, kMostAuthorityBytes));
    options.authority = std::move(authority.text);
  }
  exporter_ = std::make_unique<SpanExporter>(std::move(options));
  return absl::OkStatus();
}

void Process::Observe() {
  const auto add = [this](auto more) {
    for (auto& one : more) observations_.push_back(std::move(one));
  };
  observations_.push_back(telemetry::Observe(Metric::kCallsInFlight, "unary", [this] {
    return static_cast<double>(pipeline_->in_flight());
  }));
  observations_.push_back(telemetry::Observe(Metric::kCallsInFlight, "stream", [this] {
    return static_cast<double>(pipeline_->streams());
  }));
  observations_.push_back(telemetry::Observe(
      Metric::kCallsLimit, [this] { return static_cast<double>(pipeline_->admission().limit()); }));
  const auto seconds = [](auto time) { return std::chrono::duration<double>(time).count(); };
  observations_.push_back(telemetry::Observe(Metric::kQueueWait, [this, seconds] {
    return seconds(pipeline_->admission().least_wait());
  }));
  observations_.push_back(telemetry::Observe(Metric::kThreadsBusy, [this, seconds] {
    return seconds(pipeline_->ThreadsBusy(SteadyClock::now()));
  }));
  add(ObserveProcess());
  add(storage_->Observe());
  add(ObserveCache(*shared_cache_));
  add(ObserveKeySets(*tokens_, agencies_));
  add(housekeeping_->Observe());
}

absl::Status Process::Start() {
  RETURN_IF_ERROR(schema::CheckListFilters());
  RETURN_IF_ERROR(OpenIdentity());
  RETURN_IF_ERROR(OpenClock());
  RETURN_IF_ERROR(OpenStorage());
  RETURN_IF_ERROR(Wire());
  RETURN_IF_ERROR(WriteAtStart([this] { return storage_->EraseAgain().status(); }));
  RETURN_IF_ERROR(StartBackground());
  RETURN_IF_ERROR(Listen());
  RETURN_IF_ERROR(StartTraces());
  Observe();
  relay_->Start(server_->background());
  housekeeping_->Start();
  server_->SetReady(true);
  telemetry::Log(Level::kInfo, Event::kReady,
                 {{Field::kApiPort, server_->api_port()},
                  {Field::kMeshPort, server_->mesh_port()},
                  {Field::kHealthPort, server_->health_port()}});
  telemetry::FlushLogs();
  ReleaseStartPages();
  return absl::OkStatus();
}

int Process::Serve() {
  return RunUntilStopped({.not_serving = [this] { server_->SetReady(false); },
                          .lame_duck = config_.lame_duck,
                          .drain =
                              [this] {
                                relay_->Stop();
                                changes_->Close();
                                if (wiring_.close_streams) wiring_.close_streams();
                                server_->Drain(config_.drain);
                              },
                          .flush =
                              [this] {
                                observations_.clear();
                                housekeeping_.reset();
                                exporter_.reset();
                                telemetry::StopLogs();
                              }});
}

}  // namespace

int RunService(const ServiceSpec& spec, int argc, char** argv, char** environment) {
  const std::string name(spec.name.text());
  if (ServiceNamed(name).empty()) {
    std::fprintf(stderr, "%s: no service of this suite\n", name.c_str());
    return kExitConfig;
  }
  std::vector<std::string> required;
  required.reserve(spec.peers.size());
  for (const std::string& peer : spec.peers) required.push_back("peer-" + peer);
  auto loaded = LoadConfig(InvocationOf(name.c_str(), argc, argv, environment, required));
  if (!loaded.ok()) {
    std::fprintf(stderr, "%s\n", std::string(loaded.status().message()).c_str());
    return kExitConfig;
  }
  if (!loaded->print.empty()) {
    std::cout << loaded->print << std::flush;
    return 0;
  }
  const Config& config = loaded->config;
  PrepareProcess(
      {.allow_core_dumps = config.allow_core_dumps, .stop_with_parent = config.stop_with_parent});
  telemetry::StartLogs({.service = spec.name, .level = config.log_level});
  telemetry::FlushLogsOnCrash();
  Process process(spec, config);
  if (const absl::Status started = process.Start(); !started.ok()) {
    telemetry::StopLogs();
    if (absl::IsCancelled(started)) return 0;  // stopped before it was ready
    std::fprintf(stderr, "rapport-%s can't start: %s\n", name.c_str(),
                 std::string(started.message()).c_str());
    return kExitConfig;
  }
  return process.Serve();
}

}  // namespace rapport::runtime
