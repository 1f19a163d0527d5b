// Who is at the other end of a mesh connection.
#pragma once

#include <grpcpp/server_context.h>

#include <string_view>

namespace rapport::rpc {

// "notes" for a client certificate with exactly one SPIFFE id spiffe://rapport/sa/notes; empty
// otherwise. It is a property of the connection; the caller's own identity is the token's, never
// this. Static storage: only names of services of this suite are returned.
std::string_view PeerService(const grpc::ServerContext& context);

}  // namespace rapport::rpc
