// EventHandler of goals: what a held session means for homework. It is under way, left to expire,
// or closed. The inbox applies each event once, in the transaction of what it changes here.
// Thread-safe.
#pragma once

#include "goals/goals_store.h"
#include "platform/records/service_deps.h"
#include "platform/rpc/family_events.h"

namespace rapport::goals {

class GoalsEvents final : public rpc::FamilyEvents {
 public:
  // `facts` must outlive it.
  GoalsEvents(const records::ServiceDeps& deps, rpc::FactsSource& facts)
      : FamilyEvents(facts, internal::v1::EVENT_TYPE_SESSION_HELD),
        deps_(deps),
        store_(deps.records) {}

 private:
  // A session that was told before changes nothing.
  Task<absl::StatusOr<std::optional<records::Changes>>> Apply(
      CallContext& context, const internal::v1::EventEnvelope& event,
      const AccessFacts& facts) override;

  const records::ServiceDeps deps_;
  const GoalsStore store_;
};

}  // namespace rapport::goals
