#include "bench/signals/monitor_adapter.h"

#include "alliance/signals/family_monitor.h"
#include "alliance/signals/noise_fit.h"
#include "alliance/signals/parameter_fit.h"
#include "alliance/signals/raising.h"
#include "alliance/signals/raising_fit.h"
#include "alliance/signals/signal_message.h"
#include "bench/signals/at.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

namespace rapport::bench {
namespace {

namespace v1 = alliance::v1;

constexpr std::int64_t kWeekUs = 7LL * 24 * 3600 * 1'000'000;
constexpr const char* kFamilyId = "family";

std::string MemberId(int member) { return fmt::format("member-{}", member); }
std::string HelperId(int helper) { return fmt::format("helper-{}", helper); }

v1::Content ContentOf(Construct construct) {
  switch (construct) {
    case Construct::kTask:
      return v1::CONTENT_TASK;
    case Construct::kGoal:
      return v1::CONTENT_GOAL;
    case Construct::kBond:
      return v1::CONTENT_BOND;
    case Construct::kAlliance:
      return v1::CONTENT_ALLIANCE;
  }
  return v1::CONTENT_UNSPECIFIED;
}

alliance::Observation Observe(const Form& form, int member, double value, double error) {
  alliance::Observation seen;
  seen.rater = MemberId(member);
  seen.value = value;
  seen.lowest = form.lowest;
  seen.highest = form.highest;
  seen.step = form.step;
  seen.sd = form.sd;
  seen.standard_error = form.sd * std::sqrt(error);
  seen.instrument = form.name;
  return seen;
}

void AddRating(const Family& family, int member, const MemberSession& session,
               alliance::SessionFacts& facts) {
  const Form& form = *family.members[At(member)].form;
  std::size_t at = 0;
  for (int j = 0; j < family.helpers; ++j) {
    for (std::size_t c = 0; c < form.constructs.size(); ++c, ++at) {
      alliance::Observation seen = Observe(form, member, session.seen[at], form.error[c]);
      seen.target = HelperId(j);
      seen.content = ContentOf(form.constructs[c]);
      if (form.constructs[c] == Construct::kAlliance) seen.cutoff = 36;
      facts.observations.push_back(std::move(seen));
    }
  }
  if (form.room_error == 0) return;
  alliance::Observation room = Observe(form, member, session.room_seen, form.room_error);
  room.target = kFamilyId;
  room.content = v1::CONTENT_ROOM;
  room.interpersonal = v1::INTERPERSONAL_GROUP;
  room.single_item = true;
  facts.observations.push_back(std::move(room));
}

alliance::SessionFacts FactsOf(const Family& family, int session) {
  alliance::SessionFacts facts;
  facts.number = session + 1;
  facts.time_us = session * kWeekUs;
  for (int i = 0; i < family.Members(); ++i) {
    const MemberSession& seen = family.sessions[At(session)][At(i)];
    alliance::MemberPresence member;
    member.member = MemberId(i);
    member.presence = seen.attended ? alliance::Presence::kPresent : alliance::Presence::kAbsent;
    member.participation =
        seen.noted ? alliance::Participation::kActive : alliance::Participation::kNotNoted;
    member.note_signed = true;
    member.asked_but_did_not_rate = seen.attended && !seen.rated;
    facts.members.push_back(std::move(member));
    facts.work.push_back({.member = MemberId(i), .homework_agreed = seen.homework});
    if (seen.rated) AddRating(family, i, seen, facts);
  }
  return facts;
}

int PlaceOf(const Family& family, const alliance::Assessment& assessment) {
  const auto number = [](const std::string& id) {
    const std::size_t dash = id.rfind('-');
    return dash == std::string::npos ? 0 : std::stoi(id.substr(dash + 1));
  };
  const int members = family.Members(), helpers = family.helpers;
  switch (assessment.kind) {
    case v1::SIGNAL_KIND_RUPTURE:
      return RuptureAt(helpers, number(assessment.member), number(assessment.target));
    case v1::SIGNAL_KIND_SPLIT:
      return members < 2 ? -1 : SplitAt(members, helpers);
    case v1::SIGNAL_KIND_ISOLATION:
      return members < 2 ? -1 : IsolationAt(members, helpers, number(assessment.member));
    default:
      return -1;
  }
}

// Tells a monitor the family's sessions one by one; calls hear(session, assessment, place) for all
// that it thinks of the subjects.
template <typename Hear>
void Ask(const alliance::MonitorParameters& parameters, const Family& family, Hear hear) {
  alliance::FamilyMonitor monitor;
  for (int t = 0; t < family.Sessions(); ++t) {
    for (const alliance::Assessment& assessment :
         alliance::Advance(parameters, FactsOf(family, t), monitor)) {
      const int place = PlaceOf(family, assessment);
      if (place >= 0) hear(t, assessment, place);
    }
  }
}

// What signal_evaluator.cc does, without what people do to signals: it opens by Speaks(), and
// closes by repair, or when what opened it is over.
class OpenSignals {
 public:
  explicit OpenSignals(const alliance::MonitorParameters& parameters) : p_(parameters) {}

  // The level of the signal that is open after it; nullopt: none is.
  std::optional<v1::SignalLevel> Take(const alliance::Assessment& assessment) {
    const std::tuple key{assessment.kind, assessment.member, assessment.target,
                         assessment.interpersonal};
    const alliance::RepairResult repair = assessment.repair.result;
    const alliance::Raising raising = alliance::RaisingOf(p_.decision.raises, assessment.kind);
    const bool over = !assessment.open && assessment.posterior < raising.over;
    if (repair == alliance::RepairResult::kRepaired || repair == alliance::RepairResult::kPartly ||
        over) {
      open_.erase(key);
    } else if (repair == alliance::RepairResult::kNone && alliance::Speaks(assessment)) {
      v1::SignalLevel& level = open_[key];
      level = std::max(level, alliance::LevelOf(assessment));
    }
    const auto signal = open_.find(key);
    if (signal == open_.end()) return std::nullopt;
    if (repair == alliance::RepairResult::kUnrepaired) signal->second = v1::SIGNAL_LEVEL_ALERT;
    return signal->second;
  }

 private:
  const alliance::MonitorParameters& p_;
  std::map<std::tuple<v1::SignalKind, std::string, std::string, v1::Interpersonal>, v1::SignalLevel>
      open_;
};

}  // namespace

alliance::MonitorParameters FitMonitor(const alliance::MonitorParameters& assumed,
                                       const std::vector<Family>& families) {
  std::vector<std::vector<alliance::SessionFacts>> histories;
  for (const Family& family : families) {
    std::vector<alliance::SessionFacts>& history = histories.emplace_back();
    for (int t = 0; t < family.Sessions(); ++t) history.push_back(FactsOf(family, t));
  }
  alliance::FigureFit fit(assumed);
  for (std::size_t f = 0; f < histories.size(); ++f) {
    fit.Add(fmt::format("family-{}", f), histories[f]);
  }
  alliance::MonitorParameters figures = fit.Fitted();
  alliance::NoiseFit noise(figures);
  for (const auto& history : histories) noise.Add(history);
  figures.noise_shares = noise.Shares();
  alliance::RaisingFit raising(figures);
  for (const auto& history : histories) raising.Add(history);
  figures.decision.raises = raising.Fitted();
  return figures;
}

Heard AskMonitor(const alliance::MonitorParameters& parameters, const Family& family) {
  const Statements nothing(SubjectsOf(family.Members(), family.helpers).size(),
                           std::vector<Statement>(family.sessions.size()));
  Heard heard{nothing, nothing, nothing};
  OpenSignals signals(parameters);
  Ask(parameters, family, [&](int session, const alliance::Assessment& assessment, int place) {
    // Several about one subject, as of a split's possible low sides: the likeliest speaks.
    Statement& statement = heard.posteriors[At(place)][At(session)];
    statement.posterior = std::max(statement.posterior, assessment.posterior);
    statement.score = statement.posterior;
    const std::optional<v1::SignalLevel> level = signals.Take(assessment);
    if (!level) return;
    heard.raised[At(place)][At(session)].score = 1;
    if (*level == v1::SIGNAL_LEVEL_ALERT) heard.alerts[At(place)][At(session)].score = 1;
  });
  return heard;
}

Statements AskTrigger(std::string_view code, const Family& family) {
  Statements result(SubjectsOf(family.Members(), family.helpers).size(),
                    std::vector<Statement>(family.sessions.size()));
  std::set<std::string> standing;
  Ask({}, family, [&](int session, const alliance::Assessment& assessment, int place) {
    if (assessment.kind != v1::SIGNAL_KIND_ISOLATION) return;
    for (const alliance::SingleTest& test : assessment.tests) {
      if (test.code != code) continue;
      if (test.outcome == v1::TEST_OUTCOME_FIRED) standing.insert(assessment.member);
      if (test.outcome == v1::TEST_OUTCOME_PASSED) standing.erase(assessment.member);
    }
    result[At(place)][At(session)].score = standing.contains(assessment.member) ? 1 : 0;
  });
  return result;
}

}  // namespace rapport::bench
