// Urgent tasks as records: how one stands in its table, by state and by when it is put before more
// people, and how a report comes into it.
#pragma once

#include "alliance/alliance_store.h"
#include "alliance/urgent_task.h"
#include "platform/records/service_deps.h"
#include "platform/records/stored.h"

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <utility>

namespace rapport::alliance {

inline records::Record InOrder(records::Record record, const internal::v1::StoredUrgentTask& task) {
  record = records::With(std::move(record), task);
  record.state = task.task().state();
  if (task.task().has_next_alert_time()) record.sort_us = NextAlertUs(task);
  return record;
}

// A member, both inner ids.
struct Concerned {
  std::string family;
  std::string member;
};

// Nullopt: nothing of theirs is open.
absl::StatusOr<std::optional<StoredUrgent>> OpenTaskOf(const records::ServiceDeps& deps, db::Tx& tx,
                                                       const std::string& agency,
                                                       const Concerned& who);

// `open` with one more report, or a new task with its first; not yet in its place.
StoredUrgent WithReport(const schema::Names& names, const std::optional<StoredUrgent>& open,
                        const Concerned& who, const v1::Concern& concern, const AccessFacts& facts,
                        const UrgentSettings& settings, std::int64_t now_us);

// What WithReport made of `open`, stored in its place and audited, and told to intake for a safety
// screen where the member said that they are not safe. `taken`: besides, whose report is to be
// looked up.
void PutReport(const schema::Names& names, const std::optional<StoredUrgent>& open,
               const v1::Concern& concern, std::optional<internal::v1::ConcernTaken> taken,
               StoredUrgent& task, records::Changes* changes);

}  // namespace rapport::alliance
