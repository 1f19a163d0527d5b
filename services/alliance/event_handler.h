// EventHandler of alliance: what a held session, a signed note, changed work, homework that felt
// unsafe, a member who left, a recorded rating, an expired form and a closed case mean for a
// family. The inbox applies each event once, in the transaction of what it changes here: requests
// that became due or were answered, and signals and urgent tasks that were raised, included.
//
// Ratings come from this process's own log ("self"), so that submitting one only inserts and still
// no evaluation is ever lost; so do concerns that were taken while intake was away, which wait
// there until it can be asked. Thread-safe.
#pragma once

#include "alliance/alliance_store.h"
#include "alliance/family_memory.h"
#include "alliance/plan_store.h"
#include "alliance/signal_evaluator.h"
#include "alliance/urgent_task.h"
#include "platform/records/inbox.h"
#include "platform/records/service_deps.h"
#include "platform/rpc/facts_source.h"

#include <utility>

namespace rapport::alliance {

class AllianceEvents final : public records::EventHandler {
 public:
  // All but `deps` must outlive it.
  AllianceEvents(const records::ServiceDeps& deps, const AllianceStore& store,
                 rpc::FactsSource& facts, UrgentSettingsOf urgent_settings)
      : deps_(deps), store_(store), facts_(facts), urgent_settings_(std::move(urgent_settings)) {}

  Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
      CallContext& context, const internal::v1::EventEnvelope& event) override;

 private:
  using Facts = rpc::FactsSource::Facts;
  struct Step;  // one event being applied

  // Of a concern that was taken at its member's word.
  Task<absl::StatusOr<std::optional<records::Changes>>> ConfirmConcern(
      CallContext& context, const internal::v1::EventEnvelope& event) const;
  // Of a member who felt unsafe in homework.
  Task<absl::StatusOr<std::optional<records::Changes>>> TakeConcernOfHomework(
      CallContext& context, const internal::v1::EventEnvelope& event) const;
  absl::StatusOr<bool> ApplySession(Step& step, const internal::v1::EventEnvelope& event) const;
  absl::StatusOr<bool> ApplyNote(Step& step, const internal::v1::EventEnvelope& event) const;
  absl::StatusOr<bool> ApplyMembership(Step& step, const internal::v1::EventEnvelope& event) const;
  absl::StatusOr<bool> ApplyWork(Step& step, const internal::v1::EventEnvelope& event) const;
  void ClaimExternalIds(Step& step, const internal::v1::SessionHeld& before,
                        const StoredSession& session) const;
  bool RescoreRatings(Step& step) const;
  Task<absl::Status> Read(CallContext& context, const internal::v1::EventEnvelope& event,
                          const AccessFacts& facts, FamilyMemory& memory, PlanInForce& plan,
                          FileChanges& changed, std::int64_t& last_event) const;
  absl::StatusOr<std::optional<records::Changes>> Apply(CallContext& context,
                                                        const internal::v1::EventEnvelope& event,
                                                        const Facts& facts, FamilyMemory& memory,
                                                        const PlanInForce& plan,
                                                        FileChanges changed) const;
  void Write(Step& step, std::vector<SignalChange> signals) const;

  const records::ServiceDeps deps_;
  const AllianceStore& store_;
  rpc::FactsSource& facts_;
  const UrgentSettingsOf urgent_settings_;
  FamilyMemories memories_;
};

}  // namespace rapport::alliance
