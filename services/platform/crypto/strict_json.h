// JSON from strangers, read without mercy. Used for tokens and key sets. Thread-safe.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

namespace rapport::crypto {

// The object that `text` is. Nullopt when it is anything else, is not UTF-8, names a member twice,
// has a number that does not fit, or nests deeper than `depth` (an object of plain values has depth
// 1).
std::optional<nlohmann::json> ParseStrictJson(std::string_view text, int depth);

}  // namespace rapport::crypto
