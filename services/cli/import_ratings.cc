// An instrument, and ratings with it, from files.
#include "cli/column_map.h"
#include "cli/csv_file.h"
#include "cli/files.h"
#include "cli/last_words.h"
#include "cli/transfer.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <google/protobuf/text_format.h>

#include <unistd.h>

#include <chrono>
#include <set>
#include <thread>

namespace rapport::cli {
namespace {

constexpr std::string_view kAlliance = "rapport.alliance.v1.AllianceService/";
// What notes tells the alliance service arrives a moment later: a session that was imported just
// now.
constexpr std::chrono::milliseconds kBetweenTries{200};
constexpr std::chrono::seconds kPatience{3};

// With nothing else wrong.
int WaitingRows(const alliance::v1::ImportRatingsResponse& response) {
  int rows = 0;
  for (const auto& outcome : response.outcomes()) {
    if (outcome.error().reason() == "SESSION_NOT_HELD" && outcome.errors_size() < 2) ++rows;
  }
  return rows;
}

class Sender {
 public:
  Sender(Client& client, const Caller& caller) : client_(client), caller_(caller) {}

  // Sends the rows of a call, and again as long as sessions of theirs become known: with the same
  // request id, what was recorded is answered as it was, and as known where an earlier run did it.
  // Once none became known for a while, none is waited for in later calls either.
  absl::Status Send(const std::vector<std::string>& messages,
                    alliance::v1::ImportRatingsResponse& response) {
    auto news = std::chrono::steady_clock::now();
    std::set<int> recorded;  // lines, by this run
    for (int before = -1;;) {
      response.Clear();
      RETURN_IF_ERROR(
          client_.Upload(caller_, Concat({kAlliance, "ImportRatings"}), messages, &response));
      for (alliance::v1::ImportOutcome& outcome : *response.mutable_outcomes()) {
        if (outcome.has_error()) continue;
        if (!outcome.known()) recorded.insert(outcome.line());
        if (recorded.contains(outcome.line())) outcome.set_known(false);
      }
      const int waiting = WaitingRows(response);
      if (waiting == 0 || !patient_) return absl::OkStatus();
      if (waiting != before) news = std::chrono::steady_clock::now();
      patient_ = std::chrono::steady_clock::now() - news <= kPatience;
      if (!patient_) return absl::OkStatus();
      before = waiting;
      std::this_thread::sleep_for(kBetweenTries);
    }
  }

 private:
  Client& client_;
  const Caller& caller_;
  bool patient_ = true;
};

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
                           const RatingsImport& as, ImportReport& report, std::ostream* progress) {
  ASSIGN_OR_RETURN(const auto csv, CsvFile::Open(file));
  alliance::v1::GetInstrumentRequest get;
  get.set_name(as.instrument);
  ASSIGN_OR_RETURN(const auto form, client.Call<alliance::v1::GetInstrumentResponse>(
                                        caller, Concat({kAlliance, "GetInstrument"}), get));
  Sender sender(client, caller);
  const LastWords last_words(STDERR_FILENO);
  for (std::size_t done = 0;;) {
    LastWords::Are(Concat({"\nInterrupted: of the ", std::to_string(csv->rows()),
                           " rows at least the first ", std::to_string(done),
                           " are done.\nRun the same command again: it goes on, and what is in "
                           "stays as it is.\n"}));
    if (progress != nullptr) *progress << "\r" << ProgressBar(done, csv->rows()) << std::flush;
    Csv part = csv->Next(kRowsPerCall);
    RETURN_IF_ERROR(NameColumns(as.columns, part));
    RETURN_IF_ERROR(CheckItems(part, form.instrument()));
    ASSIGN_OR_RETURN(const RatingRows read, ReadRatings(part, form.instrument().scale()));
    alliance::v1::ImportRatingsResponse response;
    // Of a file without rows, too: whether the caller may import is for the service to say.
    if (!read.rows.empty() || done == 0) {
      const int first_line = part.rows.empty() ? 0 : part.rows.front().line;
      RETURN_IF_ERROR(
          sender.Send(MessagesOf(read.rows, CallId(csv->digest(), as, first_line), as), response));
    }
    if (progress != nullptr) *progress << "\r\x1b[K" << std::flush;
    report.Add(read.faults, response);
    done += part.rows.size();
    if (part.rows.size() < kRowsPerCall) return absl::OkStatus();
  }
}

}  // namespace rapport::cli
