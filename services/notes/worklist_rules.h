// What somebody still owes to a note. Pure.
#pragma once

#include "notes/note_rules.h"

#include <rapport/notes/v1/note.pb.h>
#include <rapport/notes/v1/worklist.pb.h>

#include <functional>
#include <string>
#include <vector>

namespace rapport::notes {

// How somebody stands to an author (a name).
using StandingToAuthor = std::function<Standing(const std::string& author)>;

// What the note, as it is stored, asks of somebody who stands so to its author and to those who
// added to it, in the order of the tasks. REVIEW_HOMEWORK is a question: whether it was reviewed
// since, goals knows.
std::vector<v1::WorklistTask> TasksFor(const v1::Note& note, const StandingToAuthor& standing_to);

// `entry` with those tasks and, where SIGN is one of them, until when that is in time.
void SetTasks(const std::vector<v1::WorklistTask>& tasks, v1::WorklistEntry* entry);

}  // namespace rapport::notes
