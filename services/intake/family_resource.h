// Reading names inside the caller's family, and changing the family's own record beside another
// resource. Used by the use case files.
#pragma once

#include "intake/intake_service.h"
#include "intake/show.h"

#include <optional>

namespace rapport::intake {

void EmitRosterChanged(const StoredCase& file, std::string_view resource, std::int64_t version,
                       records::Changes& changes);
void EmitCase(const StoredCase& file, int type, std::string_view resource, std::int64_t version,
              records::Changes& changes);

// The stored resource of that name; null: none of this family.
template <typename Message>
records::Stored<Message>* FindNamed(std::vector<records::Stored<Message>>& all,
                                    std::string_view name) {
  for (auto& one : all) {
    if (one.message.name() == name) return &one;
  }
  return nullptr;
}

// The next version of `stored` into `changes`, in `state` if one is given; its record says so
// afterwards.
template <typename Message>
void Put(records::Stored<Message>& stored, std::int64_t now_us, records::Changes& changes,
         std::optional<std::int64_t> state = std::nullopt) {
  const records::Record before = stored.record;
  stored.record = records::With(before, stored.message);
  stored.record.updated_us = now_us;
  stored.record.state = state.value_or(before.state);
  changes.Update(before, stored.record);
  stored.record.version = before.version + 1;
}

// The first or the next version of a family's tally.
inline void PutTally(const std::string& family, std::int64_t now_us, StoredTally& tally,
                     records::Changes& changes) {
  if (tally.record.version > 0) return Put(tally, now_us, changes);
  tally.record = NewRecord(kSessionTally, family, now_us);
  tally.record.id = family;
  tally.record = records::With(tally.record, tally.message);
  changes.Create(tally.record);
  tally.record.version = 1;
}

// A new resource into `changes`; its record is as it will be.
template <typename Message>
records::Stored<Message> Make(records::Record record, Message message, records::Changes& changes) {
  records::Stored<Message> stored{std::move(record), std::move(message)};
  stored.record = records::With(stored.record, stored.message);
  changes.Create(stored.record);
  stored.record.version = 1;
  return stored;
}

}  // namespace rapport::intake
