// A field that was refused: by the call, or by the outcome of the entry it lies in.
#pragma once

#include "conformance/world.h"

#include <string>

namespace rapport::conformance {

// INVALID_ARGUMENT that names the field at `path`. In a batch whose entries are judged each by
// itself the call is fine, and the entry's outcome names it.
void ExpectRefusedAt(const std::string& path, const PublicMethod& method,
                     const support::Reply& reply);

}  // namespace rapport::conformance
