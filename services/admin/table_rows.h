// TableRows: every row of one table, in the order of its key, the same from every engine. What
// copies and compares whole databases: backup, restore, verify, move. Made of the migrations, so a
// new table needs no line here.
#pragma once

#include "platform/db/schema_tables.h"

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace rapport::admin {

// What is in a table. Equal: the same rows, byte by byte, whichever engine they are in.
struct TableSum {
  std::int64_t rows = 0;
  std::string sha256;  // over names of columns and all rows
  friend bool operator==(const TableSum&, const TableSum&) = default;
};
using Sums = std::map<std::string, TableSum, std::less<>>;  // by table

class TableRows {
 public:
  // Databases keep statements prepared by the address of their text: this object must outlive them.
  explicit TableRows(db::Table table);
  TableRows(const TableRows&) = delete;

  const std::string& name() const { return table_.name; }
  absl::StatusOr<bool> AnyRow(db::Tx& tx) const;
  absl::StatusOr<TableSum> Sum(db::Tx& tx) const;
  // Every row of `from` into `to`, which is empty; the sum of what was read.
  absl::StatusOr<TableSum> Copy(db::Tx& from, db::Tx& to) const;

 private:
  struct Cell {
    std::int64_t number = 0;
    std::string bytes;
  };
  using Row = std::vector<Cell>;
  using OnRow = absl::FunctionRef<absl::Status(const Row&)>;
  absl::Status ForEach(db::Tx& tx, OnRow on_row) const;
  absl::StatusOr<std::vector<Row>> Page(db::Tx& tx, const Row* behind) const;
  std::vector<db::Value> Values(const Row& row, std::span<const int> columns) const;
  std::string Bytes(const Row& row) const;
  TableSum Nothing() const;

  const db::Table table_;
  std::vector<int> all_;  // 0, 1, ... of the columns
  std::string any_, first_, next_, insert_;
};

// All tables of a schema after those migrations of `set` that have these numbers.
absl::StatusOr<std::vector<std::unique_ptr<TableRows>>> RowsOf(
    const db::MigrationSet& set, const std::set<std::int64_t>& applied);

}  // namespace rapport::admin
