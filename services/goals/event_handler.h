// EventHandler of goals: what a held session means for homework. It is under way, left to expire,
// or closed. The inbox applies each event once, in the transaction of what it changes here.
// Thread-safe.
#pragma once

#include "goals/goals_store.h"
#include "platform/records/inbox.h"
#include "platform/records/service_deps.h"
#include "platform/rpc/facts_source.h"

namespace rapport::goals {

class GoalsEvents final : public records::EventHandler {
 public:
  // `facts` must outlive it.
  GoalsEvents(const records::ServiceDeps& deps, rpc::FactsSource& facts)
      : deps_(deps), store_(deps.records), facts_(facts) {}

  // SESSION_HELD changes something; every other event, and a session that was told before, nothing.
  Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
      CallContext& context, const internal::v1::EventEnvelope& event) override;

 private:
  using Facts = rpc::FactsSource::Facts;

  const records::ServiceDeps deps_;
  const GoalsStore store_;
  rpc::FactsSource& facts_;
};

}  // namespace rapport::goals
