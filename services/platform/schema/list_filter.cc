#include "platform/schema/list_filter.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/external_ids.h"
#include "platform/schema/times.h"

#include <rapport/options/v1/options.pb.h>
#include <rapport/type/v1/type.pb.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <span>

namespace rapport::schema {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Path = std::vector<const FieldDescriptor*>;

// Those of the process. Filters are made one after another, before main; tests make more.
struct Known {
  std::mutex mutex;
  std::vector<const FilterTable*> all;
};
Known& KnownFilters() {
  static Known& known = *new Known;
  return known;
}

bool Is(const FieldDescriptor* field, std::string_view type) {
  return field->message_type() != nullptr && field->message_type()->full_name() == type;
}

// Empty: there is no such path.
Path PathFrom(const Descriptor* type, std::string_view path) {
  Path fields;
  for (bool last = false; !last;) {
    const std::size_t dot = path.find('.');
    last = dot == std::string_view::npos;
    const FieldDescriptor* field =
        type == nullptr ? nullptr : type->FindFieldByName(std::string(path.substr(0, dot)));
    if (field == nullptr) return {};
    fields.push_back(field);
    type = field->message_type();
    if (!last) path.remove_prefix(dot + 1);
  }
  return fields;
}

// The type of a filter's field that stands for `field`; false: of no type that filters know.
bool TakeType(const FieldDescriptor* field, FilterField* to) {
  using Type = FilterField::Type;
  switch (field->type()) {
    case FieldDescriptor::TYPE_ENUM:
      to->type = Type::kEnum;
      to->values = field->enum_type();
      return true;
    case FieldDescriptor::TYPE_BOOL:
      to->type = Type::kBool;
      return true;
    case FieldDescriptor::TYPE_STRING: {
      // The options, and so the text, live as long as the descriptor.
      if (to->patterns.empty()) {
        to->patterns = field->options().GetExtension(options::v1::rule).resource();
      }
      to->type = to->patterns.empty() ? Type::kText : Type::kName;
      return true;
    }
    case FieldDescriptor::TYPE_MESSAGE:
      to->type = Is(field, "google.protobuf.Timestamp") ? Type::kTime : Type::kExternalId;
      return to->type == Type::kTime || Is(field, "rapport.type.v1.ExternalId");
    default:
      to->type = Type::kNumber;
      return field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
             field->cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
             field->cpp_type() == FieldDescriptor::CPPTYPE_UINT32;
  }
}

bool IsOrdered(FilterField::Type type) {
  return type == FilterField::Type::kTime || type == FilterField::Type::kNumber;
}

std::vector<Comparison> UsualFor(FilterField::Type type, bool in_list) {
  if (in_list || type == FilterField::Type::kExternalId) return {Comparison::kHas};
  return IsOrdered(type) ? TimeField("").comparisons : std::vector{Comparison::kEqual};
}

bool TextHolds(const FilterTerm& term, const std::string& text) {
  return (text == term.text) == (term.comparison != Comparison::kNotEqual);
}

// Of the value at `index` of a list; below 0: of the field's only one.
bool ValueHolds(const FilterTerm& term, const Message& in, const FieldDescriptor* field,
                int index) {
  const auto& read = *in.GetReflection();
  const bool one = index < 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      return TextHolds(term, one ? read.GetStringReference(in, field, &scratch)
                                 : read.GetRepeatedStringReference(in, field, index, &scratch));
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return Holds(
          term, one ? read.GetEnumValue(in, field) : read.GetRepeatedEnumValue(in, field, index));
    case FieldDescriptor::CPPTYPE_BOOL:
      return Holds(term, one ? read.GetBool(in, field) : read.GetRepeatedBool(in, field, index));
    case FieldDescriptor::CPPTYPE_INT32:
      return Holds(term, one ? read.GetInt32(in, field) : read.GetRepeatedInt32(in, field, index));
    case FieldDescriptor::CPPTYPE_UINT32:
      return Holds(term,
                   one ? read.GetUInt32(in, field) : read.GetRepeatedUInt32(in, field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return Holds(term, one ? read.GetInt64(in, field) : read.GetRepeatedInt64(in, field, index));
    default:
      break;
  }
  // TakeType let no other message in; both types are linked, so their messages are generated ones.
  const Message& value =
      one ? read.GetMessage(in, field) : read.GetRepeatedMessage(in, field, index);
  if (Is(field, "google.protobuf.Timestamp")) {
    return Holds(term, ToMicros(static_cast<const google::protobuf::Timestamp&>(value)));
  }
  return HasExternalId(std::span(&static_cast<const type::v1::ExternalId&>(value), 1), term.text);
}

// Of any value that the path leads to from its field `at` on.
bool PathHolds(const FilterTerm& term, const Message& in, const Path& path, std::size_t at) {
  const FieldDescriptor* field = path[at];
  const auto& read = *in.GetReflection();
  const bool last = at + 1 == path.size();
  if (!field->is_repeated()) {
    return last ? ValueHolds(term, in, field, -1)
                : PathHolds(term, read.GetMessage(in, field), path, at + 1);
  }
  for (int i = 0; i < read.FieldSize(in, field); ++i) {
    const bool holds = last ? ValueHolds(term, in, field, i)
                            : PathHolds(term, read.GetRepeatedMessage(in, field, i), path, at + 1);
    if (holds) return true;
  }
  return false;
}

}  // namespace

// Descriptors and their options are whole only when main has begun, so this waits for the first
// who asks.
struct FilterTable::Resolved {
  std::once_flag once;
  absl::Status fault;
  std::vector<FilterField> fields;       // the shown ones, then the worked-out ones
  std::vector<std::vector<Path>> paths;  // of the shown ones

  absl::Status Take(const Descriptor* type, const ShownField& shown) {
    const auto wrong = [&](std::string_view what) {
      return absl::InternalError(
          Absl(Concat({type->full_name(), " can't be filtered on `", shown.name, "`: ", what})));
    };
    FilterField field;
    bool in_list = false;
    std::string_view rest = shown.path.empty() ? shown.name : shown.path;
    auto& alternatives = paths.emplace_back();
    for (bool last = false; !last;) {
      const std::size_t comma = rest.find(',');
      last = comma == std::string_view::npos;
      Path path = PathFrom(type, rest.substr(0, comma));
      if (path.empty()) return wrong("no such field");
      FilterField as{.name = shown.name, .patterns = shown.patterns};
      if (!TakeType(path.back(), &as)) return wrong("of no type that filters know");
      const bool alike =
          as.type == field.type && as.values == field.values && as.patterns == field.patterns;
      if (!alternatives.empty() && !alike) return wrong("its paths differ in type");
      field = std::move(as);
      in_list |= std::ranges::any_of(path, &FieldDescriptor::is_repeated);
      alternatives.push_back(std::move(path));
      if (!last) rest.remove_prefix(comma + 1);
    }
    if (!shown.patterns.empty() && field.type != FilterField::Type::kName) {
      return wrong("patterns are of names");
    }
    field.comparisons =
        shown.comparisons.empty() ? UsualFor(field.type, in_list) : shown.comparisons;
    const bool several = in_list || alternatives.size() > 1;
    for (const Comparison comparison : field.comparisons) {
      if (comparison == Comparison::kEqual || comparison == Comparison::kHas) continue;
      if (several) return wrong("of several values there is `=` and `:`");
      if (comparison != Comparison::kNotEqual && !IsOrdered(field.type)) {
        return wrong("it has no order");
      }
    }
    fields.push_back(std::move(field));
    return absl::OkStatus();
  }

  absl::Status TakeWorkedOut(const Descriptor* type, FilterField field) {
    if (field.type == FilterField::Type::kEnum) {
      const FieldDescriptor* own = type->FindFieldByName(std::string(field.name));
      field.values = own == nullptr ? nullptr : own->enum_type();
      if (field.values == nullptr) {
        return absl::InternalError(
            Absl(Concat({type->full_name(), " has no enum `", field.name, "` to take values of"})));
      }
    }
    fields.push_back(std::move(field));
    return absl::OkStatus();
  }

  absl::Status CheckNames() const {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (fields[i].name != fields[j].name) continue;
        return absl::InternalError(Absl(Concat({"filtered on `", fields[i].name, "` twice"})));
      }
    }
    return absl::OkStatus();
  }
};

FilterTable::FilterTable(Type type, std::initializer_list<ShownField> shown,
                         std::vector<FilterField> worked)
    : type_(type),
      shown_(shown),
      worked_(std::move(worked)),
      resolved_(std::make_unique<Resolved>()) {
  Known& known = KnownFilters();
  const std::lock_guard lock(known.mutex);
  known.all.push_back(this);
}

FilterTable::~FilterTable() {
  Known& known = KnownFilters();
  const std::lock_guard lock(known.mutex);
  std::erase(known.all, this);
}

const FilterTable::Resolved& FilterTable::Resolve() const {
  std::call_once(resolved_->once, [this] {
    Resolved& made = *resolved_;
    for (const ShownField& one : shown_) made.fault.Update(made.Take(type_(), one));
    for (const FilterField& one : worked_) made.fault.Update(made.TakeWorkedOut(type_(), one));
    made.fault.Update(made.CheckNames());
  });
  return *resolved_;
}

absl::Status FilterTable::Check() const { return Resolve().fault; }

absl::StatusOr<std::vector<FilterTerm>> FilterTable::Read(std::string_view filter) const {
  const Resolved& made = Resolve();
  RETURN_IF_ERROR(made.fault);
  return ParseFilter(filter, made.fields);
}

std::vector<FilterTerm> FilterTable::About(std::string_view name,
                                           const std::vector<FilterTerm>& terms) const {
  const auto& fields = Resolve().fields;
  const auto field = std::ranges::find(fields, name, &FilterField::name);
  // Asked with every call of the list, so its first test finds it.
  if (field == fields.end()) std::abort();
  std::vector<FilterTerm> about;
  for (const FilterTerm& term : terms) {
    if (term.field == static_cast<std::size_t>(field - fields.begin())) about.push_back(term);
  }
  return about;
}

bool FilterTable::Holds(const FilterTerm& term, const Message& shown) const {
  return std::ranges::any_of(Resolve().paths[term.field],
                             [&](const Path& path) { return PathHolds(term, shown, path, 0); });
}

absl::Status CheckListFilters() {
  Known& known = KnownFilters();
  const std::lock_guard lock(known.mutex);
  absl::Status fault;
  for (const FilterTable* one : known.all) fault.Update(one->Check());
  return fault;
}

}  // namespace rapport::schema
