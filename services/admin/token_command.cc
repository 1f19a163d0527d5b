#include "admin/commands.h"
#include "platform/base/clock.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/local_issuer.h"
#include "platform/crypto/token_claims.h"

#include <cstdio>
#include <memory>
#include <string>

namespace rapport::admin {
namespace {

struct Options {
  std::string issuer;
  int minutes = 15;
  crypto::LocalIssuer::Request request;
};

absl::Status PrintToken(Options& options) {
  for (const std::string& role : options.request.roles) {
    if (crypto::RoleNumber(role) == 0) {
      return absl::InvalidArgumentError(Concat({"there is no role ", role}));
    }
  }
  ASSIGN_OR_RETURN(const auto issuer, crypto::LocalIssuer::Open(options.issuer));
  options.request.lifetime = std::chrono::minutes(options.minutes);
  std::printf("%s\n", issuer.Token(options.request, RealMicros() / 1'000'000).c_str());
  return absl::OkStatus();
}

}  // namespace

void AddTokenCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* token = app.add_subcommand("token", "Print a token of an issuer made by `issuer new`");
  token->add_option("--issuer", options->issuer, "The issuer's folder")->required();
  token->add_option("--agency", options->request.agency, "Agency id")->required();
  token->add_option("--sub", options->request.subject, "Whose token: the subject")->required();
  token->add_option("--roles", options->request.roles, "Roles, separated by commas")
      ->delimiter(',');
  token->add_option("--scopes", options->request.scopes, "Scopes, separated by commas")
      ->delimiter(',');
  token->add_option("--audience", options->request.audience, "Whom it is for")
      ->capture_default_str();
  token
      ->add_option("--minutes", options->minutes,
                   "How long it lives; services refuse one that lives longer than its agency's "
                   "token_lifetime_seconds, 15 minutes unless set")
      ->check(CLI::Range(1, 60))
      ->capture_default_str();
  token->callback([options, &chosen] { chosen = [options] { return PrintToken(*options); }; });
}

}  // namespace rapport::admin
