#include "alliance/instruments/diagnose.h"

#include "alliance/instruments/check_instrument.h"
#include "alliance/instruments/diagnosis_notes.h"
#include "alliance/instruments/text_places.h"
#include "platform/base/strings.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace rapport::alliance {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

constexpr int kDeepest = 20;            // messages in messages; a definition has three
constexpr std::size_t kMostFound = 40;  // code points of what stands there that are shown

// What the parser says, with offsets into the text.
struct Complaint {
  std::size_t offset = 0;
  std::string message;
  bool fatal = false;  // the parser read no further
};

class Complaints : public google::protobuf::io::ErrorCollector {
 public:
  explicit Complaints(std::string_view text) : text_(text) {}
  void AddError(int line, int column, const std::string& message) override {
    Add(line, column, message, true);
  }
  void AddWarning(int line, int column, const std::string& message) override {
    Add(line, column, message, false);
  }
  std::vector<Complaint> all;

 private:
  void Add(int line, int column, const std::string& message, bool fatal) {
    all.push_back({OffsetOf(text_, std::max(line, 0), std::max(column, 0)), message, fatal});
  }
  const std::string_view text_;
};

// One line, cut, with the codes of what would move a terminal's cursor.
std::string Shown(std::string_view text) {
  std::string shown;
  std::size_t points = 0;
  for (const char c : text.substr(0, text.find('\n'))) {
    if (!IsContinuation(c) && ++points > kMostFound) return shown + "...";
    shown += IsControl(c) ? Concat({"\\x", Hex({&c, 1})}) : std::string(1, c);
  }
  return shown;
}

class Diagnoser {
 public:
  explicit Diagnoser(std::string_view text) : text_(text), readable_(text) {}

  DiagnosedInstrument Run() {
    const bool whole = Read();
    if (whole) Judge();
    auto& all = result_.diagnoses;
    std::ranges::sort(all, {}, [](const Diagnosis& one) {
      return std::tie(one.line, one.column, one.path, one.expected);
    });
    if (all.size() > kMostDiagnoses) all.resize(kMostDiagnoses);
    return std::move(result_);
  }

 private:
  // Parses, and parses again without what could not be read, until it can. False: something of the
  // syntax was wrong.
  bool Read() {
    bool whole = true;
    for (std::size_t round = 0; round <= 4 * kMostDiagnoses; ++round) {
      Complaints complaints(text_);
      tree_.emplace();
      TextFormat::Parser parser;
      parser.RecordErrorsTo(&complaints);
      parser.WriteLocationsTo(&*tree_);
      parser.AllowUnknownField(true);
      parser.SetRecursionLimit(kDeepest);
      result_.instrument.Clear();
      const bool complete = parser.ParseFromString(readable_, &result_.instrument);
      const Complaint* fatal = nullptr;
      for (const Complaint& complaint : complaints.all) {
        Explain(complaint);
        if (complaint.fatal && fatal == nullptr) fatal = &complaint;
      }
      if (complete && fatal == nullptr) return whole;
      if (complaints.all.empty()) Say(0, 1, "", "", "text-format protobuf", "");
      if (fatal == nullptr) return false;
      if (IsUnknownValue(fatal->message)) {
        // Read on with no value: what the text means can still be judged.
        const std::string value = Quoted(fatal->message, 0);
        const std::size_t at = Before(fatal->offset, value);
        if (value.empty() || readable_.compare(at, value.size(), value) != 0) return false;
        readable_.replace(at, value.size(), "0" + std::string(value.size() - 1, ' '));
        continue;
      }
      whole = false;
      if (!SkipStatement(*fatal)) return false;
    }
    return false;
  }

  // Makes what could not be read harmless, so that what follows can be: blanks `name: value` to the
  // end of its line, or, where the line goes on with brackets, only a value. False: nothing to do.
  bool SkipStatement(const Complaint& fatal) {
    const std::size_t end = TokenEnd(readable_, fatal.offset);
    const std::size_t line_end = std::min(readable_.find('\n', fatal.offset), readable_.size());
    const auto structural = [&](std::size_t from, std::size_t to) {
      return std::string_view(readable_).substr(from, to - from).find_first_of("{}[]<>") !=
             std::string_view::npos;
    };
    if (structural(fatal.offset, end)) return false;
    const std::string_view message = fatal.message;
    const bool number = message.starts_with("Expected integer") ||
                        message.starts_with("Integer out of range") ||
                        message.starts_with("Expected double");
    const bool rest = !structural(fatal.offset, line_end);
    if (!rest && number && end > fatal.offset) {
      readable_.replace(fatal.offset, end - fatal.offset,
                        "0" + std::string(end - fatal.offset - 1, ' '));
      return true;
    }
    std::size_t begin = fatal.offset;
    const auto back_over = [&](auto belongs) {
      while (begin > 0 && belongs(readable_[begin - 1])) --begin;
    };
    back_over([](char c) { return c == ' ' || c == '\t' || c == ':'; });
    back_over(IsWord);
    const std::size_t stop = rest ? line_end : end;
    const std::string_view part = std::string_view(readable_).substr(begin, stop - begin);
    if (part.find_first_not_of(" \t\n") == std::string_view::npos) return false;
    std::fill(readable_.begin() + static_cast<std::ptrdiff_t>(begin),
              readable_.begin() + static_cast<std::ptrdiff_t>(stop), ' ');
    return true;
  }

  static bool IsUnknownValue(std::string_view message) {
    return message.starts_with("Unknown enumeration value of");
  }

  // The parser's words in ours. It points behind a name it doesn't know.
  void Explain(const Complaint& complaint) {
    const std::string_view message = complaint.message;
    if (const auto at = message.find("\" has no field named \""); at != message.npos) {
      ExplainField(complaint, Quoted(message, 0), Quoted(message, at + 1));
      return;
    }
    if (IsUnknownValue(message)) {
      const std::string value = Quoted(message, 0);
      const std::string field = Quoted(message, message.find("for field"));
      const std::size_t at = Before(complaint.offset, value);
      misspelt_.insert({LineOf(at), field});
      SayOnce(at, value, Concat({"a value of ", field}), SuggestionOf(value, ValuesOf(field)));
      return;
    }
    if (message.starts_with("Non-repeated field")) {
      const std::string field = Quoted(message, 0);
      Say(Before(complaint.offset, field), field.size(), "", field, "each field once",
          "leave one of them out");
      return;
    }
    const std::size_t end = TokenEnd(text_, complaint.offset);
    const std::string_view token = text_.substr(complaint.offset, end - complaint.offset);
    const std::size_t got = std::min(message.find(", got"), message.find(", found"));
    if (message.starts_with("Expected ") && got != message.npos) {
      std::string expected(message.substr(9, got - 9));
      std::ranges::replace(expected, '"', '`');
      const bool open = token.empty() && expected == "identifier";
      Say(complaint.offset, token.size(), "", token.empty() ? "the end" : token,
          open ? "`}`: a message is still open" : expected, "");
    } else {
      Say(complaint.offset, token.size(), "", token, Concat({"text that can be read: ", message}),
          "");
    }
  }

  void ExplainField(const Complaint& complaint, const std::string& type_name,
                    const std::string& name) {
    const auto* type =
        v1::Instrument::descriptor()->file()->pool()->FindMessageTypeByName(type_name);
    const std::size_t at = Before(complaint.offset, name);
    if (type == nullptr) {
      SayOnce(at, name, "a field of the message", "");
      return;
    }
    const std::vector<std::string> fields = FieldNames(*type);
    misspelt_.insert({LineOf(at), Nearest(name, fields)});
    SayOnce(at, name, Concat({"a field of ", type->name()}), SuggestionOf(name, fields));
  }

  // The first part in double quotes from an offset on.
  static std::string Quoted(std::string_view message, std::size_t from) {
    const std::size_t open = message.find('"', from);
    if (open == message.npos) return "";
    return std::string(message.substr(open + 1, message.find('"', open + 1) - open - 1));
  }

  // Values of the enum field of this name, whichever message it is in.
  static std::vector<std::string> ValuesOf(const std::string& name) {
    const auto* file = v1::Instrument::descriptor()->file();
    for (int i = 0; i < file->message_type_count(); ++i) {
      const FieldDescriptor* field = file->message_type(i)->FindFieldByName(name);
      if (field != nullptr && field->enum_type() != nullptr) return ValueNames(*field->enum_type());
    }
    return {};
  }

  std::size_t Before(std::size_t offset, const std::string& word) const {
    const std::size_t at = text_.rfind(word, offset);
    return at == std::string_view::npos ? offset : at;
  }

  // What the definition means: faults of CheckOwnInstrument with their places.
  void Judge() {
    for (const Fault& fault : CheckOwnInstrument(result_.instrument)) {
      const TextPlace place = FindPlace(*tree_, fault.path);
      const std::size_t begin =
          place.found ? OffsetOf(text_, place.line, place.column) : FirstWord();
      if (Misspelt(fault.path, place)) continue;
      const std::string note = NoteOf(result_.instrument, fault.path);
      if (!place.exact) {
        Say(begin, TokenEnd(text_, begin) - begin, fault.path, "", fault.expected, note);
        continue;
      }
      const auto [from, to] =
          Value(begin, OffsetOf(text_, place.end_line, place.end_column), place.entry);
      Say(from, to - from, fault.path, text_.substr(from, to - from), fault.expected, note);
    }
  }

  // Where a definition begins: behind comments.
  std::size_t FirstWord() const {
    std::size_t at = 0;
    while ((at = text_.find_first_not_of(" \t\r\n", at)) != std::string_view::npos) {
      if (text_[at] != '#') return at;
      at = std::min(text_.find('\n', at), text_.size());
    }
    return 0;
  }

  // The fault follows from a name that was said to be wrong already.
  bool Misspelt(const std::string& path, const TextPlace& place) const {
    const std::size_t dot = path.rfind('.');
    std::string name = dot == std::string::npos ? path : path.substr(dot + 1);
    name = name.substr(0, name.find('['));
    return std::ranges::any_of(misspelt_, [&](const auto& one) {
      const auto& [line, meant] = one;
      if (meant == "asked" && name == "targets") return true;  // they have to fit each other
      return meant == name && (!place.exact || line == place.line);
    });
  }

  // Of `name: value` or `name: [a, b]` the value, or its entry; of `name { ... }` the name.
  std::pair<std::size_t, std::size_t> Value(std::size_t begin, std::size_t end, int entry) const {
    const std::size_t name_end = TokenEnd(text_, begin);
    std::size_t at = text_.find_first_not_of(" \t\n:", name_end);
    if (at == std::string_view::npos || at >= end || text_[at] == '{' || text_[at] == '<') {
      return {begin, name_end};
    }
    if (text_[at] == '[') {
      for (++at; at < end; at = TokenEnd(text_, at)) {
        at = std::min(text_.find_first_not_of(" \t\n", at), end);
        if (at >= end || text_[at] == ']') break;
        if (text_[at] == ',') {
          --entry;
        } else if (entry <= 0) {
          return {at, TokenEnd(text_, at)};
        }
      }
      return {begin, name_end};
    }
    return {at, std::max(end, at + 1)};
  }

  int LineOf(std::size_t offset) const {
    return static_cast<int>(std::ranges::count(text_.substr(0, offset), '\n'));
  }

  // Of a name that is wrong: every round of reading finds it again.
  void SayOnce(std::size_t offset, const std::string& name, std::string expected,
               std::string note) {
    if (syntax_lines_.contains(LineOf(offset) + 1) || !names_.insert(offset).second) return;
    result_.diagnoses.push_back(
        Placed(offset, name.size(), "", name, std::move(expected), std::move(note)));
  }

  void Say(std::size_t offset, std::size_t length, std::string path, std::string_view found,
           std::string expected, std::string note) {
    Diagnosis one =
        Placed(offset, length, std::move(path), found, std::move(expected), std::move(note));
    // Of the syntax only the first fault of a line: the others mostly follow from it.
    if (one.path.empty() && !syntax_lines_.insert(one.line).second) return;
    result_.diagnoses.push_back(std::move(one));
  }

  Diagnosis Placed(std::size_t offset, std::size_t length, std::string path, std::string_view found,
                   std::string expected, std::string note) const {
    offset = std::min(offset, text_.size());
    const std::size_t line_begin = offset == 0 ? 0 : text_.rfind('\n', offset - 1) + 1;
    const std::string_view marked = text_.substr(offset, length);
    return {.line = LineOf(offset) + 1,
            .column = CodePoints(text_.substr(line_begin, offset - line_begin)) + 1,
            .length = std::max(CodePoints(marked.substr(0, marked.find('\n'))), 1),
            .path = std::move(path),
            .found = Shown(found),
            .expected = std::move(expected),
            .note = std::move(note)};
  }

  const std::string_view text_;
  std::string readable_;  // the text with blanks for what was not understood
  std::optional<TextFormat::ParseInfoTree> tree_;
  std::set<int> syntax_lines_;
  std::set<std::size_t> names_;                     // offsets of those said
  std::set<std::pair<int, std::string>> misspelt_;  // line from 0, and what was probably meant
  DiagnosedInstrument result_;
};

}  // namespace

DiagnosedInstrument DiagnoseInstrument(std::string_view text) { return Diagnoser(text).Run(); }

}  // namespace rapport::alliance
