// Words by which somebody is known without their name: "his mother", "Toms Bruder". Looked for in
// what is about one member, since in a family they name one of few. Pure, thread-safe.
#pragma once

#include <string_view>

namespace rapport::notes {

// True when `text` has such a word, in English or German, whoever it means: what a text is taken
// for must not depend on who is in the family.
bool KinIn(std::string_view text);

}  // namespace rapport::notes
