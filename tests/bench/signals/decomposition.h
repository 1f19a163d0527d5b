// Decomposition: a family's ratings as independent parts, in each of which an event's effect is one
// known course times its unknown size.
//
// Used by the best possible detector only. With v_c the error of construct c, and constructs'
// levels in proportion to it, the model of simulate.cc falls apart without loss into
//   raters' means over helpers and constructs (weights 1 / v_c), which share the family's terms,
//   a helper's distance from the rater's mean over helpers (level and noise of their own),
//   a construct's distance from the rating's mean (the same), and "room for me" (the same);
// and what is no number (attendance, skipping, homework, notes) is independent over sessions.
// Each part's log likelihood ratio for size b against no event is b pull - b^2 weight / 2; the
// parts' pulls and weights add up. Ratings of a rater who always marks the highest say nothing.
#pragma once

#include "bench/signals/family.h"
#include "bench/signals/whitening.h"

#include <span>
#include <vector>

namespace rapport::bench {

// Raw: values as they were before the form's ends and steps, variances of odd days known, ceiling
// raters known. Then everything is normal, and the posterior exact. Seen: what is on the form,
// taken as if normal, with the steps' rounding as more error.
enum class Sight : std::uint8_t { kRaw, kSeen };

// By session; what is known up to and with it. Zero before the onset.
struct Series {
  std::vector<double> pull, weight;

  explicit Series(int sessions) : pull(sessions, 0), weight(sessions, 0) {}
  void Add(const Series& other, double scale);
};

class Decomposition {
 public:
  Decomposition(const Parameters& parameters, Sight sight, const Family& family);

  // Each series is that of an event with `shape` from session `onset` on.
  // All of a rater's answers fall by `loading` of that rater.
  Series Means(std::span<const double> loading, const Shape& shape, int onset) const;
  // One helper's ratings fall by 1, compared with the other helpers'.
  Series Helper(int member, int helper, const Shape& shape, int onset) const;
  // One construct (focus) falls by 1, compared with the others. Zero for all at once.
  Series Focus(int member, int helper, int focus, const Shape& shape, int onset) const;
  Series Room(int member, const Shape& shape, int onset) const;
  // Log likelihood ratio of isolation from what is no number.
  std::vector<double> Odds(int member, const Shape& shape, int onset) const;

  // Fall of a rating's mean when the construct of `focus` falls by 1; 3: all.
  double MeanFall(int member, int focus) const;

 private:
  struct Rater {
    const Form* form = nullptr;
    std::vector<double> error;  // of each construct
    double precision = 0;       // sum of 1 / error
    double level = 0;           // of a construct about the rater's, in units of its error
    std::vector<char> known;    // by session: there is a rating, and it says something
    std::vector<std::vector<double>> helper;     // by helper, session: distance from the mean
    std::vector<std::vector<double>> construct;  // by helper and construct, session: the same
    std::vector<double> room;
    std::vector<std::size_t> places;  // in the means' order
  };

  Rater Read(int member) const;
  // Takes in one rating; its mean over helpers and constructs.
  double Take(int session, int member);
  double Covariance(std::size_t first, std::size_t second) const;

  const Parameters& p_;
  Sight sight_;
  const Family& family_;
  std::vector<Rater> raters_;
  struct Place {
    int session, member;
  };
  std::vector<Place> places_;
  Triangle whitener_{0};
  std::vector<double> white_;  // the means, whitened
};

}  // namespace rapport::bench
