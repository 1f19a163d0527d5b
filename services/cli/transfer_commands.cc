// rapport import roster|instrument|ratings FILE, rapport ratings import FILE, rapport export scores
// FILE.
#include "cli/commands.h"
#include "cli/times.h"
#include "cli/transfer.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/times.h"

#include <google/protobuf/util/time_util.h>

#include <unistd.h>

#include <iostream>
#include <memory>

namespace rapport::cli {
namespace {

struct Options {
  std::string file, system = "import", instrument, columns, first_session, check;
  bool json = false, csv = false;
  RosterSettings roster;
  Attestation attestation;
};
using Job = absl::Status (*)(Client&, const Caller&, Options&);

// What a flag's time means; empty stays empty.
absl::Status ReadTime(std::string_view flag, std::string& time) {
  if (time.empty()) return absl::OkStatus();
  const auto at = InstantOf(time);
  if (!at.ok()) {
    return absl::InvalidArgumentError(
        Absl(Concat({flag, ": ", Std(at.status().message()), " is expected"})));
  }
  time = *at;
  return absl::OkStatus();
}

absl::Status Roster(Client& client, const Caller& caller, Options& options) {
  options.roster.system = options.system;
  std::string first_session = options.first_session;
  RETURN_IF_ERROR(ReadTime("--first-session", first_session));
  RETURN_IF_ERROR(ReadTime("--attested-on", options.attestation.attested_on));
  RETURN_IF_ERROR(ReadTime("--screened-on", options.attestation.screened_on));
  if (!first_session.empty()) {
    google::protobuf::Timestamp first;
    google::protobuf::util::TimeUtil::FromString(first_session, &first);
    options.roster.first_session_us = schema::ToMicros(first);
  }
  return ImportRoster(client, caller, options.file, options.roster, options.attestation, std::cout);
}

absl::Status Instrument(Client& client, const Caller& caller, Options& options) {
  return ImportInstrument(client, caller, options.file, std::cout);
}

absl::Status Ratings(Client& client, const Caller& caller, Options& options) {
  const ReportAs as = options.json  ? ReportAs::kJson
                      : options.csv ? ReportAs::kCsv
                                    : ReportAs::kText;
  ImportReport report(options.file, as, std::cout);
  RETURN_IF_ERROR(ImportRatings(
      client, caller, options.file,
      {.system = options.system, .instrument = options.instrument, .columns = options.columns},
      report, isatty(STDERR_FILENO) != 0 ? &std::cerr : nullptr));
  // Beside what a program reads, for a person.
  (as == ReportAs::kText ? std::cout : std::cerr) << "  " << report.Summary() << "\n";
  return report.any_refused() ? absl::FailedPreconditionError("some rows were refused")
                              : absl::OkStatus();
}

absl::Status Scores(Client& client, const Caller& caller, Options& options) {
  RETURN_IF_ERROR(
      ExportScores(client, caller, options.file, options.system, options.instrument, std::cout));
  return options.check.empty() ? absl::OkStatus()
                               : CompareCsv(options.file, options.check, std::cout);
}

// A command under `parent` that runs `job` with the options it declares.
std::shared_ptr<Options> Add(CLI::App& parent, const char* name, const char* help,
                             const char* file_help, Job job, Action& chosen, CLI::App*& added) {
  auto options = std::make_shared<Options>();
  added = parent.add_subcommand(name, help);
  added->add_option("file", options->file, file_help)->required();
  added->callback([options, job, &chosen] {
    chosen = [options, job](const Common& common) {
      return WithClient(common, [&](Client& client, const Caller& caller) {
        return job(client, caller, *options);
      });
    };
  });
  return options;
}

void AddSystem(CLI::App& command, Options& options) {
  command.add_option("--system", options.system, "The system that the file's ids belong to")
      ->capture_default_str();
}

void AddInstrument(CLI::App& command, Options& options) {
  command.add_option("--instrument", options.instrument, "Like instruments/d1.1")->required();
}

void AddRatings(CLI::App& parent, const char* name, Action& chosen) {
  CLI::App* added = nullptr;
  const auto options = Add(parent, name, "Ratings of each family's helpers",
                           "CSV: family_id, member_id, session, i01, i02, ... [, professional_id]",
                           Ratings, chosen, added);
  AddSystem(*added, *options);
  AddInstrument(*added, *options);
  added->add_option("--columns", options->columns,
                    "The file's own titles: family_id=Client,member_id=Person,i01=Q1");
  CLI::Option* json =
      added->add_flag("--json", options->json, "What became of each row, an object a line");
  added->add_flag("--csv", options->csv, "The same as comma-separated values")->excludes(json);
}

}  // namespace

void AddRatingsImport(CLI::App& app, Action& chosen) {
  CLI::App* noun = app.get_subcommand("rating");
  noun->alias("ratings");
  AddRatings(*noun, "import", chosen);
}

void AddTransferCommands(CLI::App& app, Action& chosen) {
  CLI::App* added = nullptr;
  CLI::App* in = app.add_subcommand("import", "Take in a file, row by row")->require_subcommand(1);
  CLI::App* out = app.add_subcommand("export", "Write a file")->require_subcommand(1);
  in->fallthrough();
  out->fallthrough();

  auto options =
      Add(*in, "roster", "Families, members, their therapist and held sessions",
          "CSV: family_id, member_id, role, session[, session_time]", Roster, chosen, added);
  AddSystem(*added, *options);
  added->add_option("--therapist", options->roster.therapist, "External id of the therapist")
      ->required();
  added->add_option("--first-session", options->first_session,
                    "When session 1 began, the others weekly (without a column session_time)");
  added
      ->add_option("--attested-by", options->attestation.attested_by,
                   "Who says that the cases were opened properly: name and office")
      ->required();
  added->add_option("--attested-on", options->attestation.attested_on, "When")->required();
  added->add_option("--statement", options->attestation.statement, "Where the papers are")
      ->required();
  added->add_option("--screened-by", options->attestation.screened_by,
                    "Who screened everybody alone before: name and office. Without: they are due");
  added->add_option("--screened-on", options->attestation.screened_on,
                    "When the earliest of these screens was");

  Add(*in, "instrument", "An agency's own instrument", "Instrument in protobuf's text format",
      Instrument, chosen, added);

  AddRatings(*in, "ratings", chosen);

  options =
      Add(*out, "scores", "Scores of imported ratings",
          "CSV to write: family_id, member_id, session, one column a score", Scores, chosen, added);
  AddSystem(*added, *options);
  AddInstrument(*added, *options);
  added->add_option("--check", options->check, "A CSV that it must equal within 1e-9");
}

}  // namespace rapport::cli
