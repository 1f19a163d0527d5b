// A server as a process has it, around the probe service: pipeline, storage, tokens of a local
// issuer; listeners without TLS, on loopback.
#pragma once

#include "platform/audit/refusals.h"
#include "platform/base/access_limits.h"
#include "platform/crypto/files.h"
#include "platform/crypto/local_issuer.h"
#include "platform/crypto/new_id.h"
#include "platform/crypto/public_ids.h"
#include "platform/rpc/bind.h"
#include "platform/rpc/changes_rpc.h"
#include "platform/rpc/channel.h"
#include "platform/rpc/server.h"
#include "platform/rpc/sleep.h"
#include "platform/runtime/telemetry/trace.h"
#include "platform/schema/errors.h"
#include "platform/schema/public_id_codec.h"
#include "support/scratch_folder.h"
#include "support/service_store.h"
#include "unit/rpc/probe.grpc.pb.h"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

namespace rapport::rpc {

namespace probe = rpcprobe::v1;

// The use cases. A test opens and closes the gates and reads the counters.
class ProbeUseCases {
 public:
  explicit ProbeUseCases(support::ServiceStore& store) : store_(store) {}

  Task<absl::StatusOr<probe::EchoResponse>> Echo(CallContext& context,
                                                 const probe::EchoRequest& request) {
    ++echoes;
    probe::EchoResponse response;
    response.set_text(request.text());
    response.set_subject(context.principal->subject);
    response.set_left_us(
        std::chrono::duration_cast<std::chrono::microseconds>(context.deadline - SteadyClock::now())
            .count());
    response.set_trace(telemetry::TraceParent(context.trace));
    co_return response;
  }
  Task<absl::StatusOr<probe::EchoResponse>> Wait(CallContext& context, const probe::EchoRequest&) {
    ++waiting;
    while (!gate && !context.Expired()) co_await Sleep(context, std::chrono::milliseconds(2));
    if (context.cancelled()) ++cancelled;
    --waiting;
    if (context.Expired()) co_return absl::DeadlineExceededError("the call ended");
    co_return probe::EchoResponse();
  }
  Task<absl::StatusOr<probe::EchoResponse>> Fail(CallContext&, const probe::EchoRequest&) {
    throw std::runtime_error("secret words of a family");
    co_return probe::EchoResponse();
  }
  Task<absl::StatusOr<probe::EchoResponse>> Ask(CallContext& context,
                                                const probe::EchoRequest& request) {
    co_return co_await self->Call<probe::EchoResponse>(
        context, "rapport.rpcprobe.v1.ProbeService/Echo", request);
  }
  Task<absl::StatusOr<probe::KeepResponse>> Keep(CallContext& context,
                                                 const probe::KeepRequest& request) {
    ++keeping;
    if (request.text() == "slow") {
      while (!gate && !context.Expired()) co_await Sleep(context, std::chrono::milliseconds(2));
    }
    if (request.text() == "too often") {
      co_return schema::Refused(absl::StatusCode::kResourceExhausted, kBreakGlassLimit, "");
    }
    records::Changes changes(context, store_.clock.NowMicros());
    records::Record record;
    record.kind = 1;
    record.id = crypto::NewId();
    changes.Create(record);
    changes.Claim("text", request.text(), record);
    changes.Audit("probe.keep", record);
    probe::KeepResponse response;
    response.set_id(Hex(record.id));
    auto committed = co_await store_.records->Commit(context, std::move(changes), response);
    if (absl::IsAlreadyExists(committed.status())) co_return schema::AlreadyExists("kept");
    if (!committed.ok()) co_return committed.status();
    co_return response;
  }

  std::atomic<int> echoes{0}, waiting{0}, cancelled{0}, keeping{0};
  std::atomic<bool> gate{false};
  std::shared_ptr<Channel> self;

 private:
  support::ServiceStore& store_;
};

class NoFamilies final : public FactsSource {
 public:
  Facts Peek(std::string_view, std::string_view, options::v1::Freshness) override {
    return nullptr;
  }
  Task<absl::StatusOr<Facts>> Load(CallContext&, std::string, std::string,
                                   options::v1::Freshness) override {
    co_return Facts();
  }
  void Forget(std::string_view, std::string_view) override {}
};

class ProbeServer {
 public:
  explicit ProbeServer(int max_in_flight = 100, const std::string& service = "probe",
                       std::chrono::milliseconds write_patience = std::chrono::minutes(1))
      : store({.service = service}),
        feed(service, *store.outbox, store.suite),
        pipeline({.tokens = &tokens_,
                  .facts = &facts_,
                  .answers = store.answers.get(),
                  .disclosures = store.disclosures.get(),
                  .refusals = &refusals_,
                  .ids = &ids_,
                  .clock = &store.clock,
                  .max_in_flight = max_in_flight,
                  .max_streams = 10,
                  .write_patience = write_patience}) {
    auto started =
        Server::Start(Options(), pipeline,
                      {[this] { return Bound(); }, [this] { return MakeChangesRpc(changes); }}, {});
    if (!started.ok()) throw std::runtime_error(started.status().ToString());
    server = *std::move(started);
    server->SetReady(true);
    channel = grpc::CreateChannel(api_address(), grpc::InsecureChannelCredentials());
    use_cases.self = std::make_shared<Channel>(api_address(), grpc::InsecureChannelCredentials());
  }

  static Server::Options Options() {
    return {.api_address = "127.0.0.1:0",
            .mesh_address = "127.0.0.1:0",
            .health_address = "127.0.0.1:0",
            .api_credentials = grpc::InsecureServerCredentials(),
            .mesh_credentials = grpc::InsecureServerCredentials()};
  }
  std::string api_address() const { return "127.0.0.1:" + std::to_string(server->api_port()); }
  std::string Bearer(std::vector<std::string> roles = {}) const {
    return "Bearer " +
           issuer_.Token({.agency = "harbour", .subject = "anna", .roles = std::move(roles)},
                         RealMicros() / 1'000'000);
  }
  // What a client sends with each call.
  void Fill(grpc::ClientContext& client, std::chrono::milliseconds deadline,
            std::vector<std::string> roles = {}) const {
    client.set_deadline(std::chrono::system_clock::now() + deadline);
    client.AddMetadata("authorization", Bearer(std::move(roles)));
  }
  const schema::IdCodec& ids() const { return ids_; }

  support::ServiceStore store;
  // Tokens issued before this second count no longer.
  std::atomic<std::int64_t> revoked_before{0};
  ProbeUseCases use_cases{store};
  std::shared_ptr<const crypto::Agencies> agencies() const { return agencies_; }

 private:
  BoundService Bound() {
    using Wire = probe::ProbeService;
    using Api =
        RawApi<Wire::Service, Wire::WithRawMethod_Echo, Wire::WithRawMethod_Wait,
               Wire::WithRawMethod_Fail, Wire::WithRawMethod_Ask, Wire::WithRawMethod_Keep>::Type;
    using S = ProbeUseCases;
    auto api = std::make_unique<Api>();
    BoundService bound;
    bound.methods = {
        Bind<&Api::RequestEcho, &S::Echo>("rapport.rpcprobe.v1.ProbeService/Echo", *api, use_cases),
        Bind<&Api::RequestWait, &S::Wait>("rapport.rpcprobe.v1.ProbeService/Wait", *api, use_cases),
        Bind<&Api::RequestFail, &S::Fail>("rapport.rpcprobe.v1.ProbeService/Fail", *api, use_cases),
        Bind<&Api::RequestAsk, &S::Ask>("rapport.rpcprobe.v1.ProbeService/Ask", *api, use_cases),
        Bind<&Api::RequestKeep, &S::Keep>("rapport.rpcprobe.v1.ProbeService/Keep", *api, use_cases),
    };
    bound.methods[1].takes_codes = true;  // Wait
    bound.methods.back().urgent = [](const google::protobuf::Message& request) {
      return static_cast<const probe::KeepRequest&>(request).text() == "not safe";
    };
    bound.api = std::move(api);
    return bound;
  }
  std::shared_ptr<const crypto::Agencies> MakeAgencies() {
    const std::string text =
        "agencies:\n  - {id: harbour, display_name: Harbour House, issuer: https://id.example.org,"
        " jwks: issuer/jwks.json, time_zone: Europe/Berlin, local_issuer: true}\n";
    return std::make_shared<const crypto::Agencies>(
        *crypto::Agencies::Parse(text, folder_ / "agencies.yaml"));
  }

  const ScratchFolder folder_;
  const crypto::LocalIssuer issuer_{
      *crypto::LocalIssuer::Create(folder_ / "issuer", "https://id.example.org")};
  const SystemClock clock_;
  const std::shared_ptr<const crypto::Agencies> agencies_ = MakeAgencies();
  crypto::TokenVerifier tokens_{
      agencies_, store.suite, clock_, {.revoked_before = [this](const Principal&) {
        return revoked_before.load();
      }}};
  crypto::PublicIds public_ids_{store.suite};
  schema::PublicIdCodec ids_{public_ids_};
  NoFamilies facts_;
  audit::Refusals refusals_{*store.db, *store.keys, *store.chain, store.clock, store.machine};

 public:
  const schema::Etags etags{store.suite.Key(crypto::SuiteKey::kEtag, "probe")};
  const records::ChangeFeed feed;
  ChangesService changes{
      {.db = *store.db, .feed = feed, .ids = ids_, .etags = etags},
      {.poll = std::chrono::milliseconds(5), .heartbeat = std::chrono::milliseconds(50)}};
  Pipeline pipeline;
  std::unique_ptr<Server> server;
  std::shared_ptr<grpc::Channel> channel;
};

}  // namespace rapport::rpc
