// From what is stored to what is shown and told: names are stored; etags, times and what is
// computed are filled in here, facts become names. Also the one way a changed goal, stance or
// homework goes into a Changes. Used by the use cases and the event handler only.
#pragma once

#include "goals/goals_store.h"
#include "platform/base/call_context.h"
#include "platform/records/service_deps.h"

#include <rapport/internal/v1/event.pb.h>

#include <optional>
#include <string>
#include <string_view>

namespace rapport::goals {

// The facts of the case as names, at `now_us`.
CaseView ViewOf(const schema::Names& names, const AccessFacts& facts, std::int64_t now_us);
// Who looks, by what the pipeline decided.
Onlooker OnlookerOf(const schema::Names& names, const CallContext& context);

// One call, and all that is needed to show something to its caller.
struct Showing {
  const records::ServiceDeps& deps;
  const CallContext& context;
  Onlooker who;
  CaseView view;
  // What is on file of the family, of which the caller is shown what they know. Null: what is shown
  // is that already (KnownFile).
  const FamilyFile* file = nullptr;
};
Showing ShowingOf(const records::ServiceDeps& deps, const CallContext& context,
                  std::int64_t now_us);

// Nullopt: not for the caller.
std::optional<v1::Goal> Show(const Showing& showing, const StoredGoal& goal);
std::optional<v1::Homework> Show(const Showing& showing, const Work& work, const StoredTask& task);

// OK when `given` is the etag that was shown, quoted or not. A member's own steps need none.
absl::Status CheckEtag(const Showing& showing, std::string_view given, std::string_view shown);

// Inner ids of the members among these names.
using People = google::protobuf::RepeatedPtrField<std::string>;
std::vector<std::string> MemberIds(const schema::Names& names, const People& people);

// The sessions that notes told were held.
std::vector<HeldSession> SessionsOf(const schema::Names& names, const FamilyFile& file);

// A record of `kind` under `family`, its payload still to come.
records::Record NewRecord(Kind kind, std::string_view family, std::string_view parent,
                          std::int64_t now_us);

// What a write needs to save something: the changes it adds to, and the file the events are
// computed from, which must hold the changed resource already.
struct Saving {
  const schema::Names& names;
  const CaseView& view;
  FamilyFile& file;
  records::Changes& changes;
};
// A goal that ends must be saved with ratings in the file: how far it was reached is told once.
//
// The message as the first or the next version of its record, which it holds from then on; audited
// as `action`, and told to the other services with what every member works on then.
void Save(const Saving& saving, std::string_view action, StoredGoal& goal);
void Save(const Saving& saving, std::string_view action, StoredStance& stance);
void Save(const Saving& saving, std::string_view action, StoredTask& task);
// A rating is new; what is told of is its goal.
void Save(const Saving& saving, std::string_view action, StoredRating& rating);

}  // namespace rapport::goals
