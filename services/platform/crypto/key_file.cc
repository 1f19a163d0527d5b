#include "platform/crypto/key_file.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/files.h"
#include "platform/crypto/random.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_split.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

namespace rapport::crypto {
namespace {

constexpr std::size_t kHexDigits = 2 * Secret::kBytes;
constexpr std::size_t kMostFileBytes = kMostKeysInFile * (kHexDigits + 2);

absl::Status Unfit(const std::string& path, std::string_view what) {
  return absl::FailedPreconditionError(Concat({"key file ", path, ": ", what}));
}

bool IsHex(std::string_view digits) {
  return std::all_of(digits.begin(), digits.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

// Wipes what was read, whichever way the function is left.
struct Wiped {
  explicit Wiped(std::string taken) : text(std::move(taken)) {}
  ~Wiped() { OPENSSL_cleanse(text.data(), text.size()); }
  std::string text;
};

}  // namespace

absl::StatusOr<std::vector<Secret>> ReadKeyFile(const std::string& path, std::size_t most) {
  ASSIGN_OR_RETURN(FileText file, ReadFile(path, kMostFileBytes));
  const Wiped wiped(std::move(file.text));
  if ((file.mode & 0007) != 0) return Unfit(path, "everybody may open it; chmod 600 it");
  std::vector<Secret> keys;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(wiped.text, '\n')) {
    ++number;
    const std::string_view digits = Std(line);
    if (digits.empty()) continue;
    if (digits.size() != kHexDigits || !IsHex(digits)) {
      return Unfit(path, Concat({"line ", std::to_string(number), " is not 64 hex digits (it has ",
                                 std::to_string(digits.size()), " characters)"}));
    }
    Wiped bytes(absl::HexStringToBytes(line));
    std::memcpy(keys.emplace_back().data(), bytes.text.data(), Secret::kBytes);
  }
  if (keys.empty() || keys.size() > most) {
    return Unfit(path, Concat({"holds ", std::to_string(keys.size()), " keys, not 1 to ",
                               std::to_string(most)}));
  }
  return keys;
}

absl::Status WriteKeyFile(const std::string& path, std::span<const Secret> keys) {
  Wiped lines{std::string()};
  lines.text.reserve(keys.size() * (kHexDigits + 1));
  for (const Secret& key : keys) lines.text += Wiped(Hex(key.view()) + '\n').text;
  return ReplaceFile(path, lines.text, 0600);
}

Secret NewSecret() {
  Secret secret;
  RandomBytes(secret.data(), Secret::kBytes);
  return secret;
}

}  // namespace rapport::crypto
