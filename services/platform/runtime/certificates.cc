#include "platform/runtime/certificates.h"

#include "platform/base/clock.h"
#include "platform/base/spiffe.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/runtime/telemetry/logs.h"

#include <fcntl.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

namespace rapport::runtime {
namespace {

using telemetry::Event;
using telemetry::Field;
using telemetry::Level;
using telemetry::Log;
using telemetry::Metric;

namespace fs = std::filesystem;
namespace tls = grpc::experimental;

constexpr std::size_t kMostBytes = 64 * 1024;
constexpr unsigned kProviderSeconds = 1;
// What was refused may have become valid, or readable, without a change of the file.
constexpr std::chrono::minutes kLookAgain{1};

constexpr const char* kCertificateFile = "tls.crt";
constexpr const char* kKeyFile = "tls.key";
constexpr const char* kAuthorityFile = "ca.crt";

std::int64_t NowUnix() { return RealMicros() / 1'000'000; }

// Insists that the other end names exactly one service of this suite, and `service` if given.
class NamesAService final : public tls::ExternalCertificateVerifier {
 public:
  explicit NamesAService(std::string service) : service_(std::move(service)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* done) override {
    const auto names = request->uri_names();
    std::optional<std::string_view> found;
    if (names.size() == 1) found = ServiceOfSpiffeId({names[0].data(), names[0].size()});
    if (!found || (!service_.empty() && *found != service_)) {
      *done = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "the peer is another service");
    }
    return true;  // Done already: there is nothing to wait for.
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::string service_;
};

absl::StatusOr<std::vector<crypto::FileStamp>> StampsOf(const std::vector<std::string>& paths) {
  std::vector<crypto::FileStamp> stamps;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(const crypto::FileStamp stamp, crypto::StampOf(path));
    stamps.push_back(stamp);
  }
  return stamps;
}

// gRPC tells a file that changed while it read several by seconds of the modification time, so two
// generations must never have the same one.
absl::Status SetSecond(const std::string& path, std::int64_t second) {
  const std::array<timespec, 2> times = {timespec{second, 0}, timespec{second, 0}};
  if (::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(Absl(path + ": can't set its time"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Certificates>> Certificates::Open(Options options) {
  ASSIGN_OR_RETURN(std::unique_ptr<PrivateFolder> folder,
                   PrivateFolder::Make(options.private_parent));
  std::unique_ptr<Certificates> made(new Certificates(std::move(options), std::move(folder)));
  RETURN_IF_ERROR(made->Renew());
  const std::string current = made->folder_->path() + "/current/";
  made->provider_ = std::make_shared<tls::FileWatcherCertificateProvider>(
      current + kKeyFile, current + kCertificateFile,
      made->options_.authority_path.empty() ? "" : current + kAuthorityFile, kProviderSeconds);
  Certificates& self = *made;
  self.not_after_metric_ =
      telemetry::Observe(Metric::kCertNotAfter, self.options_.name.text(),
                         [&self] { return static_cast<double>(self.not_after_unix()); });
  self.thread_ = std::thread([&self] { self.Watch(); });
  return made;
}

Certificates::~Certificates() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Certificates::Watch() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, options_.interval, [&] { return stopping_; })) {
    lock.unlock();
    if (const absl::Status status = Renew(); !status.ok()) {
      telemetry::CountSeries(Metric::kCertRefused, options_.name.text());
      telemetry::LogFailure(Event::kCertificateRefused, status,
                            {{Field::kCertificate, options_.name}});
    }
    WarnIfExpiring();
    lock.lock();
  }
}

// OK also when nothing changed, or when somebody is about to change it.
absl::Status Certificates::Renew() {
  std::vector<std::string> paths = {options_.certificate_path, options_.key_path};
  if (!options_.authority_path.empty()) paths.push_back(options_.authority_path);
  const auto now = SteadyClock::now();
  const auto stamps = StampsOf(paths);
  if ((stamps.ok() ? *stamps : decltype(seen_)()) == seen_ && now < look_again_) {
    return absl::OkStatus();
  }
  seen_ = stamps.ok() ? *stamps : decltype(seen_)();
  look_again_ = now + kLookAgain;
  RETURN_IF_ERROR(stamps.status());

  CertificateFiles files;
  std::string* const texts[] = {&files.certificate, &files.key, &files.authority};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    ASSIGN_OR_RETURN(crypto::FileText file, crypto::ReadFile(paths[i], kMostBytes));
    *texts[i] = std::move(file.text);
  }
  const auto after = StampsOf(paths);
  if (installed_ > 0 && (!after.ok() || *after != *stamps)) {
    look_again_ = now;  // Being replaced just now: what we read may be half old, half new.
    return absl::OkStatus();
  }
  const auto checked = CheckCertificate(files, options_.service, NowUnix());
  if (!checked.ok()) {
    return absl::InvalidArgumentError(
        Absl(Concat({options_.certificate_path, ": ", Std(checked.status().message())})));
  }
  RETURN_IF_ERROR(Install(files));
  look_again_ = SteadyClock::time_point::max();
  not_after_unix_ = checked->not_after_unix;
  warned_ = false;
  Log(Level::kInfo, Event::kCertificateInstalled,
      {{Field::kCertificate, options_.name}, {Field::kUnixSeconds, checked->not_after_unix}});
  return absl::OkStatus();
}

// Writes a generation and makes it the current one in one step.
absl::Status Certificates::Install(const CertificateFiles& files) {
  const int generation = installed_ + 1;
  const auto folder_of = [&](int number) {
    return Concat({folder_->path(), "/", std::to_string(number)});
  };
  const std::string next = folder_of(generation);
  std::error_code ignored;
  fs::remove_all(next, ignored);  // What an attempt that failed half-way left.
  if (::mkdir(next.c_str(), 0700) != 0) {
    return absl::FailedPreconditionError(Absl(next + ": can't be made"));
  }
  const std::array<std::pair<const char*, const std::string*>, 3> all = {
      {{kCertificateFile, &files.certificate},
       {kKeyFile, &files.key},
       {kAuthorityFile, &files.authority}}};
  for (const auto& [name, text] : all) {
    const std::string path = Concat({next, "/", name});
    RETURN_IF_ERROR(crypto::ReplaceFile(path, *text, 0600));
    RETURN_IF_ERROR(SetSecond(path, 1'000'000'000 + generation));
  }
  const std::string link = folder_->path() + "/next", current = folder_->path() + "/current";
  if (::symlink(std::to_string(generation).c_str(), link.c_str()) != 0 ||
      ::rename(link.c_str(), current.c_str()) != 0) {
    return absl::FailedPreconditionError(Absl(current + ": can't be replaced"));
  }
  installed_ = generation;
  // The one before may be being read.
  if (generation > 2) fs::remove_all(folder_of(generation - 2), ignored);
  return absl::OkStatus();
}

void Certificates::WarnIfExpiring() {
  const std::int64_t left = not_after_unix_ - NowUnix();
  if (warned_ || left >= options_.warn_before_end.count()) return;
  warned_ = true;
  Log(Level::kWarn, Event::kCertificateExpiring,
      {{Field::kCertificate, options_.name}, {Field::kSeconds, left}});
}

std::shared_ptr<grpc::ServerCredentials> Certificates::ForServer() const {
  tls::TlsServerCredentialsOptions options(provider_);
  options.watch_identity_key_cert_pairs();
  if (options_.authority_path.empty()) {
    options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  } else {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.set_certificate_verifier(tls::ExternalCertificateVerifier::Create<NamesAService>(""));
  }
  return tls::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> Certificates::ForChannelTo(
    const std::string& service) const {
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider_);
  options.watch_identity_key_cert_pairs();
  options.watch_root_certs();
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<NamesAService>(service));
  options.set_check_call_host(false);  // The name that counts is the service's, not the host's.
  return tls::TlsCredentials(options);
}

}  // namespace rapport::runtime
