// At: places are counted in int here, where -1 is nobody; what a vector wants is this.
#pragma once

#include <cstddef>

namespace rapport::bench {

inline std::size_t At(int index) { return static_cast<std::size_t>(index); }

}  // namespace rapport::bench
