#include "platform/audit/audit_record.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

namespace rapport::audit {
namespace {

void AppendHex(std::uint64_t number, std::string& text) {
  char bytes[sizeof number];
  for (std::size_t i = 0; i < sizeof number; ++i) {
    bytes[i] = static_cast<char>(number >> (8 * (sizeof number - 1 - i)));
  }
  text += Hex({bytes, sizeof bytes});
}

std::string Identity(std::string_view service, std::string_view agency) {
  return crypto::Identity({"v1", service, "audit", agency});
}

}  // namespace

std::string ActorOf(const CallContext& context) {
  if (context.principal) return context.principal->subject;
  if (!context.peer.empty()) return Concat({"service/", context.peer});
  return "system";
}

internal::v1::AuditRecord RecordOf(const CallContext& context, std::int64_t at_us,
                                   std::int64_t recorded_us) {
  internal::v1::AuditRecord record;
  record.set_at_us(at_us);
  record.set_recorded_us(recorded_us);
  record.set_actor(ActorOf(context));
  record.set_method(std::string(context.method));
  record.set_family(context.access.family);
  record.set_viewer(static_cast<int>(context.access.viewer));
  record.set_break_glass(context.access.break_glass);
  if (context.access.facts) record.set_facts_version(context.access.facts->version);
  std::string trace;
  AppendHex(context.trace.high, trace);
  AppendHex(context.trace.low, trace);
  record.set_trace(std::move(trace));
  return record;
}

std::string SealRecord(const crypto::Sealer& sealer, std::string_view service,
                       std::string_view agency, const internal::v1::AuditRecord& record) {
  return sealer.Seal(Identity(service, agency), record.SerializeAsString());
}

absl::StatusOr<internal::v1::AuditRecord> OpenRecord(const crypto::Sealer& sealer,
                                                     std::string_view service,
                                                     std::string_view agency,
                                                     std::string_view sealed) {
  ASSIGN_OR_RETURN(const std::string plain, sealer.Open(Identity(service, agency), sealed));
  internal::v1::AuditRecord record;
  if (!record.ParseFromString(plain)) return absl::DataLossError("not an audit record");
  return record;
}

}  // namespace rapport::audit
