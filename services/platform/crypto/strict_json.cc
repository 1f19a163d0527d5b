#include "platform/crypto/strict_json.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rapport::crypto {

std::optional<nlohmann::json> ParseStrictJson(std::string_view text, int depth) {
  using Event = nlohmann::json::parse_event_t;
  bool accepted = true;
  std::vector<std::set<std::string>> open_objects;
  // The parser keeps its own stack, so nesting costs memory in proportion to `text` and no more.
  const auto watch = [&](int level, Event event, nlohmann::json& parsed) {
    switch (event) {
      case Event::object_start:
        open_objects.emplace_back();
        accepted &= level < depth;
        break;
      case Event::array_start:
        accepted &= level < depth;
        break;
      case Event::object_end:
        open_objects.pop_back();
        break;
      case Event::key:
        accepted &= open_objects.back().insert(parsed.get<std::string>()).second;
        break;
      case Event::array_end:
      case Event::value:
        break;
    }
    return accepted;
  };
  nlohmann::json json = nlohmann::json::parse(text, watch, /*allow_exceptions=*/false);
  if (!accepted || !json.is_object()) return std::nullopt;
  return std::optional<nlohmann::json>(std::move(json));
}

}  // namespace rapport::crypto
