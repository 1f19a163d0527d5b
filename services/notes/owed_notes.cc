#include "notes/owed_notes.h"

#include "notes/amendment_rules.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/new_id.h"

#include <algorithm>

namespace rapport::notes {
namespace {

// The same author's of the same note is the same record, however often it opens again.
std::string OwedId(std::string_view note, std::string_view professional) {
  return crypto::Sha256({note, professional}).substr(0, crypto::kIdBytes);
}

// `record` instead of the one with its id; false: that says the same.
bool Put(const Chart& chart, records::Record record, records::Changes& changes) {
  const auto before = std::ranges::find(chart.owed, record.id, &records::Record::id);
  if (before == chart.owed.end()) {
    if (record.state == 0) return false;
    changes.Create(std::move(record));
    return true;
  }
  if (before->state == record.state) return false;
  record.version = before->version;
  record.created_us = before->created_us;
  changes.Update(*before, std::move(record));
  return true;
}

}  // namespace

std::int64_t OwedState(std::string_view professional) {
  // Inner ids begin with a time, which several people may share.
  const std::string digest = crypto::Sha256({professional});
  std::uint64_t number = 0;
  for (const char c : digest.substr(0, 7)) {
    number = (number << 8) | std::uint64_t{static_cast<unsigned char>(c)};
  }
  return static_cast<std::int64_t>(number) + 1;
}

std::set<std::string> AuthorsOwing(const v1::Note& note) {
  std::set<std::string> authors;
  const v1::NoteState state = note.state();
  if (state == v1::NOTE_STATE_ENTERED_IN_ERROR) return authors;
  if (state != v1::NOTE_STATE_LOCKED || note.homework_review_owed()) authors.insert(note.author());
  if (HasOpenClaim(note)) authors.insert(note.author());
  ForEachAddition(note, [&](const auto& addition) {
    if (addition.awaiting_cosign()) authors.insert(addition.author());
  });
  return authors;
}

bool SaveOwed(const schema::Names& names, const Chart& chart, const StoredNote& note,
              std::int64_t now_us, records::Changes& changes) {
  std::set<std::string> open;
  for (const std::string& author : AuthorsOwing(note.message)) {
    if (auto id = names.ReadProfessional(author)) open.insert(*std::move(id));
  }
  bool changed = false;
  std::set<std::string> kept;  // ids of records
  for (const std::string& author : open) {
    records::Record record{.kind = kOwed,
                           .family = chart.family,
                           .id = OwedId(note.record.id, author),
                           .parent = note.record.id,
                           .state = OwedState(author),
                           .sort_us = note.record.sort_us,
                           .created_us = now_us,
                           .updated_us = now_us};
    kept.insert(record.id);
    changed |= Put(chart, std::move(record), changes);
  }
  for (const records::Record& before : chart.owed) {
    if (before.parent != note.record.id || kept.contains(before.id)) continue;
    records::Record record = before;
    record.state = 0;
    record.updated_us = now_us;
    changed |= Put(chart, std::move(record), changes);
  }
  return changed;
}

}  // namespace rapport::notes
