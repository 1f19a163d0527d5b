// What becomes of rating requests: made, renewed, withdrawn, done.
//
// Called by the event handler, in the transaction of what it was told. Changes the family's file in
// memory and adds what is written to `changes`. Not for several threads at once on one file.
#pragma once

#include "alliance/alliance_store.h"
#include "alliance/due_forms.h"
#include "platform/schema/names.h"

#include <cstdint>
#include <vector>

namespace rapport::alliance {

// A family's file that is being changed. All that is referred to must outlive it.
struct RequestStep {
  FamilyFile& file;
  const schema::Names& names;
  std::int64_t now_us = 0;
  records::Changes& changes;
};

// `forms` are what is due after the session. Requests that are missing are made, targets of
// unanswered ones renewed, and those of people who turn out not to have attended withdrawn. A
// session that reached us after its forms expired gets none.
void RenewRequests(const RequestStep& step, const StoredSession& session,
                   const std::vector<DueForm>& forms);

// The case was closed at `closed_us`: a request for each form. A closing that reached us after they
// would have expired makes none. Whether any was made.
bool AskAtEnd(const RequestStep& step, const std::vector<EndForm>& forms, std::int64_t closed_us);

// The requests that a rating answers are stored as done, so that the list of those that wait has no
// need to pass over them. Whether any was: a correction finds it done already.
bool FinishRequests(const RequestStep& step);

}  // namespace rapport::alliance
