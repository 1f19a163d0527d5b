// EventHandler of notes: a case that was closed has no sessions any more, nor has one whose
// emergency opening is over. What was planned from then on is cancelled, so that nobody waits for
// it. Thread-safe.
#pragma once

#include "notes/notes_store.h"
#include "platform/records/service_deps.h"
#include "platform/rpc/family_events.h"

namespace rapport::notes {

class NotesEvents final : public rpc::FamilyEvents {
 public:
  // `facts` must outlive it.
  NotesEvents(const records::ServiceDeps& deps, rpc::FactsSource& facts)
      : FamilyEvents(facts, internal::v1::EVENT_TYPE_CASE_CHANGED),
        deps_(deps),
        store_(deps.records) {}

 private:
  // Changes something where the case is closed by now, or on hold since the emergency of which the
  // event tells was over.
  Task<absl::StatusOr<std::optional<records::Changes>>> Apply(
      CallContext& context, const internal::v1::EventEnvelope& event,
      const AccessFacts& facts) override;

  const records::ServiceDeps deps_;
  const NotesStore store_;
};

}  // namespace rapport::notes
