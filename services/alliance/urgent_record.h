// How an urgent task stands in its table: by state, and by when it is put before more people.
#pragma once

#include "alliance/urgent_task.h"
#include "platform/records/stored.h"

#include <utility>

namespace rapport::alliance {

inline records::Record InOrder(records::Record record, const internal::v1::StoredUrgentTask& task) {
  record = records::With(std::move(record), task);
  record.state = task.task().state();
  if (task.task().has_next_alert_time()) record.sort_us = NextAlertUs(task);
  return record;
}

}  // namespace rapport::alliance
