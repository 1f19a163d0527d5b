#include "cli/client.h"

#include "cli/files.h"
#include "cli/service_config.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/errors.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpc/health/v1/health.pb.h>

#include <absl/strings/cord.h>
#include <absl/strings/str_split.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>
#include <openssl/rand.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <thread>

namespace rapport::cli {
namespace {

constexpr int kAttempts = 5;
constexpr std::chrono::seconds kDeadline{30}, kUploadDeadline{300}, kHealthDeadline{2};

// Without the line ends it closes with.
absl::StatusOr<std::string> FileText(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// "rapport.intake.v1.IntakeService/X" -> "intake".
std::string ServiceOf(std::string_view method) {
  const std::vector<absl::string_view> parts = absl::StrSplit(Absl(method), '.');
  return parts.size() > 1 ? std::string(parts[1].data(), parts[1].size()) : std::string();
}

// Whom a method is asked of, and its path there.
struct Route {
  std::string service, path;
};

// "goals/rapport.audit.v1.AuditService/ListAuditEvents" names the service first.
Route RouteOf(std::string_view method) {
  const std::size_t first = method.find('/');
  const bool of_service = first != std::string_view::npos && first != method.rfind('/');
  if (!of_service) return {ServiceOf(method), Concat({"/", method})};
  return {std::string(method.substr(0, first)), std::string(method.substr(first))};
}

grpc::Status Parse(grpc::ByteBuffer& received, google::protobuf::Message* response) {
  grpc::ProtoBufferReader reader(&received);
  return response->ParseFromZeroCopyStream(&reader)
             ? grpc::Status::OK
             : grpc::Status(grpc::StatusCode::INTERNAL, "the answer is no message");
}

// A blocking call of any method: the generic stub's asynchronous call on a queue of its own.
grpc::Status Exchange(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                      grpc::ClientContext& context, const google::protobuf::Message& request,
                      google::protobuf::Message* response) {
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel);
  grpc::Slice body(request.SerializeAsString());
  grpc::ByteBuffer sent(&body, 1), received;
  auto call = stub.PrepareUnaryCall(&context, path, sent, &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&received, &status, nullptr);
  void* tag;
  bool ok;
  queue.Next(&tag, &ok);
  return status.ok() ? Parse(received, response) : status;
}

// The same with a stream of requests. Each step waits for the one before; what fails ends the
// sending, and the status says why.
grpc::Status ExchangeStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                            grpc::ClientContext& context, const std::vector<std::string>& messages,
                            google::protobuf::Message* response) {
  grpc::CompletionQueue queue;
  const auto done = [&queue] {
    void* tag;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  auto call = grpc::GenericStub(channel).PrepareCall(&context, path, &queue);
  call->StartCall(nullptr);
  bool open = done();
  for (std::size_t i = 0; open && i < messages.size(); ++i) {
    grpc::Slice body(messages[i]);
    call->Write(grpc::ByteBuffer(&body, 1), nullptr);
    open = done();
  }
  if (open) {
    call->WritesDone(nullptr);
    open = done();
  }
  grpc::ByteBuffer received;
  bool answered = false;
  if (open) {
    call->Read(&received, nullptr);
    answered = done();
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  done();
  if (!status.ok()) return status;
  return answered ? Parse(received, response)
                  : grpc::Status(grpc::StatusCode::INTERNAL, "there is no answer");
}

// One message there, any number back.
grpc::Status ReadStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                        grpc::ClientContext& context, const std::string& request,
                        google::protobuf::Message* response, const std::function<bool()>& take) {
  grpc::CompletionQueue queue;
  const auto done = [&queue] {
    void* tag;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  auto call = grpc::GenericStub(channel).PrepareCall(&context, path, &queue);
  call->StartCall(nullptr);
  bool open = done();
  if (open) {
    grpc::Slice body(request);
    call->WriteLast(grpc::ByteBuffer(&body, 1), grpc::WriteOptions(), nullptr);
    open = done();
  }
  bool enough = false;
  for (grpc::ByteBuffer received; open && !enough;) {
    call->Read(&received, nullptr);
    open = done();
    if (!open) break;
    const grpc::Status parsed = Parse(received, response);
    if (!parsed.ok()) return parsed;
    enough = !take();
  }
  if (enough) context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  done();
  return enough ? grpc::Status::OK : status;
}

std::string TraceParent() {
  std::string bytes(24, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), 24);
  return Concat({"00-", Hex(std::string_view(bytes).substr(0, 16)), "-",
                 Hex(std::string_view(bytes).substr(16)), "-01"});
}

bool FromService(const absl::Status& status) {
  bool details = false;  // What fails before a service is reached carries none.
  status.ForEachPayload([&](absl::string_view, const absl::Cord&) { details = true; });
  return details;
}

void Prepare(grpc::ClientContext& context, const Caller& caller, std::chrono::seconds deadline) {
  context.set_deadline(std::chrono::system_clock::now() + deadline);
  context.AddMetadata("authorization", caller.header);
  context.AddMetadata("traceparent", TraceParent());
}

absl::Status StatusOf(const grpc::Status& result) {
  if (result.ok()) return absl::OkStatus();
  return schema::FromDetails(static_cast<absl::StatusCode>(result.error_code()),
                             result.error_message(), result.error_details());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Open(const std::string& state_folder) {
  const std::string path = state_folder + "/client.yaml";
  std::unique_ptr<Client> client(new Client(state_folder));
  if (!std::filesystem::exists(path)) {
    return absl::NotFoundError(
        Absl(Concat({"there is no ", path,
                     ", which says where the services are; --state FOLDER says "
                     "where it is, README.md how to start a suite on this machine"})));
  }
  try {
    const YAML::Node settings = YAML::LoadFile(path);
    std::filesystem::path authority = settings["authority"].as<std::string>();
    if (authority.is_relative()) authority = std::filesystem::path(state_folder) / authority;
    auto roots = FileText(authority);
    if (!roots.ok()) return roots.status();
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = *roots;
    const auto credentials = grpc::SslCredentials(tls);
    grpc::ChannelArguments arguments;
    arguments.SetServiceConfigJSON(ServiceConfig());
    for (const auto& endpoint : settings["endpoints"]) {
      const auto address = endpoint.second.as<std::string>();
      client->endpoints_[endpoint.first.as<std::string>()] = {
          address, grpc::CreateCustomChannel(address, credentials, arguments)};
    }
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(
        Absl(path + ": " + e.what() + " (endpoints and authority are expected)"));
  }
  return client;
}

absl::StatusOr<Caller> Client::As(const std::string& name) const {
  if (name.empty()) {
    return absl::InvalidArgumentError(
        Absl(Concat({"--as NAME is missing: whose token in ", state_folder_, "/tokens"})));
  }
  auto token = FileText(state_folder_ + "/tokens/" + name + ".jwt");
  if (!token.ok()) return token.status();
  return Caller{name, "Bearer " + *token};
}

absl::StatusOr<Client::Endpoint> Client::EndpointOf(std::string_view service) const {
  const auto found = endpoints_.find(service);
  if (found == endpoints_.end()) {
    return absl::FailedPreconditionError(
        Absl(Concat({"client.yaml names no endpoint for ", service})));
  }
  return found->second;
}

std::vector<std::string> Client::services() const {
  std::vector<std::string> names;
  names.reserve(endpoints_.size());
  for (const auto& [name, endpoint] : endpoints_) names.push_back(name);
  return names;
}

absl::StatusOr<bool> Client::Healthy(const std::string& service, const std::string& what) const {
  ASSIGN_OR_RETURN(const Endpoint endpoint, EndpointOf(service));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kHealthDeadline);
  grpc::health::v1::HealthCheckRequest request;
  grpc::health::v1::HealthCheckResponse response;
  request.set_service(what);
  RETURN_IF_ERROR(Reached(StatusOf(Exchange(endpoint.channel, "/grpc.health.v1.Health/Check",
                                            context, request, &response)),
                          service, endpoint.address));
  return response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

absl::Status Client::Call(const Caller& caller, std::string_view method,
                          const google::protobuf::Message& request,
                          google::protobuf::Message* response) {
  const auto [service, path] = RouteOf(method);
  ASSIGN_OR_RETURN(const Endpoint endpoint, EndpointOf(service));
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(50 << attempt));
    grpc::ClientContext context;
    Prepare(context, caller, kDeadline);
    ++calls_;
    status = StatusOf(Exchange(endpoint.channel, path, context, request, response));
    if (!absl::IsUnavailable(status)) break;
  }
  return Reached(status, service, endpoint.address);
}

absl::Status Client::Upload(const Caller& caller, std::string_view method,
                            const std::vector<std::string>& messages,
                            google::protobuf::Message* response) {
  ASSIGN_OR_RETURN(const Endpoint endpoint, EndpointOf(ServiceOf(method)));
  grpc::ClientContext context;
  Prepare(context, caller, kUploadDeadline);
  ++calls_;
  return Reached(StatusOf(ExchangeStream(endpoint.channel, Concat({"/", method}), context, messages,
                                         response)),
                 ServiceOf(method), endpoint.address);
}

absl::Status Client::Watch(const Caller& caller, std::string_view method,
                           const google::protobuf::Message& request,
                           google::protobuf::Message* response,
                           std::chrono::system_clock::time_point until,
                           const std::function<bool()>& take) {
  const auto [service, path] = RouteOf(method);
  ASSIGN_OR_RETURN(const Endpoint endpoint, EndpointOf(service));
  grpc::ClientContext context;
  Prepare(context, caller, kDeadline);
  context.set_deadline(until);
  ++calls_;
  const absl::Status status = StatusOf(
      ReadStream(endpoint.channel, path, context, request.SerializeAsString(), response, take));
  if (absl::IsDeadlineExceeded(status)) return absl::OkStatus();
  return Reached(status, service, endpoint.address);
}

absl::Status Reached(const absl::Status& status, std::string_view service,
                     std::string_view address) {
  if (!absl::IsUnavailable(status) || FromService(status)) return status;
  const auto says = [&](std::string_view words) {
    return Std(status.message()).find(words) != std::string_view::npos;
  };
  if (says("handshake")) {
    return absl::UnavailableError(
        Absl(Concat({"what answers at ", address,
                     " is not this suite: its certificate is not of client.yaml's authority"})));
  }
  // Before it is refused, gRPC says of a connection that it could not be made, in several ways.
  if (says("failed to connect") || says("refused")) {
    return absl::UnavailableError(
        Absl(Concat({"the ", service, " service does not answer at ", address,
                     ": it is down, or client.yaml has another address; `rapport health` shows ",
                     "which services are up"})));
  }
  return status;
}

namespace {

// RFC 9562. `version`: '4' of random bytes, '8' of bytes with a meaning of our own.
std::string UuidOf(std::string_view bytes, char version) {
  std::string hex = Hex(bytes.substr(0, 16));
  hex[12] = version;
  hex[16] = '8';
  for (const std::size_t at : {20u, 16u, 12u, 8u}) hex.insert(at, 1, '-');
  return hex;
}

}  // namespace

std::string NewRequestId() {
  std::string bytes(16, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), 16);
  return UuidOf(bytes, '4');
}

std::string RequestIdOf(std::string_view digest) { return UuidOf(digest, '8'); }

std::string Explain(const absl::Status& status,
                    const std::function<std::string(std::string_view)>& shown) {
  std::string text = Concat({absl::StatusCodeToString(status.code()), ": ", Std(status.message())});
  google::rpc::Status details;
  if (!FromService(status) || !details.ParseFromString(schema::StatusDetails(status))) return text;
  for (const auto& any : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::PreconditionFailure unmet;
    google::rpc::ResourceInfo resource;
    if (any.UnpackTo(&info)) {
      text += Concat({"\n  reason: ", info.reason()});
      for (const auto& [key, value] : info.metadata()) {
        text += Concat({"\n  ", key, ": ", value});
      }
    } else if (any.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) {
        text += Concat({"\n  field ", violation.field(), ": ", violation.description()});
      }
    } else if (any.UnpackTo(&unmet)) {
      for (const auto& violation : unmet.violations()) {
        const std::string subject = shown ? shown(violation.subject()) : violation.subject();
        text += Concat({"\n  unmet ", violation.type(), subject.empty() ? "" : " (", subject,
                        subject.empty() ? ": " : "): ", violation.description()});
      }
    } else if (any.UnpackTo(&resource)) {
      text += Concat({"\n  resource: ", resource.resource_name()});
    }
  }
  return text;
}

}  // namespace rapport::cli
