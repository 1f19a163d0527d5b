// The search in notes: what a query asks for and where a note has it. Works on notes that are open
// in memory; there is no index. Pure.
#pragma once

#include "notes/words.h"

#include <rapport/notes/v1/note.pb.h>
#include <rapport/notes/v1/search.pb.h>

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::notes {

inline constexpr std::size_t kMaxTerms = 20;
// Places of one note, and ranges of one place, that are shown.
inline constexpr int kMaxMatches = 100;
inline constexpr int kMaxRanges = 100;
// About how much of a statement an excerpt shows, in code points, and how much of it before.
inline constexpr std::size_t kExcerpt = 160;
inline constexpr std::size_t kExcerptBefore = 50;

// Words beside each other, folded; of the last one only the beginning counts when `prefix`.
struct Term {
  std::vector<std::string> words;
  bool prefix = false;
  friend bool operator==(const Term&, const Term&) = default;
};

// What a query asks for; or, when it asks for nothing that can be looked for, what was expected.
struct Query {
  std::vector<Term> terms;
  std::string_view expected;  // empty: the query is good
};
Query ParseQuery(std::string_view text);

// Where `note` has all terms, in its statements as they stand now, those of addenda included; with
// `about_member` (a name) in statements about that member alone. Nullopt: it has not. Of the hit
// the matches are filled in, and whether there are more. Statements that tell of the treatment for
// substance use of somebody in `untold` (names) are as if they were not there.
std::optional<v1::NoteHit> FindIn(const v1::Note& note, const std::vector<Term>& terms,
                                  const std::string& about_member,
                                  const std::set<std::string>& untold = {});

}  // namespace rapport::notes
