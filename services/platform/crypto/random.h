// Random bytes for keys, nonces and ids. Anyone may call it. Thread-safe, also after fork().
#pragma once

#include <cstddef>

namespace rapport::crypto {

// Fills `out` with cryptographically secure bytes. Ends the process when the system has none.
void RandomBytes(void* out, std::size_t size);

}  // namespace rapport::crypto
