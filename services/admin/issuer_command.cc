#include "admin/commands.h"
#include "platform/crypto/local_issuer.h"

#include <memory>
#include <string>

namespace rapport::admin {
namespace {

struct Options {
  std::string folder;
  std::string url = "https://issuer.localhost";
  bool if_missing = false;
};

absl::Status NewIssuer(const Options& options) {
  const absl::Status made = crypto::LocalIssuer::Create(options.folder, options.url).status();
  return options.if_missing && absl::IsAlreadyExists(made) ? absl::OkStatus() : made;
}

}  // namespace

void AddIssuerCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* issuer = app.add_subcommand("issuer", "Issuers of tokens, for demos and development");
  issuer->require_subcommand(1);
  CLI::App* make =
      issuer->add_subcommand("new", "Make an issuer: a key pair and its public key set");
  make->add_option("folder", options->folder, "Where")->required();
  make->add_option("--url", options->url, "Its name: what tokens have as `iss`")
      ->capture_default_str();
  make->add_flag("--if-missing", options->if_missing, "Leave an issuer that is there alone");
  make->callback([options, &chosen] { chosen = [options] { return NewIssuer(*options); }; });
}

}  // namespace rapport::admin
