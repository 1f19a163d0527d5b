// The gRPC service config that clients of the suite are given (protos/service_config.json): which
// calls a client may send again by itself and when, and how long each may take, as the methods'
// policies say. Pure.
#pragma once

#include <string>

namespace rapport::cli {

// JSON, as https://github.com/grpc/grpc/blob/master/doc/service_config.md describes it. Sent again
// is what has no effect or carries a request id, when the answer was UNAVAILABLE: a service that
// refuses for its load says when (pushback), and stock clients wait for that.
std::string ServiceConfig();

}  // namespace rapport::cli
