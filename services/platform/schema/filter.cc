#include "platform/schema/filter.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/errors.h"
#include "platform/schema/names.h"

#include <absl/time/time.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace rapport::schema {
namespace {

constexpr std::size_t kMostTerms = 20;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n'; }
// What a word may hold beside quotes: names, enum values, numbers, times, resource names, all of
// other scripts.
bool IsWordChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-' || c == '/' || c == '+' || (static_cast<unsigned char>(c) & 0x80);
}

class Parser {
 public:
  Parser(std::string_view text, const std::vector<FilterField>& fields)
      : text_(text), fields_(fields) {}

  absl::StatusOr<std::vector<FilterTerm>> Parse() {
    std::vector<FilterTerm> terms;
    SkipSpace();
    while (at_ < text_.size()) {
      if (!terms.empty()) RETURN_IF_ERROR(TakeAnd());
      if (terms.size() == kMostTerms) return Wrong(at_, "too many comparisons: at most 20");
      ASSIGN_OR_RETURN(FilterTerm term, TakeTerm());
      terms.push_back(std::move(term));
      SkipSpace();
    }
    return terms;
  }

 private:
  absl::Status Wrong(std::size_t at, std::string_view what) const {
    return InvalidField("filter", Concat({"at position ", std::to_string(at + 1), ": ", what}),
                        reasons::kFilterInvalid.name);
  }

  void SkipSpace() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }

  // Times have colons, which no other bare word may have.
  std::string_view TakeWord(bool with_colons = false) {
    const std::size_t start = at_;
    while (at_ < text_.size() && (IsWordChar(text_[at_]) || (with_colons && text_[at_] == ':'))) {
      ++at_;
    }
    return text_.substr(start, at_ - start);
  }

  absl::Status TakeAnd() {
    const std::size_t start = at_;
    if (TakeWord() != "AND")
      return Wrong(start, "expected AND; OR, NOT and brackets are not offered");
    SkipSpace();
    if (at_ == text_.size()) return Wrong(at_, "expected a comparison after AND");
    return absl::OkStatus();
  }

  absl::StatusOr<FilterTerm> TakeTerm() {
    const std::size_t start = at_;
    const std::string_view name = TakeWord();
    const auto field = std::find_if(fields_.begin(), fields_.end(),
                                    [&](const FilterField& f) { return f.name == name; });
    if (field == fields_.end()) return Wrong(start, "expected a field that can be filtered on");
    FilterTerm term;
    term.field = static_cast<std::size_t>(field - fields_.begin());
    SkipSpace();
    const std::size_t operator_at = at_;
    const auto comparison = TakeComparison();
    if (!comparison) return Wrong(operator_at, "expected one of = != < <= > >= :");
    if (std::find(field->comparisons.begin(), field->comparisons.end(), *comparison) ==
        field->comparisons.end()) {
      return Wrong(operator_at, "the field can't be compared this way");
    }
    term.comparison = *comparison;
    SkipSpace();
    RETURN_IF_ERROR(TakeValue(*field, term));
    return term;
  }

  std::optional<Comparison> TakeComparison() {
    constexpr std::pair<std::string_view, Comparison> kAll[] = {{"!=", Comparison::kNotEqual},
                                                                {"<=", Comparison::kLessEqual},
                                                                {">=", Comparison::kGreaterEqual},
                                                                {"=", Comparison::kEqual},
                                                                {"<", Comparison::kLess},
                                                                {">", Comparison::kGreater},
                                                                {":", Comparison::kHas}};
    for (const auto& [spelling, comparison] : kAll) {
      if (text_.substr(at_, spelling.size()) != spelling) continue;
      at_ += spelling.size();
      return comparison;
    }
    return std::nullopt;
  }

  absl::Status TakeValue(const FilterField& field, FilterTerm& term) {
    const std::size_t start = at_;
    std::string value;
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      RETURN_IF_ERROR(TakeQuoted(value));
    } else {
      value = TakeWord(field.type == FilterField::Type::kTime);
      if (value.empty()) return Wrong(start, "expected a value");
    }
    switch (field.type) {
      case FilterField::Type::kText:
        term.text = std::move(value);
        return absl::OkStatus();
      case FilterField::Type::kName:
        if (!MatchesPattern(field.patterns, value)) {
          return Wrong(start, Concat({"expected a name like ", field.patterns}));
        }
        term.text = std::move(value);
        return absl::OkStatus();
      case FilterField::Type::kExternalId:
        if (!IsExternalId(value)) return Wrong(start, "expected \"system=value\"");
        term.text = std::move(value);
        return absl::OkStatus();
      case FilterField::Type::kNumber:
        return ReadNumber(value, term) ? absl::OkStatus() : Wrong(start, "expected a whole number");
      case FilterField::Type::kBool:
        if (value != "true" && value != "false") return Wrong(start, "expected true or false");
        term.number = value == "true";
        return absl::OkStatus();
      case FilterField::Type::kEnum:
        return ReadEnum(*field.values, value, term)
                   ? absl::OkStatus()
                   : Wrong(start, Concat({"expected a value of ", field.values->full_name()}));
      case FilterField::Type::kTime:
        return ReadTime(value, term)
                   ? absl::OkStatus()
                   : Wrong(start, "expected a time like \"2031-05-01T08:00:00Z\"");
    }
    return absl::OkStatus();
  }

  absl::Status TakeQuoted(std::string& value) {
    const std::size_t start = at_;
    const char quote = text_[at_++];
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        return absl::OkStatus();
      }
      if (text_[at_] == '\\') {
        ++at_;
        if (at_ == text_.size() || (text_[at_] != quote && text_[at_] != '\\')) {
          return Wrong(at_ - 1, "a backslash stands before a quote or a backslash only");
        }
      }
      value += text_[at_];
    }
    return Wrong(start, "the quote is never closed");
  }

  static bool IsExternalId(std::string_view value) {
    const std::size_t equals = value.find('=');
    return equals != std::string_view::npos && equals > 0 && equals + 1 < value.size();
  }

  static bool ReadNumber(std::string_view value, FilterTerm& term) {
    const auto [end, error] = std::from_chars(value.begin(), value.end(), term.number);
    return error == std::errc{} && end == value.end();
  }

  static bool ReadEnum(const google::protobuf::EnumDescriptor& values, const std::string& value,
                       FilterTerm& term) {
    constexpr std::string_view kZero = "UNSPECIFIED";
    const std::string& zero = values.value(0)->name();
    const bool has_prefix = zero.size() > kZero.size() &&
                            zero.compare(zero.size() - kZero.size(), kZero.size(), kZero) == 0;
    const auto* found = values.FindValueByName(value);
    if (found == nullptr && has_prefix) {
      found = values.FindValueByName(zero.substr(0, zero.size() - kZero.size()) + value);
    }
    if (found == nullptr) return false;
    term.number = found->number();
    return true;
  }

  static bool ReadTime(std::string_view value, FilterTerm& term) {
    absl::Time time;
    std::string ignored;
    if (!absl::ParseTime(absl::RFC3339_full, Absl(value), &time, &ignored)) return false;
    if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return false;
    term.number = absl::ToUnixMicros(time);
    return true;
  }

  const std::string_view text_;
  const std::vector<FilterField>& fields_;
  std::size_t at_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<FilterTerm>> ParseFilter(std::string_view filter,
                                                    const std::vector<FilterField>& fields) {
  return Parser(filter, fields).Parse();
}

FilterField TimeField(std::string_view name) {
  return {.name = name,
          .type = FilterField::Type::kTime,
          .comparisons = {Comparison::kEqual, Comparison::kLess, Comparison::kLessEqual,
                          Comparison::kGreater, Comparison::kGreaterEqual}};
}

bool Holds(const FilterTerm& term, std::int64_t value) {
  switch (term.comparison) {
    case Comparison::kNotEqual:
      return value != term.number;
    case Comparison::kLess:
      return value < term.number;
    case Comparison::kLessEqual:
      return value <= term.number;
    case Comparison::kGreater:
      return value > term.number;
    case Comparison::kGreaterEqual:
      return value >= term.number;
    default:
      return value == term.number;
  }
}

absl::StatusOr<Order> ParseOrderBy(std::string_view order_by,
                                   const std::vector<std::string_view>& fields, Order otherwise) {
  if (order_by.empty()) return otherwise;
  const std::size_t space = order_by.find(' ');
  const std::string_view name = order_by.substr(0, space);
  const std::string_view direction =
      space == std::string_view::npos ? "asc" : order_by.substr(space + 1);
  const auto field = std::find(fields.begin(), fields.end(), name);
  if (field == fields.end()) {
    return InvalidField("order_by", "must begin with a field that can be ordered by");
  }
  if (direction != "asc" && direction != "desc") {
    return InvalidField("order_by", "must be one field, then nothing, `asc` or `desc`");
  }
  return Order{static_cast<std::size_t>(field - fields.begin()), direction == "desc"};
}

}  // namespace rapport::schema
