// EventHandler of notes: a case that was closed has no sessions any more. What was planned from
// then on is cancelled, so that nobody waits for it. Thread-safe.
#pragma once

#include "notes/notes_store.h"
#include "platform/records/inbox.h"
#include "platform/records/service_deps.h"
#include "platform/rpc/facts_source.h"

namespace rapport::notes {

class NotesEvents final : public records::EventHandler {
 public:
  // `facts` must outlive it.
  NotesEvents(const records::ServiceDeps& deps, rpc::FactsSource& facts)
      : deps_(deps), store_(deps.records), facts_(facts) {}

  // CASE_CHANGED changes something where the case is closed by now; every other event nothing.
  Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
      CallContext& context, const internal::v1::EventEnvelope& event) override;

 private:
  using Facts = rpc::FactsSource::Facts;

  const records::ServiceDeps deps_;
  const NotesStore store_;
  rpc::FactsSource& facts_;
};

}  // namespace rapport::notes
