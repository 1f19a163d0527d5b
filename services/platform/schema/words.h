// Words of names, as people say them: what is neither letter nor digit parts them, and capitals and
// accents are no matter (Fold): "Ünal-Ōno" is "unal" and "ono". Used wherever somebody is looked
// for by name. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rapport::schema {

// In their order; empty: there is none.
std::vector<std::string> WordsOf(std::string_view text);

// Whether each word of `wanted` is one of `words`; true where nothing is wanted.
bool HasAll(const std::vector<std::string>& words, const std::vector<std::string>& wanted);

}  // namespace rapport::schema
