#include "platform/cache/redis_login.h"

#include "platform/base/status_macros.h"
#include "platform/crypto/files.h"

#include <string_view>

namespace rapport::cache {
namespace {

constexpr std::size_t kMostPasswordBytes = 4'096;

}  // namespace

absl::StatusOr<std::vector<std::string>> AuthWords(const RedisLogin& login) {
  std::vector<std::string> words;
  if (login.password_file.empty()) return words;
  ASSIGN_OR_RETURN(const auto file, crypto::ReadFile(login.password_file, kMostPasswordBytes));
  std::string_view password = file.text;
  while (password.ends_with('\n') || password.ends_with('\r')) password.remove_suffix(1);
  words.emplace_back("AUTH");
  if (!login.user.empty()) words.push_back(login.user);
  words.emplace_back(password);
  return words;
}

}  // namespace rapport::cache
