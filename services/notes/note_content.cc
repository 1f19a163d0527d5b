#include "notes/note_content.h"

#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/schema/canonical.h"

#include <rapport/internal/v1/notes_records.pb.h>

namespace rapport::notes {
namespace {

// Only what its author signs.
template <typename Addition>
void KeepContent(Addition* addition) {
  addition->clear_content_hash();
  addition->clear_awaiting_cosign();
  addition->clear_cosignature();
}

}  // namespace

std::string ContentHash(const v1::Note& note, const std::string& session) {
  internal::v1::NoteContent content;
  content.set_author(note.author());
  content.set_session(session);
  content.set_format(note.format());
  *content.mutable_sections() = note.sections();
  return Hex(crypto::Sha256({schema::Canonical(content)}));
}

std::string AddendumHash(const std::string& note_hash, const v1::Addendum& addendum) {
  internal::v1::AddendumContent content;
  content.set_note_hash(note_hash);
  *content.mutable_addendum() = addendum;
  KeepContent(content.mutable_addendum());
  return Hex(crypto::Sha256({schema::Canonical(content)}));
}

std::string AmendmentHash(const std::string& note_hash, const v1::Amendment& amendment) {
  internal::v1::AmendmentContent content;
  content.set_note_hash(note_hash);
  *content.mutable_amendment() = amendment;
  KeepContent(content.mutable_amendment());
  return Hex(crypto::Sha256({schema::Canonical(content)}));
}

}  // namespace rapport::notes
