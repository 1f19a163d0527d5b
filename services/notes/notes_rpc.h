// The wire side of the notes service: which method is served by which use case.
#pragma once

#include "notes/notes_history.h"
#include "notes/notes_service.h"
#include "platform/rpc/method.h"

namespace rapport::notes {

// Both must outlive it.
rpc::BoundService MakeNotesRpc(NotesService& service, NotesHistory& history);

}  // namespace rapport::notes
