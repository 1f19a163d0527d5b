// Ratings with one instrument as rows of numbers: what figures of an agency are made of.
//
// Filled by InsightRows::Add record by record, so that no more is held than the numbers; read by
// the use cases of insight and trajectory. Inner ids are replaced by numbers that mean nothing
// outside. Pure; not thread-safe.
#pragma once

#include "alliance/publication.h"
#include "alliance/scoring/growth.h"
#include "alliance/scoring/insight.h"

#include <absl/container/flat_hash_map.h>
#include <rapport/alliance/v1/instrument.pb.h>
#include <rapport/alliance/v1/rating.pb.h>

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// Gives each text the next number, from 0.
class Numbers {
 public:
  std::uint32_t Of(std::string_view text) {
    const auto next = static_cast<std::uint32_t>(numbers_.size());
    return numbers_.try_emplace(std::string(text), next).first->second;
  }

 private:
  absl::flat_hash_map<std::string, std::uint32_t> numbers_;
};

// One answer of an instrument's items, or none.
inline constexpr std::int32_t kNoAnswer = std::numeric_limits<std::int32_t>::min();

// What was answered about one target.
struct PartRow {
  std::uint32_t target = 0;
  bool professional = false;          // the target is one
  bool once = false;                  // about the session as a whole
  std::vector<double> values;         // by the instrument's scores; NaN: not defined
  std::vector<std::int32_t> answers;  // by its items, in steps after reversal
};

// A rating as it stood from some time on.
struct VersionRow {
  std::int64_t since_us = 0;
  std::vector<PartRow> parts;
};

struct RatingRow {
  std::uint32_t family = 0;
  std::uint32_t rater = 0;
  bool by_member = false;
  std::uint32_t session = 0;
  std::int64_t session_us = 0;  // its start
  std::int64_t recorded_us = 0;
  std::uint64_t scored = 0;          // bit i: score i was defined when it was recorded
  std::vector<VersionRow> versions;  // oldest first; more than one: it was corrected

  const VersionRow& At(std::int64_t at_us) const;
};

// What is in a rating's record beside the rating.
struct RatingPlace {
  std::string_view family, session;  // inner ids
  std::int64_t session_us = 0;
  std::int64_t recorded_us = 0;
};

class InsightRows {
 public:
  // `instrument` must outlive it. Rows are kept of ratings recorded in [from_us, to_us); of others
  // only that they were given.
  InsightRows(const v1::Instrument& instrument, std::int64_t from_us, std::int64_t to_us);

  struct Version {
    std::int64_t since_us = 0;
    const v1::Rating* rating = nullptr;
  };
  // `versions` of one rating with the instrument, oldest first; at least one.
  void Add(const RatingPlace& place, const std::vector<Version>& versions);
  // When the rater (a name) answered about the session (an inner id); nullopt: not.
  std::optional<std::int64_t> RecordedAt(std::string_view session, std::string_view rater) const;

  std::size_t rows() const { return rows_.size(); }
  const std::vector<RatingRow>& all() const { return rows_; }
  const v1::Instrument& instrument() const { return instrument_; }
  std::uint32_t FamilyNumber(std::string_view family) { return families_.Of(family); }
  // Of one score, by time. A form of professionals counts its raters whatever the family.
  std::vector<Contribution> ContributionsOf(std::size_t score) const;
  // One score's ratings of the window as they stood when it ended. Ratings of professionals are of
  // no family, so that each counts once.
  std::vector<InsightRating> RatingsOf(std::size_t score, const PublishedWindow& window) const;

 private:
  struct Given {
    std::int64_t at_us = 0;
    std::uint32_t rater = 0;
    std::uint64_t scored = 0;
  };
  VersionRow ReadVersion(const Version& version);

  const v1::Instrument& instrument_;
  const std::int64_t from_us_, to_us_;
  Numbers families_, raters_, targets_, sessions_;
  std::map<int, std::size_t> columns_;  // of item numbers
  std::vector<RatingRow> rows_;
  std::vector<Given> given_;
  absl::flat_hash_map<std::string, std::int64_t> recorded_;  // by session and rater
};

// How a score is made: its ends, and what chance would make of it.
InsightMeasure MeasureOf(const v1::Instrument& instrument, const v1::ScoreDefinition& definition);

// Items whose sum or mean the score is, through its components; those that are asked under a
// condition left out. By their place in the instrument.
std::vector<std::size_t> ItemsOf(const v1::Instrument& instrument,
                                 const v1::ScoreDefinition& definition);

// The part of `version` that a score is read from: about `target` where it is there, else the first
// about anybody; of what is asked once, that part. Null: none.
const PartRow* PartOf(const VersionRow& version, v1::Asked asked, std::uint32_t target);

// A case that was closed.
struct ClosedCase {
  std::uint32_t family = 0;
  std::int64_t open_us = 0;
  std::int64_t close_us = 0;
  bool completed = false;  // as planned
};

// The courses of one score: each member's ratings within each case, by session.
std::vector<GrowthCase> CoursesOf(const InsightRows& rows, std::size_t score,
                                  const std::vector<ClosedCase>& cases);

}  // namespace rapport::alliance
