#include "platform/db/postgres_errors.h"

#include <absl/strings/str_cat.h>

#include "platform/base/strings.h"

namespace rapport::db {
namespace {

bool Is(std::string_view state, std::string_view prefix) { return state.starts_with(prefix); }

}  // namespace

absl::Status StatusOfState(std::string_view state, std::string_view message) {
  const std::string code = absl::StrCat("postgres ", Absl(state));
  if (state == "23505") return absl::AlreadyExistsError(code);
  if (state == "57014" || state == "55P03") return absl::DeadlineExceededError(code);
  if (Is(state, "XX001") || Is(state, "XX002")) return absl::DataLossError(code);
  // Classes: connection, transaction rolled back, resources, operator, system. 25006 in a write:
  // the server became a standby. 25P03: we were silent for too long, and it hung up.
  for (const std::string_view unavailable :
       {"08", "40", "53", "57", "58", "25006", "25P03", "55006"}) {
    if (Is(state, unavailable)) return absl::UnavailableError(code);
  }
  if (Is(state, "42")) return absl::InternalError(absl::StrCat(code, ": ", Absl(message)));
  return absl::InternalError(code);
}

bool IsOrderFailure(std::string_view state) { return state == "40001" || state == "40P01"; }

bool IsUndoneAtCommit(std::string_view state) {
  return IsOrderFailure(state) || state == "40000" || state == "57014" || Is(state, "23");
}

}  // namespace rapport::db
