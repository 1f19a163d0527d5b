// An instrument, and ratings with it, from files.
#include "cli/files.h"
#include "cli/last_words.h"
#include "cli/transfer.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <google/protobuf/text_format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace rapport::cli {
namespace {

constexpr std::string_view kAlliance = "rapport.alliance.v1.AllianceService/";
constexpr std::size_t kRowsPerMessage = 500;
// What notes tells the alliance service arrives a moment later: a session that was imported just
// now.
constexpr std::chrono::milliseconds kBetweenTries{200};
constexpr std::chrono::seconds kPatience{3};

// The header first, then the rows.
std::vector<std::string> Messages(const std::vector<alliance::v1::ImportRow>& rows,
                                  const std::string& system, const std::string& instrument) {
  std::vector<std::string> messages;
  for (std::size_t from = 0; from == 0 || from < rows.size(); from += kRowsPerMessage) {
    alliance::v1::ImportRatingsRequest message;
    if (from == 0) {
      message.mutable_header()->set_request_id(NewRequestId());
      message.mutable_header()->set_instrument(instrument);
      message.mutable_header()->set_system(system);
    }
    for (std::size_t i = from; i < std::min(rows.size(), from + kRowsPerMessage); ++i) {
      *message.add_rows() = rows[i];
    }
    messages.push_back(message.SerializeAsString());
  }
  return messages;
}

// With nothing else wrong.
int WaitingRows(const alliance::v1::ImportRatingsResponse& response) {
  int rows = 0;
  for (const auto& outcome : response.outcomes()) {
    if (outcome.error().reason() == "SESSION_NOT_HELD" && outcome.errors_size() < 2) ++rows;
  }
  return rows;
}

template <typename RowError>
std::string FaultOf(const RowError& error) {
  return Concat(
      {error.reason(), error.field().empty() ? "" : " ", error.field(), ": ", error.message()});
}

// All of them; of a service of the release before the first.
std::string FaultsOf(const alliance::v1::ImportOutcome& outcome) {
  std::string all = outcome.errors().empty() ? FaultOf(outcome.error()) : "";
  for (const type::v1::RowError& error : outcome.errors()) {
    all += Concat({all.empty() ? "" : "; ", FaultOf(error)});
  }
  return all;
}

// Sends the rows, and again as long as sessions of theirs become known: with the same request id,
// what was recorded is answered as it was.
absl::Status Send(Client& client, const Caller& caller, const std::vector<std::string>& messages,
                  alliance::v1::ImportRatingsResponse& response) {
  auto news = std::chrono::steady_clock::now();
  for (int before = -1;;) {
    response.Clear();
    RETURN_IF_ERROR(
        client.Upload(caller, Concat({kAlliance, "ImportRatings"}), messages, &response));
    const int waiting = WaitingRows(response);
    if (waiting == 0) return absl::OkStatus();
    if (waiting != before) news = std::chrono::steady_clock::now();
    if (std::chrono::steady_clock::now() - news > kPatience) return absl::OkStatus();
    before = waiting;
    std::this_thread::sleep_for(kBetweenTries);
  }
}

}  // namespace

absl::Status ImportInstrument(Client& client, const Caller& caller, const std::string& file,
                              std::ostream& out) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  alliance::v1::CreateInstrumentRequest request;
  request.set_request_id(NewRequestId());
  if (!google::protobuf::TextFormat::ParseFromString(text, request.mutable_instrument())) {
    return absl::InvalidArgumentError(
        Absl(Concat({file, ": an Instrument in protobuf's text format is expected"})));
  }
  const auto created = client.Call<alliance::v1::CreateInstrumentResponse>(
      caller, Concat({kAlliance, "CreateInstrument"}), request);
  if (!created.ok() && !absl::IsAlreadyExists(created.status())) return created.status();
  out << "  " << request.instrument().title() << ": "
      << (created.ok() ? created->instrument().name() : "known already") << "\n";
  return absl::OkStatus();
}

absl::Status ImportRatings(Client& client, const Caller& caller, const std::string& file,
                           const std::string& system, const std::string& instrument,
                           std::ostream& out) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  alliance::v1::GetInstrumentRequest get;
  get.set_name(instrument);
  ASSIGN_OR_RETURN(const auto form, client.Call<alliance::v1::GetInstrumentResponse>(
                                        caller, Concat({kAlliance, "GetInstrument"}), get));
  ASSIGN_OR_RETURN(const RatingRows read, ReadRatings(ReadCsv(text), form.instrument().scale()));
  PrintFaults(file, read.faults, out);
  alliance::v1::ImportRatingsResponse response;
  // How many are in, the service says at the end only.
  const LastWords last_words(STDERR_FILENO);
  LastWords::Are(
      Concat({"\nInterrupted: of the ", std::to_string(read.rows.size()),
              " ratings those that were sent are in, from the first row on; which was the "
              "last nobody can say.\nRun the same command again: it goes on, and what is "
              "in stays as it is and counts as known.\n"}));
  RETURN_IF_ERROR(Send(client, caller, Messages(read.rows, system, instrument), response));
  std::vector<RowFault> refused;
  int known = 0;
  for (const alliance::v1::ImportOutcome& outcome : response.outcomes()) {
    if (!outcome.has_error()) continue;
    if (outcome.error().reason() == "ALREADY_EXISTS") {
      ++known;  // as a roster's: the file was imported before
      continue;
    }
    refused.push_back({outcome.line(), FaultsOf(outcome)});
  }
  PrintFaults(file, refused, out);
  const std::size_t bad = refused.size() + read.faults.size();
  out << "  " << response.recorded_rows() << " ratings recorded, " << bad << " refused";
  if (known > 0) out << ", " << known << " known";
  out << "\n";
  return bad == 0 ? absl::OkStatus() : absl::FailedPreconditionError("some rows were refused");
}

}  // namespace rapport::cli
