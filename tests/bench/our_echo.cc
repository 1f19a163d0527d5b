// Our echo: the same answers as stock_echo through platform/rpc. Prints the port of its api
// listener.
//
//   our_echo CERTIFICATE KEY [AGENCIES SUITE_SECRET]
//
// With agencies and the suite's secret calls go through the whole pipeline (trace, admission,
// deadline, token, authorisation, validation, metric, log line); without, through the transport
// alone. The difference of the two is what the pipeline costs.
#include "platform/base/clock.h"
#include "platform/crypto/agencies.h"
#include "platform/crypto/suite_secret.h"
#include "platform/crypto/token_verifier.h"
#include "platform/rpc/bind.h"
#include "platform/rpc/pipeline.h"
#include "platform/rpc/server.h"
#include "platform/runtime/lifecycle.h"
#include "platform/runtime/telemetry/logs.h"

#include <bench/echo.grpc.pb.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

namespace rapport::bench {
namespace {

class Echo {
 public:
  Task<absl::StatusOr<v1::EchoResponse>> Answer(CallContext&, const v1::EchoRequest& request) {
    static const std::string kPayload(317, 'p');
    v1::EchoResponse response;
    response.set_id(request.id());
    response.set_payload(kPayload);
    response.set_time_us(request.time_us());
    response.set_kind(request.kind());
    response.set_node("node-1");
    co_return response;
  }
};

using Api = rpc::RawApi<v1::EchoService::Service, v1::EchoService::WithRawMethod_Echo>::Type;

rpc::BoundService Bound(Echo& echo, bool through_pipeline) {
  auto api = std::make_unique<Api>();
  rpc::BoundService bound;
  bound.methods = {
      rpc::Bind<&Api::RequestEcho, &Echo::Answer>("rapport.bench.v1.EchoService/Echo", *api, echo)};
  bound.methods[0].through_pipeline = through_pipeline;
  bound.api = std::move(api);
  return bound;
}

std::string File(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

int Main(int argc, char** argv) {
  if (argc != 3 && argc != 5) return Fail(absl::InvalidArgumentError("wrong arguments"));
  const bool through_pipeline = argc == 5;
  runtime::PrepareProcess({.allow_core_dumps = true});
  SystemClock clock;
  std::unique_ptr<crypto::SuiteSecret> suite;
  std::unique_ptr<crypto::TokenVerifier> tokens;
  if (through_pipeline) {
    auto agencies = crypto::Agencies::Load(argv[3]);
    if (!agencies.ok()) return Fail(agencies.status());
    auto secret = crypto::SuiteSecret::Load(argv[4]);
    if (!secret.ok()) return Fail(secret.status());
    suite = *std::move(secret);
    tokens = std::make_unique<crypto::TokenVerifier>(
        std::make_shared<const crypto::Agencies>(*std::move(agencies)), *suite, clock,
        crypto::TokenVerifier::Hooks{});
    telemetry::StartLogs({.service = "echo"});
  }
  Echo echo;
  rpc::Pipeline pipeline(
      {.tokens = tokens.get(), .clock = &clock, .max_in_flight = 4'096, .max_streams = 100});
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  tls.pem_key_cert_pairs.push_back({File(argv[2]), File(argv[1])});
  auto server = rpc::Server::Start({.api_address = "127.0.0.1:0",
                                    .mesh_address = "127.0.0.1:0",
                                    .health_address = "127.0.0.1:0",
                                    .api_credentials = grpc::SslServerCredentials(tls),
                                    .mesh_credentials = grpc::InsecureServerCredentials()},
                                   pipeline, {[&] { return Bound(echo, through_pipeline); }}, {});
  if (!server.ok()) return Fail(server.status());
  std::printf("%d\n", (*server)->api_port());
  std::fflush(stdout);
  return runtime::RunUntilStopped({.drain = [&] { (*server)->Drain(std::chrono::seconds(1)); },
                                   .flush = [] { telemetry::StopLogs(); }});
}

}  // namespace
}  // namespace rapport::bench

int main(int argc, char** argv) { return rapport::bench::Main(argc, argv); }
