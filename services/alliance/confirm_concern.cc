// A concern that was taken while nobody could say who is who, once intake can be asked.
#include "alliance/event_handler.h"
#include "alliance/urgent_record.h"
#include "platform/base/status_macros.h"

#include <utility>

namespace rapport::alliance {

Task<absl::StatusOr<std::optional<records::Changes>>> AllianceEvents::ConfirmConcern(
    CallContext& context, const internal::v1::EventEnvelope& event) const {
  internal::v1::NotSafe said;
  if (!said.ParseFromString(event.body())) {
    co_return absl::InvalidArgumentError("the event's body can't be read");
  }
  if (!said.has_taken()) co_return std::nullopt;
  const internal::v1::ConcernTaken& taken = said.taken();
  // Not from a copy: it would be asked once only.
  CO_ASSIGN_OR_RETURN(
      const Facts facts,
      co_await facts_.Load(context, event.agency(), event.family(), options::v1::FRESHNESS_NOW));
  std::optional<StoredUrgent> before;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    auto record =
        deps_.records.Get(tx, event.agency(), event.family(), kUrgent, taken.urgent_task());
    if (absl::IsNotFound(record.status())) return absl::OkStatus();  // the family was erased
    RETURN_IF_ERROR(record.status());
    ASSIGN_OR_RETURN(before, records::Parse<internal::v1::StoredUrgentTask>(*std::move(record)));
    return absl::OkStatus();
  }));
  if (!before) co_return std::nullopt;
  const std::int64_t now_us = deps_.clock.NowMicros();
  internal::v1::StoredUrgentTask after = before->message;
  if (!Confirm(facts.get(), taken.report_us(), taken.account(), now_us, &after)) {
    co_return std::nullopt;
  }
  records::Changes changes(context, now_us);
  changes.Update(before->record, InOrder(before->record, after));
  changes.Audit("urgent_task.identify", before->record, {after.member()});
  co_return std::move(changes);
}

}  // namespace rapport::alliance
