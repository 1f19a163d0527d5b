// Values and rows in PostgreSQL's binary form: integers in network order, texts and bytes as they
// are. Used by the driver's connection only. Pure; not thread-safe.
#pragma once

#include "platform/db/db.h"

#include <absl/container/inlined_vector.h>
#include <libpq-fe.h>

#include <cstdint>
#include <initializer_list>
#include <span>

namespace rapport::db {

// What a statement is executed with. Refers to the values it was made of.
class PostgresValues {
 public:
  // `types` are what the server found the parameters to be. INTERNAL: a value is not of that type.
  absl::Status Encode(std::initializer_list<Value> values, std::span<const Oid> types);

  int size() const { return static_cast<int>(data_.size()); }
  const char* const* data() const { return data_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  static constexpr std::size_t kUsual = 12;
  absl::InlinedVector<std::uint64_t, kUsual> numbers_;  // in network order
  absl::InlinedVector<const char*, kUsual> data_;
  absl::InlinedVector<int, kUsual> lengths_, formats_;
};

// One row of an answer, which outlives it. NULL, which only an aggregate of nothing can be, reads
// as 0 and as no bytes.
class PostgresRow final : public Row {
 public:
  explicit PostgresRow(const PGresult* answer) : answer_(answer) {}
  void MoveTo(int row) { row_ = row; }
  std::int64_t Int(int column) const override;
  std::string_view Bytes(int column) const override;

 private:
  const PGresult* answer_;
  int row_ = 0;
};

}  // namespace rapport::db
