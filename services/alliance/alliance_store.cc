#include "alliance/alliance_store.h"

#include "alliance/instruments/library.h"
#include "alliance/signal_figures.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/new_id.h"

#include <algorithm>
#include <utility>

namespace rapport::alliance {
namespace {

template <typename Message>
absl::Status Append(records::Record record, std::vector<records::Stored<Message>>& to) {
  ASSIGN_OR_RETURN(auto stored, records::Parse<Message>(std::move(record)));
  to.push_back(std::move(stored));
  return absl::OkStatus();
}

absl::Status Place(records::Record record, FamilyFile& file) {
  switch (record.kind) {
    case kSession:
      return Append(std::move(record), file.sessions);
    case kRating:
      return Append(std::move(record), file.ratings);
    case kRequest:
      return Append(std::move(record), file.requests);
    case kInvitation:
      return Append(std::move(record), file.invitations);
    case kSignal:
      return Append(std::move(record), file.signals);
    case kNote:
      return Append(std::move(record), file.notes);
    case kMembership:
      return Append(std::move(record), file.memberships);
    case kFormsWait:
      return Append(std::move(record), file.forms_wait);
    case kWork: {
      ASSIGN_OR_RETURN(file.work, records::Parse<internal::v1::StoredWork>(std::move(record)));
      return absl::OkStatus();
    }
    default:
      return absl::OkStatus();
  }
}

template <typename T>
const T* WithId(const std::vector<T>& all, std::string_view id) {
  const auto found = std::ranges::find_if(all, [&](const T& one) { return one.record.id == id; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

absl::StatusOr<InstrumentShelf> InstrumentShelf::Load() {
  ASSIGN_OR_RETURN(auto instruments, LoadShippedInstruments());
  return InstrumentShelf(std::move(instruments));
}

const v1::Instrument* InstrumentShelf::Find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(instruments_, [&](const auto& one) { return one.name() == name; });
  return found == instruments_.end() ? nullptr : &*found;
}

std::string RatingKey(std::string_view session, std::string_view rater,
                      std::string_view instrument) {
  return Concat({Hex(session), "/", Hex(rater), "/", instrument});
}

std::string SessionClaim(std::string_view system) { return Concat({"session/", system}); }

const StoredSession* FamilyFile::Session(std::string_view session) const {
  return WithId(sessions, session);
}
const StoredRequest* FamilyFile::Request(std::string_view request) const {
  return WithId(requests, request);
}
const StoredSignal* FamilyFile::Signal(std::string_view signal) const {
  return WithId(signals, signal);
}

const StoredRating* FamilyFile::RatingOf(std::string_view session, std::string_view rater,
                                         std::string_view instrument) const {
  const auto found = std::ranges::find_if(ratings, [&](const StoredRating& rating) {
    return rating.record.parent == session && rating.message.rater() == rater &&
           rating.message.instrument() == instrument;
  });
  return found == ratings.end() ? nullptr : &*found;
}

absl::StatusOr<FamilyFile> AllianceStore::Load(db::Tx& tx, std::string_view agency,
                                               std::string_view family) const {
  FamilyFile file;
  file.id = family;
  ASSIGN_OR_RETURN(auto records,
                   records_.Family(tx, agency, family, kFirstOfFamily, kLastOfFamily));
  for (records::Record& record : records) {
    file.version += record.version;
    RETURN_IF_ERROR(Place(std::move(record), file));
  }
  RETURN_IF_ERROR(LoadRest(tx, agency, file));
  return file;
}

absl::Status AllianceStore::LoadRest(db::Tx& tx, std::string_view agency, FamilyFile& file) const {
  ASSIGN_OR_RETURN(file.revision, records_.Revision(tx, agency, file.id));
  ASSIGN_OR_RETURN(file.sequence, records_.Sequence(tx, agency));
  file.own_instruments.clear();  // an attestation may have come since
  for (const StoredRating& rating : file.ratings) {
    const std::string& name = rating.message.instrument();
    if (shelf_.Find(name) != nullptr || file.own_instruments.contains(name)) continue;
    ASSIGN_OR_RETURN(auto instrument, Instrument(tx, agency, name));
    if (instrument) file.own_instruments.emplace(name, *instrument);
  }
  ASSIGN_OR_RETURN(const auto figures, FindFigures(tx, records_, agency));
  file.parameters = figures ? ParametersOf(figures->message) : MonitorParameters();
  file.calibrations.clear();
  if (figures) {
    const auto& calibrations = figures->message.calibrations();
    file.calibrations.assign(calibrations.begin(), calibrations.end());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const v1::Instrument>> AllianceStore::Definition(
    db::Tx& tx, std::string_view agency, const std::string& name) const {
  if (const v1::Instrument* shipped = shelf_.Find(name))
    return {{std::shared_ptr<void>(), shipped}};
  ASSIGN_OR_RETURN(const auto id, records_.FindClaim(tx, agency, kInstrumentClaim, name));
  if (!id) return nullptr;
  ASSIGN_OR_RETURN(auto record, records_.Get(tx, agency, "", kInstrument, *id));
  ASSIGN_OR_RETURN(auto stored, records::Parse<v1::Instrument>(std::move(record)));
  return std::make_shared<const v1::Instrument>(std::move(stored.message));
}

absl::StatusOr<std::optional<StoredLicence>> AllianceStore::Licence(db::Tx& tx,
                                                                    std::string_view agency,
                                                                    const std::string& name) const {
  ASSIGN_OR_RETURN(const auto id, records_.FindClaim(tx, agency, kLicenceClaim, name));
  if (!id) return std::nullopt;
  ASSIGN_OR_RETURN(auto record, records_.Get(tx, agency, "", kLicence, *id));
  ASSIGN_OR_RETURN(auto stored, records::Parse<v1::InstrumentLicence>(std::move(record)));
  return stored;
}

absl::StatusOr<std::shared_ptr<const v1::Instrument>> AllianceStore::Instrument(
    db::Tx& tx, std::string_view agency, const std::string& name) const {
  ASSIGN_OR_RETURN(auto definition, Definition(tx, agency, name));
  if (!definition || definition->licence().has_attestation() ||
      (definition->licence().ship_text() && !definition->licence().attestation_required())) {
    return definition;
  }
  ASSIGN_OR_RETURN(const auto licence, Licence(tx, agency, name));
  if (!licence || !licence->message.has_attestation()) return definition;
  auto attested = std::make_shared<v1::Instrument>(*definition);
  *attested->mutable_licence()->mutable_attestation() = licence->message.attestation();
  return attested;
}

absl::StatusOr<std::optional<StoredSession>> AllianceStore::HeldSession(
    db::Tx& tx, std::string_view agency, std::string_view family, std::string_view session) const {
  auto record = records_.Get(tx, agency, family, kSession, session);
  if (absl::IsNotFound(record.status())) return std::nullopt;
  RETURN_IF_ERROR(record.status());
  ASSIGN_OR_RETURN(auto stored,
                   records::Parse<internal::v1::StoredHeldSession>(*std::move(record)));
  return stored;
}

absl::StatusOr<bool> AllianceStore::HomeworkAgreed(db::Tx& tx, std::string_view agency,
                                                   std::string_view family, std::string_view member,
                                                   std::int64_t by_us) const {
  auto record = records_.Get(tx, agency, family, kWork, family);
  if (absl::IsNotFound(record.status())) return false;
  RETURN_IF_ERROR(record.status());
  ASSIGN_OR_RETURN(const auto work, records::Parse<internal::v1::StoredWork>(*std::move(record)));
  return alliance::HomeworkAgreed(work.message, member, by_us);
}

bool HomeworkAgreed(const internal::v1::StoredWork& work, std::string_view member,
                    std::int64_t by_us) {
  for (const auto& one : work.members()) {
    if (one.member() != member) continue;
    return std::ranges::any_of(one.homework_agreed_us(),
                               [&](std::int64_t at_us) { return at_us <= by_us; });
  }
  return false;
}

records::Record NewRecord(int kind, std::string_view family, std::int64_t now_us) {
  records::Record record;
  record.kind = kind;
  record.family = family;
  record.id = crypto::NewId();
  record.sort_us = now_us;
  record.created_us = now_us;
  record.updated_us = now_us;
  return record;
}

}  // namespace rapport::alliance
