#include "notes/worklist_rules.h"

#include <algorithm>

namespace rapport::notes {

std::vector<v1::WorklistTask> TasksFor(const v1::Note& note, const Standing& standing) {
  std::vector<v1::WorklistTask> tasks;
  const v1::NoteState state = note.state();
  if (standing.author && state == v1::NOTE_STATE_DRAFT) tasks.push_back(v1::WORKLIST_TASK_SIGN);
  if (standing.author && state == v1::NOTE_STATE_SIGNED) tasks.push_back(v1::WORKLIST_TASK_LOCK);
  if (standing.supervisor && !standing.author && state == v1::NOTE_STATE_AWAITING_COSIGN) {
    tasks.push_back(v1::WORKLIST_TASK_COSIGN);
  }
  if (standing.author && note.homework_review_owed() && state != v1::NOTE_STATE_ENTERED_IN_ERROR) {
    tasks.push_back(v1::WORKLIST_TASK_REVIEW_HOMEWORK);
  }
  return tasks;
}

void SetTasks(const std::vector<v1::WorklistTask>& tasks, v1::WorklistEntry* entry) {
  entry->clear_tasks();
  entry->clear_due_time();
  for (const v1::WorklistTask task : tasks) entry->add_tasks(task);
  const bool to_sign = std::ranges::find(tasks, v1::WORKLIST_TASK_SIGN) != tasks.end();
  if (to_sign && entry->has_session_end_time()) {
    *entry->mutable_due_time() = entry->session_end_time();
    entry->mutable_due_time()->set_seconds(entry->session_end_time().seconds() +
                                           kLateEntryUs / 1'000'000);
  }
}

}  // namespace rapport::notes
