// From what is stored to what is shown and told: names are stored; etags, times and what is
// computed are filled in here. Also the one way a changed session or note goes into a Changes. Used
// by the use cases only.
#pragma once

#include "notes/apart_rules.h"
#include "notes/notes_store.h"
#include "notes/secrets_rules.h"
#include "platform/base/call_context.h"
#include "platform/base/redisclosure.h"
#include "platform/records/service_deps.h"
#include "platform/schema/times.h"

#include <rapport/notes/v1/note_opening.pb.h>

#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace rapport::notes {

// Callers who see a session by their role alone get neither attendance nor what was said about it.
v1::Session Show(const records::ServiceDeps& deps, const CallContext& context, const Chart& chart,
                 const StoredSession& session);
v1::Note Show(const records::ServiceDeps& deps, const CallContext& context, const StoredNote& note);
v1::Observation Show(const records::ServiceDeps& deps, const CallContext& context,
                     const StoredObservation& observation);

// With the state it is in at `at_us`.
v1::NoteOpening Show(const records::ServiceDeps& deps, std::string_view agency,
                     const records::Stored<v1::NoteOpening>& stored, std::int64_t at_us);

// A record of `kind` under `family`, its payload still to come.
records::Record NewRecord(Kind kind, std::string_view family, std::string_view parent,
                          std::int64_t sort_us, std::int64_t now_us);

// `stored.message` as the first or the next version of its record, which `stored` holds from then
// on; audited as `action`, and told to the other services: SESSION_HELD with everyone's part once
// it was held, SESSION_CHANGED before; NOTE_SIGNED once it is signed, nothing of a draft. With a
// note goes what is still to be done about it (owed_notes.h).
void SaveSession(const records::ServiceDeps& deps, const CallContext& context,
                 std::string_view action, std::int64_t now_us, StoredSession& stored,
                 records::Changes& changes);
void SaveNote(const records::ServiceDeps& deps, const CallContext& context, std::string_view action,
              std::int64_t now_us, const Chart& chart, const v1::Session& session,
              StoredNote& stored, records::Changes& changes, std::string reason_code = {});

// The same of an observation, of which no other service is told.
void SaveObservation(const records::ServiceDeps& deps, const CallContext& context,
                     std::int64_t now_us, StoredObservation& stored, records::Changes& changes);

// Notes that the law keeps apart have neither etag nor changes.
template <typename Note>
Note ShowApart(const records::Stored<Note>& stored) {
  Note shown = stored.message;
  if constexpr (std::is_same_v<Note, v1::SudCounselingNote>) {
    shown.set_redisclosure_notice(kRedisclosureNotice);
  }
  *shown.mutable_create_time() = schema::ToTimestamp(stored.record.created_us);
  return shown;
}

// Inner ids of the names of members of `family`; a name that is none gives an empty one.
std::vector<std::string> MemberIds(const schema::Names& names, std::string_view family,
                                   const google::protobuf::RepeatedPtrField<std::string>& members);
// The secrets policy at `at_us`, and who attended then.
SecretsThen SecretsAt(const schema::Names& names, const AccessFacts& facts, std::int64_t at_us);
// Who is arranged separately, by name.
Apart ApartIn(const schema::Names& names, const AccessFacts& facts);
// Names of everyone who ever was in the family.
std::set<std::string> MemberNames(const schema::Names& names, const AccessFacts& facts);

}  // namespace rapport::notes
