// Filters and orders of List requests: the subset of AIP-160 and AIP-132 that api.md offers.
//
//   state = FAMILY_STATE_OPEN AND level_of_need >= 2 AND external_ids:"ehr=4711"
//
// Comparisons (`= != < <= > >=`), `AND`, and `:` for "has". The caller says which fields there are
// and what each may be compared by, since filtering on a field tells its value. Errors name the
// position, never the text. Pure.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::schema {

enum class Comparison : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kHas
};

// One field that a List method lets its callers filter on.
struct FilterField {
  enum class Type : std::uint8_t {
    kText,        // a word or a quoted text
    kNumber,      // a whole number of 64 bits
    kBool,        // true, false
    kEnum,        // a value's name, with or without the enum's prefix
    kTime,        // RFC 3339, "2031-05-01T08:00:00Z"; microseconds UTC
    kName,        // a resource name of one of `patterns`
    kExternalId,  // "system=value"
  };
  std::string_view name;  // may have dots: "session.state"
  Type type = Type::kText;
  // What it may be compared by. Order makes sense for numbers and times only.
  std::vector<Comparison> comparisons = {Comparison::kEqual};
  const google::protobuf::EnumDescriptor* values = nullptr;  // of a kEnum
  std::string_view patterns = {};                            // of a kName, as FieldRule.resource
};

struct FilterTerm {
  std::size_t field = 0;  // index into the fields that were offered
  Comparison comparison = Comparison::kEqual;
  std::string text;         // kText, kName, kExternalId
  std::int64_t number = 0;  // the others: number, 0 or 1, enum number, microseconds
};

// All must hold; empty: everything does. INVALID_ARGUMENT, reason FILTER_INVALID, field `filter`.
// At most 20 terms.
absl::StatusOr<std::vector<FilterTerm>> ParseFilter(std::string_view filter,
                                                    const std::vector<FilterField>& fields);

// A field of times, compared in every way that has a sense for them.
FilterField TimeField(std::string_view name);
// Of a field of numbers, times or values of an enum: whether `value` is what the term asks for.
bool Holds(const FilterTerm& term, std::int64_t value);

struct Order {
  std::size_t field = 0;  // index into the fields that were offered
  bool descending = false;
};

// `name`, `name asc` or `name desc`, one field; empty: `otherwise`. INVALID_ARGUMENT, field
// `order_by`.
absl::StatusOr<Order> ParseOrderBy(std::string_view order_by,
                                   const std::vector<std::string_view>& fields, Order otherwise);

}  // namespace rapport::schema
