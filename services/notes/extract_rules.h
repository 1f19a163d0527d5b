// One member's part of a record, without anything that identifies or quotes another member. What it
// gives must not depend on what others said, did or are called: the only things it looks at are the
// member's own attendance, statements about the member alone from sessions the member was in, and
// the names of others, in order to leave out what they stand in. A word for kin takes a statement
// out whoever it means. What no program can find (pronouns, nicknames that are no name here, "the
// one who drove") the writer marks by quoted_members, and whoever hands the extract over looks for.
// Pure.
#pragma once

#include "notes/secrets_rules.h"

#include <rapport/notes/v1/extract.pb.h>
#include <rapport/notes/v1/note.pb.h>
#include <rapport/notes/v1/session.pb.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::notes {

// The names of the other members, as words that tell them from one member.
class OtherNames {
 public:
  // `own` is what the member is called (a shared family name tells nobody apart), `others` what
  // each of the others is. Short particles ("de la") and initials are not looked for where there is
  // more of a name.
  OtherNames(std::string_view own, const std::vector<std::string>& others);

  // True when a word of `text` is such a name, with at most two letters behind it: "Miras". Behind
  // a name of two letters an s only, or every "all" would be Al.
  bool NamedIn(std::string_view text) const;

 private:
  std::vector<std::string> words_;  // folded, sorted
};

// A session belongs to the extract when the member was invited, and it took place or nobody came:
// which of the two depends on others, so that a member who was absent cannot tell.
bool InExtract(const v1::Session& session, const std::string& member);

// The member's part of a session in the extract and of its notes, drafts and those entered in error
// left out; also what another member told in private, unless `secrets`, of when the session began,
// lets it be raised; and what tells of treatment for substance use, unless `with_treatment`.
// `member` is a name.
v1::ExtractedSession ExtractOf(const v1::Session& session, std::span<const v1::Note* const> notes,
                               const std::string& member, const OtherNames& others,
                               const SecretsThen& secrets = {}, bool with_treatment = false);

}  // namespace rapport::notes
