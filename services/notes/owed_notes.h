// Owed: who still has something to do with which note, as small records beside the notes that the
// worklist finds by the person. Without them a worklist would read every open note of the agency.
//
// One record a note and author: the note's own and whoever added to it, since what is asked of a
// supervisor is asked because of an author. Its `state` is that author's number while something is
// open and 0 afterwards, so the index over states has a run for each person of what is open only;
// `parent` is the note, `sort_us` the note's. It says nothing, so its payload is empty.
#pragma once

#include "notes/notes_store.h"
#include "platform/schema/names.h"

#include <rapport/notes/v1/note.pb.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace rapport::notes {

// The `state` of what `professional` (inner id) has open. Never 0. Two people with one number would
// read each other's entries and be shown none of them.
std::int64_t OwedState(std::string_view professional);

// Names of the authors because of whom somebody still has something to do with `note`.
std::set<std::string> AuthorsOwing(const v1::Note& note);

// What a write that leaves `note` as it is now has to change of `chart`'s records of it; whether
// that is anything.
bool SaveOwed(const schema::Names& names, const Chart& chart, const StoredNote& note,
              std::int64_t now_us, records::Changes& changes);

}  // namespace rapport::notes
