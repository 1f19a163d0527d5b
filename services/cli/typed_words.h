// What people type at a question of a form beside an answer. Pure.
#pragma once

#include <rapport/alliance/v1/concern.pb.h>

#include <optional>
#include <string>
#include <string_view>

namespace rapport::cli {

// `line` in small letters, with single blanks between words and without marks around and in them:
// keyboards begin with a capital and end with a full stop, and a frightened person doesn't mend it.
std::string PlainWords(std::string_view line);

// The concern that the whole line says, in the form's words or close to them; UNSPECIFIED: none. A
// longer text is none: it is an answer in own words, or is asked for what it means.
alliance::v1::ConcernKind ConcernSaid(std::string_view line);

// y, yes, n, no in letters of any size; nullopt: neither.
std::optional<bool> SaidYes(std::string_view line);

}  // namespace rapport::cli
