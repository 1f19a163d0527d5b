// The model that families come from; optimum.cc inverts it.
//
//   raw(i, j, c, t) = F + slope t + S_t  + R_i + W_it + D_it  + G_ij  + C_ijc + e_ijct  - event
//                     family               rater i             pair     construct
//   room(i, t)      = Q_i + e_it - event
//
// All terms are independent and normal; S, D and e are drawn anew in each session, W is a random
// walk. C and e have variances in proportion to the score's error.
#include "bench/signals/family.h"

#include <algorithm>
#include <cmath>

namespace rapport::bench {
namespace {

void DrawMembers(const Parameters& p, Random& random, Family& family) {
  const int members = random.Choose(p.members) + 1;
  family.helpers = random.Choose(p.helpers) + 1;
  const bool srs = random.Chance(p.srs);
  for (int i = 0; i < members; ++i) {
    Member member;
    const bool child = i > 0 && random.Chance(p.children);
    member.form = child ? &p.pulse_child : srs ? &p.srs_form : &p.pulse_adult;
    member.ceiling = random.Chance(p.ceiling_raters);
    family.members.push_back(member);
  }
}

std::optional<Event> DrawEvent(const Parameters& p, Random& random, const Family& family,
                               int sessions) {
  const double total = TotalHazard(p, family.Members(), family.helpers);
  if (random.Chance(p.no_event)) return std::nullopt;
  for (int t = p.first_session - 1; t < sessions; ++t) {
    if (!random.Chance(total)) continue;
    Event event;
    event.onset = t;
    std::array<double, kKinds> share{};
    for (int kind = 0; kind < kKinds; ++kind) {
      const bool rupture = kind <= static_cast<int>(Kind::kRuptureSlow);
      const int subjects = family.Members() * (rupture ? family.helpers : 1);
      share[static_cast<std::size_t>(kind)] =
          Hazard(p, static_cast<Kind>(kind), family.Members()) * subjects / total;
    }
    event.kind = static_cast<Kind>(random.Choose(share));
    event.member = random.Below(family.Members());
    if (event.kind <= Kind::kRuptureSlow) {
      event.helper = random.Below(family.helpers);
      event.focus = random.Choose(p.focus);
      if (family.members[static_cast<std::size_t>(event.member)].form == &p.srs_form) {
        event.focus = 3;
      }
    }
    event.size = p.sizes[static_cast<std::size_t>(random.Below(static_cast<int>(p.sizes.size())))];
    const auto& shapes = p.shapes[static_cast<std::size_t>(event.kind)];
    std::vector<double> weights;
    for (const Shape& shape : shapes) weights.push_back(shape.weight);
    event.shape = &shapes[static_cast<std::size_t>(random.Choose(weights))];
    return event;
  }
  return std::nullopt;
}

double OnScale(const Form& form, double raw) {
  const double steps = std::round((form.mean + form.sd * raw - form.lowest) / form.step);
  return std::clamp(form.lowest + steps * form.step, form.lowest, form.highest);
}

// What stays the same over a family's sessions.
struct Levels {
  double family = 0, slope = 0;
  std::vector<double> rater, room;
  std::vector<std::vector<double>>
      answer;  // by member; pair and construct, by helper and construct
};

Levels DrawLevels(const Parameters& p, Random& random, const Family& family) {
  Levels levels;
  levels.family = random.Normal(p.levels.family);
  levels.slope = p.levels.mean_drift + random.Normal(p.levels.family_drift);
  for (const Member& member : family.members) {
    levels.rater.push_back(random.Normal(p.levels.rater));
    levels.room.push_back(random.Normal(p.levels.room));
    std::vector<double>& answer = levels.answer.emplace_back();
    for (int j = 0; j < family.helpers; ++j) {
      const double pair = random.Normal(p.levels.pair);
      for (const double error : member.form->error) {
        answer.push_back(pair + random.Normal(p.levels.construct * error));
      }
    }
  }
  return levels;
}

// What the event does to one member in one session.
struct Effect {
  const Parameters& p;
  const std::optional<Event>& event;
  double share = 0;  // of the full effect

  double Fall(int member, int helper, Construct construct) const {
    if (!event) return 0;
    return event->size * share * Loading(*event, p.split_rise, member, helper, construct);
  }
  double RoomFall(int member) const {
    return event ? event->size * share * RoomLoading(*event, member) : 0;
  }
  // A probability of `gaps`, moved towards the one of `isolated`.
  double Probability(int member, double Parameters::Shares::* what) const {
    const double usual = p.gaps.*what;
    if (!event || event->kind != Kind::kIsolation || event->member != member) return usual;
    return usual + share * (p.isolated.*what - usual);
  }
};

void DrawAnswers(const Parameters& p, Random& random, const Family& family, const Effect& effect,
                 int i, double level, const Levels& levels, MemberSession& session) {
  const Member& member = family.members[static_cast<std::size_t>(i)];
  const auto& answer = levels.answer[static_cast<std::size_t>(i)];
  const double day = level + random.Normal(p.days.rater * session.day_factor);
  std::size_t at = 0;
  for (int j = 0; j < family.helpers; ++j) {
    for (std::size_t c = 0; c < member.form->constructs.size(); ++c, ++at) {
      const double raw = day + answer[at] + random.Normal(member.form->error[c]) -
                         effect.Fall(i, j, member.form->constructs[c]);
      session.raw.push_back(raw);
      session.seen.push_back(member.ceiling ? member.form->highest : OnScale(*member.form, raw));
    }
  }
  if (member.form->room_error == 0) return;
  session.room_raw = levels.room[static_cast<std::size_t>(i)] +
                     random.Normal(member.form->room_error) - effect.RoomFall(i);
  session.room_seen =
      member.ceiling ? member.form->highest : OnScale(*member.form, session.room_raw);
}

}  // namespace

double Loading(const Event& event, double split_rise, int member, int helper, Construct construct) {
  if (event.kind == Kind::kSplit) return member == event.member ? 1 : -split_rise;
  if (member != event.member) return 0;
  if (event.kind == Kind::kIsolation) {
    return construct == Construct::kBond || construct == Construct::kAlliance ? 1 : 0;
  }
  if (helper != event.helper) return 0;
  const bool all = event.focus == 3 || construct == Construct::kAlliance;
  return all || event.focus == static_cast<int>(construct) ? 1 : 0;
}

double RoomLoading(const Event& event, int member) {
  return event.kind == Kind::kIsolation && member == event.member ? 1 : 0;
}

double Hazard(const Parameters& parameters, Kind kind, int members) {
  if (kind >= Kind::kSplit && members < 2) return 0;
  return parameters.hazard[static_cast<std::size_t>(kind)];
}

double TotalHazard(const Parameters& parameters, int members, int helpers) {
  double total = 0;
  for (int kind = 0; kind < kKinds; ++kind) {
    const bool rupture = kind <= static_cast<int>(Kind::kRuptureSlow);
    total +=
        Hazard(parameters, static_cast<Kind>(kind), members) * members * (rupture ? helpers : 1);
  }
  return total;
}

Family Simulate(const Parameters& p, Random& random) {
  Family family;
  DrawMembers(p, random, family);
  const int sessions = p.sessions_least + random.Below(p.sessions_most - p.sessions_least + 1);
  family.event = DrawEvent(p, random, family, sessions);
  const Levels levels = DrawLevels(p, random, family);
  std::vector<double> walk(family.members.size(), 0);
  for (int t = 0; t < sessions; ++t) {
    const double shared = levels.family + levels.slope * t + random.Normal(p.days.family);
    const Effect effect{p, family.event,
                        family.event ? family.event->shape->At(t - family.event->onset) : 0};
    std::vector<MemberSession>& held = family.sessions.emplace_back(family.members.size());
    for (int i = 0; i < family.Members(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      MemberSession& session = held[at];
      using Shares = Parameters::Shares;
      session.attended =
          family.Members() == 1 || !random.Chance(effect.Probability(i, &Shares::absent));
      session.rated = session.attended && !random.Chance(effect.Probability(i, &Shares::skipped));
      session.homework = random.Chance(effect.Probability(i, &Shares::homework));
      session.noted = session.attended && random.Chance(effect.Probability(i, &Shares::noted));
      if (random.Chance(p.days.odd)) session.day_factor = p.days.odd_factor;
      if (t > 0) walk[at] += random.Normal(p.levels.rater_walk);
      if (!session.rated) continue;
      DrawAnswers(p, random, family, effect, i, shared + levels.rater[at] + walk[at], levels,
                  session);
    }
  }
  return family;
}

}  // namespace rapport::bench
