#include "alliance/instruments/library.h"

#include "platform/base/strings.h"

#include <absl/status/status.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <tuple>

namespace rapport::alliance {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
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

// `items[3]` to the name and the index; -1 for a field that is not repeated.
std::pair<std::string_view, int> Step(std::string_view step) {
  const std::size_t bracket = step.find('[');
  if (bracket == std::string_view::npos) return {step, -1};
  int index = 0;
  std::from_chars(step.data() + bracket + 1, step.data() + step.size() - 1, index);
  return {step.substr(0, bracket), index};
}

// The line of the deepest part of `path` that the text has; 1 when it has none of it.
int LineOf(const TextFormat::ParseInfoTree& root, std::string_view path) {
  const TextFormat::ParseInfoTree* tree = &root;
  const Descriptor* descriptor = v1::Instrument::descriptor();
  int line = 1;
  while (tree != nullptr && descriptor != nullptr && !path.empty()) {
    const std::size_t dot = path.find('.');
    const auto [name, index] = Step(path.substr(0, dot));
    path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
    const FieldDescriptor* field = descriptor->FindFieldByName(std::string(name));
    if (field == nullptr) break;
    const int at = field->is_repeated() ? std::max(index, 0) : -1;
    TextFormat::ParseLocation location = tree->GetLocation(field, at);
    // The parser knows only where a list written as [1, 2] begins.
    if (location.line < 0 && at > 0) location = tree->GetLocation(field, 0);
    if (location.line < 0) break;
    line = location.line + 1;
    descriptor = field->message_type();
    tree = descriptor == nullptr ? nullptr : tree->GetTreeForNested(field, at);
  }
  return line;
}

}  // namespace

ParsedInstrument ParseInstrument(std::string_view text) {
  ParsedInstrument parsed;
  SyntaxFaults collector(parsed.faults);
  TextFormat::ParseInfoTree tree;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&tree);
  const bool complete = parser.ParseFromString(std::string(text), &parsed.instrument);
  if (!complete && parsed.faults.empty()) {
    parsed.faults.push_back({.path = "", .line = 1, .expected = "text-format protobuf"});
  }
  if (!parsed.faults.empty()) return parsed;
  parsed.faults = CheckInstrument(parsed.instrument);
  for (Fault& fault : parsed.faults) fault.line = LineOf(tree, fault.path);
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
