#include "cli/instrument_check.h"

#include "alliance/instruments/diagnose.h"
#include "cli/files.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <nlohmann/json.hpp>

namespace rapport::cli {
namespace {

nlohmann::json JsonOf(const alliance::Diagnosis& one) {
  return {{"line", one.line}, {"column", one.column}, {"length", one.length},
          {"path", one.path}, {"found", one.found},   {"expected", one.expected},
          {"note", one.note}};
}

std::string Counted(std::size_t count, std::string_view what) {
  return Concat({std::to_string(count), " ", what, count == 1 ? "" : "s"});
}

// Whether nothing is wrong with it.
bool Check(const std::string& file, const std::string& text, bool json, nlohmann::json& answer,
           std::ostream& out) {
  const alliance::DiagnosedInstrument read = alliance::DiagnoseInstrument(text);
  const bool sound = read.diagnoses.empty();
  if (json) {
    nlohmann::json faults = nlohmann::json::array();
    for (const alliance::Diagnosis& one : read.diagnoses) faults.push_back(JsonOf(one));
    answer.push_back({{"file", file}, {"faults", std::move(faults)}});
  } else if (sound) {
    const auto size = [](const auto& list) { return static_cast<std::size_t>(list.size()); };
    out << file << ": nothing is wrong: " << read.instrument.code() << " version "
        << read.instrument.version() << ", " << Counted(size(read.instrument.items()), "item")
        << ", " << Counted(size(read.instrument.scores()), "score") << "\n";
  } else {
    out << alliance::ShowDiagnoses(file, text, read.diagnoses)
        << Counted(read.diagnoses.size(), "error") << " in " << file << "\n";
  }
  return sound;
}

}  // namespace

absl::StatusOr<bool> CheckInstruments(const std::vector<std::string>& files, bool json,
                                      std::ostream& out) {
  bool sound = true;
  nlohmann::json answer = nlohmann::json::array();
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
    sound = Check(file, text, json, answer, out) && sound;
  }
  // What a file holds may be no UTF-8.
  if (json) out << answer.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return sound;
}

}  // namespace rapport::cli
