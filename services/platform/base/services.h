// The services of this suite. Whoever knows them by name goes by this list, and refuses any other.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace rapport {

inline constexpr std::array<const char*, 4> kServices = {"intake", "notes", "goals", "alliance"};

// The list's own text of a name; empty: no such service.
constexpr std::string_view ServiceNamed(std::string_view name) {
  const auto* const found = std::ranges::find(kServices, name);
  return found == kServices.end() ? std::string_view() : *found;
}

}  // namespace rapport
