// NotesStore: which records the notes service keeps, and how they make a family's chart.
//
// All records lie under their family: sessions, and notes under their session. Called inside
// Db::Read and Db::Write. Thread-safe.
#pragma once

#include "platform/records/records.h"
#include "platform/records/stored.h"

#include <rapport/notes/v1/note.pb.h>
#include <rapport/notes/v1/observation.pb.h>
#include <rapport/notes/v1/session.pb.h>
#include <rapport/type/v1/type.pb.h>

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::notes {

// Record kinds. Numbers are for ever. A session's `sort_us` is its planned start, a note's its
// creation, as an observation's; `state` is SessionState and RecordStateOf the note; the `parent`
// of a note and of an observation is its session.
enum Kind : int {
  kSession = 1,
  kNote = 2,
  kOwed = 3,  // owed_notes.h
  kObservation = 10,
  kNoteOpening = 11,  // of notes that are kept apart; without a parent
  // What the law keeps apart; no part of a chart. Their `parent` is their session.
  kPsychotherapyNote = 101,
  kSudCounselingNote = 102,
};

inline constexpr std::string_view kNoteOpeningPattern =
    "families/{family}/noteOpenings/{note_opening}";

// A key and a table for each class of notes.
crypto::KeyClass KeyClassOf(int kind);

// A record's `state` of a locked note whose homework review is owed, and of one to which something
// was added that waits for a co-signature. The release before this one finds them by it, beside
// this one in an update or put back after it; owed_backfill does too.
inline constexpr std::int64_t kLockedOwing = 101;
inline constexpr std::int64_t kLockedAwaitingCosign = 102;
std::int64_t RecordStateOf(const v1::Note& note);

using StoredSession = records::Stored<v1::Session>;
using StoredNote = records::Stored<v1::Note>;
using StoredObservation = records::Stored<v1::Observation>;

// What of a chart is loaded: always the sessions, and with them nothing, observations, or notes.
enum class ChartPart : std::uint8_t { kSessions, kObservations, kWhole };

// A family's sessions and what hangs on them, and what a write has to guard. Names are stored in
// the payloads.
struct Chart {
  std::string family;         // inner id
  std::int64_t revision = 0;  // Changes::Guard
  std::vector<StoredSession> sessions;
  std::vector<StoredNote> notes;                // of ChartPart::kWhole
  std::vector<records::Record> owed;            // of ChartPart::kWhole
  std::vector<StoredObservation> observations;  // of ChartPart::kObservations
  std::vector<Chart> beside;                    // of other families, where asked for: sessions

  // Null: none.
  StoredSession* Session(std::string_view id);
  StoredNote* Note(std::string_view session, std::string_view id);
  // The note of `author` (a name) on `session`, but for those entered in error; null: none.
  const StoredNote* NoteBy(std::string_view session, std::string_view author) const;
  // The observation of `observer` (a name) in `view`; null: none.
  StoredObservation* ObservationBy(std::string_view session, std::string_view observer,
                                   v1::ObservationView view);
  bool HasLockedNote(std::string_view session) const;
  // In any state but entered in error.
  bool HasNote(std::string_view session) const;
  // 1 for the first held session by start, and so on; 0: not held.
  int HeldNumber(const StoredSession& session) const;
};

// Which session an external id belongs to. Inner ids.
struct SessionKey {
  std::string family, id;
};

class NotesStore {
 public:
  explicit NotesStore(const records::Records& records) : records_(records) {}

  // A family without sessions has an empty chart.
  absl::StatusOr<Chart> Load(db::Tx& tx, std::string_view agency, std::string_view family,
                             ChartPart part) const;
  // Every stored version of a note, oldest first, the newest included. NOT_FOUND: no such note.
  absl::StatusOr<std::vector<StoredNote>> Versions(db::Tx& tx, std::string_view agency,
                                                   std::string_view family,
                                                   std::string_view note) const;
  // Superseded versions of an observation, oldest first.
  absl::StatusOr<std::vector<StoredObservation>> Corrected(db::Tx& tx, std::string_view agency,
                                                           std::string_view family,
                                                           std::string_view observation) const;
  // Nullopt: no session of the agency has the external id.
  absl::StatusOr<std::optional<SessionKey>> FindSession(db::Tx& tx, std::string_view agency,
                                                        const type::v1::ExternalId& id) const;
  absl::StatusOr<StoredSession> Session(db::Tx& tx, std::string_view agency,
                                        const SessionKey& key) const;

 private:
  const records::Records& records_;
};

// The unique key that a session's external id is. `type` and `family` as records::MoveClaims gives
// them: sessions are unique in the whole agency.
std::string ExternalClaim(std::string_view type, std::string_view family,
                          const type::v1::ExternalId& id);

}  // namespace rapport::notes
