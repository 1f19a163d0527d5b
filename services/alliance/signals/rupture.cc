#include "alliance/signals/rupture.h"

#include "alliance/signals/beside.h"
#include "alliance/signals/codes.h"
#include "alliance/signals/raising.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace rapport::alliance {
namespace {

constexpr std::array kFocusContents = {v1::CONTENT_ALLIANCE, v1::CONTENT_TASK, v1::CONTENT_GOAL,
                                       v1::CONTENT_BOND};

double Square(double value) { return value * value; }

bool Reported(const SessionFacts& session, const SeriesKey& key) {
  return std::ranges::any_of(session.reported, [&](const Concern& concern) {
    return concern.member == key.rater && (concern.target.empty() || concern.target == key.target);
  });
}

// What a tick, or none where one could have been given, says.
double TickOdds(const EventParameters& event, bool ticked) {
  return ticked ? std::log(event.tick_in_event / event.tick_in_quiet) : 0;
}

SingleTest ToldTest() {
  return {.code = codes::kReported, .outcome = v1::TEST_OUTCOME_FIRED, .value = 1, .threshold = 1};
}

// What was told of somebody the member never rated: all there is.
void AddToldOfUnrated(const MonitorParameters& parameters, const SessionFacts& session,
                      const FamilyMonitor& monitor, std::vector<Draft>& drafts) {
  std::set<SeriesKey> keys;
  for (const Concern& concern : session.reported) {
    const SeriesKey key{concern.member, concern.target, v1::INTERPERSONAL_SELF};
    if (concern.target.empty() || monitor.series.contains(key) || !keys.insert(key).second)
      continue;
    const EventParameters& event = parameters.rupture;
    const double odds = event.onset / (1 - event.onset) * event.tick_in_event / event.tick_in_quiet;
    drafts.push_back({.assessment = {.kind = v1::SIGNAL_KIND_RUPTURE,
                                     .member = concern.member,
                                     .target = concern.target,
                                     .content = v1::CONTENT_ALLIANCE,
                                     .posterior = odds / (1 + odds),
                                     .evidence = v1::EVIDENCE_MODERATE,
                                     .raised = true,
                                     .open = true,
                                     .since = session.number,
                                     .tests = {ToldTest()},
                                     .parameters_version = parameters.version}});
  }
}

// What one form says of the whole, as it was marked: SD.
double MarkedWith(const LevelParameters& level, const RatedSeries& rating, std::string_view form) {
  double sum = 0, count = 0;
  for (const Observation* one : rating.measured) {
    if (one->instrument != form) continue;
    sum += Standardized(level, *one, one->value);
    count += 1;
  }
  return sum / count;
}

std::vector<SingleTest> TestAll(const MonitorParameters& parameters, const RatedSeries& rating,
                                bool reported, bool event_open, Series& series) {
  const LevelParameters& level = parameters.level;
  std::vector<SingleTest> tests;
  for (const Observation* latest : rating.contents) {
    FormHistory& form = series.histories[latest->instrument];
    TestHistory& history = form.contents[latest->content];
    const auto of_form = [&](const Observation* one) {
      return one->instrument == latest->instrument;
    };
    TestContext context{
        .contents = static_cast<int>(std::ranges::count_if(rating.measured, of_form)),
        .reported = reported,
        .ceiling_share = parameters.decision.ceiling_share,
        .ceiling_sessions = parameters.decision.ceiling_sessions};
    if (form.last_average && context.contents > 0) {
      context.total_drop = *form.last_average - MarkedWith(level, rating, latest->instrument);
    }
    const double sd = SdOf(level, *latest);
    const double error = sd * std::sqrt(ErrorVariance(level, *latest));
    for (SingleTest& test : RunTests(history, *latest, sd, error, context)) tests.push_back(test);
    Remember(*latest, event_open, context.ceiling_share, history);
  }
  for (const Observation* one : rating.measured) {
    series.histories[one->instrument].last_average = MarkedWith(level, rating, one->instrument);
  }
  return tests;
}

// Every content of a form at the top for so long that nothing can be seen, and no form below it.
bool FlatAtTop(int sessions, const RatedSeries& rating, const Series& series) {
  std::map<std::string_view, int> least;  // times at the top in a row, by form
  for (const Observation* latest : rating.contents) {
    const FormHistory& form = series.histories.at(latest->instrument);
    const int times = form.contents.at(latest->content).at_top;
    const auto [at, fresh] = least.emplace(latest->instrument, times);
    if (!fresh) at->second = std::min(at->second, times);
  }
  bool flat = false, below = false;
  for (const auto& [form, times] : least) {
    flat = flat || times >= sessions;
    below = below || times == 0;
  }
  return flat && !below;
}

Assessment Ceiling(const DecisionParameters& decision, int session, const RatedSeries& rating,
                   Series& series, Assessment assessment) {
  const bool flat = FlatAtTop(decision.ceiling_sessions, rating, series);
  assessment.kind = v1::SIGNAL_KIND_CEILING;
  assessment.content = v1::CONTENT_ALLIANCE;
  assessment.posterior = flat ? 1 : 0;
  assessment.evidence = flat ? v1::EVIDENCE_WEAK : v1::EVIDENCE_UNSPECIFIED;
  assessment.open = flat;
  Track(session, series.ceiling, assessment);
  return assessment;
}

// Who rated was there, however it was recorded.
bool Attended(const SessionFacts& session, const std::string& rater, bool rated) {
  const auto found = std::ranges::find(session.members, rater, &MemberPresence::member);
  return rated || (found != session.members.end() && found->presence == Presence::kPresent);
}

Draft Assess(const MonitorParameters& parameters, const SessionFacts& session, const SeriesKey& key,
             Series& series, const RatedSeries* rating) {
  Assessment assessment{.kind = v1::SIGNAL_KIND_RUPTURE,
                        .member = key.rater,
                        .target = key.target,
                        .content = ContentOf(*series.filter, series.has_parts),
                        .interpersonal = key.interpersonal,
                        .posterior = series.filter->Posterior(),
                        .depth = series.filter->Depth(),
                        .instrument = series.instrument,
                        .provisional = series.provisional,
                        .parameters_version = parameters.version};
  Draft draft{.assessment = std::move(assessment),
              .event = &series.event,
              .attended = Attended(session, key.rater, rating != nullptr),
              .past = &series.past,
              .onset = session.number - series.filter->Age()};
  if (rating == nullptr) return draft;
  const Normal form = FormOf(parameters.level, rating->instrument, series.forms).offset;
  draft.value = rating->Average() - form.mean;
  draft.beyond_cutoff = std::ranges::any_of(rating->contents, [](const Observation* one) {
    return one->cutoff &&
           (one->lower_better ? one->value > *one->cutoff : one->value < *one->cutoff);
  });
  return draft;
}

}  // namespace

v1::Content ContentOf(const EventFilter& filter, bool parts) {
  if (!parts) return v1::CONTENT_ALLIANCE;
  std::size_t best = 0;
  for (std::size_t i = 1; i < kFocusContents.size(); ++i) {
    if (filter.Posterior(i) > filter.Posterior(best)) best = i;
  }
  return kFocusContents[best];
}

EventModel ModelOf(const MonitorParameters& parameters, const EventParameters& event, bool parts) {
  EventModel model{.event = event,
                   .level = parameters.level,
                   .noise_scales = parameters.noise_scales,
                   .noise_shares = parameters.noise_shares};
  const double each = parts ? event.focus_share / 3 : 0;
  model.focuses.push_back({{1, 1, 1}, 1 - 3 * each});
  if (parts) {
    for (std::size_t i = 0; i < kParts; ++i) {
      Focus focus{.share = each};
      focus.fall[i] = 1;
      model.focuses.push_back(focus);
    }
  }
  return model;
}

Normal BeginningLevel(const MonitorParameters& parameters, const RatedSession& rated,
                      const FamilyMonitor& monitor, const std::string& rater) {
  std::vector<Normal> others;
  for (const auto& [key, series] : monitor.series) {
    if (key.rater == rater || !series.filter) continue;
    if (key.interpersonal != v1::INTERPERSONAL_SELF) continue;
    const EventModel model = ModelOf(parameters, parameters.rupture, series.has_parts);
    others.push_back(series.filter->Predict(model, kWholeAlliance, false));
  }
  for (const auto& [key, series] : rated) {
    if (key.rater == rater || monitor.series.contains(key)) continue;
    if (key.interpersonal != v1::INTERPERSONAL_SELF) continue;
    others.push_back({series.Average(), series.AverageError() + Square(parameters.level.day_sd)});
  }
  return PooledLevel(parameters.level, others);
}

double ObserveRatings(const MonitorParameters& parameters, const SessionFacts& session,
                      const RatedSession& rated, FamilyMonitor& monitor) {
  const LevelParameters& level = parameters.level;
  std::map<std::string, Normal> begins;  // before any series of this session is begun
  for (const auto& [key, rating] : rated) {
    if (!monitor.series.contains(key)) {
      begins[key.rater] = BeginningLevel(parameters, rated, monitor, key.rater);
    }
  }
  for (const auto& [key, rating] : rated) {
    Series& series = monitor.series[key];
    if (series.filter) continue;
    series.has_parts = rating.has_parts;
    series.filter.emplace(ModelOf(parameters, parameters.rupture, series.has_parts),
                          begins[key.rater], SamePart(level));
  }
  std::vector<RatedOne> all;
  for (auto& [key, series] : monitor.series) {
    const EventModel model = ModelOf(parameters, parameters.rupture, series.has_parts);
    series.filter->Pass(model);
    const auto found = rated.find(key);
    if (found == rated.end()) continue;
    const Normal form = FormOf(level, found->second.instrument, series.forms).offset;
    all.push_back({&key, &found->second, &series, model, form});
  }
  const std::vector<Beside> beside = LookBeside(parameters, all);
  const double own = Square(level.day_sd);
  double evidence = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    RatedOne& one = all[i];
    const Beside& known = beside[i];
    const Normal shared{known.family_day.mean + one.form.mean,
                        known.family_day.variance + one.form.variance};
    std::optional<Elsewhere> elsewhere = known.elsewhere;
    // Seen from here: what is called the day holds this form's offset.
    if (elsewhere) elsewhere->value += one.form.mean;
    one.series->filter->Observe(
        one.model, one.rating->measures, {shared.mean, own}, shared.variance,
        TickOdds(parameters.rupture, Reported(session, *one.key)), elsewhere);
    LearnForm({shared.mean, shared.variance + own * known.noise_square}, one.series->filter->Day(),
              FormOf(level, one.rating->instrument, one.series->forms));
    evidence += one.series->filter->Evidence();
  }
  return evidence;
}

void AdvanceRuptures(const MonitorParameters& parameters, const SessionFacts& session,
                     const RatedSession& rated, FamilyMonitor& monitor,
                     std::vector<Draft>& drafts) {
  ObserveRatings(parameters, session, rated, monitor);
  for (auto& [key, series] : monitor.series) {
    const auto found = rated.find(key);
    const RatedSeries* rating = found == rated.end() ? nullptr : &found->second;
    if (rating != nullptr) series.provisional = rating->provisional;
    Draft draft = Assess(parameters, session, key, series, rating);
    draft.told = Reported(session, key);
    if (draft.told && rating == nullptr) draft.assessment.tests.push_back(ToldTest());
    if (rating != nullptr) {
      const double raises_at = RaisingOf(parameters.decision.raises, v1::SIGNAL_KIND_RUPTURE).at;
      const bool fallen = series.event.open || draft.assessment.posterior >= raises_at;
      draft.assessment.tests = TestAll(parameters, *rating, Reported(session, key), fallen, series);
      series.instrument = draft.assessment.instrument = rating->instrument;
      drafts.push_back(
          {Ceiling(parameters.decision, session.number, *rating, series, draft.assessment)});
    }
    drafts.push_back(std::move(draft));
  }
  AddToldOfUnrated(parameters, session, monitor, drafts);
}

}  // namespace rapport::alliance
