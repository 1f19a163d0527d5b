// StoryScope: what ${name} stands for inside the `for` blocks of a case file, and YAML as JSON with
// these filled in. Names that no block gives stay as they are: they are values that earlier steps
// saved. Pure.
#pragma once

#include <yaml-cpp/yaml.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace rapport::cli {

class StoryScope {
 public:
  // `outer` may be null and outlives this; `entry` is a map of names to anything.
  StoryScope(const StoryScope* outer, const YAML::Node& entry);

  // A scalar that is a name alone is replaced by whatever it stands for, with its shape; a name
  // inside a text by text. Scalars that look like numbers or truths are those, quoted ones are
  // text.
  static nlohmann::json Filled(const YAML::Node& node, const StoryScope* scope);
  // The same, as text.
  static std::string Text(const YAML::Node& node, const StoryScope* scope);
  static std::string Text(const std::string& text, const StoryScope* scope);

  static bool Knows(const StoryScope* scope, std::string_view name);

 private:
  static const nlohmann::json* Find(const StoryScope* scope, std::string_view name);

  const StoryScope* const outer_;
  std::map<std::string, nlohmann::json, std::less<>> values_;
};

// Calls `text` for what stands before, between and after names, and `name` for each name inside
// ${}, in their order.
template <typename OnText, typename OnName>
void SplitNames(std::string_view whole, const OnText& text, const OnName& name) {
  std::size_t at = 0;
  for (;;) {
    const std::size_t open = whole.find("${", at);
    const std::size_t close = open == std::string_view::npos ? open : whole.find('}', open);
    if (close == std::string_view::npos) return text(whole.substr(at));
    text(whole.substr(at, open - at));
    name(whole.substr(open + 2, close - open - 2));
    at = close + 1;
  }
}

// The names used as ${name} in `text`.
std::set<std::string> NamesIn(std::string_view text);

}  // namespace rapport::cli
