#include "alliance/urgent_record.h"

#include "alliance/not_safe.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::alliance {

absl::StatusOr<std::optional<StoredUrgent>> OpenTaskOf(const records::ServiceDeps& deps, db::Tx& tx,
                                                       const std::string& agency,
                                                       const Concerned& who) {
  ASSIGN_OR_RETURN(auto tasks, deps.records.List(tx, agency,
                                                 {.kind = kUrgent,
                                                  .family = who.family,
                                                  .state = v1::URGENT_TASK_STATE_OPEN}));
  std::optional<StoredUrgent> open;
  for (records::Record& record : tasks) {
    ASSIGN_OR_RETURN(auto task, records::Parse<internal::v1::StoredUrgentTask>(std::move(record)));
    if (task.message.member() == who.member) open = std::move(task);
  }
  return open;
}

StoredUrgent WithReport(const schema::Names& names, const std::optional<StoredUrgent>& open,
                        const Concerned& who, const v1::Concern& concern, const AccessFacts& facts,
                        const UrgentSettings& settings, std::int64_t now_us) {
  if (open) {
    StoredUrgent task = *open;
    AddReport(concern, settings, now_us, &task.message);
    return task;
  }
  StoredUrgent task{.record = NewRecord(kUrgent, who.family, now_us),
                    .message = OpenTask(concern, facts, settings, now_us)};
  task.message.set_member(who.member);
  v1::UrgentTask& shown = *task.message.mutable_task();
  shown.set_name(names.Of(kUrgentTaskPattern, who.family, task.record.id));
  shown.set_member(names.Member(who.family, who.member));
  return task;
}

void PutReport(const schema::Names& names, const std::optional<StoredUrgent>& open,
               const v1::Concern& concern, std::optional<internal::v1::ConcernTaken> taken,
               StoredUrgent& task, records::Changes* changes) {
  task.record = InOrder(std::move(task.record), task.message);
  if (open) {
    changes->Update(open->record, task.record);
  } else {
    changes->Create(task.record);
  }
  const std::string& member = task.message.member();
  changes->Audit("urgent_task.report", task.record, {member}, v1::ConcernKind_Name(concern.kind()));
  internal::v1::NotSafe said;
  if (concern.kind() == v1::CONCERN_KIND_NOT_SAFE) said.set_member(member);
  if (taken) *said.mutable_taken() = *std::move(taken);
  if (said.ByteSizeLong() > 0) TellSafety(names, task.record.family, said, changes);
}

}  // namespace rapport::alliance
