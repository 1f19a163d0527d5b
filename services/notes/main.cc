// rapport-notes: sessions, who took part, and what was written and signed about them.
#include "notes/event_handler.h"
#include "notes/homework_client.h"
#include "notes/notes_rpc.h"
#include "notes/owed_backfill.h"
#include "notes/roster_client.h"
#include "platform/rpc/remote_facts.h"
#include "platform/runtime/process.h"

#include <rapport/internal/v1/event.pb.h>

extern char** environ;

namespace rapport::notes {
namespace {

struct Notes {
  explicit Notes(runtime::Platform& platform)
      : facts(platform.channel("intake"), {std::shared_ptr<void>(), &platform.agencies},
              platform.deps.caches),
        homework(platform.channel("goals")),
        rosters(platform.channel("intake")),
        service(platform.deps, homework, rosters),
        history(platform.deps, platform.keys),
        events(platform.deps, facts),
        owed(platform.deps) {}
  rpc::RemoteFacts facts;
  HomeworkClient homework;
  RosterClient rosters;
  NotesService service;
  NotesHistory history;
  NotesEvents events;
  OwedBackfill owed;
};

runtime::Wiring Build(runtime::Platform& platform) {
  auto notes = std::make_shared<Notes>(platform);
  return {.services = {[notes] { return MakeNotesRpc(notes->service, notes->history); }},
          .facts = &notes->facts,
          .events = &notes->events,
          .subscribers = {{"intake", {internal::v1::EVENT_TYPE_SESSION_HELD}},
                          {"goals", {internal::v1::EVENT_TYPE_SESSION_HELD}},
                          {"alliance",
                           {internal::v1::EVENT_TYPE_SESSION_HELD,
                            internal::v1::EVENT_TYPE_NOTE_SIGNED}}},
          .every_second = [notes](std::string_view agency) { return notes->owed.Round(agency); },
          .name_patterns = {{kSession, schema::patterns::kSession},
                            {kNote, schema::patterns::kNote},
                            {kPsychotherapyNote, schema::patterns::kPsychotherapyNote},
                            {kSudCounselingNote, schema::patterns::kSudCounselingNote},
                            {kNoteOpening, kNoteOpeningPattern},
                            {kObservation, schema::patterns::kObservation}},
          .keep = notes};
}

}  // namespace
}  // namespace rapport::notes

int main(int argc, char** argv) {
  return rapport::runtime::RunService({.name = "notes",
                                       .peers = {"intake", "goals", "alliance"},
                                       .build = rapport::notes::Build,
                                       .key_class = rapport::notes::KeyClassOf},
                                      argc, argv, environ);
}
