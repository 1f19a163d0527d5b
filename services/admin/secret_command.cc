#include "admin/commands.h"
#include "platform/base/strings.h"
#include "platform/crypto/key_file.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace rapport::admin {
namespace {

struct Options {
  std::string path;
  bool if_missing = false;
};

absl::Status NewSecret(const Options& options) {
  std::error_code error;
  if (std::filesystem::exists(options.path, error)) {
    if (options.if_missing) return absl::OkStatus();
    return absl::AlreadyExistsError(
        Concat({options.path, " is there already; what it seals would be lost"}));
  }
  std::vector<crypto::Secret> secret;
  secret.push_back(crypto::NewSecret());
  return crypto::WriteKeyFile(options.path, secret);
}

}  // namespace

void AddSecretCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* secret = app.add_subcommand("secret", "Suite secrets and key encryption keys");
  secret->require_subcommand(1);
  CLI::App* make = secret->add_subcommand("new", "Write a new secret, readable by its owner only");
  make->add_option("file", options->path, "Where")->required();
  make->add_flag("--if-missing", options->if_missing, "Leave a file that is there alone");
  make->callback([options, &chosen] { chosen = [options] { return NewSecret(*options); }; });
}

}  // namespace rapport::admin
