#include "admin/commands.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/agencies.h"
#include "platform/crypto/files.h"
#include "platform/crypto/local_issuer.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace rapport::admin {
namespace {

constexpr std::size_t kMostBytes = 1u << 20;

struct Options {
  std::string file, issuer_folder;
  crypto::Agency agency;
  int token_lifetime_seconds = 900, stale_facts_seconds = 60;
  bool no_mfa = false;
};

// What the agency's issuer is: given piece by piece, or made by `issuer new`.
absl::Status SetIssuer(Options& options) {
  crypto::Agency& agency = options.agency;
  if (options.issuer_folder.empty()) {
    if (!agency.issuer.empty() && !agency.jwks.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("give --issuer and --jwks, or --local-issuer");
  }
  ASSIGN_OR_RETURN(const auto issuer, crypto::LocalIssuer::Open(options.issuer_folder));
  agency.issuer = issuer.url();
  agency.jwks = std::filesystem::absolute(issuer.jwks_path()).lexically_normal().string();
  agency.local_issuer = true;
  return absl::OkStatus();
}

absl::Status Add(Options& options) {
  RETURN_IF_ERROR(SetIssuer(options));
  crypto::Agency& agency = options.agency;
  agency.token_lifetime = std::chrono::seconds(options.token_lifetime_seconds);
  agency.stale_facts = std::chrono::seconds(options.stale_facts_seconds);
  agency.require_mfa = !options.no_mfa;

  std::string text =
      "# The agencies this installation serves. Services read it at start.\nagencies:\n";
  std::error_code error;
  if (std::filesystem::exists(options.file, error)) {
    ASSIGN_OR_RETURN(crypto::FileText file, crypto::ReadFile(options.file, kMostBytes));
    text = std::move(file.text);
    ASSIGN_OR_RETURN(const auto before, crypto::Agencies::Parse(text, options.file));
    if (const crypto::Agency* there = before.Find(agency.id)) {
      // Compared as read back, since paths are made absolute then.
      ASSIGN_OR_RETURN(
          const auto wanted,
          crypto::Agencies::Parse("agencies:\n" + crypto::AgencyEntry(agency), options.file));
      if (crypto::AgencyEntry(*there) == crypto::AgencyEntry(wanted.all()[0])) {
        return absl::OkStatus();
      }
      return absl::FailedPreconditionError(Concat(
          {"agency ", agency.id, " is there with other settings; change them in ", options.file}));
    }
    if (!text.ends_with('\n')) text += '\n';
  }
  // Appended as text, so that comments and order of the file stay.
  text += crypto::AgencyEntry(agency);
  RETURN_IF_ERROR(crypto::Agencies::Parse(text, options.file).status());
  return crypto::ReplaceFile(options.file, text, 0644);
}

}  // namespace

void AddAgencyCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  crypto::Agency& agency = options->agency;
  CLI::App* group = app.add_subcommand("agency", "The agencies file");
  group->require_subcommand(1);
  CLI::App* add = group->add_subcommand(
      "add", "Add an agency; does nothing when it is there with the same settings");
  add->add_option("--file", options->file, "The agencies file; made when missing")->required();
  add->add_option("--id", agency.id, "Short name: a-z 0-9 - _ .")->required();
  add->add_option("--name", agency.display_name, "Display name")->required();
  add->add_option("--time-zone", agency.time_zone, "IANA time zone, like Europe/Berlin")
      ->required();
  add->add_option("--issuer", agency.issuer, "`iss` of its tokens");
  add->add_option("--jwks", agency.jwks, "The issuer's key set; relative to the agencies file");
  add->add_option("--local-issuer", options->issuer_folder, "Folder of an issuer by `issuer new`");
  add->add_option("--audience", agency.audience, "`aud` of its tokens")->capture_default_str();
  add->add_option("--retention-years", agency.retention_years, "How long closed cases are kept")
      ->capture_default_str();
  add->add_option(
      "--jurisdiction", agency.jurisdiction,
      "Whose law says how long records are kept and who consents for a minor (US-CA, DE)");
  add->add_option("--assent-years", agency.assent_years,
                  "From this age a minor's own assent is needed; 0: nothing waits for it")
      ->capture_default_str();
  add->add_option("--safety-screen-days", agency.safety_screen_days,
                  "How long after a safety screen a person is asked again")
      ->capture_default_str();
  add->add_option("--on-duty", agency.on_duty,
                  "Subjects of those on duty for members' concerns, the first in front; "
                  "`rapport duty set` says otherwise without a restart")
      ->delimiter(',');
  add->add_option("--emergency-contacts", agency.emergency_contacts,
                  "Whom to call now, shown with every form");
  add->add_option("--escalate-minutes", agency.escalate_minutes,
                  "How long a concern waits before more people get it")
      ->capture_default_str();
  add->add_option("--token-lifetime-seconds", options->token_lifetime_seconds,
                  "Longest life of a token; above 900 with a local issuer only")
      ->capture_default_str();
  add->add_option("--stale-facts-seconds", options->stale_facts_seconds,
                  "How old access facts may be while intake is unreachable")
      ->capture_default_str();
  add->add_flag("--no-mfa", options->no_mfa, "Accept staff without a second factor");
  add->callback([options, &chosen] { chosen = [options] { return Add(*options); }; });
}

}  // namespace rapport::admin
