// E: what a stock grpc++ server does, the callback API with an inline reply, everything at its
// defaults. The unit that our ratios are in. Prints its port.
//
//   stock_echo [CERTIFICATE KEY]   with two files: TLS; without: plaintext
#include <bench/echo.grpc.pb.h>

#include <grpcpp/grpcpp.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

namespace {

using rapport::bench::v1::EchoRequest;
using rapport::bench::v1::EchoResponse;

class StockEcho final : public rapport::bench::v1::EchoService::CallbackService {
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const EchoRequest* request,
                                 EchoResponse* response) override {
    static const std::string kPayload(317, 'p');
    response->set_id(request->id());
    response->set_payload(kPayload);
    response->set_time_us(request->time_us());
    response->set_kind(request->kind());
    response->set_node("node-1");
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

std::string File(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto credentials = grpc::InsecureServerCredentials();
  if (argc == 3) {
    grpc::SslServerCredentialsOptions tls(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
    tls.pem_key_cert_pairs.push_back({File(argv[2]), File(argv[1])});
    credentials = grpc::SslServerCredentials(tls);
  }
  StockEcho service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", credentials, &port);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return 1;
  std::printf("%d\n", port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}
