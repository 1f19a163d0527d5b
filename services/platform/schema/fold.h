// Fold: text as it is compared where people look for something, whatever its case, accents and way
// of writing a character: "Zoë" and "ZOE" are the same, and so are "Straße" and "strasse".
//
// Used by every filter and search over names and words; never for what must be equal byte by byte
// (ids, external ids). Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace rapport::schema {

// Unicode compatibility decomposition, case folding, marks and ignorable characters dropped. Text
// that is not UTF-8 comes back as it is.
std::string Fold(std::string_view text);

}  // namespace rapport::schema
