// Families that a seed makes up, to steer the family monitor by: every population draws its own
// noise, levels, hazards and sizes widely, so that nothing can be tuned to one of them.
#pragma once

#include "alliance/signals/session_facts.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace rapport::alliance::testing {

// Variances are in SD units of the form.
struct Population {
  double mean = 7.5, sd = 1.8, step = 0.1;
  double item_error = 0.4, bond_error = 0.15;
  double family = 0.2, rater = 0.4, part = 0.05;
  double day = 0.1, family_day = 0.04, walk = 0.002, movement = 0.03;
  double missing = 0.12;
  double rupture = 0.015, split = 0.008, isolation = 0.008;  // hazards, a subject and session
  double least_size = 0.5, most_size = 2.5;
  double slow = 0.4, repaired = 0.6, all_parts = 0.45;
};

enum class EventKind { kNone, kRupture, kSplit, kIsolation };

struct SimulatedFamily {
  std::size_t members = 1, helpers = 1;
  std::vector<SessionFacts> sessions;
  EventKind kind = EventKind::kNone;
  std::size_t member = 0, helper = 0;
  std::size_t onset = 0;
  double size = 0;
  bool slow = false;
  std::vector<double> effect;  // of the event by session, 0 to 1
  std::vector<std::vector<bool>> rated;
};

class Simulator {
 public:
  explicit Simulator(unsigned seed) : random_(seed) {}

  double Uniform(double from, double to) {
    return std::uniform_real_distribution<double>(from, to)(random_);
  }
  double Noise(double variance) {
    return std::sqrt(variance) * std::normal_distribution<double>()(random_);
  }
  bool Chance(double p) { return Uniform(0, 1) < p; }

  Population Draw() {
    const auto square = [](double x) { return x * x; };
    return {.mean = Uniform(6, 8.5),
            .sd = Uniform(1.5, 2.2),
            .step = Chance(0.7) ? 0.1 : 1.0,
            .item_error = Uniform(0.25, 0.5),
            .bond_error = Uniform(0.08, 0.3),
            .family = Uniform(0.05, 0.4),
            .rater = Uniform(0.15, 0.6),
            .part = Uniform(0.01, 0.15),
            .day = square(Uniform(0, 0.5)),
            .family_day = square(Uniform(0, 0.35)),
            .walk = square(Uniform(0, 0.08)),
            .movement = square(Uniform(0, 0.3)),
            .missing = Uniform(0.02, 0.25),
            .rupture = Uniform(0.004, 0.03),
            .split = Uniform(0.002, 0.02),
            .isolation = Uniform(0.002, 0.02),
            .least_size = Uniform(0.4, 1.0),
            .most_size = Uniform(1.5, 3.0),
            .slow = Uniform(0.1, 0.7),
            .repaired = Uniform(0.2, 0.9),
            .all_parts = Uniform(0.2, 0.8)};
  }

  SimulatedFamily Family(const Population& p) {
    SimulatedFamily family;
    family.members = 1 + static_cast<std::size_t>(Uniform(0, 4.5));
    family.helpers = Chance(0.65) ? 1 : 2;
    const auto length = static_cast<std::size_t>(Uniform(6, 31));
    Event(p, length, family);
    const double level = Noise(p.family);
    std::vector<double> rater(family.members), room(family.members), movement(family.members);
    std::vector<std::vector<double>> part(family.members * family.helpers);
    for (double& one : rater) one = level + Noise(p.rater);
    for (double& one : room) one = Noise(p.rater);
    for (auto& one : part) one = {Noise(p.part), Noise(p.part), Noise(p.part)};
    const std::size_t focus = Chance(p.all_parts) ? 3 : static_cast<std::size_t>(Uniform(0, 3));
    for (std::size_t t = 0; t < length; ++t) {
      SessionFacts& session = family.sessions.emplace_back();
      session.number = static_cast<int>(t) + 1;
      family.rated.emplace_back(family.members);
      const double family_day = Noise(p.family_day);
      const double effect = family.effect[t];
      for (std::size_t i = 0; i < family.members; ++i) {
        rater[i] += Noise(p.walk);
        movement[i] = 0.7 * movement[i] + Noise(0.51 * p.movement);
        const bool isolated = family.kind == EventKind::kIsolation && family.member == i;
        const double x = isolated ? effect : 0;
        const std::string id = "member-" + std::to_string(i);
        const bool here = family.members == 1 || !Chance(0.08 + 0.27 * x);
        const bool rates = here && !Chance(p.missing + 0.25 * x);
        session.members.push_back({.member = id,
                                   .presence = here ? Presence::kPresent : Presence::kAbsent,
                                   .participation = Chance(0.85 - 0.35 * x)
                                                        ? Participation::kActive
                                                        : Participation::kNotNoted,
                                   .note_signed = true,
                                   .asked_but_did_not_rate = here && !rates});
        session.work.push_back({id, Chance(0.6 - 0.35 * x)});
        family.rated[t][i] = rates;
        if (!rates) continue;
        const double day = family_day + movement[i] + Noise(p.day);
        for (std::size_t h = 0; h < family.helpers; ++h) {
          for (std::size_t k = 0; k < 3; ++k) {
            double fall = 0;
            if (family.kind == EventKind::kRupture && family.member == i && family.helper == h) {
              fall = focus == 3 || focus == k ? 1 : 0;
            } else if (family.kind == EventKind::kSplit && family.member == i) {
              fall = 1;
            } else if (isolated) {
              fall = k == 2 ? 0.8 : 0.3;
            }
            const double error = k == 2 ? p.bond_error : p.item_error;
            const double z = rater[i] + part[i * family.helpers + h][k] + day + Noise(error) -
                             fall * effect * family.size;
            Add(p, session, id, "helper-" + std::to_string(h), k, z, error);
          }
        }
        const double z = rater[i] + room[i] + day + Noise(0.4) - x * family.size;
        Add(p, session, id, "family", 3, z, 0.4);
      }
    }
    return family;
  }

 private:
  void Event(const Population& p, std::size_t length, SimulatedFamily& family) {
    family.effect.assign(length, 0);
    const auto pairs = static_cast<double>(family.members * family.helpers);
    const auto members = static_cast<double>(family.members);
    const double several = family.members > 1 ? 1 : 0;
    const double rupture = p.rupture * pairs, split = several * p.split * members;
    const double all = rupture + split + several * p.isolation * members;
    std::size_t t = 2;
    while (t < length && !Chance(all)) ++t;
    if (t >= length) return;
    family.onset = t;
    const double which = Uniform(0, all);
    family.kind = which < rupture           ? EventKind::kRupture
                  : which < rupture + split ? EventKind::kSplit
                                            : EventKind::kIsolation;
    family.member = static_cast<std::size_t>(Uniform(0, members));
    family.helper = static_cast<std::size_t>(Uniform(0, static_cast<double>(family.helpers)));
    family.size = Uniform(p.least_size, p.most_size);
    family.slow = family.kind == EventKind::kSplit || Chance(p.slow);
    const double growth = family.slow ? 1 / std::floor(Uniform(2, 6)) : 1;
    const bool repaired = Chance(p.repaired);
    const auto lasts = static_cast<std::size_t>(Uniform(1, 6) + 1 / growth);
    double effect = 0;
    for (std::size_t s = t; s < length; ++s) {
      effect = std::min(1.0, effect + growth);
      if (repaired && s - t >= lasts) effect = 0;
      family.effect[s] = effect;
      if (effect == 0) break;
    }
  }

  void Add(const Population& p, SessionFacts& session, const std::string& rater,
           const std::string& target, std::size_t k, double z, double error) {
    constexpr v1::Content kContents[] = {v1::CONTENT_TASK, v1::CONTENT_GOAL, v1::CONTENT_BOND,
                                         v1::CONTENT_ROOM};
    const double value = std::clamp(p.mean + p.sd * z, 0.0, 10.0);
    session.observations.push_back(
        {.rater = rater,
         .target = target,
         .content = kContents[k],
         .interpersonal = k == 3 ? v1::INTERPERSONAL_GROUP : v1::INTERPERSONAL_SELF,
         .value = p.step * std::round(value / p.step),
         .lowest = 0,
         .highest = 10,
         .step = p.step,
         .sd = p.sd,
         .standard_error = p.sd * std::sqrt(error),
         .single_item = k != 2,
         .instrument = "instruments/simulated.1"});
  }

  std::mt19937_64 random_;
};

}  // namespace rapport::alliance::testing
