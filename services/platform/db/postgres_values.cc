#include "platform/db/postgres_values.h"

#include "platform/db/postgres_library.h"

namespace rapport::db {
namespace {

// pg_type's numbers of the types that the common dialect has, and of what expressions of them give.
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25;

absl::Status WrongType() { return absl::InternalError("a value is not of its parameter's type"); }

// How many bytes an integer parameter of this type has; 0: it is none. No column is narrower than
// BIGINT, but what is compared with a literal is: `$1 = 0`.
int IntegerLength(Oid type) {
  switch (type) {
    case kInt8:
      return 8;
    case kInt4:
      return 4;
    case kInt2:
      return 2;
    case kBool:
      return 1;
    default:
      return 0;
  }
}

bool Fits(std::int64_t number, Oid type, int length) {
  if (type == kBool) return number == 0 || number == 1;
  const std::int64_t most = length == 8 ? INT64_MAX : (std::int64_t{1} << (8 * length - 1)) - 1;
  return number <= most && number >= -most - 1;
}

}  // namespace

absl::Status PostgresValues::Encode(std::initializer_list<Value> values,
                                    std::span<const Oid> types) {
  numbers_.reserve(values.size());  // its elements must not move
  const Oid* type = types.data();
  for (const Value& value : values) {
    if (value.type == Value::Type::kInt) {
      const int length = IntegerLength(*type);
      if (length == 0 || !Fits(value.number, *type, length)) return WrongType();
      // In network order the last bytes of eight are those of a narrower number.
      numbers_.push_back(__builtin_bswap64(static_cast<std::uint64_t>(value.number)));
      data_.push_back(reinterpret_cast<const char*>(&numbers_.back()) + 8 - length);
      lengths_.push_back(length);
    } else {
      if (*type != (value.type == Value::Type::kText ? kText : kBytea)) return WrongType();
      // A null pointer would be NULL; an empty string must stay one.
      data_.push_back(value.bytes.data() != nullptr ? value.bytes.data() : "");
      lengths_.push_back(static_cast<int>(value.bytes.size()));
    }
    formats_.push_back(1);
    ++type;
  }
  return absl::OkStatus();
}

std::int64_t PostgresRow::Int(int column) const {
  const int length = Pq().PQgetlength(answer_, row_, column);
  const auto* const bytes =
      reinterpret_cast<const unsigned char*>(Pq().PQgetvalue(answer_, row_, column));
  if (length != 1 && length != 2 && length != 4 && length != 8) return 0;
  const Oid type = Pq().PQftype(answer_, column);
  if (type != kInt8 && type != kInt4 && type != kInt2 && type != kBool) return 0;
  std::uint64_t number = type != kBool && (bytes[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (int i = 0; i < length; ++i) number = number << 8 | bytes[i];
  return static_cast<std::int64_t>(number);
}

std::string_view PostgresRow::Bytes(int column) const {
  return {Pq().PQgetvalue(answer_, row_, column),
          static_cast<std::size_t>(Pq().PQgetlength(answer_, row_, column))};
}

}  // namespace rapport::db
