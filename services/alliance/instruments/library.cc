#include "alliance/instruments/library.h"

#include "alliance/instruments/text_places.h"
#include "platform/base/strings.h"

#include <absl/status/status.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <map>
#include <string>
#include <tuple>

namespace rapport::alliance {
namespace {

using google::protobuf::TextFormat;

// What the parser says, as faults. Its positions start at 0.
class SyntaxFaults : public google::protobuf::io::ErrorCollector {
 public:
  explicit SyntaxFaults(std::vector<Fault>& faults) : faults_(faults) {}
  void AddError(int line, int /*column*/, const std::string& message) override {
    faults_.push_back({.path = "", .line = line + 1, .expected = Concat({"syntax: ", message})});
  }
  void AddWarning(int line, int column, const std::string& message) override {
    AddError(line, column, message);
  }

 private:
  std::vector<Fault>& faults_;
};

}  // namespace

ParsedInstrument ParseInstrument(std::string_view text) {
  ParsedInstrument parsed;
  SyntaxFaults collector(parsed.faults);
  TextFormat::ParseInfoTree tree;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&tree);
  parser.SetRecursionLimit(20);  // a definition has messages in messages in messages
  const bool complete = parser.ParseFromString(std::string(text), &parsed.instrument);
  if (!complete && parsed.faults.empty()) {
    parsed.faults.push_back({.path = "", .line = 1, .expected = "text-format protobuf"});
  }
  if (!parsed.faults.empty()) return parsed;
  parsed.faults = CheckInstrument(parsed.instrument);
  for (Fault& fault : parsed.faults) fault.line = FindPlace(tree, fault.path).line + 1;
  return parsed;
}

std::string InstrumentName(std::string_view code, int version) {
  return Concat({"instruments/", code, ".", std::to_string(version)});
}

absl::StatusOr<std::vector<v1::Instrument>> LoadInstruments(std::vector<EmbeddedText> texts) {
  std::string faults;
  std::map<std::pair<std::string, int>, v1::Instrument> instruments;
  const auto add_fault = [&](std::string_view file, const Fault& fault) {
    faults += Concat({file, ":", std::to_string(fault.line), ": ", fault.path, ": expected ",
                      fault.expected, "\n"});
  };
  for (const EmbeddedText& text : texts) {
    ParsedInstrument parsed = ParseInstrument(text.text);
    for (const Fault& fault : parsed.faults) add_fault(text.file, fault);
    v1::Instrument& instrument = parsed.instrument;
    instrument.set_name(InstrumentName(instrument.code(), instrument.version()));
    instrument.set_shipped(true);
    const std::pair key(instrument.code(), instrument.version());
    if (!instruments.emplace(key, std::move(instrument)).second) {
      add_fault(text.file,
                {.path = "code", .line = 1, .expected = "a code and version of its own"});
    }
  }
  if (!faults.empty()) return absl::InternalError(Absl(faults));
  std::vector<v1::Instrument> loaded;
  loaded.reserve(instruments.size());
  for (auto& [key, instrument] : instruments) loaded.push_back(std::move(instrument));
  return loaded;
}

absl::StatusOr<std::vector<v1::Instrument>> LoadShippedInstruments() {
  return LoadInstruments(EmbeddedInstruments());
}

}  // namespace rapport::alliance
