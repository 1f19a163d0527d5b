// A family's file with everything it is looked at from: numbered sessions, ratings of a pair.
//
// Called by the signals, the estimates and the map. Pure, thread-safe.
#pragma once

#include "alliance/alliance_store.h"
#include "alliance/rating_rules.h"
#include "platform/schema/names.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// What everything is looked at from. All must outlive it.
struct FileView {
  const FamilyFile& file;
  const AccessFacts& facts;
  const InstrumentShelf& shelf;
  const schema::Names& names;
  std::int64_t now_us = 0;

  // Null: unknown.
  const v1::Instrument* Instrument(const std::string& name) const;
  // 1 for the first held session; 0: not on file.
  int SessionNumber(std::string_view session) const;
  // Of the rater at the session of `rating`.
  int RaterAge(const StoredRating& rating) const;
};

// A rating's part about `target` (a name); null: none.
const v1::RatingPart* PartAbout(const v1::Rating& rating, std::string_view target);

// The ratings that `rater` gave of `target` (names), oldest session first; none of a session that
// nobody came to after all.
std::vector<const StoredRating*> RatingsOf(const FileView& view, std::string_view rater,
                                           std::string_view target);

}  // namespace rapport::alliance
