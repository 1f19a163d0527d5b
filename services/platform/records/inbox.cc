#include "platform/records/inbox.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/base/yield.h"
#include "platform/records/changes_impl.h"
#include "platform/records/outbox.h"
#include "platform/records/sealed_changes.h"

#include <google/protobuf/empty.pb.h>

#include <memory>
#include <utility>

namespace rapport::records {

absl::StatusOr<internal::v1::EventEnvelope> Inbox::Open(std::string_view agency,
                                                        std::string_view source,
                                                        std::string_view sealed) const {
  ASSIGN_OR_RETURN(const std::string plain, suite_.SealerFor(crypto::SuiteKey::kEvent, agency)
                                                ->Open(WireIdentity(source, agency), sealed));
  internal::v1::EventEnvelope event;
  if (!event.ParseFromString(plain) || event.agency() != agency || event.source() != source ||
      event.sequence() <= 0) {
    return absl::DataLossError("not an event of this source");
  }
  return event;
}

Task<absl::Status> Inbox::ApplyOne(CallContext& context,
                                   const internal::v1::EventEnvelope& event) const {
  const auto attempt = [&]() -> Task<absl::StatusOr<bool>> { return AttemptOne(context, event); };
  auto applied = co_await RetryConflicts(records_, context, attempt);
  if (IsAppliedBefore(applied.status())) co_return absl::OkStatus();
  co_return applied.status();
}

// False: it changed nothing, and there is nothing to remember either.
Task<absl::StatusOr<bool>> Inbox::AttemptOne(CallContext& context,
                                             const internal::v1::EventEnvelope& event) const {
  CO_ASSIGN_OR_RETURN(std::optional<Changes> changes, co_await handler_.Handle(context, event));
  if (!changes) co_return false;
  changes->impl()->applied = {
      .source = event.source(), .family = event.family(), .sequence = event.sequence()};
  auto committed =
      co_await records_.Commit(context, *std::move(changes), google::protobuf::Empty());
  if (!committed.ok()) co_return committed.status();
  co_return true;
}

Task<absl::StatusOr<int>> Inbox::Apply(CallContext& context, std::string agency, std::string source,
                                       std::span<const std::string_view> envelopes) const {
  context.principal = std::make_shared<const Principal>(
      Principal{.agency = agency, .subject = Concat({"service/", source})});
  context.access = {.viewer = Viewer::kPeer};
  context.request_id.clear();
  int applied = 0;
  for (const std::string_view sealed : envelopes) {
    auto event = Open(agency, source, sealed);
    absl::Status status = event.status();
    if (event.ok()) {
      context.access.family = event->family();
      status = co_await ApplyOne(context, *event);
    }
    if (!status.ok() && applied == 0) co_return status;
    if (!status.ok()) break;
    ++applied;
    co_await Yield();
  }
  co_return applied;
}

}  // namespace rapport::records
