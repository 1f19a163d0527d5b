#include "bench/signals/decomposition.h"

#include "bench/signals/at.h"

#include <cmath>

namespace rapport::bench {

void Series::Add(const Series& other, double scale) {
  for (std::size_t t = 0; t < pull.size(); ++t) {
    pull[t] += scale * other.pull[t];
    weight[t] += scale * scale * other.weight[t];
  }
}

Decomposition::Decomposition(const Parameters& parameters, Sight sight, const Family& family)
    : p_(parameters), sight_(sight), family_(family) {
  std::vector<std::vector<double>> means(At(family.Members()));
  for (int i = 0; i < family.Members(); ++i) {
    Rater& rater = raters_.emplace_back(Read(i));
    means[At(i)].resize(At(family.Sessions()));
    for (int t = 0; t < family.Sessions(); ++t) {
      const bool hidden = sight == Sight::kRaw && family.members[At(i)].ceiling;
      rater.known[At(t)] = family.sessions[At(t)][At(i)].rated && !hidden;
      if (rater.known[At(t)]) means[At(i)][At(t)] = Take(t, i);
    }
  }
  std::vector<double> values;
  for (int t = 0; t < family.Sessions(); ++t) {
    for (int i = 0; i < family.Members(); ++i) {
      Rater& rater = raters_[At(i)];
      if (!rater.known[At(t)]) continue;
      rater.places.push_back(places_.size());
      places_.push_back({t, i});
      values.push_back(means[At(i)][At(t)] - p_.levels.mean_drift * t);
    }
  }
  whitener_ = Triangle(places_.size());
  for (std::size_t n = 0; n < places_.size(); ++n) {
    for (std::size_t m = 0; m <= n; ++m) whitener_.Row(n)[m] = Covariance(n, m);
  }
  InvertFactor(whitener_);
  white_.assign(places_.size(), 0);
  for (std::size_t n = 0; n < places_.size(); ++n) {
    for (std::size_t m = 0; m <= n; ++m) white_[n] += whitener_.Row(n)[m] * values[m];
  }
}

Decomposition::Rater Decomposition::Read(int member) const {
  Rater rater;
  rater.form = family_.members[At(member)].form;
  const Form& form = *rater.form;
  // The variance of rounding, evenly spread over a step.
  const double rounding =
      sight_ == Sight::kSeen ? form.step * form.step / (12 * form.sd * form.sd) : 0;
  double pure = 0;
  for (const double error : form.error) {
    rater.error.push_back(error + rounding);
    rater.precision += 1 / rater.error.back();
    pure += error / rater.error.back() / static_cast<double>(form.error.size());
  }
  rater.level = p_.levels.construct * pure;
  rater.known.resize(At(family_.Sessions()));
  rater.helper.resize(At(family_.helpers), std::vector<double>(rater.known.size()));
  rater.construct.resize(At(family_.helpers) * rater.error.size(),
                         std::vector<double>(rater.known.size()));
  rater.room.resize(rater.known.size());
  return rater;
}

double Decomposition::Take(int session, int member) {
  const MemberSession& rating = family_.sessions[At(session)][At(member)];
  Rater& rater = raters_[At(member)];
  const Form& form = *rater.form;
  const std::size_t constructs = rater.error.size();
  const bool raw = sight_ == Sight::kRaw;
  std::vector<double> values;
  for (std::size_t k = 0; k < rating.raw.size(); ++k) {
    values.push_back(raw ? rating.raw[k] : (rating.seen[k] - form.mean) / form.sd);
  }
  double all = 0;
  for (std::size_t j = 0; j < rater.helper.size(); ++j) {
    double mean = 0;
    for (std::size_t c = 0; c < constructs; ++c) {
      mean += values[j * constructs + c] / rater.error[c] / rater.precision;
    }
    for (std::size_t c = 0; c < constructs; ++c) {
      rater.construct[j * constructs + c][At(session)] = values[j * constructs + c] - mean;
    }
    rater.helper[j][At(session)] = mean;
    all += mean / static_cast<double>(rater.helper.size());
  }
  for (std::vector<double>& helper : rater.helper) helper[At(session)] -= all;
  rater.room[At(session)] = raw ? rating.room_raw : (rating.room_seen - form.mean) / form.sd;
  return all;
}

double Decomposition::Covariance(std::size_t first, std::size_t second) const {
  const auto [t, i] = places_[first];
  const auto [u, k] = places_[second];
  double sum = p_.levels.family + p_.levels.family_drift * t * u;
  if (t == u) sum += p_.days.family;
  if (i != k) return sum;
  const Rater& rater = raters_[At(i)];
  const double helpers = family_.helpers;
  sum += p_.levels.rater + p_.levels.rater_walk * std::min(t, u) +
         (p_.levels.pair + rater.level / rater.precision) / helpers;
  if (t != u) return sum;
  const double usual = 1 + p_.days.odd * (p_.days.odd_factor - 1);
  const double factor = sight_ == Sight::kRaw ? family_.sessions[At(t)][At(i)].day_factor : usual;
  return sum + p_.days.rater * factor + 1 / (rater.precision * helpers);
}

Series Decomposition::Means(std::span<const double> loading, const Shape& shape, int onset) const {
  Series series(family_.Sessions());
  std::vector<std::size_t> used;
  std::vector<double> effect;
  double pull = 0, weight = 0;
  std::size_t n = 0;
  for (int t = 0; t < family_.Sessions(); ++t) {
    for (; n < places_.size() && places_[n].session == t; ++n) {
      if (t < onset) continue;
      const double fall = loading[At(places_[n].member)] * shape.At(t - onset);
      if (fall != 0) {
        used.push_back(n);
        effect.push_back(fall);
      }
      const double* row = whitener_.Row(n);
      double signature = 0;
      for (std::size_t k = 0; k < used.size(); ++k) signature += row[used[k]] * effect[k];
      pull -= signature * white_[n];
      weight += signature * signature;
    }
    series.pull[At(t)] = pull;
    series.weight[At(t)] = weight;
  }
  return series;
}

namespace {

// The series of values `d` that fall by p with level and noise of their own, where known.
Series OwnSeries(const std::vector<char>& known, const std::vector<double>& d, const Shape& shape,
                 int onset, double level, double noise, double norm) {
  Series series(static_cast<int>(known.size()));
  LevelSeries values(level, noise);
  for (std::size_t t = 0; t < known.size(); ++t) {
    if (known[t]) values.Take(shape.At(static_cast<int>(t) - onset), d[t]);
    series.pull[t] = -values.PD();
    series.weight[t] = norm * values.PP();
  }
  return series;
}

}  // namespace

Series Decomposition::Helper(int member, int helper, const Shape& shape, int onset) const {
  const Rater& rater = raters_[At(member)];
  // The distances of J helpers from their mean have J - 1 free dimensions.
  return OwnSeries(rater.known, rater.helper[At(helper)], shape, onset,
                   p_.levels.pair + rater.level / rater.precision, 1 / rater.precision,
                   1 - 1.0 / family_.helpers);
}

double Decomposition::MeanFall(int member, int focus) const {
  const Rater& rater = raters_[At(member)];
  if (focus == 3 || rater.error.size() == 1) return 1;
  return 1 / rater.error[At(focus)] / rater.precision;
}

Series Decomposition::Focus(int member, int helper, int focus, const Shape& shape,
                            int onset) const {
  const Rater& rater = raters_[At(member)];
  if (focus == 3 || rater.error.size() == 1) return Series(family_.Sessions());
  // Distances in units of the error's SD; those of all constructs have one dimension less.
  const double error = rater.error[At(focus)];
  Series series =
      OwnSeries(rater.known, rater.construct[At(helper) * rater.error.size() + At(focus)], shape,
                onset, rater.level, 1, (1 - MeanFall(member, focus)) / error);
  for (double& pull : series.pull) pull /= error;
  return series;
}

Series Decomposition::Room(int member, const Shape& shape, int onset) const {
  const Rater& rater = raters_[At(member)];
  if (rater.form->room_error == 0) return Series(family_.Sessions());
  const double rounding = sight_ == Sight::kSeen ? rater.error[0] - rater.form->error[0] : 0;
  return OwnSeries(rater.known, rater.room, shape, onset, p_.levels.room,
                   rater.form->room_error + rounding, 1);
}

std::vector<double> Decomposition::Odds(int member, const Shape& shape, int onset) const {
  std::vector<double> odds(At(family_.Sessions()), 0);
  double sum = 0;
  for (int t = onset; t < family_.Sessions(); ++t) {
    const MemberSession& session = family_.sessions[At(t)][At(member)];
    const auto tell = [&](bool happened, double Parameters::Shares::* what) {
      const double usual = p_.gaps.*what;
      const double now = usual + shape.At(t - onset) * (p_.isolated.*what - usual);
      sum += happened ? std::log(now / usual) : std::log((1 - now) / (1 - usual));
    };
    tell(!session.attended, &Parameters::Shares::absent);
    if (session.attended) tell(!session.rated, &Parameters::Shares::skipped);
    if (session.attended) tell(session.noted, &Parameters::Shares::noted);
    tell(session.homework, &Parameters::Shares::homework);
    odds[At(t)] = sum;
  }
  return odds;
}

}  // namespace rapport::bench
