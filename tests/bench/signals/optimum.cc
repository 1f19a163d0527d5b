#include "bench/signals/optimum.h"

#include "bench/signals/at.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rapport::bench {
namespace {

constexpr double kNegligible = -20;

// Sums of the weights of all hypotheses after one session, times e^-shift.
struct Mass {
  double shift = 0;
  double quiet = 0, total = 0;
  std::vector<double> claimed;    // by subject
  std::vector<double> by_member;  // all events of one member

  Mass(std::size_t subjects, int members) : claimed(subjects, 0), by_member(At(members), 0) {}

  void Shift(double to) {
    const double factor = std::exp(shift - to);
    shift = to;
    quiet *= factor;
    total *= factor;
    for (double& mass : claimed) mass *= factor;
    for (double& mass : by_member) mass *= factor;
  }
};

class Enumeration {
 public:
  Enumeration(const Parameters& parameters, Sight sight, Families families, const Family& family)
      : p_(parameters),
        apart_(families == Families::kMembersApart),
        family_(family),
        parts_(parameters, sight, family),
        subjects_(SubjectsOf(family.Members(), family.helpers)),
        masses_(family.sessions.size(), Mass(subjects_.size(), family.Members())),
        sizes_(parameters.sizes) {
    std::ranges::sort(sizes_);
    AddQuiet();
    for (int i = 0; i < family.Members(); ++i) {
      AddRuptures(i, Kind::kRuptureSudden);
      AddRuptures(i, Kind::kRuptureSlow);
      if (family.Members() < 2) continue;
      AddSplit(i);
      AddIsolation(i);
    }
  }

  Statements Result() const {
    Statements result(subjects_.size(), std::vector<Statement>(masses_.size()));
    for (std::size_t t = 0; t < masses_.size(); ++t) {
      const Mass& mass = masses_[t];
      for (std::size_t s = 0; s < subjects_.size(); ++s) {
        const int member = subjects_[s].member;
        const double all =
            apart_ && member >= 0 ? mass.quiet + mass.by_member[At(member)] : mass.total;
        const double posterior = mass.claimed[s] / all;
        result[s][t] = {.score = posterior, .posterior = posterior};
      }
    }
    return result;
  }

 private:
  // Probability that an event can begin in session `t`.
  double AtRisk(int t) const { return apart_ ? 1 : (1 - p_.no_event) * Survival(t); }

  // Probability that no event has begun before session `t`, in a family where one can.
  double Survival(int t) const {
    const int at_risk = std::max(0, t - (p_.first_session - 1));
    return std::pow(1 - TotalHazard(p_, family_.Members(), family_.helpers), at_risk);
  }

  void AddQuiet() {
    for (int t = 0; t < family_.Sessions(); ++t) {
      Mass& mass = masses_[At(t)];
      mass.total = mass.quiet = apart_ ? 1 : p_.no_event + (1 - p_.no_event) * Survival(t + 1);
    }
  }

  // Visits each shape and onset of one kind with their prior probability, for one subject.
  template <typename Visit>
  void EachCourse(Kind kind, Visit visit) {
    const double hazard = Hazard(p_, kind, family_.Members());
    for (const Shape& shape : p_.shapes[At(static_cast<int>(kind))]) {
      for (int onset = p_.first_session - 1; onset < family_.Sessions(); ++onset) {
        const double prior = AtRisk(onset) * hazard * shape.weight;
        if (prior > 0) visit(shape, onset, prior);
      }
    }
  }

  void AddRuptures(int i, Kind kind) {
    std::vector<double> loading(At(family_.Members()), 0);
    loading[At(i)] = 1;
    EachCourse(kind, [&](const Shape& shape, int onset, double prior) {
      const Series means = parts_.Means(loading, shape, onset);
      for (int j = 0; j < family_.helpers; ++j) {
        const Series helper = parts_.Helper(i, j, shape, onset);
        const bool one_score = family_.members[At(i)].form->constructs.size() == 1;
        for (int focus = one_score ? 3 : 0; focus < 4; ++focus) {
          const double fall = parts_.MeanFall(i, focus);
          Series all = parts_.Focus(i, j, focus, shape, onset);
          all.Add(means, fall / family_.helpers);
          all.Add(helper, fall);
          Add(i, RuptureAt(family_.helpers, i, j), shape, onset,
              prior * (one_score ? 1 : p_.focus[At(focus)]), all, {});
        }
      }
    });
  }

  void AddSplit(int i) {
    std::vector<double> loading(At(family_.Members()), -p_.split_rise);
    loading[At(i)] = 1;
    const int subject = SplitAt(family_.Members(), family_.helpers);
    EachCourse(Kind::kSplit, [&](const Shape& shape, int onset, double prior) {
      Add(i, subject, shape, onset, prior, parts_.Means(loading, shape, onset), {});
    });
  }

  void AddIsolation(int i) {
    std::vector<double> loading(At(family_.Members()), 0);
    loading[At(i)] = 1;
    constexpr int kBond = 2;
    const int subject = IsolationAt(family_.Members(), family_.helpers, i);
    EachCourse(Kind::kIsolation, [&](const Shape& shape, int onset, double prior) {
      Series all = parts_.Room(i, shape, onset);
      all.Add(parts_.Means(loading, shape, onset), parts_.MeanFall(i, kBond));
      for (int j = 0; j < family_.helpers; ++j) {
        all.Add(parts_.Focus(i, j, kBond, shape, onset), 1);
      }
      Add(i, subject, shape, onset, prior, all, parts_.Odds(i, shape, onset));
    });
  }

  // One event of a member, all sizes, at every session since its onset.
  void Add(int member, int subject, const Shape& shape, int onset, double prior,
           const Series& series, const std::vector<double>& odds) {
    const double log_prior = std::log(prior / static_cast<double>(sizes_.size()));
    for (int t = onset; t < family_.Sessions(); ++t) {
      const double base = log_prior + (odds.empty() ? 0 : odds[At(t)]);
      const double pull = series.pull[At(t)], weight = series.weight[At(t)];
      double sum = 0;
      Mass& mass = masses_[At(t)];
      for (const double size : sizes_) {
        const double exponent = base + size * pull - size * size * weight / 2;
        if (exponent - mass.shift > 600) {
          sum *= std::exp(mass.shift - exponent);
          mass.Shift(exponent);
        }
        if (exponent - mass.shift > kNegligible) {
          sum += std::exp(exponent - mass.shift);
        } else if (size * weight > pull) {
          break;  // larger sizes are less likely still
        }
      }
      mass.total += sum;
      mass.by_member[At(member)] += sum;
      if (shape.At(t - onset) >= kGoingOn) mass.claimed[At(subject)] += sum;
    }
  }

  const Parameters& p_;
  const bool apart_;
  const Family& family_;
  const Decomposition parts_;
  const std::vector<Subject> subjects_;
  std::vector<Mass> masses_;
  std::vector<double> sizes_;
};

}  // namespace

Statements Optimum::Of(const Family& family) const {
  return Enumeration(p_, sight_, families_, family).Result();
}

}  // namespace rapport::bench
