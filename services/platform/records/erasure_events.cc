#include "platform/records/erasure_events.h"

#include "platform/base/status_macros.h"

namespace rapport::records {

Task<absl::StatusOr<std::optional<Changes>>> ErasureEvents::Handle(
    CallContext& context, const internal::v1::EventEnvelope& event) {
  const bool erased = event.type() == internal::v1::EVENT_TYPE_FAMILY_ERASED;
  if (erased && event.source() == "intake") {
    CO_RETURN_IF_ERROR(co_await eraser_.Erase(context, event.agency(), event.family()));
    Changes changes(context, event.at_us());
    changes.Emit({.type = internal::v1::EVENT_TYPE_FAMILY_ERASED,
                  .family = event.family(),
                  .resource = {},
                  .version = event.version(),
                  .body = {}});
    co_return changes;
  }
  // A report is about an erased family by nature.
  if (!erased && eraser_.IsErased(event.agency(), event.family())) co_return std::nullopt;
  co_return co_await next_.Handle(context, event);
}

}  // namespace rapport::records
