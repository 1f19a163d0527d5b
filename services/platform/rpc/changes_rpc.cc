#include "platform/rpc/changes_rpc.h"

#include "platform/rpc/bind.h"

#include <rapport/changes/v1/changes_service.grpc.pb.h>

namespace rapport::rpc {
namespace {

using Wire = changes::v1::ChangesService;
using Api =
    RawApi<Wire::Service, Wire::WithRawMethod_ListChanges, Wire::WithRawMethod_WatchChanges>::Type;
using S = ChangesService;

}  // namespace

BoundService MakeChangesRpc(ChangesService& service) {
  auto api = std::make_unique<Api>();
  BoundService bound;
  bound.methods = {
      Bind<&Api::RequestListChanges, &S::ListChanges>(
          "rapport.changes.v1.ChangesService/ListChanges", *api, service),
      Bind<&Api::RequestWatchChanges, &S::WatchChanges>(
          "rapport.changes.v1.ChangesService/WatchChanges", *api, service),
  };
  bound.api = std::move(api);
  return bound;
}

}  // namespace rapport::rpc
