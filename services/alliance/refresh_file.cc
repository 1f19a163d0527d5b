// AllianceStore::Refresh: a family's file that was read before, with only what is newer read again.
#include "alliance/alliance_store.h"
#include "platform/base/status_macros.h"
#include "platform/records/versions.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace rapport::alliance {
namespace {

// With more to read than this one statement for the whole family is faster.
constexpr std::size_t kMostReadSingly = 12;

using Key = std::pair<int, std::string_view>;  // kind and inner id
using Versions = absl::flat_hash_map<Key, std::int64_t>;

template <typename Stored>
void Collect(const std::vector<Stored>& all, Versions& versions) {
  for (const Stored& one : all) {
    versions.emplace(Key(one.record.kind, one.record.id), one.record.version);
  }
}

Versions VersionsIn(const FamilyFile& file) {
  Versions versions;
  Collect(file.sessions, versions);
  Collect(file.ratings, versions);
  Collect(file.requests, versions);
  Collect(file.invitations, versions);
  Collect(file.signals, versions);
  Collect(file.notes, versions);
  Collect(file.memberships, versions);
  Collect(file.forms_wait, versions);
  if (file.work) versions.emplace(Key(kWork, file.work->record.id), file.work->record.version);
  return versions;
}

bool IsInFile(int kind) {
  return kind == kWork || kind == kNote || kind == kMembership || kind == kFormsWait ||
         (kind >= kSession && kind <= kSignal);
}

auto PlaceOf(const records::Record& record) { return std::tie(record.sort_us, record.id); }

// In place of the version that is there, where lists are ordered by (sort_us, id).
template <typename Message>
absl::Status Put(records::Record record, std::vector<records::Stored<Message>>& all) {
  ASSIGN_OR_RETURN(auto stored, records::Parse<Message>(std::move(record)));
  std::erase_if(all, [&](const auto& one) { return one.record.id == stored.record.id; });
  const auto behind = std::ranges::find_if(
      all, [&](const auto& one) { return PlaceOf(stored.record) < PlaceOf(one.record); });
  all.insert(behind, std::move(stored));
  return absl::OkStatus();
}

// The last session tells the one before it when homework ended to count for it; any other change of
// when sessions were is one of the whole history.
absl::Status PutSession(records::Record record, FamilyFile& file, FileChanges& changes) {
  const std::string id = record.id;
  const auto held = [&](const StoredSession& one) { return one.record.id == id; };
  const auto known = std::ranges::find_if(file.sessions, held);
  const bool was_last = known == file.sessions.end() || known + 1 == file.sessions.end();
  RETURN_IF_ERROR(Put(std::move(record), file.sessions));
  const std::size_t count = file.sessions.size();
  if (!was_last || !held(file.sessions.back())) changes.all = true;
  changes.sessions.insert(id);
  if (count > 1) changes.sessions.insert(file.sessions[count - 2].record.id);
  return absl::OkStatus();
}

absl::Status PutRecord(records::Record record, FamilyFile& file, FileChanges& changes) {
  switch (record.kind) {
    case kSession:
      return PutSession(std::move(record), file, changes);
    case kRating:
      changes.sessions.insert(record.parent);
      return Put(std::move(record), file.ratings);
    case kRequest:
      changes.sessions.insert(record.parent);
      return Put(std::move(record), file.requests);
    case kInvitation:
      return Put(std::move(record), file.invitations);
    case kSignal:
      return Put(std::move(record), file.signals);
    case kNote:
      changes.sessions.insert(record.parent);
      return Put(std::move(record), file.notes);
    case kMembership:
      changes.all = true;
      return Put(std::move(record), file.memberships);
    case kFormsWait:
      return Put(std::move(record), file.forms_wait);
    default: {
      changes.all = true;
      ASSIGN_OR_RETURN(file.work, records::Parse<internal::v1::StoredWork>(std::move(record)));
      return absl::OkStatus();
    }
  }
}

}  // namespace

absl::StatusOr<FileChanges> AllianceStore::Refresh(db::Tx& tx, std::string_view agency,
                                                   std::string_view family,
                                                   FamilyFile& file) const {
  ASSIGN_OR_RETURN(const auto stored,
                   records::VersionsOfFamily(tx, agency, family, kFirstOfFamily, kLastOfFamily));
  const Versions known = VersionsIn(file);
  std::vector<const records::RecordVersion*> newer;
  std::size_t found = 0;
  file.version = 0;
  for (const records::RecordVersion& one : stored) {
    file.version += one.version;
    if (!IsInFile(one.kind)) continue;
    const auto before = known.find(Key(one.kind, one.id));
    if (before != known.end()) ++found;
    if (before == known.end() || before->second != one.version) newer.push_back(&one);
  }
  if (file.id != family || found < known.size() || newer.size() > kMostReadSingly) {
    ASSIGN_OR_RETURN(file, Load(tx, agency, family));
    return FileChanges{.any = true, .all = true, .sessions = {}};
  }
  FileChanges changes{.any = !newer.empty(), .all = false, .sessions = {}};
  for (const records::RecordVersion* one : newer) {
    ASSIGN_OR_RETURN(auto record, records_.Get(tx, agency, family, one->kind, one->id));
    RETURN_IF_ERROR(PutRecord(std::move(record), file, changes));
  }
  const auto version = file.parameters.version;
  RETURN_IF_ERROR(LoadRest(tx, agency, file));
  changes.any |= file.parameters.version != version;
  return changes;
}

}  // namespace rapport::alliance
