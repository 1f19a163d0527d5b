// Client: how the command line talks to the four services: addresses, authority and tokens from one
// state folder, a deadline and a trace on every call, one retry policy.
//
// The folder is what deploy/local makes; a user of a cluster writes one by hand:
//   client.yaml      endpoints: {intake: host:port, ...}, authority: FILE (PEM), issuer: DIR
//   (optional) tokens/NAME.jwt  a token per person; or made on the spot by the local issuer
// Not thread-safe.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::cli {

// Who a call is made as: the value of its authorization header.
struct Caller {
  std::string name;    // for messages
  std::string header;  // "Bearer ..." or "Invitation ..."
};

class Client {
 public:
  static absl::StatusOr<std::unique_ptr<Client>> Open(const std::string& state_folder);

  // The caller whose token is tokens/NAME.jwt. NOT_FOUND names the file that is missing.
  absl::StatusOr<Caller> As(const std::string& name) const;

  // `method`: "rapport.intake.v1.IntakeService/GetFamily"; the package says which service. Of what
  // every service has, the service first: "goals/rapport.audit.v1.AuditService/ListAuditEvents".
  // UNAVAILABLE is repeated up to 5 times with backoff: every write carries a request id, so that
  // is safe.
  absl::Status Call(const Caller& caller, std::string_view method,
                    const google::protobuf::Message& request, google::protobuf::Message* response);
  template <typename Response>
  absl::StatusOr<Response> Call(const Caller& caller, std::string_view method,
                                const google::protobuf::Message& request) {
    Response response;
    absl::Status status = Call(caller, method, request, &response);
    if (!status.ok()) return status;
    return response;
  }
  // One call of a method with a stream of requests: `messages` are sent in order, each serialised.
  // At most five minutes; not repeated.
  absl::Status Upload(const Caller& caller, std::string_view method,
                      const std::vector<std::string>& messages,
                      google::protobuf::Message* response);

  // One call of a method with a stream of answers: each is parsed into `response` and told to
  // `take`, which says whether to go on. Until `until`; not repeated. OK also when `take` or the
  // time ended it.
  absl::Status Watch(const Caller& caller, std::string_view method,
                     const google::protobuf::Message& request, google::protobuf::Message* response,
                     std::chrono::system_clock::time_point until,
                     const std::function<bool()>& take);

  // What the standard health service of `service` says of "live" or "ready"; an error when nothing
  // answers within two seconds. Asked once, without a token.
  absl::StatusOr<bool> Healthy(const std::string& service, const std::string& what) const;

  // The services of client.yaml, by name.
  std::vector<std::string> services() const;
  // Calls made.
  int calls() const { return calls_; }
  const std::string& state_folder() const { return state_folder_; }

 private:
  explicit Client(std::string state_folder) : state_folder_(std::move(state_folder)) {}

  struct Endpoint {
    std::string address;
    std::shared_ptr<grpc::Channel> channel;
  };

  // Of a service by its short name.
  absl::StatusOr<Endpoint> EndpointOf(std::string_view service) const;

  const std::string state_folder_;
  std::map<std::string, Endpoint, std::less<>> endpoints_;
  int calls_ = 0;
};

// What a failed connection means to a person: which service does not answer at `address`, or that
// what answers there is another suite. Every other status as it is. Never what to start: that may
// cost the data of what is only down for a moment.
absl::Status Reached(const absl::Status& status, std::string_view service,
                     std::string_view address);

// A fresh UUID for `request_id`.
std::string NewRequestId();
// The `request_id` that 16 bytes or more of a digest give: always the same.
std::string RequestIdOf(std::string_view digest);

// What a person reads: the message, the reason, every field or condition on a line of its own.
// `shown`: how what a condition is about is called; without it by its resource name.
std::string Explain(const absl::Status& status,
                    const std::function<std::string(std::string_view)>& shown = {});

}  // namespace rapport::cli
