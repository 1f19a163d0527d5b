#include "bench/signals/test/dense.h"

#include "bench/signals/at.h"

#include <cmath>
#include <map>
#include <numbers>

namespace rapport::bench {
namespace {

struct Answer {
  int session, member, helper, construct;  // helper -1: room
  double value;
};

std::vector<Answer> AnswersOf(const Family& family) {
  std::vector<Answer> answers;
  for (int t = 0; t < family.Sessions(); ++t) {
    for (int i = 0; i < family.Members(); ++i) {
      const MemberSession& session = family.sessions[At(t)][At(i)];
      const Member& member = family.members[At(i)];
      if (!session.rated || member.ceiling) continue;
      const int constructs = static_cast<int>(member.form->constructs.size());
      for (int k = 0; k < static_cast<int>(session.raw.size()); ++k) {
        answers.push_back({t, i, k / constructs, k % constructs, session.raw[At(k)]});
      }
      if (member.form->room_error > 0) answers.push_back({t, i, -1, 0, session.room_raw});
    }
  }
  return answers;
}

double Covariance(const Parameters& p, const Family& family, const Answer& a, const Answer& b) {
  const Form& form = *family.members[At(a.member)].form;
  const bool same_session = a.session == b.session, same_rater = a.member == b.member;
  if (a.helper < 0 || b.helper < 0) {
    if (a.helper >= 0 || b.helper >= 0 || !same_rater) return 0;
    return p.levels.room + (same_session ? form.room_error : 0);
  }
  double sum = p.levels.family + p.levels.family_drift * a.session * b.session;
  if (same_session) sum += p.days.family;
  if (!same_rater) return sum;
  sum += p.levels.rater + p.levels.rater_walk * std::min(a.session, b.session);
  if (same_session) {
    sum += p.days.rater * family.sessions[At(a.session)][At(a.member)].day_factor;
  }
  if (a.helper != b.helper) return sum;
  sum += p.levels.pair;
  if (a.construct != b.construct) return sum;
  const double error = form.error[At(a.construct)];
  return sum + p.levels.construct * error + (same_session ? error : 0);
}

// Log density of the answers when `event` is what happens to the family.
double LogDensity(const Parameters& p, const Family& family, const std::vector<Answer>& answers,
                  const std::vector<std::vector<double>>& factor, const Event* event) {
  std::vector<double> white;
  double log_density = 0;
  for (std::size_t n = 0; n < answers.size(); ++n) {
    const Answer& a = answers[n];
    double value = a.value;
    if (a.helper >= 0) value -= p.levels.mean_drift * a.session;
    if (event != nullptr) {
      const Construct construct = family.members[At(a.member)].form->constructs[At(a.construct)];
      const double loading = a.helper < 0
                                 ? RoomLoading(*event, a.member)
                                 : Loading(*event, p.split_rise, a.member, a.helper, construct);
      value += event->size * loading * event->shape->At(a.session - event->onset);
    }
    for (std::size_t m = 0; m < n; ++m) value -= factor[n][m] * white[m];
    white.push_back(value / factor[n][n]);
    log_density -= white[n] * white[n] / 2 + std::log(factor[n][n]);
  }
  return log_density;
}

double LogFacts(const Parameters& p, const Family& family, const Event* event) {
  double sum = 0;
  for (int t = 0; t < family.Sessions(); ++t) {
    for (int i = 0; i < family.Members(); ++i) {
      const MemberSession& session = family.sessions[At(t)][At(i)];
      const bool isolated =
          event != nullptr && event->kind == Kind::kIsolation && event->member == i;
      const double share = isolated ? event->shape->At(t - event->onset) : 0;
      const auto tell = [&](bool happened, double usual, double now) {
        const double probability = (1 - share) * usual + share * now;
        sum += std::log(happened ? probability : 1 - probability);
      };
      if (family.Members() > 1) tell(!session.attended, p.gaps.absent, p.isolated.absent);
      tell(session.homework, p.gaps.homework, p.isolated.homework);
      if (!session.attended) continue;
      tell(session.rated, 1 - p.gaps.skipped, 1 - p.isolated.skipped);
      tell(session.noted, p.gaps.noted, p.isolated.noted);
    }
  }
  return sum;
}

}  // namespace

double QuietPrior(const Parameters& p, const Family& family) {
  double still_quiet = 1;
  for (int t = p.first_session - 1; t < family.Sessions(); ++t) {
    still_quiet *= 1 - TotalHazard(p, family.Members(), family.helpers);
  }
  return p.no_event + (1 - p.no_event) * still_quiet;
}

std::vector<Hypothesis> AllHypotheses(const Parameters& p, const Family& family) {
  std::vector<Hypothesis> all;
  double still_quiet = 1 - p.no_event;
  for (int onset = p.first_session - 1; onset < family.Sessions(); ++onset) {
    for (int k = 0; k < kKinds; ++k) {
      const Kind kind = static_cast<Kind>(k);
      const bool rupture = kind <= Kind::kRuptureSlow;
      const double hazard = Hazard(p, kind, family.Members());
      for (int i = 0; i < family.Members(); ++i) {
        const bool one = family.members[At(i)].form->constructs.size() == 1;
        for (int j = rupture ? 0 : -1; j < (rupture ? family.helpers : 0); ++j) {
          for (int focus = rupture && !one ? 0 : 3; focus < 4; ++focus) {
            const double chance = rupture && !one ? p.focus[At(focus)] : 1;
            for (const Shape& shape : p.shapes[At(k)]) {
              for (const double size : p.sizes) {
                all.push_back({{kind, i, j, focus, size, onset, &shape},
                               still_quiet * hazard * chance * shape.weight /
                                   static_cast<double>(p.sizes.size())});
              }
            }
          }
        }
      }
    }
    still_quiet *= 1 - TotalHazard(p, family.Members(), family.helpers);
  }
  return all;
}

std::vector<double> DensePosterior(const Parameters& p, const Family& family) {
  const std::vector<Answer> answers = AnswersOf(family);
  std::vector<std::vector<double>> factor(answers.size());
  for (std::size_t n = 0; n < answers.size(); ++n) {
    for (std::size_t m = 0; m <= n; ++m) {
      double sum = Covariance(p, family, answers[n], answers[m]);
      for (std::size_t k = 0; k < m; ++k) sum -= factor[n][k] * factor[m][k];
      factor[n].push_back(m == n ? std::sqrt(sum) : sum / factor[m][m]);
    }
  }
  const double quiet =
      LogDensity(p, family, answers, factor, nullptr) + LogFacts(p, family, nullptr);
  const std::vector<Subject> subjects = SubjectsOf(family.Members(), family.helpers);
  std::vector<double> claimed(subjects.size(), 0);
  double total = QuietPrior(p, family);
  for (const Hypothesis& hypothesis : AllHypotheses(p, family)) {
    const Event& event = hypothesis.event;
    const double weight =
        hypothesis.prior * std::exp(LogDensity(p, family, answers, factor, &event) +
                                    LogFacts(p, family, &event) - quiet);
    total += weight;
    Family supposed{.members = family.members, .event = event};
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      if (OwnEffect(supposed, subjects[s], family.Sessions() - 1) >= kGoingOn) {
        claimed[s] += weight;
      }
    }
  }
  for (double& mass : claimed) mass /= total;
  return claimed;
}

}  // namespace rapport::bench
