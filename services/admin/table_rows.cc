#include "admin/table_rows.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/sealer.h"

#include <array>
#include <numeric>
#include <utility>

namespace rapport::admin {
namespace {

constexpr std::size_t kMostColumns = 24;
constexpr std::int64_t kPage = 500;

using Ran = absl::StatusOr<std::int64_t>;
using Values = std::span<const db::Value>;

template <std::size_t... i>
Ran RunThese(db::Tx& tx, const char* sql, Values values, db::Tx::OnRow on_row,
             std::index_sequence<i...>) {
  return tx.Run(sql, {values[i]...}, on_row);
}
template <std::size_t n>
Ran RunNumber(db::Tx& tx, const char* sql, Values values, db::Tx::OnRow on_row) {
  return RunThese(tx, sql, values, on_row, std::make_index_sequence<n>());
}
template <std::size_t... n>
constexpr auto RunAnyOf(std::index_sequence<n...>) {
  return std::array{&RunNumber<n>...};
}

// Tx::Run for as many values as the table says.
Ran Run(db::Tx& tx, const std::string& sql, Values values, db::Tx::OnRow on_row) {
  constexpr auto kRun = RunAnyOf(std::make_index_sequence<kMostColumns + 1>());
  if (values.size() >= kRun.size()) return absl::InternalError("a table has too many columns");
  return kRun[values.size()](tx, sql.c_str(), values, on_row);
}

// "a, b" of the columns, or "$1, $2", from `first` on.
std::string Names(const db::Table& table, std::span<const int> columns) {
  std::string names;
  for (const int column : columns) {
    names += names.empty() ? "" : ", ";
    names += table.columns[static_cast<std::size_t>(column)].name;
  }
  return names;
}
std::string Parameters(std::size_t count) {
  std::string parameters;
  for (std::size_t i = 1; i <= count; ++i) {
    parameters += (i == 1 ? "$" : ", $") + std::to_string(i);
  }
  return parameters;
}

std::string BigEndian(std::int64_t number) {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(number >> (56 - 8 * i));
  return bytes;
}

}  // namespace

TableRows::TableRows(db::Table table) : table_(std::move(table)), all_(table_.columns.size()) {
  std::iota(all_.begin(), all_.end(), 0);
  const std::string columns = Names(table_, all_), key = Names(table_, table_.key);
  const std::string select = Concat({"SELECT ", columns, " FROM ", table_.name});
  const std::size_t keys = table_.key.size();
  const std::string order = Concat({" ORDER BY ", key, " LIMIT $"});
  any_ = Concat({select, " LIMIT 1"});
  first_ = Concat({select, order, "1"});
  next_ = Concat(
      {select, " WHERE (", key, ") > (", Parameters(keys), ")", order, std::to_string(keys + 1)});
  insert_ = Concat(
      {"INSERT INTO ", table_.name, " (", columns, ") VALUES (", Parameters(all_.size()), ")"});
}

absl::StatusOr<bool> TableRows::AnyRow(db::Tx& tx) const {
  ASSIGN_OR_RETURN(const std::int64_t rows, Run(tx, any_, {}, [](const db::Row&) {}));
  return rows > 0;
}

std::vector<db::Value> TableRows::Values(const Row& row, std::span<const int> columns) const {
  std::vector<db::Value> values;
  for (const int column : columns) {
    const auto at = static_cast<std::size_t>(column);
    const Cell& cell = row[at];
    switch (table_.columns[at].type) {
      case db::Column::Type::kNumber:
        values.emplace_back(cell.number);
        break;
      case db::Column::Type::kText:
        values.emplace_back(cell.bytes);
        break;
      case db::Column::Type::kBytes:
        values.emplace_back(db::Blob{cell.bytes});
        break;
    }
  }
  return values;
}

// The rows behind `behind`, or the first ones.
absl::StatusOr<std::vector<TableRows::Row>> TableRows::Page(db::Tx& tx, const Row* behind) const {
  std::vector<db::Value> values;
  if (behind != nullptr) values = Values(*behind, table_.key);
  values.emplace_back(kPage);
  std::vector<Row> rows;
  const auto keep = [&](const db::Row& from) {
    Row& row = rows.emplace_back(table_.columns.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (table_.columns[i].type == db::Column::Type::kNumber) {
        row[i].number = from.Int(static_cast<int>(i));
      } else {
        row[i].bytes = from.Bytes(static_cast<int>(i));
      }
    }
  };
  RETURN_IF_ERROR(Run(tx, behind == nullptr ? first_ : next_, values, keep).status());
  return rows;
}

absl::Status TableRows::ForEach(db::Tx& tx, OnRow on_row) const {
  ASSIGN_OR_RETURN(std::vector<Row> rows, Page(tx, nullptr));
  while (!rows.empty()) {
    for (const Row& row : rows) RETURN_IF_ERROR(on_row(row));
    if (rows.size() < static_cast<std::size_t>(kPage)) break;
    const Row last = std::move(rows.back());
    ASSIGN_OR_RETURN(rows, Page(tx, &last));
  }
  return absl::OkStatus();
}

// A text and bytes are preceded by their length, so no two rows read alike.
std::string TableRows::Bytes(const Row& row) const {
  std::string bytes;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool number = table_.columns[i].type == db::Column::Type::kNumber;
    bytes += BigEndian(number ? row[i].number : static_cast<std::int64_t>(row[i].bytes.size()));
    bytes += row[i].bytes;
  }
  return bytes;
}

TableSum TableRows::Nothing() const {
  return {.rows = 0,
          .sha256 = crypto::Sha256({crypto::Identity({table_.name, Names(table_, all_)})})};
}

absl::StatusOr<TableSum> TableRows::Sum(db::Tx& tx) const {
  TableSum sum = Nothing();
  RETURN_IF_ERROR(ForEach(tx, [&](const Row& row) {
    ++sum.rows;
    sum.sha256 = crypto::Sha256({sum.sha256, Bytes(row)});
    return absl::OkStatus();
  }));
  return sum;
}

absl::StatusOr<TableSum> TableRows::Copy(db::Tx& from, db::Tx& to) const {
  TableSum sum = Nothing();
  RETURN_IF_ERROR(ForEach(from, [&](const Row& row) {
    ++sum.rows;
    sum.sha256 = crypto::Sha256({sum.sha256, Bytes(row)});
    return Run(to, insert_, Values(row, all_), [](const db::Row&) {}).status();
  }));
  return sum;
}

absl::StatusOr<std::vector<std::unique_ptr<TableRows>>> RowsOf(
    const db::MigrationSet& set, const std::set<std::int64_t>& applied) {
  ASSIGN_OR_RETURN(std::vector<db::Table> tables, db::TablesOf(set, applied));
  std::vector<std::unique_ptr<TableRows>> all;
  all.reserve(tables.size());
  for (db::Table& table : tables) all.push_back(std::make_unique<TableRows>(std::move(table)));
  return all;
}

}  // namespace rapport::admin
