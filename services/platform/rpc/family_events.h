// FamilyEvents: the EventHandler of a service that acts on one type of event, each with what intake
// says of its family by now. Thread-safe when Apply is.
#pragma once

#include "platform/base/status_macros.h"
#include "platform/records/inbox.h"
#include "platform/rpc/facts_source.h"

#include <optional>

namespace rapport::rpc {

class FamilyEvents : public records::EventHandler {
 public:
  // `facts` must outlive it.
  FamilyEvents(FactsSource& facts, internal::v1::EventType type) : facts_(facts), type_(type) {}

  // Events of other types change nothing, nor do those of a family that was erased.
  Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
      CallContext& context, const internal::v1::EventEnvelope& event) final {
    if (event.type() != type_) co_return std::nullopt;
    CO_ASSIGN_OR_RETURN(const FactsSource::Facts facts,
                        co_await facts_.Load(context, event.agency(), event.family(),
                                             options::v1::FRESHNESS_CACHED));
    if (facts == nullptr) co_return std::nullopt;
    co_return co_await Apply(context, event, *facts);
  }

 private:
  // As EventHandler::Handle.
  virtual Task<absl::StatusOr<std::optional<records::Changes>>> Apply(
      CallContext& context, const internal::v1::EventEnvelope& event, const AccessFacts& facts) = 0;

  FactsSource& facts_;
  const internal::v1::EventType type_;
};

}  // namespace rapport::rpc
