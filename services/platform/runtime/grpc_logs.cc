#include "platform/runtime/grpc_logs.h"

#include "platform/runtime/telemetry/logs.h"

#include <absl/status/status.h>
#include <grpc/support/log.h>

namespace rapport::runtime {
namespace {

void OnLine(gpr_log_func_args* line) {
  if (line->severity != GPR_LOG_SEVERITY_ERROR) return;
  telemetry::LogFailure(telemetry::Event::kTransport, absl::UnknownError(line->message), {},
                        telemetry::Level::kWarn);
}

}  // namespace

void RouteGrpcLogs() { gpr_set_log_function(&OnLine); }

}  // namespace rapport::runtime
