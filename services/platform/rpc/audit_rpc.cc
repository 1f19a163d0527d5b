#include "platform/rpc/audit_rpc.h"

#include "platform/rpc/bind.h"

#include <rapport/audit/v1/audit_service.grpc.pb.h>

namespace rapport::rpc {
namespace {

using Wire = audit::v1::AuditService;
using Api = RawApi<Wire::Service, Wire::WithRawMethod_ListAuditEvents,
                   Wire::WithRawMethod_GetDisclosures, Wire::WithRawMethod_VerifyAudit>::Type;
using S = audit::AuditQueries;

}  // namespace

BoundService MakeAuditRpc(audit::AuditQueries& queries) {
  auto api = std::make_unique<Api>();
  BoundService bound;
  bound.methods = {
      Bind<&Api::RequestListAuditEvents, &S::ListAuditEvents>(
          "rapport.audit.v1.AuditService/ListAuditEvents", *api, queries),
      Bind<&Api::RequestGetDisclosures, &S::GetDisclosures>(
          "rapport.audit.v1.AuditService/GetDisclosures", *api, queries),
      Bind<&Api::RequestVerifyAudit, &S::VerifyAudit>("rapport.audit.v1.AuditService/VerifyAudit",
                                                      *api, queries),
  };
  bound.api = std::move(api);
  return bound;
}

}  // namespace rapport::rpc
