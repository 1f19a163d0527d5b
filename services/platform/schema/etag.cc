#include "platform/schema/etag.h"

#include "platform/base/strings.h"
#include "platform/crypto/base64url.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/sealer.h"
#include "platform/schema/errors.h"

#include <algorithm>

namespace rapport::schema {
namespace {

// 9 bytes are 12 letters without a rest.
constexpr std::size_t kBytes = 9;
constexpr std::size_t kLetters = 12;

std::string_view Unquoted(std::string_view text) {
  if (text.size() == kLetters + 2 && text.front() == '"' && text.back() == '"') {
    return text.substr(1, kLetters);
  }
  return text;
}

}  // namespace

bool IsEtag(std::string_view text) {
  text = Unquoted(text);
  return text.size() == kLetters && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

std::string Etags::Show(std::string_view agency, std::string_view id, std::int64_t version) const {
  const std::string mac = crypto::HmacSha256(
      key_.view(), {crypto::Identity({"etag", agency, id, std::to_string(version)})});
  return Concat({"\"", crypto::EncodeBase64Url(std::string_view(mac).substr(0, kBytes)), "\""});
}

absl::Status Etags::Check(std::string_view given, std::string_view agency, std::string_view id,
                          std::int64_t version) const {
  if (given.empty()) return EtagRequired();
  const std::string current = Show(agency, id, version);
  if (!crypto::ConstantTimeEqual(Unquoted(given), Unquoted(current))) return EtagMismatch(current);
  return absl::OkStatus();
}

}  // namespace rapport::schema
