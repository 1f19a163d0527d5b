// The therapist, families and sessions of a roster, by the public batch RPCs.
#include "cli/files.h"
#include "cli/last_words.h"
#include "cli/transfer.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <google/protobuf/util/time_util.h>
#include <rapport/intake/v1/system_requests.pb.h>

#include <unistd.h>

#include <algorithm>

namespace rapport::cli {
namespace {

constexpr int kFamiliesPerCall = 100, kSessionsPerCall = 500;
constexpr std::string_view kIntake = "rapport.intake.v1.IntakeService/";
constexpr std::string_view kNotes = "rapport.notes.v1.SessionNotesService/";

struct Tally {
  int created = 0, known = 0, rejected = 0;
  int in() const { return created + known; }
};

// What whoever ends it in the middle has to know.
void HowFar(const RosterRows& rows, const Tally& families, const Tally& sessions) {
  LastWords::Are(
      Concat({"\nInterrupted: ", std::to_string(families.in()), " of ",
              std::to_string(rows.families.size()), " families and ", std::to_string(sessions.in()),
              " of ", std::to_string(rows.sessions.size()),
              " sessions are in, and up to a hundred families or five hundred sessions "
              "that were under way.\nRun the same command again: it goes on, and what is "
              "in stays as it is and counts as known.\n"}));
}

absl::Status MakeTherapist(Client& client, const Caller& caller, const RosterSettings& settings) {
  intake::v1::ListProfessionalsRequest search;
  search.set_filter(Concat({"external_ids:\"", settings.system, "=", settings.therapist, "\""}));
  ASSIGN_OR_RETURN(const auto found, client.Call<intake::v1::ListProfessionalsResponse>(
                                         caller, Concat({kIntake, "ListProfessionals"}), search));
  if (found.professionals_size() > 0) return absl::OkStatus();
  intake::v1::CreateProfessionalRequest request;
  request.set_request_id(NewRequestId());
  intake::v1::Professional& therapist = *request.mutable_professional();
  therapist.set_display_name(settings.therapist);
  therapist.set_kind(intake::v1::PROFESSIONAL_KIND_STAFF);
  therapist.add_external_ids()->set_system(settings.system);
  therapist.mutable_external_ids(0)->set_value(settings.therapist);
  return client
      .Call<intake::v1::CreateProfessionalResponse>(caller, Concat({kIntake, "CreateProfessional"}),
                                                    request)
      .status();
}

// Outcomes of one batch: intake's and notes' are of the same shape.
template <typename Response>
void Count(const Response& response, int created, int known, std::string_view what, int first,
           Tally& tally, std::ostream& out) {
  for (const auto& outcome : response.outcomes()) {
    if (outcome.status() == created) {
      ++tally.created;
    } else if (outcome.status() == known) {
      ++tally.known;
    } else {
      ++tally.rejected;
      for (const auto& error : outcome.errors()) {
        out << "  " << what << " " << first + outcome.index() + 1 << ": " << error.reason() << " "
            << error.field() << ": " << error.message() << "\n";
      }
    }
  }
}

void Report(std::string_view what, const Tally& tally, std::ostream& out) {
  out << "  " << tally.created << " " << what << " created, " << tally.known << " known, "
      << tally.rejected << " refused\n";
}

absl::Status SendFamilies(Client& client, const Caller& caller, const RosterRows& rows,
                          const Attestation& attestation, Tally& tally, std::ostream& out) {
  HowFar(rows, tally, Tally());
  intake::v1::ImportAttestation signed_by;
  signed_by.set_attested_by(attestation.attested_by);
  signed_by.set_statement(attestation.statement);
  if (!google::protobuf::util::TimeUtil::FromString(attestation.attested_on,
                                                    signed_by.mutable_attest_time())) {
    return absl::InvalidArgumentError(
        "--attested-on: a time like 2031-03-03T09:00:00Z is expected");
  }
  signed_by.set_screened_by(attestation.screened_by);
  if (!attestation.screened_on.empty() &&
      !google::protobuf::util::TimeUtil::FromString(attestation.screened_on,
                                                    signed_by.mutable_screen_time())) {
    return absl::InvalidArgumentError(
        "--screened-on: a time like 2031-03-03T09:00:00Z is expected");
  }
  for (const auto purpose :
       {intake::v1::CONSENT_PURPOSE_TREATMENT, intake::v1::CONSENT_PURPOSE_CONJOINT_TREATMENT,
        intake::v1::CONSENT_PURPOSE_RATINGS}) {
    signed_by.add_consents(purpose);
  }
  const int count = static_cast<int>(rows.families.size());
  for (int from = 0; from < count; from += kFamiliesPerCall) {
    intake::v1::BatchImportFamiliesRequest request;
    request.set_request_id(NewRequestId());
    *request.mutable_attestation() = signed_by;
    const int to = std::min(count, from + kFamiliesPerCall);
    request.mutable_families()->Add(rows.families.begin() + from, rows.families.begin() + to);
    ASSIGN_OR_RETURN(const auto response,
                     client.Call<intake::v1::BatchImportFamiliesResponse>(
                         caller, Concat({kIntake, "BatchImportFamilies"}), request));
    Count(response, intake::v1::IMPORT_STATUS_CREATED, intake::v1::IMPORT_STATUS_KNOWN, "family",
          from, tally, out);
    HowFar(rows, tally, Tally());
  }
  return absl::OkStatus();
}

absl::Status SendSessions(Client& client, const Caller& caller, const RosterRows& rows,
                          const Tally& families, Tally& tally, std::ostream& out) {
  const int count = static_cast<int>(rows.sessions.size());
  for (int from = 0; from < count; from += kSessionsPerCall) {
    notes::v1::BatchImportSessionsRequest request;
    request.set_request_id(NewRequestId());
    const int to = std::min(count, from + kSessionsPerCall);
    request.mutable_sessions()->Add(rows.sessions.begin() + from, rows.sessions.begin() + to);
    ASSIGN_OR_RETURN(const auto response,
                     client.Call<notes::v1::BatchImportSessionsResponse>(
                         caller, Concat({kNotes, "BatchImportSessions"}), request));
    Count(response, notes::v1::IMPORT_STATUS_CREATED, notes::v1::IMPORT_STATUS_KNOWN, "session",
          from, tally, out);
    HowFar(rows, families, tally);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ImportRoster(Client& client, const Caller& caller, const std::string& file,
                          const RosterSettings& settings, const Attestation& attestation,
                          std::ostream& out) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  ASSIGN_OR_RETURN(const RosterRows rows, ReadRoster(ReadCsv(text), settings));
  PrintFaults(file, rows.faults, out);
  const LastWords last_words(STDERR_FILENO);
  RETURN_IF_ERROR(MakeTherapist(client, caller, settings));
  Tally families, sessions;
  RETURN_IF_ERROR(SendFamilies(client, caller, rows, attestation, families, out));
  Report("families", families, out);
  RETURN_IF_ERROR(SendSessions(client, caller, rows, families, sessions, out));
  Report("sessions", sessions, out);
  const std::size_t refused = rows.faults.size() + static_cast<std::size_t>(families.rejected) +
                              static_cast<std::size_t>(sessions.rejected);
  return refused == 0 ? absl::OkStatus() : absl::FailedPreconditionError("some rows were refused");
}

}  // namespace rapport::cli
