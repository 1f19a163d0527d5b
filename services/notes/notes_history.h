// NotesHistory: every version of a session with its attendance, of a note, and of an observation,
// each to whom it would have been shown. No gRPC, no SQL. Thread-safe.
#pragma once

#include "notes/notes_store.h"
#include "platform/records/revisions.h"

#include <rapport/notes/v1/revision.pb.h>

namespace rapport::notes {

class NotesHistory {
 public:
  // All must outlive it.
  NotesHistory(const records::ServiceDeps& deps, crypto::KeyRing& keys)
      : deps_(deps), store_(deps.records), revisions_(deps, "notes", keys) {}

  Task<absl::StatusOr<v1::ListSessionRevisionsResponse>> ListSessionRevisions(
      CallContext& context, const v1::ListSessionRevisionsRequest& request);

 private:
  // Null: not for the caller. DATA_LOSS: the payload is no such message.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> ShowVersion(
      const CallContext& context, const Chart& chart, records::Record version) const;

  const records::ServiceDeps deps_;
  const NotesStore store_;
  const records::Revisions revisions_;
};

}  // namespace rapport::notes
