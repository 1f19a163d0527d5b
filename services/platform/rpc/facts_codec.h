// AccessFacts to its message and back: how facts cross the mesh and the cache.
#pragma once

#include "platform/base/access_facts.h"

#include <rapport/internal/v1/access_service.pb.h>

namespace rapport::rpc {

internal::v1::AccessFacts ToMessage(const AccessFacts& facts);
AccessFacts FromMessage(const internal::v1::AccessFacts& message);

}  // namespace rapport::rpc
