// What gRPC's core would print on its own becomes log lines like all others: warnings, cleaned and
// capped.
#pragma once

namespace rapport::runtime {

// Once, before gRPC is used.
void RouteGrpcLogs();

}  // namespace rapport::runtime
