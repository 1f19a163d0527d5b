#include "platform/rpc/peer.h"

#include <algorithm>
#include <iterator>

namespace rapport::rpc {

std::string_view PeerService(const grpc::ServerContext& context) {
  static constexpr std::string_view kPrefix = "spiffe://rapport/sa/";
  static constexpr std::string_view kServices[] = {"intake", "notes", "goals", "alliance"};
  const auto identity = context.auth_context();
  if (!identity) return {};
  const auto ids = identity->FindPropertyValues("peer_spiffe_id");
  if (ids.size() != 1) return {};
  std::string_view id(ids[0].data(), ids[0].size());
  if (!id.starts_with(kPrefix)) return {};
  id.remove_prefix(kPrefix.size());
  const auto* found = std::find(std::begin(kServices), std::end(kServices), id);
  return found == std::end(kServices) ? std::string_view() : *found;
}

}  // namespace rapport::rpc
