#include "platform/db/schema_tables.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>

namespace rapport::db {
namespace {

using Words = std::vector<std::string>;
using Tables = std::map<std::string, Table>;

absl::Status NotUnderstood(std::string_view what) {
  return absl::InternalError(Absl(Concat({"a migration was not understood: ", what})));
}

std::string WithoutComments(std::string_view sql) {
  static const std::regex kComment("--[^\n]*");
  return std::regex_replace(std::string(sql), kComment, "");
}

Words WordsOf(std::string_view text) {
  return absl::StrSplit(Absl(text), absl::ByAnyChar(" \n\t"), absl::SkipEmpty());
}

// The items of a list, split at the commas that are in no parenthesis.
std::vector<std::string> ItemsOf(std::string_view list) {
  std::vector<std::string> items(1);
  int depth = 0;
  for (const char c : list) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == ',' && depth == 0) {
      items.emplace_back();
    } else {
      items.back() += c;
    }
  }
  return items;
}

// What is between the first parenthesis and the last.
std::string_view Inside(std::string_view text) {
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open) return {};
  return text.substr(open + 1, close - open - 1);
}

std::optional<Column> ColumnOf(const Words& words) {
  if (words.size() < 2) return std::nullopt;
  const std::string& type = words[1];
  if (type == "BIGINT" || type == "BOOLEAN") return Column{words[0], Column::Type::kNumber};
  if (type == "TEXT") return Column{words[0], Column::Type::kText};
  if (type == "BYTEA") return Column{words[0], Column::Type::kBytes};
  return std::nullopt;
}

absl::Status AddKey(std::string_view item, Table& table) {
  for (const std::string& part : ItemsOf(Inside(item))) {
    const std::string name(absl::StripAsciiWhitespace(part));
    const auto at = std::ranges::find(table.columns, name, &Column::name);
    if (at == table.columns.end()) return NotUnderstood(item);
    table.key.push_back(static_cast<int>(at - table.columns.begin()));
  }
  return absl::OkStatus();
}

absl::Status Create(const std::string& name, std::string_view body, Tables& tables) {
  Table table{.name = name};
  for (const std::string& item : ItemsOf(body)) {
    const Words words = WordsOf(item);
    if (words.empty()) return NotUnderstood(body);
    if (words[0] == "PRIMARY") {
      RETURN_IF_ERROR(AddKey(item, table));
    } else if (words[0] != "UNIQUE" && words[0] != "FOREIGN" && !words[0].starts_with("CHECK")) {
      const auto column = ColumnOf(words);
      if (!column) return NotUnderstood(item);
      table.columns.push_back(*column);
    }
  }
  if (table.key.empty()) return NotUnderstood(body);
  tables[name] = std::move(table);
  return absl::OkStatus();
}

absl::Status DropColumn(const std::string& name, const std::string& column, Tables& tables) {
  const auto table = tables.find(name);
  if (table == tables.end()) return NotUnderstood(name);
  auto& columns = table->second.columns;
  const auto at = std::ranges::find(columns, column, &Column::name);
  const auto index = static_cast<int>(at - columns.begin());
  for (int& key : table->second.key) {
    if (at == columns.end() || key == index) return NotUnderstood(column);
    if (key > index) --key;
  }
  columns.erase(at);
  return absl::OkStatus();
}

absl::Status Follow(std::string_view statement, Tables& tables) {
  const Words words = WordsOf(statement);
  if (words.size() < 3 || words[1] != "TABLE") return absl::OkStatus();  // An index, or rows.
  if (words[0] == "CREATE") {
    const bool unless = words[2] == "IF";
    if (unless && words.size() < 6) return NotUnderstood(statement);
    return Create(words[unless ? 5 : 2], Inside(statement), tables);
  }
  if (words[0] == "DROP") {
    tables.erase(words.back());
    return absl::OkStatus();
  }
  if (words.size() == 6 && words[3] == "DROP") return DropColumn(words[2], words[5], tables);
  const auto column =
      words.size() > 5 ? ColumnOf({words.begin() + 5, words.end()}) : std::optional<Column>();
  const auto table = tables.find(words[2]);
  if (!column || table == tables.end()) return NotUnderstood(statement);
  table->second.columns.push_back(*column);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Table>> TablesOf(const MigrationSet& set,
                                            const std::set<std::int64_t>& applied) {
  Tables tables;
  for (const Migration& step : set.steps) {
    if (!applied.contains(step.number)) continue;
    for (const auto statement : absl::StrSplit(WithoutComments(step.sql), ';')) {
      RETURN_IF_ERROR(Follow(Std(statement), tables));
    }
  }
  std::vector<Table> all;
  all.reserve(tables.size());
  for (auto& [name, table] : tables) all.push_back(std::move(table));
  return all;
}

}  // namespace rapport::db
