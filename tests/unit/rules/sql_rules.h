// The rules of SQL that runs on every engine. The reasons: services/platform/DECISIONS.md,
// "Portable SQL".
//
// What is allowed is listed, what is not listed is refused: an engine's own keyword or function
// needs no rule of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rapport::sql {

// One broken rule, for example {"tenant", "no agency_id = $n"}.
struct Finding {
  std::string rule;
  std::string what;
};

enum class Place { kService, kDriver, kMigration };

// Whether a string literal is meant as SQL.
bool LooksLikeSql(std::string_view text);

// All findings of all statements in `text`. Empty: it runs everywhere.
std::vector<Finding> Check(std::string_view text, Place place);

// `text` with each run of blanks as one space.
std::string Flat(std::string_view text);

}  // namespace rapport::sql
