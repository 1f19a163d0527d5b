#include "notes/notes_store.h"

#include "notes/amendment_rules.h"
#include "notes/values.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace rapport::notes {
namespace {

std::int64_t StartOf(const StoredSession& session) { return Micros(session.message.start_time()); }

template <typename Message>
absl::Status ParseInto(records::Record record, std::vector<records::Stored<Message>>& all) {
  ASSIGN_OR_RETURN(auto stored, records::Parse<Message>(std::move(record)));
  all.push_back(std::move(stored));
  return absl::OkStatus();
}

}  // namespace

crypto::KeyClass KeyClassOf(int kind) {
  switch (kind) {
    case kPsychotherapyNote:
      return crypto::KeyClass::kPsychotherapy;
    case kSudCounselingNote:
      return crypto::KeyClass::kSubstanceUse;
    default:
      return crypto::KeyClass::kRecord;
  }
}

std::int64_t RecordStateOf(const v1::Note& note) {
  if (note.state() != v1::NOTE_STATE_LOCKED) return note.state();
  bool waiting = false;
  ForEachAddition(note,
                  [&](const auto& addition) { waiting = waiting || addition.awaiting_cosign(); });
  if (waiting) return kLockedAwaitingCosign;
  return note.homework_review_owed() ? kLockedOwing : note.state();
}

StoredSession* Chart::Session(std::string_view id) {
  const auto found = std::find_if(sessions.begin(), sessions.end(),
                                  [&](const StoredSession& one) { return one.record.id == id; });
  return found == sessions.end() ? nullptr : &*found;
}

StoredNote* Chart::Note(std::string_view session, std::string_view id) {
  const auto found = std::find_if(notes.begin(), notes.end(), [&](const StoredNote& one) {
    return one.record.id == id && one.record.parent == session;
  });
  return found == notes.end() ? nullptr : &*found;
}

const StoredNote* Chart::NoteBy(std::string_view session, std::string_view author) const {
  const auto found = std::find_if(notes.begin(), notes.end(), [&](const StoredNote& one) {
    return one.record.parent == session && one.message.author() == author &&
           one.message.state() != v1::NOTE_STATE_ENTERED_IN_ERROR;
  });
  return found == notes.end() ? nullptr : &*found;
}

StoredObservation* Chart::ObservationBy(std::string_view session, std::string_view observer,
                                        v1::ObservationView view) {
  const auto found =
      std::find_if(observations.begin(), observations.end(), [&](const StoredObservation& one) {
        return one.record.parent == session && one.message.observer() == observer &&
               one.message.view() == view;
      });
  return found == observations.end() ? nullptr : &*found;
}

bool Chart::HasLockedNote(std::string_view session) const {
  return std::any_of(notes.begin(), notes.end(), [&](const StoredNote& one) {
    return one.record.parent == session && one.message.state() == v1::NOTE_STATE_LOCKED;
  });
}

bool Chart::HasNote(std::string_view session) const {
  return std::any_of(notes.begin(), notes.end(), [&](const StoredNote& one) {
    return one.record.parent == session && one.message.state() != v1::NOTE_STATE_ENTERED_IN_ERROR;
  });
}

int Chart::HeldNumber(const StoredSession& session) const {
  const auto held = [](const StoredSession& one) {
    return one.message.state() == v1::SESSION_STATE_HELD;
  };
  if (!held(session)) return 0;
  const auto place = std::tuple(StartOf(session), std::string_view(session.record.id));
  return 1 + static_cast<int>(
                 std::count_if(sessions.begin(), sessions.end(), [&](const StoredSession& one) {
                   return held(one) &&
                          std::tuple(StartOf(one), std::string_view(one.record.id)) < place;
                 }));
}

absl::StatusOr<Chart> NotesStore::Load(db::Tx& tx, std::string_view agency, std::string_view family,
                                       ChartPart part) const {
  Chart chart;
  chart.family = family;
  ASSIGN_OR_RETURN(chart.revision, records_.Revision(tx, agency, family));
  const int last = part == ChartPart::kWhole ? kOwed : kSession;
  ASSIGN_OR_RETURN(auto found, records_.Family(tx, agency, family, kSession, last));
  if (part == ChartPart::kObservations) {
    ASSIGN_OR_RETURN(auto more, records_.Family(tx, agency, family, kObservation, kObservation));
    std::move(more.begin(), more.end(), std::back_inserter(found));
  }
  for (records::Record& record : found) {
    if (record.kind == kSession) {
      RETURN_IF_ERROR(ParseInto(std::move(record), chart.sessions));
    } else if (record.kind == kNote) {
      RETURN_IF_ERROR(ParseInto(std::move(record), chart.notes));
    } else if (record.kind == kOwed) {
      chart.owed.push_back(std::move(record));
    } else {
      RETURN_IF_ERROR(ParseInto(std::move(record), chart.observations));
    }
  }
  return chart;
}

absl::StatusOr<std::vector<StoredNote>> NotesStore::Versions(db::Tx& tx, std::string_view agency,
                                                             std::string_view family,
                                                             std::string_view note) const {
  ASSIGN_OR_RETURN(auto found, records_.History(tx, agency, family, kNote, note));
  ASSIGN_OR_RETURN(auto newest, records_.Get(tx, agency, family, kNote, note));
  found.push_back(std::move(newest));
  std::vector<StoredNote> versions;
  for (records::Record& record : found) {
    RETURN_IF_ERROR(ParseInto(std::move(record), versions));
  }
  return versions;
}

absl::StatusOr<std::vector<StoredObservation>> NotesStore::Corrected(
    db::Tx& tx, std::string_view agency, std::string_view family,
    std::string_view observation) const {
  ASSIGN_OR_RETURN(auto found, records_.History(tx, agency, family, kObservation, observation));
  std::vector<StoredObservation> versions;
  for (records::Record& record : found) {
    RETURN_IF_ERROR(ParseInto(std::move(record), versions));
  }
  return versions;
}

absl::StatusOr<std::optional<SessionKey>> NotesStore::FindSession(
    db::Tx& tx, std::string_view agency, const type::v1::ExternalId& id) const {
  ASSIGN_OR_RETURN(auto owner,
                   records_.FindOwner(tx, agency, ExternalClaim("session", "", id), id.value()));
  if (!owner) return std::nullopt;
  return SessionKey{std::move(owner->family), std::move(owner->id)};
}

absl::StatusOr<StoredSession> NotesStore::Session(db::Tx& tx, std::string_view agency,
                                                  const SessionKey& key) const {
  ASSIGN_OR_RETURN(auto record, records_.Get(tx, agency, key.family, kSession, key.id));
  return records::Parse<v1::Session>(std::move(record));
}

std::string ExternalClaim(std::string_view type, std::string_view family,
                          const type::v1::ExternalId& id) {
  return Concat({"external/", type, "/", Hex(family), "/", id.system()});
}

}  // namespace rapport::notes
