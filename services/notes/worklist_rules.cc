#include "notes/worklist_rules.h"

#include "notes/amendment_rules.h"

#include <algorithm>

namespace rapport::notes {
namespace {

bool AwaitsCosignOf(const StandingToAuthor& standing_to, const v1::Note& note) {
  const auto supervised = [&](const std::string& author) {
    const Standing standing = standing_to(author);
    return standing.supervisor && !standing.author;
  };
  if (note.state() == v1::NOTE_STATE_ENTERED_IN_ERROR) return false;
  bool awaits = note.state() == v1::NOTE_STATE_AWAITING_COSIGN && supervised(note.author());
  ForEachAddition(note, [&](const auto& addition) {
    awaits = awaits || (addition.awaiting_cosign() && supervised(addition.author()));
  });
  return awaits;
}

}  // namespace

std::vector<v1::WorklistTask> TasksFor(const v1::Note& note, const StandingToAuthor& standing_to) {
  std::vector<v1::WorklistTask> tasks;
  const v1::NoteState state = note.state();
  const Standing standing = standing_to(note.author());
  if (standing.author && state == v1::NOTE_STATE_DRAFT) tasks.push_back(v1::WORKLIST_TASK_SIGN);
  if (standing.author && state == v1::NOTE_STATE_SIGNED) tasks.push_back(v1::WORKLIST_TASK_LOCK);
  if (AwaitsCosignOf(standing_to, note)) tasks.push_back(v1::WORKLIST_TASK_COSIGN);
  if (standing.author && note.homework_review_owed() && state != v1::NOTE_STATE_ENTERED_IN_ERROR) {
    tasks.push_back(v1::WORKLIST_TASK_REVIEW_HOMEWORK);
  }
  const bool claimed = HasOpenClaim(note) && note.entered_in_error().claimant() != note.author();
  if (standing.author && claimed) tasks.push_back(v1::WORKLIST_TASK_ANSWER_ERROR_CLAIM);
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
