// From a family's file and the plan in force to the forms that are due after a session and at the
// end of the case, and whether a rater is asked if they want to go on.
//
// Called by the event handler and the form. Pure, thread-safe.
#pragma once

#include "alliance/plan_store.h"

#include <vector>

namespace rapport::alliance {

// `session` is on file.
std::vector<DueForm> DueFormsOf(const FamilyFile& file, const StoredSession& session,
                                const AccessFacts& facts, const schema::Names& names,
                                const PlanInForce& plan, std::int64_t now_us);

// A form of the end of the case, and the session that it is about.
struct EndForm {
  const StoredSession* session = nullptr;  // in the file
  DueForm form;
};

// The case was closed at `closed_us`: what each is asked about the last session that they attended,
// unless it is too long ago or they were asked the same about it.
std::vector<EndForm> EndFormsOf(const FamilyFile& file, const AccessFacts& facts,
                                const schema::Names& names, const PlanInForce& plan,
                                std::int64_t closed_us, std::int64_t now_us);

// The rater passed three times in a row before this request: they are asked once, on this form,
// whether they want to go on being asked. Members only.
bool AsksWhetherToGoOn(const FamilyFile& file, const StoredRequest& request,
                       const PlanInForce& plan);

}  // namespace rapport::alliance
