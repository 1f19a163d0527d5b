#include "cli/json_tree.h"

#include "platform/base/strings.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <charconv>

namespace rapport::cli {

using Json = nlohmann::json;

Json TreeOf(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const bool shown = google::protobuf::util::MessageToJsonString(message, &json, options).ok();
  return shown ? Json::parse(json) : Json::object();
}

namespace {

const Json* FieldOf(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(std::string(name));
  return found == object.end() ? nullptr : &*found;
}

const Json* EntryOf(const Json& list, std::string_view key) {
  const std::size_t equals = key.find('=');
  if (equals == std::string_view::npos) {
    std::size_t index = 0;
    const auto read = std::from_chars(key.data(), key.data() + key.size(), index);
    return read.ec == std::errc() && index < list.size() ? &list[index] : nullptr;
  }
  for (const Json& entry : list) {
    const Json* field = FieldOf(entry, key.substr(0, equals));
    if (field != nullptr && field->is_string() &&
        field->get_ref<const std::string&>() == key.substr(equals + 1)) {
      return &entry;
    }
  }
  return nullptr;
}

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// What a time or a duration is in JSON: one value.
bool IsValue(const FieldDescriptor& field) {
  return field.message_type() == nullptr ||
         field.message_type()->full_name().starts_with("google.protobuf.");
}

bool IsEntryKey(const FieldDescriptor& list, std::string_view key) {
  const std::size_t equals = key.find('=');
  if (equals == std::string_view::npos) {
    return !key.empty() && std::ranges::all_of(key, [](char c) { return c >= '0' && c <= '9'; });
  }
  return list.message_type() != nullptr &&
         list.message_type()->FindFieldByName(std::string(key.substr(0, equals))) != nullptr;
}

absl::Status NoPath(std::string_view path, std::string_view instead) {
  return absl::InvalidArgumentError(
      Absl(Concat({"the answer has no ", path, "; expected there: ", instead})));
}

}  // namespace

absl::Status Leads(const Descriptor& answer, std::string_view path) {
  const Descriptor* at = &answer;
  const FieldDescriptor* list = nullptr;  // the next part says which of its entries
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t to = std::min(path.find('.', from), path.size());
    const std::string_view key = path.substr(from, to - from);
    from = to + 1;
    if (list != nullptr) {
      if (!IsEntryKey(*list, key)) return NoPath(path, "a number from 0, or field=value");
      at = IsValue(*list) ? nullptr : list->message_type();
      list = nullptr;
      continue;
    }
    if (at == nullptr) return NoPath(path, "nothing, it ends before");
    const FieldDescriptor* field = at->FindFieldByName(std::string(key));
    if (field == nullptr) {
      std::string all;
      for (int i = 0; i < at->field_count(); ++i) {
        all += Concat({i == 0 ? "" : ", ", at->field(i)->name()});
      }
      return NoPath(path, all.empty() ? "nothing at all" : all);
    }
    if (field->is_map()) return absl::OkStatus();  // its keys are data
    list = field->is_repeated() ? field : nullptr;
    at = IsValue(*field) ? nullptr : field->message_type();
  }
  return absl::OkStatus();
}

const Json* At(const Json& tree, std::string_view path) {
  const Json* at = &tree;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t to = std::min(path.find('.', from), path.size());
    const std::string_view key = path.substr(from, to - from);
    at = at->is_array() ? EntryOf(*at, key) : FieldOf(*at, key);
    if (at == nullptr) return nullptr;
    from = to + 1;
  }
  return at;
}

std::optional<std::string> TextAt(const Json& tree, std::string_view path) {
  const Json* at = At(tree, path);
  if (at == nullptr) return std::nullopt;
  return at->is_string() ? at->get<std::string>() : at->dump();
}

}  // namespace rapport::cli
