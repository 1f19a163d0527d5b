#include "platform/rpc/peer.h"

#include "platform/base/services.h"

namespace rapport::rpc {

std::string_view PeerService(const grpc::ServerContext& context) {
  static constexpr std::string_view kPrefix = "spiffe://rapport/sa/";
  const auto identity = context.auth_context();
  if (!identity) return {};
  const auto ids = identity->FindPropertyValues("peer_spiffe_id");
  if (ids.size() != 1) return {};
  std::string_view id(ids[0].data(), ids[0].size());
  if (!id.starts_with(kPrefix)) return {};
  id.remove_prefix(kPrefix.size());
  return ServiceNamed(id);
}

}  // namespace rapport::rpc
