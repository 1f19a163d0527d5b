// Ratings with one instrument as rows of numbers: what figures of an agency are made of.
//
// Filled by InsightRows::Add record by record, so that no more is held than the numbers that can be
// asked for: some 260 bytes a rating of the adult pulse, 160 for the courses of one score.
// Read by the use cases of insight and trajectory. Inner ids are replaced by numbers that mean
// nothing outside. Pure; not thread-safe.
#pragma once

#include "alliance/publication.h"
#include "alliance/scoring/growth.h"
#include "alliance/scoring/insight.h"

#include <absl/container/flat_hash_map.h>
#include <rapport/alliance/v1/instrument.pb.h>
#include <rapport/alliance/v1/rating.pb.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::alliance {

// Gives each text the next number, from 0.
class Numbers {
 public:
  std::uint32_t Of(std::string_view text) {
    const auto next = static_cast<std::uint32_t>(numbers_.size());
    return numbers_.try_emplace(std::string(text), next).first->second;
  }
  std::optional<std::uint32_t> Find(std::string_view text) const {
    const auto found = numbers_.find(std::string(text));
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  absl::flat_hash_map<std::string, std::uint32_t> numbers_;
};

// What was answered about one target. Its values and answers lie one after the other in
// InsightRows: those that are asked of such a part.
struct PartRow {
  std::uint32_t target = 0;
  std::uint32_t first_value = 0, first_answer = 0;
  bool professional = false;  // the target is one
  bool once = false;          // about the session as a whole
};

// A rating as it stood from some time on.
struct VersionRow {
  std::int64_t since_us = 0;
  std::uint32_t first_part = 0;
  std::uint32_t parts = 0;
};

struct RatingRow {
  std::uint32_t family = 0;
  std::uint32_t rater = 0;
  std::uint32_t session = 0;
  bool by_member = false;
  std::int64_t session_us = 0;  // its start
  std::int64_t recorded_us = 0;
  std::uint64_t scored = 0;         // bit i: score i was defined when it was recorded
  std::uint32_t first_version = 0;  // oldest first; more than one: it was corrected
  std::uint32_t versions = 0;
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
  // For CoursesOf `score` alone: of all ratings, without answers and other scores.
  InsightRows(const v1::Instrument& instrument, std::size_t score);

  struct Version {
    std::int64_t since_us = 0;
    const v1::Rating* rating = nullptr;
  };
  // `versions` of one rating with the instrument, oldest first; at least one.
  void Add(const RatingPlace& place, const std::vector<Version>& versions);
  // When raters answered about sessions.
  class Times;
  Times TimesOfAnswers() const;

  std::size_t rows() const { return rows_.size(); }
  const std::deque<RatingRow>& all() const { return rows_; }
  const v1::Instrument& instrument() const { return instrument_; }
  std::uint32_t FamilyNumber(std::string_view family) { return families_.Of(family); }

  // As the rating was first, as it is now, and as it stood at some time.
  const VersionRow& First(const RatingRow& row) const { return versions_[row.first_version]; }
  const VersionRow& Newest(const RatingRow& row) const {
    return versions_[row.first_version + row.versions - 1];
  }
  const VersionRow& At(const RatingRow& row, std::int64_t at_us) const;
  // The part of `version` that a score is read from, by its place: about `target` where it is
  // there, else the first about anybody; of what is asked once, that part. Absent: none.
  std::optional<std::size_t> PartOf(const VersionRow& version, v1::Asked asked,
                                    std::uint32_t target) const;
  const PartRow& Part(std::size_t place) const { return parts_[place]; }
  // Of a part that PartOf gave for the score. NaN: not defined.
  double Value(std::size_t part, std::size_t score) const {
    return values_[parts_[part].first_value + value_columns_.place[score]];
  }
  // In steps after reversal; absent: none, or such a part is not asked for it. `item`: its place in
  // the instrument.
  std::optional<std::int32_t> Answer(std::size_t part, std::size_t item) const;

  // Of one score, by time. A form of professionals counts its raters whatever the family.
  std::vector<Contribution> ContributionsOf(std::size_t score) const;
  // One score's ratings of the window as they stood when it ended, and the part each is read from;
  // and what they were published as in the batches of `lasting`. Ratings of professionals are of no
  // family, so that each counts once.
  struct Ratings {
    std::vector<InsightRating> all;
    std::vector<std::uint32_t> published;  // the part that was; not of one that was not
  };
  Ratings RatingsOf(std::size_t score, const PublishedWindow& window,
                    const std::optional<PublishedWindow>& lasting) const;
  // Answers of a part to the items, in the scale's unit.
  std::vector<std::optional<double>> AnswersOf(std::size_t part,
                                               std::span<const std::size_t> items) const;

 private:
  // A rating that no row is kept of.
  struct Given {
    std::int64_t at_us = 0;
    std::uint32_t rater = 0, session = 0;
    std::uint64_t scored = 0;
  };
  // Where scores or items are among those that are asked of the same kind of part.
  struct Columns {
    static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
    std::vector<std::uint32_t> place;  // of each in the instrument; kNone: not kept
    std::vector<bool> once;            // of each: asked about the session as a whole
    std::uint32_t count[2] = {0, 0};   // of what is asked about a target, and once
    void Add(bool asked_once, bool kept) {
      once.push_back(asked_once);
      place.push_back(kept ? count[asked_once]++ : kNone);
    }
  };
  void AddVersion(const Version& version);
  void Publish(std::size_t score, const PublishedWindow& lasting,
               std::span<const RatingRow* const> rows, Ratings& ratings) const;

  const v1::Instrument& instrument_;
  const std::int64_t from_us_, to_us_;
  Numbers families_, raters_, targets_, sessions_;
  absl::flat_hash_map<int, std::size_t> items_;  // places of item numbers in the instrument
  Columns value_columns_, answer_columns_;
  // Grow without being copied.
  std::deque<RatingRow> rows_;
  std::deque<VersionRow> versions_;
  std::deque<PartRow> parts_;
  std::deque<double> values_;         // of each part, by score
  std::deque<std::int16_t> answers_;  // of each part, by item
  std::deque<Given> given_;
};

// Made for as long as requests are compared with them. `rows` must outlive it.
class InsightRows::Times {
 public:
  // The first time that the rater (a name) answered about the session (an inner id); nullopt: not.
  std::optional<std::int64_t> Of(std::string_view session, std::string_view rater) const;

 private:
  friend InsightRows;
  explicit Times(const InsightRows& rows);
  const InsightRows& rows_;
  std::vector<std::pair<std::uint64_t, std::int64_t>> times_;  // by session and rater
};

// How a score is made: its ends, and what chance would make of it.
InsightMeasure MeasureOf(const v1::Instrument& instrument, const v1::ScoreDefinition& definition);

// Items whose sum or mean the score is, through its components; those that are asked under a
// condition left out. By their place in the instrument.
std::vector<std::size_t> ItemsOf(const v1::Instrument& instrument,
                                 const v1::ScoreDefinition& definition);

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
