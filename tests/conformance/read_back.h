// Reading what was just written, by whichever method of the service shows it.
#pragma once

#include "conformance/world.h"

#include <string>

namespace rapport::conformance {

// A call of `method` by `as` was answered with `body`, and `place` of its request held `text`.
// Expects the text, unchanged, in the answer, if that has a field for it, and in what Get and List
// methods of the service then show of the resource. How many of those showed it.
int ExpectKept(const PublicMethod& method, const std::string& as, const Place& place,
               const std::string& text, const std::string& body);

}  // namespace rapport::conformance
