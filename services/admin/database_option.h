// How commands are told of a service's database: the file that is there, or a PostgreSQL URL.
#pragma once

#include "platform/db/open.h"

#include <CLI/CLI.hpp>

#include <string>

namespace rapport::admin {

inline CLI::Validator ExistingDatabase() {
  const auto check = [](std::string& text) {
    if (db::IsPostgres(text)) return std::string();
    return CLI::ExistingFile(text);
  };
  return {check, "FILE or postgres://...", "existing database"};
}

}  // namespace rapport::admin
