// A member who named FELT_UNSAFE when they reported on homework: they said so, and nobody weighs
// it.
#include "alliance/duty.h"
#include "alliance/event_handler.h"
#include "alliance/urgent_record.h"
#include "platform/base/status_macros.h"

#include <rapport/internal/v1/event.pb.h>

#include <utility>

namespace rapport::alliance {

Task<absl::StatusOr<std::optional<records::Changes>>> AllianceEvents::TakeConcernOfHomework(
    CallContext& context, const internal::v1::EventEnvelope& event) const {
  internal::v1::NotSafe felt;
  if (!felt.ParseFromString(event.body())) {
    co_return absl::InvalidArgumentError("the event's body can't be read");
  }
  if (felt.member().empty()) co_return std::nullopt;
  CO_ASSIGN_OR_RETURN(
      const Facts facts,
      co_await facts_.Load(context, event.agency(), event.family(), options::v1::FRESHNESS_CACHED));
  if (facts == nullptr) co_return std::nullopt;  // the family was erased
  const Concerned who{.family = event.family(), .member = felt.member()};
  std::optional<StoredUrgent> open;
  UrgentSettings settings;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(open, OpenTaskOf(deps_, tx, event.agency(), who));
    ASSIGN_OR_RETURN(settings, SettingsInForce(tx, deps_.records, event.agency(),
                                               urgent_settings_(event.agency())));
    return absl::OkStatus();
  }));
  v1::Concern concern;
  concern.set_kind(v1::CONCERN_KIND_NOT_SAFE);
  const std::int64_t now_us = deps_.clock.NowMicros();
  const schema::Names names = deps_.NamesOf(event.agency());
  StoredUrgent task = WithReport(names, open, who, concern, *facts, settings, now_us);
  v1::ConcernReport& report = NewestReport(&task.message);
  report.set_homework(event.resource());
  // Only a doer's own account, or a professional for them, reports on homework.
  report.set_identity(v1::REPORTER_IDENTITY_CONFIRMED);
  records::Changes changes(context, now_us);
  PutReport(names, open, concern, std::nullopt, task, &changes);
  co_return std::move(changes);
}

}  // namespace rapport::alliance
