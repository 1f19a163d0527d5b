#include "platform/schema/validate.h"

#include "platform/base/strings.h"
#include "platform/schema/etag.h"
#include "platform/schema/field_mask.h"
#include "platform/schema/formats.h"
#include "platform/schema/message_rules.h"
#include "platform/schema/names.h"
#include "platform/schema/text.h"

#include <google/protobuf/field_mask.pb.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <type_traits>

namespace rapport::schema {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kMissing = "is required";

// Where the walk is: a list of fields from the request down, linked upwards on the stack, so that a
// path is spelled only when something is wrong with it.
struct Place {
  static constexpr int kNoIndex = -1;
  static constexpr int kMapEntry = -2;

  const Place* up = nullptr;
  const FieldDescriptor* field = nullptr;
  int index = kNoIndex;
};

std::string Spell(const Place* place, const Place* root, bool with_index) {
  if (place == root) return {};
  std::string path = Spell(place->up, root, with_index);
  if (!path.empty()) path += '.';
  path += place->field->name();
  if (!with_index || place->index == Place::kNoIndex) return path;
  path += place->index == Place::kMapEntry ? "[*]" : "[" + std::to_string(place->index) + "]";
  return path;
}

// 1, -0.5, 2147483647: the shortest form that is no power of ten.
std::string Spelled(double number) {
  char digits[400];
  const auto [end, error] =
      std::to_chars(std::begin(digits), std::end(digits), number, std::chars_format::fixed);
  return error == std::errc{} ? std::string(digits, end) : std::string();
}

std::int64_t NumberAt(const Message& message, int number) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByNumber(number);
  const Reflection* reflection = message.GetReflection();
  return field->cpp_type() == FieldDescriptor::CPPTYPE_INT64 ? reflection->GetInt64(message, field)
                                                             : reflection->GetInt32(message, field);
}

// A date whose parts are in range each. Others are the range checks' business.
bool IsImpossibleDate(const Message& date) {
  const std::int64_t year = NumberAt(date, 1), month = NumberAt(date, 2), day = NumberAt(date, 3);
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  return !std::chrono::year_month_day(std::chrono::year(static_cast<int>(year)),
                                      std::chrono::month(static_cast<unsigned>(month)),
                                      std::chrono::day(static_cast<unsigned>(day)))
              .ok();
}

bool IsGoodTimestamp(const Message& timestamp) {
  constexpr std::int64_t kYear1900 = -2'208'988'800, kYear10000 = 253'402'300'800;
  const std::int64_t seconds = NumberAt(timestamp, 1), nanos = NumberAt(timestamp, 2);
  return seconds >= kYear1900 && seconds < kYear10000 && nanos >= 0 && nanos < 1'000'000'000;
}

bool IsGoodDuration(const Message& duration) {
  constexpr std::int64_t kMostSeconds = 315'576'000'000;  // 10,000 years, as duration.proto says
  const std::int64_t seconds = NumberAt(duration, 1), nanos = NumberAt(duration, 2);
  return seconds >= -kMostSeconds && seconds <= kMostSeconds && nanos > -1'000'000'000 &&
         nanos < 1'000'000'000 && !(seconds > 0 && nanos < 0) && !(seconds < 0 && nanos > 0);
}

// `message` itself, or `scratch` where it is a dynamic message.
const FieldMask& AsMask(const Message& message, FieldMask& scratch) {
  if (const auto* mask = dynamic_cast<const FieldMask*>(&message)) return *mask;
  scratch.CopyFrom(message);
  return scratch;
}

std::string_view FormatFault(options::v1::Format format, std::string_view text) {
  switch (format) {
    case options::v1::FORMAT_UUID:
      return IsUuid(text) ? "" : "must be a UUID: 8-4-4-4-12 hex digits";
    case options::v1::FORMAT_ETAG:
      return IsEtag(text) ? "" : "must be an etag as an answer gave it";
    case options::v1::FORMAT_LANGUAGE:
      return IsLanguageTag(text) ? "" : "must be a language tag such as `de` or `pt-BR`";
    case options::v1::FORMAT_SLUG:
      return IsSlug(text) ? ""
                          : "must be lower-case letters, digits, '-', '_', '.', "
                            "starting with a letter, at most 63";
    default:
      return "";
  }
}

class Validator {
 public:
  explicit Validator(std::vector<FieldViolation>& found) : found_(found) {}

  void Check(const MessageRules& rules, const Message& message, const Place* at) {
    const Reflection& reflection = *message.GetReflection();
    const Masked outer = masked_;
    for (const FieldCheck& check : rules.checks) {
      if (found_.size() >= kMostViolations) return;
      const Place place{at, check.field, Place::kNoIndex};
      if (check.field == rules.masked) {
        masked_ = {&reflection.GetMessage(message, rules.mask), &place};
      }
      if (check.field == rules.mask) {
        CheckMask(reflection.GetMessage(message, check.field), *rules.masked->message_type(),
                  place);
      }
      if (check.repeated) {
        CheckList(check, message, reflection, place);
      } else {
        CheckOne(check, message, reflection, place);
      }
      masked_ = outer;
    }
    CheckKnown(rules.known, message, at);
  }

 private:
  // Inside an Update request's resource: what the mask covers can be missing, nothing else can.
  struct Masked {
    const Message* mask = nullptr;
    const Place* root = nullptr;
  };

  static constexpr int kSingle = -1;

  void Add(const Place& place, std::string_view description, std::string_view reason = {}) {
    found_.push_back({Spell(&place, nullptr, true), std::string(description), std::string(reason)});
  }

  void AddMissing(const FieldCheck& check, const Place& place) {
    if (masked_.mask != nullptr && masked_.root != &place && !IsDemanded(check, place)) return;
    const bool etag = check.format == options::v1::FORMAT_ETAG;
    Add(place, kMissing, etag ? reasons::kEtagRequired.name : std::string_view());
  }

  bool IsDemanded(const FieldCheck& check, const Place& place) const {
    if (check.immutable && !IsInList(place)) return false;  // It keeps what it has.
    FieldMask scratch;
    return MaskCovers(AsMask(*masked_.mask, scratch), Spell(&place, masked_.root, false));
  }

  // Lists are replaced as a whole, with entries that are new.
  bool IsInList(const Place& place) const {
    for (const Place* at = place.up; at != masked_.root; at = at->up) {
      if (at->index != Place::kNoIndex) return true;
    }
    return false;
  }

  void CheckList(const FieldCheck& check, const Message& message, const Reflection& reflection,
                 Place place) {
    const int size = reflection.FieldSize(message, check.field);
    if (size == 0 && check.required) AddMissing(check, place);
    if (size > check.max_items) {
      Add(place, Concat({"must have at most ", std::to_string(check.max_items), " entries"}));
      return;
    }
    if (check.each_by_itself) return;
    for (int i = 0; i < size && found_.size() < kMostViolations; ++i) {
      place.index = check.field->is_map() ? Place::kMapEntry : i;
      CheckValue(check, message, reflection, i, place);
    }
  }

  void CheckOne(const FieldCheck& check, const Message& message, const Reflection& reflection,
                const Place& place) {
    if (check.has_presence && !reflection.HasField(message, check.field)) {
      if (check.required) AddMissing(check, place);
      return;
    }
    CheckValue(check, message, reflection, kSingle, place);
  }

  // The value of a field, or of its entry `index`.
  void CheckValue(const FieldCheck& check, const Message& message, const Reflection& reflection,
                  int index, const Place& place) {
    const FieldDescriptor* field = check.field;
    const auto get = [&](auto single, auto entry) {
      return index == kSingle ? (reflection.*single)(message, field)
                              : (reflection.*entry)(message, field, index);
    };
    using R = Reflection;
    switch (check.type) {
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        return CheckString(
            check,
            index == kSingle
                ? reflection.GetStringReference(message, field, &scratch)
                : reflection.GetRepeatedStringReference(message, field, index, &scratch),
            place);
      }
      case FieldDescriptor::CPPTYPE_ENUM:
        return CheckEnum(check, get(&R::GetEnumValue, &R::GetRepeatedEnumValue), place);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Check(*check.nested,
                     index == kSingle ? reflection.GetMessage(message, field)
                                      : reflection.GetRepeatedMessage(message, field, index),
                     &place);
      case FieldDescriptor::CPPTYPE_INT32:
        return CheckNumber(check, get(&R::GetInt32, &R::GetRepeatedInt32), place);
      case FieldDescriptor::CPPTYPE_INT64:
        return CheckNumber(check, get(&R::GetInt64, &R::GetRepeatedInt64), place);
      case FieldDescriptor::CPPTYPE_UINT32:
        return CheckNumber(check, get(&R::GetUInt32, &R::GetRepeatedUInt32), place);
      case FieldDescriptor::CPPTYPE_UINT64:
        return CheckNumber(check, get(&R::GetUInt64, &R::GetRepeatedUInt64), place);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return CheckNumber(check, get(&R::GetDouble, &R::GetRepeatedDouble), place);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return CheckNumber(check, get(&R::GetFloat, &R::GetRepeatedFloat), place);
      case FieldDescriptor::CPPTYPE_BOOL:
        return;
    }
  }

  void CheckString(const FieldCheck& check, const std::string& text, const Place& place) {
    if (text.empty()) return CheckEmpty(check, place);
    if (check.is_bytes) {
      if (static_cast<std::int64_t>(text.size()) > check.max_length) {
        Add(place, Concat({"must have at most ", std::to_string(check.max_length), " bytes"}));
      }
      return;
    }
    // Words that are only blanks say as little as none.
    const bool words = check.resource.empty() && check.format == options::v1::FORMAT_UNSPECIFIED;
    if (words && check.required && !check.repeated && IsBlank(text)) AddMissing(check, place);
    const TextFaults faults = FaultsOf(text);
    if (faults.not_utf8) return Add(place, "must be valid UTF-8");
    if (faults.control) Add(place, "must have no control characters but newline and tab");
    if (faults.bidi) Add(place, "must have no bidirectional control characters");
    if (faults.not_nfc) Add(place, "must be in Unicode normalisation form C");
    if (static_cast<std::int64_t>(faults.code_points) > check.max_length) {
      Add(place, Concat({"must have at most ", std::to_string(check.max_length), " characters"}));
    }
    if (!check.resource.empty() && !MatchesPattern(check.resource, text)) {
      Add(place, Concat({"must be a name like ", check.resource}));
    }
    const std::string_view fault = FormatFault(check.format, text);
    if (!fault.empty()) Add(place, fault);
  }

  // An entry without a name or an etag is no entry.
  void CheckEmpty(const FieldCheck& check, const Place& place) {
    const bool shaped = !check.resource.empty() || check.format != options::v1::FORMAT_UNSPECIFIED;
    if (!check.repeated && check.required) AddMissing(check, place);
    if (check.repeated && shaped) Add(place, "must not be empty");
  }

  void CheckEnum(const FieldCheck& check, int number, const Place& place) {
    if (number == 0 && check.repeated) return Add(place, "must be specified");
    if (number == 0 && check.required) return AddMissing(check, place);
    if (!std::binary_search(check.enum_numbers.begin(), check.enum_numbers.end(), number)) {
      Add(place, EnumFault(check, number));
    }
  }

  // Of a value that there is but that callers don't give, which ones they do.
  static std::string EnumFault(const FieldCheck& check, int number) {
    const google::protobuf::EnumDescriptor& type = *check.field->enum_type();
    if (type.FindValueByNumber(number) == nullptr) {
      return Concat({"must be a value of ", type.full_name()});
    }
    std::string all;
    for (const int one : check.enum_numbers) {
      if (one == 0) continue;
      all += Concat({all.empty() ? "" : ", ", type.FindValueByNumber(one)->name()});
    }
    return Concat({"must be one of ", all});
  }

  template <typename Number>
  void CheckNumber(const FieldCheck& check, Number number, const Place& place) {
    if constexpr (std::is_floating_point_v<Number>) {
      if (!std::isfinite(number)) return Add(place, "must be a finite number");
    }
    // long double holds every 64-bit integer and every double exactly.
    const auto exact = static_cast<long double>(number);
    if (check.has_range && (exact < check.min || exact > check.max)) {
      Add(place, Concat({"must be between ", Spelled(check.min), " and ", Spelled(check.max)}));
    }
  }

  void CheckKnown(KnownType known, const Message& message, const Place* at) {
    if (at == nullptr) return;
    if (known == KnownType::kTimestamp && !IsGoodTimestamp(message)) {
      Add(*at, "must be a time from 1900-01-01 to 9999-12-31");
    } else if (known == KnownType::kDuration && !IsGoodDuration(message)) {
      Add(*at, "must be a duration of at most 10,000 years, its parts of one sign");
    } else if (known == KnownType::kDate && IsImpossibleDate(message)) {
      Add(*at, "must be a date of the calendar");
    }
  }

  void CheckMask(const Message& message, const google::protobuf::Descriptor& resource,
                 const Place& place) {
    FieldMask scratch;
    const FieldMask& mask = AsMask(message, scratch);
    if (mask.paths_size() == 1 && mask.paths(0) == "*") return;
    Place path{&place, mask.GetDescriptor()->FindFieldByNumber(FieldMask::kPathsFieldNumber), 0};
    for (; path.index < mask.paths_size(); ++path.index) {
      const std::string_view fault = MaskPathFault(&resource, mask.paths(path.index));
      if (!fault.empty()) Add(path, fault, reasons::kUpdateMaskInvalid.name);
    }
  }

  std::vector<FieldViolation>& found_;
  Masked masked_;
};

void Clear(const MessageRules& rules, Message* message) {
  const Reflection* reflection = message->GetReflection();
  for (const FieldDescriptor* field : rules.output_only) reflection->ClearField(message, field);
  for (const auto& [field, inner] : rules.inside) {
    if (!field->is_repeated()) {
      if (reflection->HasField(*message, field)) {
        Clear(*inner, reflection->MutableMessage(message, field));
      }
      continue;
    }
    const int size = reflection->FieldSize(*message, field);
    for (int i = 0; i < size; ++i) {
      Clear(*inner, reflection->MutableRepeatedMessage(message, field, i));
    }
  }
}

}  // namespace

std::vector<FieldViolation> Validate(const Message& request) {
  std::vector<FieldViolation> found;
  Validator(found).Check(RulesOf(request.GetDescriptor()), request, nullptr);
  return found;
}

void ClearOutputOnly(Message* request) { Clear(RulesOf(request->GetDescriptor()), request); }

}  // namespace rapport::schema
