// What a signature covers: SHA-256 over the canonical bytes of a note's content, as 64 lower case
// hex digits. Pure.
#pragma once

#include <rapport/notes/v1/note.pb.h>

#include <string>

namespace rapport::notes {

// Author, session (a name), format and sections; nothing that changes after the first signature.
std::string ContentHash(const v1::Note& note, const std::string& session);
// The note's hash and the addendum; its own hash and co-signature are left out.
std::string AddendumHash(const std::string& note_hash, const v1::Addendum& addendum);

// The same of an amendment.
std::string AmendmentHash(const std::string& note_hash, const v1::Amendment& amendment);

}  // namespace rapport::notes
