#include "cli/views.h"

#include "cli/json_tree.h"
#include "cli/table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace rapport::cli {
namespace {

using Json = nlohmann::json;

constexpr int kWidestCell = 60;
constexpr std::string_view kNames = "name";

// "2031-03-03T10:00:00Z" -> "2031-03-03 10:00"; anything else as it is.
std::string WithoutSeconds(std::string text) {
  const bool time = text.size() >= 20 && text[4] == '-' && text[10] == 'T' && text.back() == 'Z';
  if (!time) return text;
  text[10] = ' ';
  return text.substr(0, 16);
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

std::string Shown(const Json& value, const Column& column, const People& people) {
  if (value.is_number_float()) return TwoDecimals(value.get<double>());
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (!value.is_string()) return value.dump();
  const std::string text = value.get<std::string>();
  if (!column.prefix.empty() && text.starts_with(column.prefix)) return Word(text, column.prefix);
  if (text.starts_with("families/") || text.starts_with("professionals/")) {
    return people.Show(text);
  }
  return WithoutSeconds(text);
}

// No wider than kWidestCell, line breaks as spaces.
std::string Fitted(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (Width(text) <= kWidestCell) return text;
  while (Width(text) >= kWidestCell) {
    do {
      text.pop_back();
    } while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0xC0);
  }
  return text + "…";
}

Cell CellOf(const Json& entry, const Column& column, const People& people, bool whole) {
  const auto fitted = [whole](std::string text) { return whole ? text : Fitted(std::move(text)); };
  const Json* value = At(entry, column.path);
  if (value == nullptr) return {};
  if (column.title == kNames) return {value->get<std::string>(), Tone::kDim};
  if (!value->is_array()) {
    return {fitted(Shown(*value, column, people)), Tone::kPlain, value->is_number()};
  }
  std::string all;
  for (const Json& one : *value) {
    const Json* part = column.part.empty() ? &one : At(one, column.part);
    if (part == nullptr) continue;
    const Json* said = column.said.empty() ? nullptr : At(one, column.said);
    if (said == nullptr && column.said_only) continue;
    all += (all.empty() ? "" : ", ") + Shown(*part, column, people);
    if (said != nullptr) all += " " + Shown(*said, column, people);
  }
  return {fitted(std::move(all))};
}

// Every value in it, by its path; a text of several lines, a drawing say, is no table's: it goes to
// `texts`, with its path.
void AddValues(const Json& value, const std::string& path, const People& people, Table& table,
               std::vector<std::pair<std::string, std::string>>& texts) {
  if (value.is_object()) {
    for (const auto& [name, inner] : value.items()) {
      AddValues(inner, path.empty() ? name : path + "." + name, people, table, texts);
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      AddValues(value[i], path + "." + std::to_string(i), people, table, texts);
    }
  } else if (value.is_string() && value.get<std::string>().find('\n') != std::string::npos) {
    texts.emplace_back(path, value.get<std::string>());
  } else {
    table.Add({{path, Tone::kDim}, {Fitted(Shown(value, {}, people))}});
  }
}

}  // namespace

void PrintAnswer(const Json& answer, const People& people, const ViewStyle& style,
                 std::ostream& out) {
  Table table({"field", "value"});
  // The one thing that most answers are needs no path.
  const bool one = answer.size() == 1 && answer.begin()->is_object();
  Json shown = one ? *answer.begin() : answer;
  if (one && style.names) table.Add({{"name", Tone::kDim}, {shown.value("name", "")}});
  if (one) {
    shown.erase("name");
    shown.erase("etag");
  }
  std::vector<std::pair<std::string, std::string>> texts;
  AddValues(shown, "", people, table, texts);
  if (answer.empty()) {
    out << style.indent << "done\n";
  } else {
    table.Print(out, style.colour, style.indent);
  }
  for (const auto& [path, text] : texts) {
    out << "\n" << style.indent << Painted(path, Tone::kDim, style.colour) << "\n" << text;
    if (!text.ends_with('\n')) out << "\n";
  }
}

const View* ViewOf(std::string_view method) {
  const auto found = std::find_if(Views().begin(), Views().end(),
                                  [&](const View& view) { return view.method == method; });
  return found == Views().end() ? nullptr : &*found;
}

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
    Table table(std::move(header));
    for (const Json& entry : list->is_array() ? *list : Json::array({*list})) {
      std::vector<Cell> cells;
      for (const Column& column : columns) {
        cells.push_back(CellOf(entry, column, people, style.csv));
      }
      table.Add(std::move(cells));
    }
    if (style.csv) {
      table.PrintCsv(out);
    } else {
      table.Print(out, style.colour, style.indent);
    }
  }
  if (!any && !style.csv) out << style.indent << "nothing to show\n";
}

}  // namespace rapport::cli
