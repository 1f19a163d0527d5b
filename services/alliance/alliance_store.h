// AllianceStore: which records the alliance service keeps, and how they make a family's file.
//
// All but instruments lie under their family. Called inside Db::Read and Db::Write. Thread-safe.
#pragma once

#include "alliance/instrument_shelf.h"
#include "alliance/signals/monitor_parameters.h"
#include "platform/records/records.h"
#include "platform/records/stored.h"

#include <rapport/alliance/v1/instrument_licence.pb.h>
#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/alliance/v1/signal_figures.pb.h>
#include <rapport/internal/v1/alliance_records.pb.h>
#include <rapport/type/v1/type.pb.h>

#include <absl/container/flat_hash_set.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// Record kinds. Numbers are for ever. 1 to 19 lie under a family; `parent` is the session, of an
// invitation its request.
enum Kind : int {
  kSession = 1,  // id and sort_us: the session's own and its start
  kRating = 2,   // sort_us: the session's start
  kRequest = 3,  // sort_us: when it became due; state: a RatingRequestState
  kInvitation = 4,
  kSignal = 5,       // sort_us: last change; state: a SignalState
  kWork = 6,         // one a family, under the family's id
  kNote = 7,         // id: the note's own
  kPlan = 8,         // one a family, under the family's id
  kUrgent = 9,       // sort_us: when it is escalated next; state: an UrgentTaskState
  kMembership = 10,  // of who left or came back; id: the member's own
  kFormsWait = 11,   // id: the session's own; sort_us: when its next form expires; state: FormsWait
  kFirstOfFamily = kSession,
  kLastOfFamily = 19,
  kInstrument = 20,
  kLicence = 21,      // of an instrument, shipped or the agency's own
  kAgencyPlan = 22,   // one an agency
  kPublication = 23,  // of an instrument: up to when figures are published
  kFigures = 24,      // behind estimates and signals; one an agency
  kDuty = 25,         // who is on duty, where it was set; one an agency
};

// Whether forms of a session wait for an answer. Numbers are for ever.
enum FormsWait : int { kFormsDoWait = 1, kFormsSettled = 2 };

inline constexpr std::string_view kUrgentTaskPattern =
    "families/{family}/urgentTasks/{urgent_task}";

// Names of claims (unique keys of the agency).
inline constexpr std::string_view kRatingClaim = "rating";            // session, rater, instrument
inline constexpr std::string_view kInstrumentClaim = "instrument";    // name
inline constexpr std::string_view kLicenceClaim = "licence";          // name of the instrument
inline constexpr std::string_view kPublicationClaim = "publication";  // name of the instrument
inline constexpr std::string_view kInvitationClaim = "invitation";    // used ones
inline constexpr std::string_view kInvitationCodeClaim = "invitation_code";  // its letters
inline constexpr std::string_view kConcernClaim = "concern";  // a submission and what it says
inline constexpr std::string_view kImportClaim = "import";    // caller, request id, line
std::string RatingKey(std::string_view session, std::string_view rater,
                      std::string_view instrument);
std::string SessionClaim(std::string_view system);  // external id -> session

using StoredSession = records::Stored<internal::v1::StoredHeldSession>;
using StoredRating = records::Stored<v1::Rating>;
using StoredRequest = records::Stored<internal::v1::StoredRatingRequest>;
using StoredInvitation = records::Stored<internal::v1::StoredRatingInvitation>;
using StoredSignal = records::Stored<internal::v1::StoredSignal>;
using StoredUrgent = records::Stored<internal::v1::StoredUrgentTask>;
using StoredWork = records::Stored<internal::v1::StoredWork>;
using StoredNote = records::Stored<internal::v1::StoredSignedNote>;
using StoredMembership = records::Stored<internal::v1::StoredMembership>;
using StoredFormsWait = records::Stored<internal::v1::StoredFormsWait>;
using StoredInstrument = records::Stored<v1::Instrument>;
using StoredLicence = records::Stored<v1::InstrumentLicence>;

// Everything the service knows of a family, and what a write has to guard.
struct FamilyFile {
  std::string id;
  std::int64_t revision = 0;  // Changes::Guard
  std::int64_t sequence = 0;  // the agency's, of the snapshot
  std::int64_t version = 0;   // how often its records were written: grows with each change
  std::vector<StoredSession> sessions;  // by start
  std::vector<StoredRating> ratings;    // by start of the session
  std::vector<StoredRequest> requests;
  std::vector<StoredInvitation> invitations;
  std::vector<StoredSignal> signals;
  std::optional<StoredWork> work;
  std::vector<StoredNote> notes;
  std::vector<StoredMembership> memberships;
  std::vector<StoredFormsWait> forms_wait;
  std::map<std::string, v1::Instrument> own_instruments;  // the agency's that ratings use, by name
  MonitorParameters parameters;                           // in force for the agency
  std::vector<v1::SignalCalibration> calibrations;        // with them

  // By inner id; null: none.
  const StoredSession* Session(std::string_view session) const;
  const StoredRequest* Request(std::string_view request) const;
  const StoredSignal* Signal(std::string_view signal) const;
  // The rating that this rater (a name) gave of this session with this instrument; null: none.
  const StoredRating* RatingOf(std::string_view session, std::string_view rater,
                               std::string_view instrument) const;
};

// What is different in a file that was brought up to date.
struct FileChanges {
  bool any = false;
  bool all = false;                           // or more than is worth telling
  absl::flat_hash_set<std::string> sessions;  // inner ids: of which something is different
};

class AllianceStore {
 public:
  // Both must outlive it.
  AllianceStore(const records::Records& records, const InstrumentShelf& shelf)
      : records_(records), shelf_(shelf) {}

  // A family nobody has told us of has an empty file.
  absl::StatusOr<FamilyFile> Load(db::Tx& tx, std::string_view agency,
                                  std::string_view family) const;
  // Makes `file` what Load gives: reads and opens what is newer than in `file`, which Load or
  // Refresh filled or which is empty. A record in it that was changed by hand must have version 0.
  // After an error `file` is good for nothing.
  absl::StatusOr<FileChanges> Refresh(db::Tx& tx, std::string_view agency, std::string_view family,
                                      FamilyFile& file) const;
  // Null: no such instrument, shipped or the agency's. Has the attestation of the agency's licence
  // where the definition has none of its own, and needs one or comes without words.
  absl::StatusOr<std::shared_ptr<const v1::Instrument>> Instrument(db::Tx& tx,
                                                                   std::string_view agency,
                                                                   const std::string& name) const;
  // What the agency holds of the instrument of this name. Nullopt: nothing.
  absl::StatusOr<std::optional<StoredLicence>> Licence(db::Tx& tx, std::string_view agency,
                                                       const std::string& name) const;
  // Nullopt: not held, as far as notes told.
  absl::StatusOr<std::optional<StoredSession>> HeldSession(db::Tx& tx, std::string_view agency,
                                                           std::string_view family,
                                                           std::string_view session) const;
  // Whether homework with `member` as a doer was agreed before `by_us`.
  absl::StatusOr<bool> HomeworkAgreed(db::Tx& tx, std::string_view agency, std::string_view family,
                                      std::string_view member, std::int64_t by_us) const;

  const records::Records& records() const { return records_; }
  const InstrumentShelf& shelf() const { return shelf_; }

 private:
  // What does not lie under the family: revision, sequence, instruments, parameters.
  absl::Status LoadRest(db::Tx& tx, std::string_view agency, FamilyFile& file) const;
  // As it was defined. Points into the shelf for a shipped one.
  absl::StatusOr<std::shared_ptr<const v1::Instrument>> Definition(db::Tx& tx,
                                                                   std::string_view agency,
                                                                   const std::string& name) const;

  const records::Records& records_;
  const InstrumentShelf& shelf_;
};

// Whether `work` says that homework with `member` as a doer was agreed before `by_us`.
bool HomeworkAgreed(const internal::v1::StoredWork& work, std::string_view member,
                    std::int64_t by_us);

// A new record of `kind` under `family` with its payload still to come.
records::Record NewRecord(int kind, std::string_view family, std::int64_t now_us);

}  // namespace rapport::alliance
