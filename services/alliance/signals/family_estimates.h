// FamilyEstimates: the running estimates of everybody in one family, session by session.
//
// Called for the alliance map and for time series, with the same facts as the family monitor. A new
// rater begins at what the family has in common (PooledLevel); every later session moves or widens
// each estimate. Values are told on 0 to 10, 10 the best, whatever the form. Pure; one value is
// used by one thread.
#pragma once

#include "alliance/scoring/estimate.h"
#include "alliance/signals/family_state.h"
#include "alliance/signals/session_facts.h"

#include <array>
#include <map>
#include <optional>
#include <string>

namespace rapport::alliance {

// On 0 to 10. `value` is kept within the ends; `error` is above 0.
struct EstimatedValue {
  double value = 0;
  double error = 0;
};

class FamilyEstimates {
 public:
  explicit FamilyEstimates(const LevelParameters& level) : level_(level) {}

  // Takes in one session, later than those before.
  void Advance(const SessionFacts& session);

  struct Entry {
    RunningEstimate estimate;
    std::string instrument;  // of the latest rating
    bool has_parts = false;
    bool rated = false;  // in the last session
    // SD between raters as a share of the score's range, by part and for the whole, of the latest
    // rating.
    std::array<double, kParts> spread{};
    double whole_spread = 0;
  };
  // By rater and target; those of whom nothing was rated yet are not in it.
  const std::map<SeriesKey, Entry>& entries() const { return entries_; }

  // Absent where the form does not tell the parts apart.
  std::optional<EstimatedValue> Part(const Entry& entry, std::size_t part) const;
  EstimatedValue Whole(const Entry& entry) const;

 private:
  EstimatedValue Told(Normal normal, double spread) const;

  LevelParameters level_;
  std::map<SeriesKey, Entry> entries_;
};

}  // namespace rapport::alliance
