#include "platform/db/postgres_library.h"

#include <absl/strings/str_cat.h>
#include <dlfcn.h>

#include <utility>

namespace rapport::db {
namespace {

PostgresLibrary library;

absl::Status Load() {
  void* const file = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (file == nullptr) return absl::UnavailableError(absl::StrCat("PostgreSQL: ", dlerror()));
  for (const auto& [name, function] : {
#define RAPPORT_LIBPQ_ENTRY(name) std::pair{#name, reinterpret_cast<void**>(&library.name)},
           RAPPORT_LIBPQ(RAPPORT_LIBPQ_ENTRY)
#undef RAPPORT_LIBPQ_ENTRY
       }) {
    *function = dlsym(file, name);
    if (*function == nullptr) {
      return absl::UnavailableError(absl::StrCat("PostgreSQL: ", dlerror()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status LoadPostgresLibrary() {
  static const absl::Status loaded = Load();
  return loaded;
}

const PostgresLibrary& Pq() { return library; }

}  // namespace rapport::db
