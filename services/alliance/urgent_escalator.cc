#include "alliance/urgent_escalator.h"

#include "alliance/alliance_store.h"
#include "alliance/duty.h"
#include "alliance/urgent_record.h"
#include "platform/base/agency_work.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"

#include <google/protobuf/empty.pb.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr int kAtOnce = 100;

struct DueTasks {
  std::vector<records::Record> tasks;
  UrgentSettings settings;
};

Task<absl::StatusOr<DueTasks>> Due(const records::ServiceDeps& deps, CallContext& context,
                                   UrgentSettings settings, std::int64_t now_us) {
  const std::string& agency = context.principal->agency;
  DueTasks due;
  CO_RETURN_IF_ERROR(co_await deps.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(due.tasks, deps.records.List(tx, agency,
                                                  {.kind = kUrgent,
                                                   .state = v1::URGENT_TASK_STATE_OPEN,
                                                   .to_us = now_us + 1,
                                                   .limit = kAtOnce}));
    ASSIGN_OR_RETURN(due.settings, SettingsInForce(tx, deps.records, agency, settings));
    return absl::OkStatus();
  }));
  co_return due;
}

}  // namespace

absl::Status UrgentEscalator::Round(std::string_view agency) const {
  const std::int64_t now_us = deps_.clock.NowMicros();
  AgencyWork context(agency, "service/alliance", "rapport.alliance/EscalateUrgentTasks", kPatience);
  ASSIGN_OR_RETURN(DueTasks due, RunSync(Due(deps_, context, settings_(agency), now_us)));
  absl::Status first;
  for (records::Record& record : due.tasks) {
    auto task = records::Parse<internal::v1::StoredUrgentTask>(std::move(record));
    if (!task.ok()) {
      first.Update(task.status());
      continue;
    }
    const auto facts = facts_.Peek(agency, task->record.family, options::v1::FRESHNESS_CACHED);
    AddPeopleOfNow(facts.get(), due.settings, now_us, &task->message);
    Escalate(now_us, &task->message);
    records::Record after = InOrder(task->record, task->message);
    context.access.family = task->record.family;
    records::Changes changes(context, now_us);
    changes.Update(task->record, std::move(after));
    changes.Audit("urgent_task.escalate", task->record, {task->message.member()});
    auto committed =
        RunSync(deps_.records.Commit(context, std::move(changes), google::protobuf::Empty()));
    // Acknowledged, reported again, or escalated by another replica meanwhile: as it is now, it is
    // looked at the next time. The others must not wait for one that fails.
    if (!committed.ok() && !records::IsConflict(committed.status())) {
      first.Update(committed.status());
    }
  }
  return first;
}

}  // namespace rapport::alliance
