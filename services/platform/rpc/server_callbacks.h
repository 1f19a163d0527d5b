// What gRPC asks of all servers of a process, set once.
#pragma once

namespace rapport::rpc {

// Before a server is built that is not rpc::Server: gRPC takes its callbacks (see server.cc) only
// before the first one. Again: nothing happens.
void InstallServerCallbacks();

}  // namespace rapport::rpc
