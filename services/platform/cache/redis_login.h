// RedisLogin: who a connection to Redis says it is. Every connection of the cache begins with it.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

namespace rapport::cache {

struct RedisLogin {
  std::string user;           // of the ACL; empty: the default user
  std::string password_file;  // read at each connection, so it may be replaced; empty: no AUTH
};

// AUTH and its words; none without a password file. Not OK: the file can't be read.
absl::StatusOr<std::vector<std::string>> AuthWords(const RedisLogin& login);

}  // namespace rapport::cache
