// How much is tried: what a change can wait for, or, with `tests/run --long`, much more.
#pragma once

#include <cstdlib>

namespace rapport::support {

inline bool Long() { return std::getenv("RAPPORT_LONG") != nullptr; }

}  // namespace rapport::support
