#include "cli/json_tree.h"

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

}  // namespace

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
