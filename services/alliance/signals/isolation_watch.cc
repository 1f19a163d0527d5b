#include "alliance/signals/isolation_watch.h"

#include "alliance/signals/codes.h"
#include "alliance/signals/isolation_signs.h"

#include <algorithm>
#include <cmath>

namespace rapport::alliance {
namespace {

// How far the bond falls with the room.
constexpr double kBondFall = 0.8;
// Of the room about the level of what the member says of helpers: another question about others.
constexpr double kRoomVariance = 0.40;
// How far the room goes along with the rater's day, and what it varies by itself beyond its error.
constexpr double kRoomDay = 0.5;
constexpr double kRoomOwnDay = 0.05;

double Square(double value) { return value * value; }

enum class IsolationPart : std::uint8_t { kNone, kRoom, kBond, kWork };

// Where a form knows only the alliance as a whole, that stands for the bond. Task and goal don't
// fall with isolation: they tell the day apart.
IsolationPart PartOf(const Observation& observation, bool has_parts) {
  if (observation.content == v1::CONTENT_ROOM) return IsolationPart::kRoom;
  if (observation.interpersonal != v1::INTERPERSONAL_SELF) return IsolationPart::kNone;
  switch (observation.content) {
    case v1::CONTENT_BOND:
      return IsolationPart::kBond;
    case v1::CONTENT_ALLIANCE:
      return has_parts ? IsolationPart::kNone : IsolationPart::kBond;
    case v1::CONTENT_TASK:
    case v1::CONTENT_GOAL:
      return IsolationPart::kWork;
    default:
      return IsolationPart::kNone;
  }
}

bool HasBond(const SessionFacts& session, const std::string& member) {
  return std::ranges::any_of(session.observations, [&](const Observation& observation) {
    return observation.rater == member && observation.content == v1::CONTENT_BOND;
  });
}

// Each part once, as the average over helpers and contents.
std::vector<Measure> MeasuresOf(const LevelParameters& level, const SessionFacts& session,
                                const std::string& member, MemberSeen& seen) {
  const bool has_parts = HasBond(session, member);
  std::map<IsolationPart, std::pair<Measure, double>> sums;
  for (const Observation& observation : session.observations) {
    if (observation.rater != member || observation.highest <= observation.lowest) continue;
    seen.rated = true;
    const IsolationPart part = PartOf(observation, has_parts);
    if (part == IsolationPart::kNone) continue;
    auto& [sum, count] = sums[part];
    sum.value += Standardized(level, observation, observation.value);
    sum.error_variance += ErrorVariance(level, observation);
    count += 1;
    if (part == IsolationPart::kRoom) {
      seen.room_share = (observation.lower_better ? observation.highest - observation.value
                                                  : observation.value - observation.lowest) /
                        (observation.highest - observation.lowest);
    }
  }
  std::vector<Measure> measures;
  for (auto& [part, sum] : sums) {
    auto& [measure, count] = sum;
    measure.value /= count;
    measure.error_variance /= count * count;
    measure.weights[static_cast<std::size_t>(part) - 1] = 1;
    if (part == IsolationPart::kBond) seen.bond = measure.value;
    if (part == IsolationPart::kRoom) measure.error_variance += kRoomOwnDay;
    measures.push_back(measure);
  }
  return measures;
}

void AddTo(SignCounts::Count& sum, const SignCounts::Count& count) {
  sum.happened += count.happened;
  sum.possible += count.possible;
}

// Sums up what the signs of one session say of one member, and learns from them.
class Signs {
 public:
  // `weight`: how far the session counts as one of the member's quiet ones.
  Signs(const IsolationParameters& p, double weight) : p_(p), weight_(weight) {}

  // How often a sign is seen while nothing goes on is the custom of a family and its therapist
  // before it is a member's: the assumed rate gives way to the family's, and that to the member's.
  void Add(bool happened, double quiet, double isolated, const SignCounts::Count& others,
           SignCounts::Count& own) {
    const double custom = (quiet * p_.custom_count + others.happened + own.happened) /
                          (p_.custom_count + others.possible + own.possible);
    const double usual =
        (custom * p_.pseudo_count + own.happened) / (p_.pseudo_count + own.possible);
    const auto odds = [](double p) { return p / (1 - p); };
    const double raised = odds(usual) * odds(isolated) / odds(quiet);
    const double with = raised / (1 + raised);
    log_odds_ += happened ? std::log(with / usual) : std::log((1 - with) / (1 - usual));
    own.happened += happened ? weight_ : 0;
    own.possible += weight_;
  }
  double log_odds() const { return log_odds_; }

 private:
  const IsolationParameters& p_;
  double weight_;
  double log_odds_ = 0;
};

double LogOdds(const IsolationParameters& p, const SessionFacts& session,
               const MemberPresence& presence, const Work* work, double quiet,
               const SignCounts& others, MemberState& state) {
  Signs signs(p, quiet);
  const bool here = presence.presence == Presence::kPresent;
  const bool away =
      presence.presence == Presence::kAbsent || presence.presence == Presence::kLeftOut;
  if (session.whole_family && (here || away)) {
    signs.Add(away, p.absent_quiet, p.absent_isolated, others.absent, state.signs.absent);
  }
  if (here && !presence.no_form_for_age) {
    signs.Add(presence.asked_but_did_not_rate, p.unrated_quiet, p.unrated_isolated, others.unrated,
              state.signs.unrated);
  }
  if (here && presence.note_signed && !presence.separate_by_plan) {
    const bool noted = presence.participation != Participation::kNotNoted;
    signs.Add(!noted, p.unnoted_quiet, p.unnoted_isolated, others.unnoted, state.signs.unnoted);
    if (noted) {
      const bool withdrawn = presence.participation == Participation::kQuiet ||
                             presence.participation == Participation::kWithdrew;
      signs.Add(withdrawn, p.withdrawn_quiet, p.withdrawn_isolated, others.withdrawn,
                state.signs.withdrawn);
    }
  }
  if (work != nullptr) {
    signs.Add(!work->homework_agreed, p.no_work_quiet, p.no_work_isolated, others.no_work,
              state.signs.no_work);
  }
  return signs.log_odds();
}

const Work* WorkOf(const SessionFacts& session, const std::string& member) {
  const auto found = std::ranges::find(session.work, member, &Work::member);
  return found == session.work.end() ? nullptr : &*found;
}

// The others' best bond of this session with one form, for comparison; each member's once.
std::vector<double> OthersBonds(const LevelParameters& level, const SessionFacts& session,
                                const std::string& member, const std::string& instrument) {
  std::map<std::string, double> best;
  for (const Observation& observation : session.observations) {
    if (observation.rater == member) continue;
    if (PartOf(observation, HasBond(session, observation.rater)) != IsolationPart::kBond) continue;
    if (observation.instrument != instrument) continue;
    const double value = Standardized(level, observation, observation.value);
    const auto [at, fresh] = best.emplace(observation.rater, value);
    if (!fresh) at->second = std::max(at->second, value);
  }
  std::vector<double> values;
  for (const auto& [rater, value] : best) values.push_back(value);
  return values;
}

// The member's bonds of this session with each form, averaged over helpers.
std::map<std::string, double> BondsOf(const LevelParameters& level, const SessionFacts& session,
                                      const std::string& member) {
  const bool has_parts = HasBond(session, member);
  std::map<std::string, std::pair<double, double>> sums;
  for (const Observation& one : session.observations) {
    if (one.rater != member || one.highest <= one.lowest) continue;
    if (PartOf(one, has_parts) != IsolationPart::kBond) continue;
    auto& [sum, count] = sums[one.instrument];
    sum += Standardized(level, one, one.value);
    count += 1;
  }
  std::map<std::string, double> bonds;
  for (const auto& [form, sum] : sums) bonds[form] = sum.first / sum.second;
  return bonds;
}

// Only what was said with the same form compares: of several, that which most others answered.
std::string CompareBonds(const LevelParameters& level, const SessionFacts& session,
                         MemberSeen& seen) {
  std::string instrument;
  for (const auto& [form, bond] : BondsOf(level, session, seen.presence.member)) {
    std::vector<double> others = OthersBonds(level, session, seen.presence.member, form);
    if (!instrument.empty() && others.size() <= seen.others.size()) continue;
    instrument = form;
    seen.bond = bond;
    seen.others = std::move(others);
  }
  return instrument;
}

Draft AdvanceMember(const MonitorParameters& parameters, const EventModel& model,
                    const SessionFacts& session, const MemberPresence& presence, Normal family_day,
                    const SignCounts& others, MemberState& state) {
  const LevelParameters& level = parameters.level;
  if (!state.filter) {
    const double spread = Square(level.family_sd) + Square(level.rater_sd);
    const double part = Square(level.part_sd);
    state.filter.emplace(model, Normal{0, spread}, Parts{kRoomVariance, part, part});
  }
  state.filter->Pass(model);
  MemberSeen seen{
      .presence = presence, .whole_family = session.whole_family, .complete = session.complete};
  const std::vector<Measure> measures = MeasuresOf(level, session, presence.member, seen);
  const std::string instrument = CompareBonds(level, session, seen);
  if (presence.separate_by_plan) seen.others.clear();
  const double quiet = 1 - state.filter->Posterior();
  const double odds = LogOdds(parameters.isolation, session, presence,
                              WorkOf(session, presence.member), quiet, others, state);
  state.filter->Observe(model, measures, {family_day.mean, Square(level.day_sd)},
                        family_day.variance, odds);
  Assessment assessment{.kind = v1::SIGNAL_KIND_ISOLATION,
                        .member = presence.member,
                        .posterior = state.filter->Posterior(),
                        .depth = state.filter->Depth(),
                        .tests = TestSigns(seen, state),
                        .instrument = instrument,
                        .parameters_version = parameters.version};
  return {.assessment = std::move(assessment), .event = &state.event, .member = &state};
}

}  // namespace

void AddTo(SignCounts& sum, const SignCounts& more) {
  AddTo(sum.absent, more.absent);
  AddTo(sum.withdrawn, more.withdrawn);
  AddTo(sum.unnoted, more.unnoted);
  AddTo(sum.unrated, more.unrated);
  AddTo(sum.no_work, more.no_work);
}

SignCounts CountsOfOthers(const FamilyMonitor& monitor, const std::string& member) {
  SignCounts sums;
  for (const auto& [other, state] : monitor.members) {
    if (other != member) AddTo(sums, state.signs);
  }
  return sums;
}

EventModel IsolationModel(const MonitorParameters& parameters) {
  return {.event = parameters.isolation.event,
          .level = parameters.level,
          .noise_scales = parameters.noise_scales,
          .noise_shares = parameters.noise_shares,
          .day = {kRoomDay, 1, 1},
          .focuses = {
              {{1, kBondFall, 0}, 0.55}, {{1, 0, 0}, 0.15}, {{0, 1, 0}, 0.1}, {{0, 0, 0}, 0.2}}};
}

namespace {

// One of each form that the member answered in this session.
std::vector<BestBond> BestBondsOf(const LevelParameters& level, const SessionFacts& session,
                                  const std::string& member, MemberState& state) {
  std::map<std::string, BestBond> best;
  for (const Observation& one : session.observations) {
    if (one.rater != member || one.highest <= one.lowest) continue;
    if (PartOf(one, HasBond(session, member)) != IsolationPart::kBond) continue;
    const double value = Standardized(level, one, one.value);
    const auto known = best.find(one.instrument);
    if (known != best.end() && known->second.value >= value) continue;
    best[one.instrument] = {.state = &state,
                            .form = one.instrument,
                            .value = value,
                            .points = one.value,
                            .cutoff = one.cutoff,
                            .lower_better = one.lower_better};
  }
  std::vector<BestBond> bonds;
  for (auto& [form, bond] : best) bonds.push_back(std::move(bond));
  return bonds;
}

// Fired before passed, passed before not evaluable; of equal falls the one nearest to firing.
bool SaysMore(const SingleTest& a, const SingleTest& b) {
  if (a.outcome != b.outcome) return a.outcome > b.outcome;
  if (a.code == codes::kBelowCutoff) return false;
  return a.value * b.threshold > b.value * a.threshold;
}

bool IsApart(const SessionFacts& session, const std::string& member) {
  return std::ranges::any_of(session.members, [&](const MemberPresence& one) {
    return one.member == member && one.separate_by_plan;
  });
}

// Whom a plan keeps apart is not missing.
MemberPresence Explained(MemberPresence presence) {
  const bool away =
      presence.presence == Presence::kAbsent || presence.presence == Presence::kLeftOut;
  if (presence.separate_by_plan && away) presence.presence = Presence::kByPlan;
  return presence;
}

void AddLowBonds(const LevelParameters& level, const SessionFacts& session, FamilyMonitor& monitor,
                 std::span<Draft> drafts) {
  std::vector<BestBond> bonds;
  for (const Draft& draft : drafts) {
    const std::string& member = draft.assessment.member;
    if (IsApart(session, member)) continue;
    for (BestBond& bond : BestBondsOf(level, session, member, monitor.members.at(member))) {
      bonds.push_back(std::move(bond));
    }
  }
  const std::vector<LowBond> tests = TestLowBonds(bonds);
  for (Draft& draft : drafts) {
    LowBond strongest{{.code = codes::kLowBond}, {.code = codes::kBelowCutoff}};
    for (std::size_t i = 0; i < bonds.size(); ++i) {
      if (bonds[i].state != &monitor.members.at(draft.assessment.member)) continue;
      if (SaysMore(tests[i].fall, strongest.fall)) strongest.fall = tests[i].fall;
      if (SaysMore(tests[i].cutoff, strongest.cutoff)) strongest.cutoff = tests[i].cutoff;
    }
    draft.assessment.tests.push_back(std::move(strongest.fall));
    draft.assessment.tests.push_back(std::move(strongest.cutoff));
  }
}

}  // namespace

void AdvanceIsolation(const MonitorParameters& parameters, const SessionFacts& session,
                      std::span<const Side> sides, FamilyMonitor& monitor,
                      std::vector<Draft>& drafts) {
  const EventModel model = IsolationModel(parameters);
  const std::size_t first = drafts.size();
  std::map<std::string, SignCounts> others;  // before anybody's state takes this session in
  for (const MemberPresence& presence : session.members) {
    others[presence.member] = CountsOfOthers(monitor, presence.member);
  }
  for (const MemberPresence& presence : session.members) {
    if ((!presence.expected && !presence.removed_without_reason) || presence.no_form_for_age) {
      continue;
    }
    const auto self = std::ranges::find(sides, presence.member, &Side::member) - sides.begin();
    const Normal day = FamilyDay(parameters.level, CompanyOf(sides, static_cast<std::size_t>(self),
                                                             Square(parameters.level.day_sd)));
    MemberState& state = monitor.members[presence.member];
    drafts.push_back(AdvanceMember(parameters, model, session, Explained(presence), day,
                                   others[presence.member], state));
  }
  AddLowBonds(parameters.level, session, monitor, std::span(drafts).subspan(first));
}

}  // namespace rapport::alliance
