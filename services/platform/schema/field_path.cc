#include "platform/schema/field_path.h"

#include "platform/base/strings.h"

namespace rapport::schema {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::vector<const FieldDescriptor*> FieldsAlong(const Descriptor* type, std::string_view path) {
  std::vector<const FieldDescriptor*> fields;
  for (bool last = false; !last;) {
    const std::size_t dot = path.find('.');
    last = dot == std::string_view::npos;
    const FieldDescriptor* field =
        type == nullptr ? nullptr : type->FindFieldByName(std::string(path.substr(0, dot)));
    if (field == nullptr || (!last && field->is_repeated())) return {};
    fields.push_back(field);
    type = field->message_type();
    if (!last) path.remove_prefix(dot + 1);
  }
  return fields;
}

absl::StatusOr<FieldPath> FieldPath::Compile(const Descriptor* type, std::string_view path) {
  FieldPath compiled;
  compiled.fields_ = FieldsAlong(type, path);
  if (compiled.fields_.empty()) {
    return absl::InvalidArgumentError(Absl(Concat({"no field `", path, "`"})));
  }
  const FieldDescriptor* last = compiled.fields_.back();
  if (last->type() != FieldDescriptor::TYPE_STRING || last->is_repeated()) {
    return absl::InvalidArgumentError(Absl(Concat({"`", path, "` is no single string"})));
  }
  return compiled;
}

const std::string& FieldPath::Get(const Message& message) const {
  static const std::string& empty = *new std::string;
  if (fields_.empty()) return empty;
  const Message* at = &message;
  for (std::size_t i = 0; i + 1 < fields_.size(); ++i) {
    at = &at->GetReflection()->GetMessage(*at, fields_[i]);
  }
  // Generated messages hold a std::string, so the scratch stays unused.
  thread_local std::string scratch;
  return at->GetReflection()->GetStringReference(*at, fields_.back(), &scratch);
}

}  // namespace rapport::schema
