// base64url (RFC 4648, section 5) without padding, as tokens use it. One text per value: what
// EncodeBase64Url would not have written is refused. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rapport::crypto {

std::string EncodeBase64Url(std::string_view bytes);

// Nullopt for padding, other letters, white space, impossible lengths and stray bits at the end.
std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace rapport::crypto
