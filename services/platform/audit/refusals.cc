#include "platform/audit/refusals.h"

#include "platform/audit/append.h"
#include "platform/audit/audit_record.h"
#include "platform/base/limits.h"
#include "platform/base/status_macros.h"
#include "platform/crypto/sealer.h"

#include <chrono>
#include <memory>

namespace rapport::audit {

Task<absl::Status> Refusals::Record(CallContext& context, std::string family,
                                    std::string_view rule) {
  if (!context.principal) co_return absl::OkStatus();
  const std::string& agency = context.principal->agency;
  const std::string key =
      crypto::Identity({agency, ActorOf(context), context.method, family, rule});
  const std::int64_t recorded_us = machine_.NowMicros();
  if (const auto until = covered_.Find(key); until && recorded_us < *until) {
    co_return absl::OkStatus();
  }
  const std::int64_t until_us =
      recorded_us + std::chrono::microseconds(limits::kDisclosureWindow).count();
  auto record = RecordOf(context, clock_.NowMicros(), recorded_us);
  record.set_action("refuse");
  record.set_reason_code(std::string(rule));
  record.set_family(family);
  record.set_covers_until_us(until_us);
  CO_RETURN_IF_ERROR(co_await Append(context, db_, keys_, chain_, agency, std::move(record)));
  covered_.Put(key, std::make_shared<const std::int64_t>(until_us));
  co_return absl::OkStatus();
}

}  // namespace rapport::audit
