#include "cli/import_report.h"

#include "cli/files.h"
#include "cli/json_tree.h"
#include "platform/base/strings.h"

#include <absl/status/status.h>

#include <algorithm>
#include <string_view>

namespace rapport::cli {
namespace {

namespace av = alliance::v1;

// As a roster's: the file was imported before in another way, or somebody rated.
constexpr std::string_view kKnown = "ALREADY_EXISTS";
constexpr std::string_view kDiffers = "RATING_DIFFERS";
constexpr std::string_view kUnread = "ROW_UNREADABLE";

av::ImportOutcome OutcomeOf(const RowFault& fault) {
  av::ImportOutcome outcome;
  outcome.set_line(fault.line);
  outcome.mutable_error()->set_code(static_cast<int>(absl::StatusCode::kInvalidArgument));
  outcome.mutable_error()->set_reason(std::string(kUnread));
  outcome.mutable_error()->set_message(fault.what);
  return outcome;
}

template <typename RowError>
std::string FaultOf(const RowError& error) {
  // What the file alone shows needs no more than what it is.
  if (error.reason() == kUnread) return error.message();
  return Concat(
      {error.reason(), error.field().empty() ? "" : " ", error.field(), ": ", error.message()});
}

// Each fault of a row; of a service of the release before the first.
template <typename Take>
void EachError(const av::ImportOutcome& outcome, const Take& take) {
  if (outcome.errors().empty() && outcome.has_error()) take(outcome.error());
  for (const type::v1::RowError& error : outcome.errors()) take(error);
}

std::string FaultsOf(const av::ImportOutcome& outcome) {
  std::string all;
  EachError(outcome,
            [&](const auto& error) { all += Concat({all.empty() ? "" : "; ", FaultOf(error)}); });
  return all;
}

}  // namespace

ImportReport::ImportReport(std::string file, ReportAs as, std::ostream& out)
    : file_(std::move(file)), as_(as), out_(out) {
  if (as_ == ReportAs::kCsv) out_ << "line,rating,reason,field,message\n";
}

void ImportReport::Add(const std::vector<RowFault>& faults,
                       const av::ImportRatingsResponse& response) {
  std::vector<av::ImportOutcome> outcomes(response.outcomes().begin(), response.outcomes().end());
  for (const RowFault& fault : faults) outcomes.push_back(OutcomeOf(fault));
  std::ranges::sort(outcomes, {}, [](const av::ImportOutcome& one) { return one.line(); });
  for (const av::ImportOutcome& outcome : outcomes) {
    ++CountOf(outcome);
    Show(outcome);
  }
}

std::size_t& ImportReport::CountOf(const av::ImportOutcome& outcome) {
  if (!outcome.has_error()) return outcome.known() ? known_ : recorded_;
  const std::string& reason = outcome.error().reason();
  return reason == kKnown ? known_ : reason == kDiffers ? differing_ : refused_;
}

void ImportReport::Show(const av::ImportOutcome& outcome) {
  const std::string line = std::to_string(outcome.line());
  if (as_ == ReportAs::kJson) {
    out_ << TreeOf(outcome).dump() << "\n";
  } else if (as_ == ReportAs::kCsv) {
    if (!outcome.has_error()) out_ << line << "," << outcome.rating() << ",,,\n";
    EachError(outcome, [&](const auto& error) {
      out_ << line << ",," << CsvCell(error.reason()) << "," << CsvCell(error.field()) << ","
           << CsvCell(error.message()) << "\n";
    });
  } else if (outcome.has_error() && outcome.error().reason() != kKnown) {
    PrintFaults(file_, {{outcome.line(), FaultsOf(outcome)}}, out_);
  }
}

std::string ImportReport::Summary() const {
  const auto beside = [](std::size_t count, std::string_view what) {
    return count > 0 ? Concat({", ", std::to_string(count), what}) : std::string();
  };
  return Concat({std::to_string(recorded_), " ratings recorded, ", std::to_string(refused_),
                 " refused", beside(known_, " known"),
                 beside(differing_, " on record with other answers, which stay")});
}

}  // namespace rapport::cli
