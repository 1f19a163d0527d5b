#include "platform/schema/redact.h"

#include "platform/base/strings.h"

#include <absl/strings/escaping.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>
#include <rapport/options/v1/options.pb.h>

#include <vector>

namespace rapport::schema {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using options::v1::Sensitivity;

constexpr std::size_t kShownBytes = 256;
constexpr int kSingle = -1;  // as TextFormat has it

std::string_view NameOf(Sensitivity sensitivity) {
  switch (sensitivity) {
    case options::v1::SENSITIVITY_PERSONAL:
      return "personal";
    case options::v1::SENSITIVITY_CLINICAL:
      return "clinical";
    case options::v1::SENSITIVITY_SECRET:
      return "secret";
    default:
      return "unmarked";
  }
}

bool IsWellKnown(const FieldDescriptor* field) {
  return field->message_type()->full_name().rfind("google.protobuf.", 0) == 0;
}

// How much there is: entries of a list, bytes of a text. Numbers give away too much by any measure.
std::string Amount(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  if (field->is_repeated()) {
    return ":n=" + std::to_string(reflection->FieldSize(message, field));
  }
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return {};
  std::string scratch;
  const std::string& text = reflection->GetStringReference(message, field, &scratch);
  return ":len=" + std::to_string(text.size());
}

std::string Quoted(std::string_view text) {
  const bool cut = text.size() > kShownBytes;
  return Concat({"\"", absl::CHexEscape(Absl(text.substr(0, kShownBytes))), cut ? "...\"" : "\""});
}

void Append(const Message& message, std::string& text);

// A field, or its entry `index`, with its name.
void AppendValue(const Message& message, const FieldDescriptor* field, int index,
                 std::string& text) {
  const Reflection* reflection = message.GetReflection();
  text += field->name() + ": ";
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    std::string scratch;
    text += Quoted(index == kSingle
                       ? reflection->GetStringReference(message, field, &scratch)
                       : reflection->GetRepeatedStringReference(message, field, index, &scratch));
  } else if (field->message_type() == nullptr || IsWellKnown(field)) {
    google::protobuf::TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    std::string value;
    printer.PrintFieldValueToString(message, field, index, &value);
    text += field->message_type() == nullptr ? value : Concat({"{ ", value, "}"});
  } else {
    text += "{ ";
    Append(index == kSingle ? reflection->GetMessage(message, field)
                            : reflection->GetRepeatedMessage(message, field, index),
           text);
    text += '}';
  }
  text += ' ';
}

void AppendField(const Message& message, const FieldDescriptor* field, std::string& text) {
  const Sensitivity sensitivity = field->options().GetExtension(options::v1::rule).sensitivity();
  // A message that says nothing is as sensitive as what is in it; a map's keys say nothing
  // themselves.
  const bool enter = sensitivity == options::v1::SENSITIVITY_UNSPECIFIED &&
                     field->message_type() != nullptr && !field->is_map() && !IsWellKnown(field);
  if (sensitivity != options::v1::SENSITIVITY_NONE && !enter) {
    text += Concat({field->name(), ": <", NameOf(sensitivity), Amount(message, field), "> "});
    return;
  }
  if (!field->is_repeated()) return AppendValue(message, field, kSingle, text);
  for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
    AppendValue(message, field, i, text);
  }
}

void Append(const Message& message, std::string& text) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) AppendField(message, field, text);
}

}  // namespace

std::string Redact(const Message& message) {
  std::string text;
  Append(message, text);
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace rapport::schema
