// A service that lacks an RPC: with RAPPORT_MISSING_RPC=NAME calls of the RPC of that name are
// answered UNIMPLEMENTED by the fixtures. `tests/features BUILD --mutants` takes away one RPC of a
// feature after the other and wants the feature's own tests to fail.
#pragma once

#include <absl/status/status.h>

#include <cstdlib>
#include <string>

namespace rapport::support {

// `Request`: of the RPC, NAMERequest.
template <typename Request>
absl::Status MissingRpc() {
  static const char* const missing = std::getenv("RAPPORT_MISSING_RPC");
  if (missing == nullptr || Request::descriptor()->name() != std::string(missing) + "Request") {
    return absl::OkStatus();
  }
  return absl::UnimplementedError("taken away by RAPPORT_MISSING_RPC");
}

}  // namespace rapport::support
