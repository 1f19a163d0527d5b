#include "admin/certificates.h"
#include "admin/commands.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/agencies.h"
#include "platform/crypto/files.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace rapport::admin {
namespace {

constexpr std::chrono::days kAuthorityDays{365};
constexpr std::size_t kMostBytes = std::size_t{16} * 1024;

struct Options {
  std::string folder;
  std::vector<std::string> services;
  int days = 30;
};

absl::Status Write(const Certified& made, const std::string& stem) {
  // The key first: a server that reloads in between sees a pair that does not match, and waits.
  RETURN_IF_ERROR(crypto::ReplaceFile(stem + ".key", made.KeyPem(), 0600));
  return crypto::ReplaceFile(stem + ".pem", made.CertificatePem(), 0644);
}

// The authority that is there, as long as it outlives what it certifies; else a new one.
absl::StatusOr<Certified> AuthorityOf(const Options& options) {
  const std::string stem = options.folder + "/ca";
  std::error_code error;
  if (std::filesystem::exists(stem + ".key", error)) {
    ASSIGN_OR_RETURN(const crypto::FileText pem, crypto::ReadFile(stem + ".pem", kMostBytes));
    ASSIGN_OR_RETURN(const crypto::FileText key, crypto::ReadFile(stem + ".key", kMostBytes));
    ASSIGN_OR_RETURN(Certified there, ParseAuthority(pem.text, key.text));
    if (!EndsWithin(there.certificate, std::chrono::days(options.days))) return there;
  }
  Certified made = NewAuthority(kAuthorityDays);
  RETURN_IF_ERROR(Write(made, stem));
  return made;
}

absl::Status MakeCertificates(const Options& options) {
  for (const std::string& service : options.services) {
    if (!crypto::IsSlug(service) || service == "ca") {
      return absl::InvalidArgumentError(Concat({"no service can be named ", service}));
    }
  }
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  ASSIGN_OR_RETURN(const Certified authority, AuthorityOf(options));
  for (const std::string& service : options.services) {
    const Certified made = Certify(authority, service, std::chrono::days(options.days));
    RETURN_IF_ERROR(Write(made, Concat({options.folder, "/", service})));
  }
  return absl::OkStatus();
}

}  // namespace

void AddAuthorityCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* authority = app.add_subcommand("authority",
                                           "Certificates for services on this machine: "
                                           "FOLDER/ca.pem, FOLDER/SERVICE.{pem,key}. Run again, "
                                           "it renews them under the same authority");
  authority->add_option("folder", options->folder, "Where")->required();
  authority->add_option("--services", options->services, "Names, separated by commas")
      ->delimiter(',')
      ->required();
  authority->add_option("--days", options->days, "How long they are valid")
      ->check(CLI::Range(1, 180))
      ->capture_default_str();
  authority->callback(
      [options, &chosen] { chosen = [options] { return MakeCertificates(*options); }; });
}

}  // namespace rapport::admin
