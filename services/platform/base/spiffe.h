// Names of services in certificates: spiffe://rapport/sa/NAME. Pure.
//
// Used to check a certificate before it is served, the peer of a connection that is being made, and
// who called. Any certificate of the same authority passes TLS, so the name must be looked at.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

namespace rapport {

inline constexpr std::string_view kServiceIdPrefix = "spiffe://rapport/sa/";

// "notes" for "spiffe://rapport/sa/notes". Nullopt for another trust domain, another path or a name
// that is not 1 to 63 of a-z, 0-9 and '-'.
constexpr std::optional<std::string_view> ServiceOfSpiffeId(std::string_view id) {
  if (!id.starts_with(kServiceIdPrefix)) return std::nullopt;
  id.remove_prefix(kServiceIdPrefix.size());
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  if (id.empty() || id.size() > 63 || !std::all_of(id.begin(), id.end(), allowed)) {
    return std::nullopt;
  }
  return id;
}

}  // namespace rapport
