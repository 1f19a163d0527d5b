#include "cli/answer_csv.h"

#include "cli/table.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rapport::cli {
namespace {

using Json = nlohmann::json;
using Values = std::vector<std::pair<std::string, std::string>>;  // by path, in the answer's order

void AddValues(const Json& value, const std::string& path, Values& values) {
  if (!value.is_structured()) {
    values.emplace_back(path, value.is_string() ? value.get<std::string>() : value.dump());
    return;
  }
  for (const auto& [name, inner] : value.items()) {
    AddValues(inner, path.empty() ? name : path + "." + name, values);
  }
}

// What a list's answer is about; null: it is no list's.
const Json* ListIn(const Json& answer) {
  const auto found = std::ranges::find_if(answer, [](const Json& field) {
    return field.is_array() && !field.empty() && field.front().is_object();
  });
  return found == answer.end() ? nullptr : &*found;
}

}  // namespace

void WriteAnswerCsv(const Json& answer, std::ostream& out) {
  const Json* list = ListIn(answer);
  if (list == nullptr) {
    Table table({"field", "value"});
    Values values;
    AddValues(answer, "", values);
    for (auto& [path, value] : values) table.Add({{path}, {std::move(value)}});
    table.PrintCsv(out);
    return;
  }
  std::vector<std::string> header;
  std::map<std::string, std::size_t> columns;
  std::vector<Values> entries;
  for (const Json& entry : *list) {
    AddValues(entry, "", entries.emplace_back());
    for (const auto& [path, value] : entries.back()) {
      if (columns.emplace(path, header.size()).second) header.push_back(path);
    }
  }
  Table table(header);
  for (Values& entry : entries) {
    std::vector<Cell> row(header.size());
    for (auto& [path, value] : entry) row[columns[path]].text = std::move(value);
    table.Add(std::move(row));
  }
  table.PrintCsv(out);
}

}  // namespace rapport::cli
