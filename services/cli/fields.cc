#include "cli/fields.h"

#include "cli/story_scope.h"
#include "cli/times.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <rapport/options/v1/enum_value.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <set>
#include <sstream>

namespace rapport::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::json;

constexpr std::size_t kDepth = 4;
constexpr int kShownDepth = 2;  // of messages in messages, in help

const options::v1::FieldRule& RuleOf(const FieldDescriptor& field) {
  return field.options().GetExtension(options::v1::rule);
}

// Whether names of `wanted` are among those that it takes.
bool IsAmong(std::string_view wanted, const FieldDescriptor& field) {
  std::istringstream patterns(RuleOf(field).resource());
  for (std::string pattern; std::getline(patterns, pattern, ',');) {
    if (pattern == wanted) return true;
  }
  return false;
}

// Whoever leaves it out is refused: because it is marked so, or because its zero, which a number
// without presence then has, is out of its range.
bool MustBeGiven(const FieldDescriptor& field) {
  const options::v1::FieldRule& rule = RuleOf(field);
  return rule.required() ||
         (rule.has_range() && rule.min() > 0 && !field.has_presence() && !field.is_repeated());
}

std::string Dashed(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// "REFERRAL_SOURCE_" of REFERRAL_SOURCE_UNSPECIFIED.
std::string PrefixOf(const EnumDescriptor& type) {
  std::string first = type.value(0)->name();
  const std::size_t end = first.rfind("UNSPECIFIED");
  return end == std::string::npos ? "" : first.substr(0, end);
}

bool IsOurs(const FieldDescriptor& field) {
  return field.message_type() != nullptr && !field.is_repeated() &&
         field.message_type()->full_name().starts_with("rapport.") &&
         field.message_type()->full_name() != "rapport.type.v1.Date";
}

class Collector {
 public:
  Fields Collect(const Descriptor& request) {
    for (int i = 0; i < request.field_count(); ++i) {
      const FieldDescriptor& field = *request.field(i);
      if (!IsSubject(field)) continue;
      fields_.subject = {Dashed(field.name()), {&field}, true};
      break;
    }
    const bool update = request.FindFieldByName("update_mask") != nullptr;
    for (int i = 0; update && i < request.field_count() && fields_.subject.path.empty(); ++i) {
      FindNamed(*request.field(i));
    }
    Walk(request, {}, "", true);
    return std::move(fields_);
  }

 private:
  static bool IsSubject(const FieldDescriptor& field) {
    return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field.is_repeated() &&
           RuleOf(field).required() && !RuleOf(field).resource().empty();
  }

  // An Update's subject is the `name` of the resource it brings.
  void FindNamed(const FieldDescriptor& field) {
    if (!IsOurs(field)) return;
    const auto* name = field.message_type()->FindFieldByName("name");
    if (name == nullptr || RuleOf(*name).output_only() || RuleOf(*name).resource().empty()) return;
    fields_.subject = {"name", {&field, name}, true};
  }

  // `required`: whoever leaves out the message of `type` is refused, so its required fields are. In
  // one that may be left out, as the override of a signature, nothing must be given.
  void Walk(const Descriptor& type, const std::vector<const FieldDescriptor*>& path,
            const std::string& prefix, bool required) {
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (RuleOf(field).output_only() || field.is_map()) continue;
      if (field.name() == "request_id" || field.name() == "update_mask") continue;
      if (field.name() == "name" && path.size() == 1) continue;  // the service names what is new
      std::vector<const FieldDescriptor*> here = path;
      here.push_back(&field);
      if (here == fields_.subject.path) continue;
      if (IsOurs(field) && here.size() < kDepth) {
        // The resource itself needs no prefix: it is what the command is about.
        Walk(*field.message_type(), here,
             path.empty() ? "" : Concat({prefix, Dashed(field.name()), "-"}),
             required && RuleOf(field).required());
        continue;
      }
      std::string flag = Concat({prefix, Dashed(field.name())});
      if (!taken_.insert(flag).second) {
        flag = Concat({Dashed(path.empty() ? "request" : path.back()->name()), "-", flag});
        taken_.insert(flag);
      }
      fields_.flags.push_back({std::move(flag), std::move(here), required && MustBeGiven(field)});
    }
  }

  Fields fields_;
  // Flags of every command.
  std::set<std::string> taken_ = {"json", "names", "help", "as", "state"};
};

// What services alone give is no choice of anybody's.
bool IsChoice(const google::protobuf::EnumValueDescriptor& value) {
  return value.number() != 0 && !value.options().GetExtension(options::v1::only_services);
}

absl::StatusOr<Json> EnumValue(const FieldDescriptor& field, const std::string& text) {
  const EnumDescriptor& type = *field.enum_type();
  std::string name = text;
  for (char& c : name) {
    c = c == '-' || c == ' ' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  for (const std::string& full : {name, PrefixOf(type) + name}) {
    const auto* value = type.FindValueByName(full);
    if (value != nullptr && IsChoice(*value)) return Json(full);
  }
  std::string all;
  for (const std::string& choice : ChoicesOf(field)) all += (all.empty() ? "" : ", ") + choice;
  return absl::InvalidArgumentError(Absl("one of " + all));
}

// "2016-11-30".
absl::StatusOr<Json> DateValue(const std::string& text) {
  int year = 0, month = 0, day = 0, end = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &end) < 3 ||
      static_cast<std::size_t>(end) != text.size()) {
    return absl::InvalidArgumentError("a date like 2016-11-30");
  }
  return Json{{"year", year}, {"month", month}, {"day", day}};
}

std::string ShapeOfType(const Descriptor& type, int depth);

// One value: "present|absent", "NAME", "2016-11-30".
std::string ShapeOfValue(const FieldDescriptor& field, int depth) {
  std::string choices;
  for (const std::string& one : ChoicesOf(field)) choices += (choices.empty() ? "" : "|") + one;
  if (!choices.empty()) return choices;
  if (field.message_type() != nullptr) {
    const std::string& type = field.message_type()->full_name();
    if (type == "rapport.type.v1.Date") return "2016-11-30";
    if (type == "google.protobuf.Timestamp") return "TIME";
    if (type.starts_with("google.protobuf.")) return "...";
    return depth < kShownDepth ? ShapeOfType(*field.message_type(), depth + 1) : "{...}";
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return "true|false";
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return "NUMBER";
  return RuleOf(field).resource().empty() ? "TEXT" : "NAME";
}

std::string ShapeOfType(const Descriptor& type, int depth) {
  std::string all;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (RuleOf(field).output_only() || field.is_map()) continue;
    const std::string value = ShapeOfValue(field, depth);
    all += Concat({all.empty() ? "" : ", ", field.name(), MustBeGiven(field) ? ": " : "?: ",
                   field.is_repeated() ? Concat({"[", value, ", ...]"}) : value});
  }
  return Concat({"{", all, "}"});
}

absl::StatusOr<Json> ScalarOf(const FieldDescriptor& field, const std::string& text,
                              const FindName& find);

// A message as YAML wrote it: its values are what a flag's would be.
absl::StatusOr<Json> MessageOf(const Descriptor& type, const Json& written, const FindName& find);

absl::StatusOr<Json> InnerValue(const FieldDescriptor& field, const Json& written,
                                const FindName& find) {
  const bool message = field.message_type() != nullptr;
  if (written.is_object() && message) return MessageOf(*field.message_type(), written, find);
  if (written.is_object() || written.is_array()) {
    return absl::InvalidArgumentError(Absl(Concat({field.name(), ": one value"})));
  }
  auto value =
      ScalarOf(field, written.is_string() ? written.get<std::string>() : written.dump(), find);
  if (value.ok() || absl::IsNotFound(value.status())) return value;
  return absl::Status(value.status().code(),
                      Absl(Concat({field.name(), ": ", Std(value.status().message())})));
}

absl::StatusOr<Json> MessageOf(const Descriptor& type, const Json& written, const FindName& find) {
  Json message = Json::object();
  for (const auto& [key, value] : written.items()) {
    std::string name = key;
    std::replace(name.begin(), name.end(), '-', '_');
    const FieldDescriptor* field = type.FindFieldByName(name);
    if (field == nullptr || RuleOf(*field).output_only()) {
      return absl::InvalidArgumentError(Absl(Concat({ShapeOfType(type, 0), " without ", key})));
    }
    if (!field->is_repeated() || field->is_map()) {
      ASSIGN_OR_RETURN(message[name], InnerValue(*field, value, find));
      continue;
    }
    for (const Json& one : value.is_array() ? value : Json::array({value})) {
      ASSIGN_OR_RETURN(Json inner, InnerValue(*field, one, find));
      message[name].push_back(std::move(inner));
    }
  }
  return message;
}

// Null when it is no YAML.
Json Written(const std::string& text) {
  try {
    return StoryScope::Filled(YAML::Load(text), nullptr);
  } catch (const YAML::Exception&) {
    return nullptr;
  }
}

absl::StatusOr<Json> MessageValue(const FieldDescriptor& field, const std::string& text,
                                  const FindName& find) {
  const std::string& type = field.message_type()->full_name();
  if (type == "rapport.type.v1.Date") return DateValue(text);
  if (type == "google.protobuf.Timestamp") {
    ASSIGN_OR_RETURN(std::string at, InstantOf(text));
    return Json(std::move(at));
  }
  if (type.starts_with("google.protobuf.")) return Json(text);
  const Json written = Written(text);
  if (written.is_object()) return MessageOf(*field.message_type(), written, find);
  if (written.is_array() && field.is_repeated()) {
    Json all = Json::array();
    for (const Json& one : written) {
      ASSIGN_OR_RETURN(Json inner, InnerValue(field, one, find));
      all.push_back(std::move(inner));
    }
    return all;
  }
  return absl::InvalidArgumentError(
      Absl(Concat({field.message_type()->name(), " as ", ShapeOfType(*field.message_type(), 0)})));
}

absl::StatusOr<Json> ScalarOf(const FieldDescriptor& field, const std::string& text,
                              const FindName& find) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumValue(field, text);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageValue(field, text, find);
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text == "true" || text == "false") return Json(text == "true");
      return absl::InvalidArgumentError("true or false");
    case FieldDescriptor::CPPTYPE_STRING: {
      if (!find || !TakesPeople(field) || text.find('/') != std::string::npos) return Json(text);
      ASSIGN_OR_RETURN(std::string name, find(text));
      return Json(std::move(name));
    }
    default: {
      Json number = Json::parse(text, nullptr, false);
      if (number.is_number()) return number;
      return absl::InvalidArgumentError("a number");
    }
  }
}

}  // namespace

std::string Field::Path() const {
  std::string all;
  for (const auto* field : path) all += (all.empty() ? "" : ".") + field->name();
  return all;
}

const std::string& Field::resource() const { return RuleOf(*leaf()).resource(); }

bool Field::TakesFamily() const { return !path.empty() && IsAmong("families/{family}", *leaf()); }

bool Field::TakesProfessional() const {
  return !path.empty() && IsAmong("professionals/{professional}", *leaf());
}

Fields FieldsOf(const Descriptor& request) { return Collector().Collect(request); }

absl::StatusOr<Json> ValueOf(const Field& field, const std::string& text, const FindName& find) {
  return ScalarOf(*field.leaf(), text, find);
}

std::string ShapeOf(const FieldDescriptor& field) {
  const bool message = field.message_type() != nullptr &&
                       field.message_type()->full_name().starts_with("rapport.") &&
                       field.message_type()->full_name() != "rapport.type.v1.Date";
  return message ? ShapeOfType(*field.message_type(), 0) : std::string();
}

bool TakesNames(const FieldDescriptor& field) { return !RuleOf(field).resource().empty(); }

bool TakesPeople(const FieldDescriptor& field) {
  const std::string& resource = RuleOf(field).resource();
  return resource.find("members/{member}") != std::string::npos ||
         resource.find("professionals/{professional}") != std::string::npos;
}

void Put(const Field& field, Json value, Json& request) {
  Json* at = &request;
  for (const auto* part : field.path) at = &(*at)[part->name()];
  if (field.is_list()) {
    const bool several = value.is_array();
    for (Json& one : several ? value : Json::array({std::move(value)}))
      at->push_back(std::move(one));
  } else {
    *at = std::move(value);
  }
}

std::vector<std::string> ChoicesOf(const FieldDescriptor& field) {
  std::vector<std::string> choices;
  const EnumDescriptor* type = field.enum_type();
  for (int i = 0; type != nullptr && i < type->value_count(); ++i) {
    if (!IsChoice(*type->value(i))) continue;
    std::string choice = type->value(i)->name().substr(PrefixOf(*type).size());
    for (char& c : choice) {
      c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    choices.push_back(std::move(choice));
  }
  return choices;
}

}  // namespace rapport::cli
