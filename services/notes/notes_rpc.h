// The wire side of the notes service: which method is served by which use case.
#pragma once

#include "notes/notes_service.h"
#include "platform/rpc/method.h"

namespace rapport::notes {

// `service` must outlive it.
rpc::BoundService MakeNotesRpc(NotesService& service);

}  // namespace rapport::notes
