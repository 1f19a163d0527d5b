// Certificates: the identity of one kind of listener, watched on disk and renewed without a
// restart.
//
// Whatever is found at the configured paths is checked first (certificate_check.h); only what
// passes is copied into a private folder that gRPC watches, and swapped in whole. So a bad renewal
// changes nothing but a metric and a log line. New handshakes use a renewed certificate within
// about 2 s; connections that exist keep theirs. Thread-safe.
#pragma once

#include "platform/crypto/files.h"
#include "platform/runtime/certificate_check.h"
#include "platform/runtime/private_folder.h"
#include "platform/runtime/telemetry/log_field.h"
#include "platform/runtime/telemetry/metrics.h"

#include <absl/status/statusor.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rapport::runtime {

class Certificates {
 public:
  struct Options {
    telemetry::Literal name = "mesh";  // label of metrics and log lines: "api" or "mesh"
    std::string certificate_path, key_path;
    std::string authority_path;  // empty: server side only, nothing is asked of clients
    std::string service;         // whose certificate it must be, when there is an authority
    std::string private_parent;  // see PrivateFolder
    std::chrono::milliseconds interval{1'000};
    std::chrono::seconds warn_before_end{3'600};
  };

  // Fails, with path and problem, when the first certificate can't be used.
  static absl::StatusOr<std::unique_ptr<Certificates>> Open(Options options);
  ~Certificates();
  Certificates(const Certificates&) = delete;

  // Of the certificate in use, seconds since 1970 UTC.
  std::int64_t not_after_unix() const { return not_after_unix_.load(); }
  // How many certificates were put into use since the start, the first one counted.
  int installed() const { return installed_.load(); }

  // Server side. With an authority, clients must show a certificate of it that names a service of
  // this suite; without, nothing is asked of them. Keep this object as long as its credentials.
  std::shared_ptr<grpc::ServerCredentials> ForServer() const;
  // Client side, for a connection to `service`: shows our certificate and insists that the other
  // end's names `service`, whatever its address. Needs an authority.
  std::shared_ptr<grpc::ChannelCredentials> ForChannelTo(const std::string& service) const;

 private:
  using Provider = grpc::experimental::CertificateProviderInterface;

  Certificates(Options options, std::unique_ptr<PrivateFolder> folder)
      : options_(std::move(options)), folder_(std::move(folder)) {}
  absl::Status Renew();
  absl::Status Install(const CertificateFiles& files);
  void Watch();
  void WarnIfExpiring();

  const Options options_;
  const std::unique_ptr<PrivateFolder> folder_;
  std::shared_ptr<Provider> provider_;
  std::vector<crypto::FileStamp> seen_;  // the files when they were last looked at
  std::chrono::steady_clock::time_point look_again_;
  bool warned_ = false;
  std::atomic<std::int64_t> not_after_unix_{0};
  std::atomic<int> installed_{0};
  telemetry::Observation not_after_metric_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rapport::runtime
