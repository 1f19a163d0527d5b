#include "cli/story_scope.h"

namespace rapport::cli {
namespace {

using Json = nlohmann::json;

Json ScalarOf(const YAML::Node& node) {
  const std::string text = node.IsScalar() ? node.Scalar() : "";
  if (node.Tag() == "!") return text;  // It was quoted.
  if (text == "true" || text == "false") return text == "true";
  if (!text.empty() && text.find_first_not_of("-0123456789.") == std::string::npos &&
      Json::accept(text)) {
    return Json::parse(text);
  }
  return text;
}

std::string AsText(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

StoryScope::StoryScope(const StoryScope* outer, const YAML::Node& entry) : outer_(outer) {
  for (const auto& one : entry) values_[one.first.Scalar()] = Filled(one.second, outer);
}

const Json* StoryScope::Find(const StoryScope* scope, std::string_view name) {
  for (; scope != nullptr; scope = scope->outer_) {
    const auto found = scope->values_.find(name);
    if (found != scope->values_.end()) return &found->second;
  }
  return nullptr;
}

bool StoryScope::Knows(const StoryScope* scope, std::string_view name) {
  return Find(scope, name) != nullptr;
}

Json StoryScope::Filled(const YAML::Node& node, const StoryScope* scope) {
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = Filled(entry.second, scope);
    return object;
  }
  if (node.IsSequence()) {
    Json array = Json::array();
    for (const auto& entry : node) array.push_back(Filled(entry, scope));
    return array;
  }
  const Json scalar = ScalarOf(node);
  if (!scalar.is_string()) return scalar;
  const std::string& text = scalar.get_ref<const std::string&>();
  if (text.starts_with("${") && text.find('}') + 1 == text.size()) {
    const Json* value = Find(scope, std::string_view(text).substr(2, text.size() - 3));
    if (value != nullptr) return *value;
  }
  return Text(text, scope);
}

std::string StoryScope::Text(const YAML::Node& node, const StoryScope* scope) {
  return AsText(Filled(node, scope));
}

std::string StoryScope::Text(const std::string& text, const StoryScope* scope) {
  std::string filled;
  SplitNames(
      text, [&](std::string_view part) { filled += part; },
      [&](std::string_view name) {
        const Json* value = Find(scope, name);
        filled += value == nullptr ? "${" + std::string(name) + "}" : AsText(*value);
      });
  return filled;
}

std::set<std::string> NamesIn(std::string_view text) {
  std::set<std::string> names;
  SplitNames(text, [](std::string_view) {}, [&](std::string_view name) { names.emplace(name); });
  return names;
}

}  // namespace rapport::cli
