#include "cli/views.h"

#include "cli/json_tree.h"
#include "cli/table.h"
#include "cli/times.h"
#include "cli/verbs.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

namespace rapport::cli {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kNames = "name";

// A resource name and nothing more: the code of an invitation begins with one.
bool IsName(std::string_view text) {
  return (text.starts_with("families/") || text.starts_with("professionals/")) &&
         text.find_first_of("# ") == std::string_view::npos;
}

// Of a table's row, which is one line.
std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// "rating_requests" -> "no rating requests".
std::string NoneOf(std::string_view list) {
  std::string words(list.substr(list.rfind('.') + 1));
  std::replace(words.begin(), words.end(), '_', ' ');
  return "no " + words;
}

// "FAMILY_STATE_OPEN" without its prefix, in words: "open".
std::string Word(std::string_view text, std::string_view prefix) {
  std::string word(text.substr(prefix.size()));
  for (char& c : word) {
    c = c == '_' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return word;
}

// Two decimals say all that a score or a rate has to say.
std::string TwoDecimals(double value) {
  std::array<char, 352> text{};  // the largest double has 309 digits
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 2);
  return {text.data(), end.ptr};
}

std::string Shown(const Json& value, const Column& column, const People& people,
                  const ViewStyle& style) {
  if (value.is_number_float()) return TwoDecimals(value.get<double>());
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (!value.is_string()) return value.dump();
  const std::string text = value.get<std::string>();
  if (!column.prefix.empty() && text.starts_with(column.prefix)) return Word(text, column.prefix);
  // By which method: the last part says what, the first whose, which the command names.
  if (!style.csv && text.starts_with("rapport.")) return InWords(text.substr(text.find('/') + 1));
  if (IsName(text)) return style.names && !people.Knows(text) ? text : people.Show(text);
  return style.csv ? text : LocalTime(text).value_or(text);
}

Cell CellOf(const Json& entry, const Column& column, const People& people, const ViewStyle& style) {
  const auto fitted = [&](std::string text) { return style.csv ? text : OneLine(std::move(text)); };
  const Json* value = At(entry, column.path);
  if (value == nullptr) return {};
  if (column.title == kNames) return {value->get<std::string>(), Tone::kDim};
  if (!value->is_array()) {
    return {fitted(Shown(*value, column, people, style)), Tone::kPlain, value->is_number()};
  }
  std::string all;
  for (const Json& one : *value) {
    const Json* part = column.part.empty() ? &one : At(one, column.part);
    if (part == nullptr && !column.quoted) continue;
    const Json* said = column.said.empty() ? nullptr : At(one, column.said);
    if (said == nullptr && column.said_only) continue;
    if (!all.empty()) all += column.quoted ? "; " : ", ";
    if (part == nullptr) {
      all += "no words";
    } else {
      const std::string shown = Shown(*part, column, people, style);
      all += column.quoted ? "\"" + shown + "\"" : shown;
    }
    if (said != nullptr) all += " " + Shown(*said, column, people, style);
  }
  return {fitted(std::move(all))};
}

// "NOTE_FORMAT_FREE" of a field `format`: "free". Other values as they are.
std::string WordOfEnum(std::string_view path, std::string text) {
  const auto is_word = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (!std::ranges::all_of(text, is_word)) return text;
  std::string field(path.substr(path.rfind('.') + 1));
  for (char& c : field) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  field += '_';
  const std::size_t at = text.find(field);
  const bool whole = at != std::string::npos && (at == 0 || text[at - 1] == '_');
  return whole ? Word(text, text.substr(0, at + field.size())) : text;
}

bool IsListOfEntries(const Json& value) {
  return value.is_array() && !value.empty() && value.front().is_object();
}

// Columns by their path, in the order in which entries first have them.
using Row = std::vector<std::pair<std::string, std::string>>;

// An answer that has no view: its single values, a line each, and of each list a table.
class Outline {
 public:
  Outline(const People& people, const ViewStyle& style) : people_(people), style_(style) {}

  void Add(const Json& value, const std::string& path) {
    if (value.is_object()) {
      for (const auto& [name, inner] : value.items()) Add(inner, Joined(path, name));
    } else if (IsListOfEntries(value)) {
      for (const Json& entry : value) AddEntry(entry, path);
    } else if (value.is_string() && value.get<std::string>().find('\n') != std::string::npos) {
      texts_.emplace_back(path, value.get<std::string>());
    } else {
      fields_.Add({{path, Tone::kDim}, {TextOf(value, path)}});
      ++count_;
    }
  }
  void AddName(std::string name) {
    fields_.Add({{"name", Tone::kDim}, {std::move(name)}});
    ++count_;
  }

  void Print(std::ostream& out) const {
    bool first = true;
    const auto heading = [&](const std::string& path) {
      if (!first) out << "\n";
      first = false;
      if (!path.empty()) out << style_.indent << Painted(path, Tone::kDim, style_.colour) << "\n";
    };
    if (count_ > 0) {
      heading("");
      fields_.Print(out, style_.colour, style_.indent, style_.width);
    }
    for (const std::string& path : order_) {
      heading(path);
      PrintRows(lists_.at(path), out);
    }
    for (const auto& [path, text] : texts_) {
      heading(path);
      out << text;
      if (!text.ends_with('\n')) out << "\n";
    }
  }

 private:
  static std::string Joined(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
  }

  std::string TextOf(const Json& value, const std::string& path) const {
    if (value.is_array()) {
      std::string all;
      for (const Json& one : value) all += (all.empty() ? "" : ", ") + TextOf(one, path);
      return all;
    }
    const bool named = style_.names && (path == kNames || path.ends_with(".name"));
    if (named && value.is_string()) return value.get<std::string>();
    return WordOfEnum(path, OneLine(Shown(value, {}, people_, style_)));
  }

  // Single values of the entry, and of what is in it but in a list of its own.
  void AddCells(const Json& entry, const std::string& path, Row& row) const {
    for (const auto& [name, value] : entry.items()) {
      if (IsListOfEntries(value) || name == "etag") continue;
      const std::string inner = Joined(path, name);
      if (value.is_object()) {
        AddCells(value, inner, row);
      } else {
        row.emplace_back(inner, TextOf(value, inner));
      }
    }
  }

  // A list of entries inside them follows as a table of its own, whose rows begin with what tells
  // the entry from the others.
  void AddEntry(const Json& entry, const std::string& path, const Row& of = {}) {
    Row row = of;
    AddCells(entry, "", row);
    bool shown = false;
    for (const auto& [name, value] : entry.items()) {
      if (!IsListOfEntries(value)) continue;
      Row first = row;
      const std::string list = path.substr(path.rfind('.') + 1);
      for (auto& [column, text] : first) column = Joined(list, column);
      for (const Json& inner : value) {
        AddEntry(inner, Joined(path, name), first);
        for (auto& [column, text] : first) text.clear();
      }
      shown = true;
    }
    if (shown) return;
    if (!lists_.contains(path)) order_.push_back(path);
    lists_[path].push_back(std::move(row));
  }

  void PrintRows(const std::vector<Row>& rows, std::ostream& out) const {
    std::vector<std::string> columns;
    for (const Row& row : rows) {
      for (const auto& [column, text] : row) {
        if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
      }
    }
    Table table(columns);
    for (const Row& row : rows) {
      std::vector<Cell> cells(columns.size());
      for (const auto& [column, text] : row) {
        cells[static_cast<std::size_t>(std::ranges::find(columns, column) - columns.begin())].text =
            text;
      }
      table.Add(std::move(cells));
    }
    table.Print(out, style_.colour, style_.indent, style_.width);
  }

  const People& people_;
  const ViewStyle& style_;
  Table fields_{{"field", "value"}};
  int count_ = 0;
  std::map<std::string, std::vector<Row>> lists_;
  std::vector<std::string> order_;                          // of lists_
  std::vector<std::pair<std::string, std::string>> texts_;  // of several lines, a drawing say
};

}  // namespace

void PrintAnswer(const Json& answer, const People& people, const ViewStyle& style,
                 std::ostream& out, std::string_view nothing) {
  if (answer.empty()) {
    out << style.indent << nothing << "\n";
    return;
  }
  Outline outline(people, style);
  // The one thing that most answers are needs no path.
  const bool one = answer.size() == 1 && answer.begin()->is_object();
  Json shown = one ? *answer.begin() : answer;
  if (one) {
    // The next command takes it; there is none in some answers.
    if (shown.contains(kNames)) outline.AddName(shown.value("name", ""));
    shown.erase("name");
    shown.erase("etag");
  }
  outline.Add(shown, "");
  outline.Print(out);
}

std::string NothingOf(const google::protobuf::MethodDescriptor& method) {
  if (method.input_type()->FindFieldByName("request_id") != nullptr) return "done";
  const auto& answer = *method.output_type();
  for (int i = 0; i < answer.field_count(); ++i) {
    const auto& field = *answer.field(i);
    if (!field.is_repeated()) continue;
    if (field.name() != "entries") return NoneOf(field.name());
    return "no entries of " + NounAndVerb(method.name()).first;
  }
  return "nothing to show";
}

const View* ViewOf(std::string_view method) {
  const auto found = std::find_if(Views().begin(), Views().end(),
                                  [&](const View& view) { return view.method == method; });
  return found == Views().end() ? nullptr : &*found;
}

namespace {

// What goes with what is shown, wherever it goes (42 CFR 2.32); empty: nothing does.
std::string NoticeIn(const Json& answer) {
  constexpr const char* kNotice = "redisclosure_notice";
  if (answer.is_object() && answer.contains(kNotice)) return answer.value(kNotice, "");
  std::string notice;
  for (auto one = answer.begin(); answer.is_structured() && one != answer.end(); ++one) {
    if (notice.empty()) notice = NoticeIn(*one);
  }
  return notice;
}

}  // namespace

void PrintView(const View& view, const Json& answer, const People& people, const ViewStyle& style,
               std::ostream& out) {
  bool any = false;
  for (const Section& section : view.sections) {
    const Json* list = At(answer, section.list);
    if (list == nullptr || (list->is_array() && list->empty())) continue;
    if (any) out << "\n";
    any = true;
    std::vector<Column> columns;
    std::vector<std::string> header;
    for (const Column& column : section.columns) {
      if (column.title == kNames && !style.names) continue;
      columns.push_back(column);
      header.emplace_back(column.title);
    }
    const bool has_names = std::ranges::any_of(
        section.columns, [](const Column& column) { return column.title == kNames; });
    const Json& first = list->is_array() ? list->front() : *list;
    if (style.names && !has_names && first.contains(kNames)) {
      columns.push_back({kNames, kNames});
      header.emplace_back(kNames);
    }
    Table table(std::move(header));
    for (const Json& entry : list->is_array() ? *list : Json::array({*list})) {
      std::vector<Cell> cells;
      cells.reserve(columns.size());
      for (const Column& column : columns) {
        cells.push_back(CellOf(entry, column, people, style));
      }
      table.Add(std::move(cells));
    }
    if (style.csv) {
      table.PrintCsv(out);
    } else {
      table.Print(out, style.colour, style.indent, style.width);
    }
  }
  if (const std::string notice = NoticeIn(answer); !notice.empty() && !style.csv) {
    out << "\n" << style.indent << notice << "\n";
  }
  if (any || (style.csv && view.sections.empty())) return;
  if (style.csv) {  // a program reads a table without rows, not nothing
    std::vector<std::string> header;
    for (const Column& column : view.sections.front().columns) {
      if (column.title != kNames || style.names) header.emplace_back(column.title);
    }
    Table(std::move(header)).PrintCsv(out);
    return;
  }
  const std::string_view list = view.sections.empty() ? "entries" : view.sections.front().list;
  out << style.indent << (list == "entries" ? "nothing to show" : NoneOf(list)) << "\n";
}

}  // namespace rapport::cli
