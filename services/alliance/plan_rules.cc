#include "alliance/plan_rules.h"

#include "alliance/instruments/licence.h"
#include "alliance/request_rules.h"
#include "platform/base/strings.h"

#include <rapport/intake/v1/level_of_need.pb.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr std::string_view kPulse = "instruments/pulse-adult.1";
constexpr std::string_view kShortPulse = "instruments/pulse-few.1";
// About so many helpers the short one is asked beside another form at most: a third takes a slow
// reader over the 90 seconds.
constexpr std::size_t kShortPulseHelpers = 2;

// A form that is due from a rater, before it is known how many people it asks about.
struct Candidate {
  std::string instrument;
  v1::MeasureOccasion occasion = v1::MEASURE_OCCASION_UNSPECIFIED;
  int seconds_once = 0, seconds_per_target = 0;
  std::vector<Person> targets;  // whom it was longest not asked about first
  std::size_t asked = 0;        // how many of them
};

bool Within(int value, int least, int most) {
  return value >= least && (most == 0 || value <= most);
}

// Unknown age counts as adult, and so beyond every upper limit below 18.
int AgeOrAdult(int age) { return age == kAgeUnknown ? 18 : age; }

bool HasRole(const v1::MeasureRule& rule, const PlanCase& due, const Person& helper) {
  const auto* on_team = HelperOn(due.facts, helper.id, due.session.started_us());
  if (on_team == nullptr) return false;
  return rule.helper_roles().empty() ||
         std::ranges::find(rule.helper_roles(), on_team->role) != rule.helper_roles().end();
}

bool IsForRater(const v1::MeasureRule& rule, const PlanCase& due, const Person& rater) {
  const v1::Party party = rater.professional ? v1::PARTY_PROFESSIONAL : v1::PARTY_MEMBER;
  if (rule.rater() != party) return false;
  if (!Within(due.facts.level_of_need, rule.min_level_of_need(), rule.max_level_of_need())) {
    return false;
  }
  if (due.facts.level_of_need == 0 && rule.max_level_of_need() != 0) return false;
  if (rater.professional) return HasRole(rule, due, rater);
  const auto* member = MemberOn(due.facts, rater.id, due.session.started_us());
  const int age = AgeOrAdult(AgeAt(*member, due.session.started_us()));
  return Within(age, rule.min_age_years(), rule.max_age_years());
}

// The suite asks with no form that nobody has the words of: it ships them, or the agency says that
// it has them. Who makes rules of their own knows what they have, on paper perhaps.
bool HasWording(const v1::Instrument& instrument, const PlanCase& due) {
  const v1::Licence& licence = instrument.licence();
  return due.plan.source() != v1::MEASURE_PLAN_SOURCE_SHIPPED || licence.ship_text() ||
         (licence.has_attestation() && InForce(licence.attestation(), due.now_us));
}

// Whether the instrument may be used with this rater at all.
bool IsUsable(const v1::Instrument& instrument, const PlanCase& due, const Person& rater) {
  if (!AttestationInForce(instrument.licence(), due.now_us)) return false;
  if (!HasWording(instrument, due)) return false;
  int age = kAgeUnknown;
  if (!rater.professional) {
    age = AgeAt(*MemberOn(due.facts, rater.id, due.session.started_us()), due.session.started_us());
  }
  return IsEligible(instrument, rater.professional, age);
}

// Position of the last past session after which the rater was asked this form, about `target` where
// there is one; -1: never.
int LastAsked(const PlanCase& due, const Person& rater, std::string_view instrument,
              const Person* target) {
  for (std::size_t i = due.past.size(); i-- > 0;) {
    for (const DueForm& form : due.past[i].forms) {
      if (form.rater != rater || form.instrument != instrument) continue;
      if (target == nullptr || std::ranges::find(form.targets, *target) != form.targets.end()) {
        return static_cast<int>(i);
      }
    }
  }
  return -1;
}

std::ptrdiff_t TimesAsked(const PlanCase& due, const Person& rater, std::string_view instrument,
                          const Person& target) {
  const auto asks = [&](const DueForm& form) {
    return form.rater == rater && form.instrument == instrument &&
           std::ranges::find(form.targets, target) != form.targets.end();
  };
  return std::ranges::count_if(
      due.past, [&](const PastSession& one) { return std::ranges::any_of(one.forms, asks); });
}

// Whether the form that the rater was asked last was one of the end.
bool WasAtEnd(const PastSession& session, const Person& rater, std::string_view instrument) {
  return std::ranges::any_of(session.forms, [&](const DueForm& form) {
    return form.rater == rater && form.instrument == instrument &&
           form.occasion == v1::MEASURE_OCCASION_END;
  });
}

// Whether the rater was in a session after the one at `place`; -1: in any before this one.
bool CameAfter(const PlanCase& due, const Person& rater, int place) {
  return std::any_of(due.past.begin() + (place + 1), due.past.end(), [&](const PastSession& one) {
    const auto* there = AttendeeOf(*one.held, rater.id);
    return there != nullptr && Attended(*there);
  });
}

bool IsTime(const v1::MeasureRule& rule, const PlanCase& due, const Person& rater) {
  if ((rule.occasion() == v1::MEASURE_OCCASION_END) != due.at_end) return false;
  if (due.at_end) return true;
  const int number = static_cast<int>(due.past.size()) + 1;
  if (number < rule.first_session()) return false;
  const int last = LastAsked(due, rater, rule.instrument(), nullptr);
  if (rule.occasion() == v1::MEASURE_OCCASION_START) {
    const bool begins =
        last < 0 || WasAtEnd(due.past[static_cast<std::size_t>(last)], rater, rule.instrument());
    return begins && CameAfter(due, rater, last);
  }
  if (last < 0) return true;
  if (rule.every_sessions() == 0) return false;
  int attended = 1;  // this one
  for (std::size_t i = static_cast<std::size_t>(last) + 1; i < due.past.size(); ++i) {
    const auto* there = AttendeeOf(*due.past[i].held, rater.id);
    attended += there != nullptr && Attended(*there);
  }
  return attended >= rule.every_sessions();
}

// People of the other system who attended and whom the instrument asks about.
std::vector<Person> TargetsOf(const v1::MeasureRule& rule, const v1::Instrument& instrument,
                              const PlanCase& due, const Person& rater,
                              const std::vector<Person>& helpers,
                              const std::vector<Person>& members) {
  std::vector<Person> targets;
  const auto asks = [&](v1::Party party) {
    return std::ranges::find(instrument.targets(), static_cast<int>(party)) !=
           instrument.targets().end();
  };
  if (rater.professional && asks(v1::PARTY_MEMBER)) targets = members;
  if (!rater.professional && asks(v1::PARTY_PROFESSIONAL)) {
    for (const Person& helper : helpers) {
      if (HasRole(rule, due, helper)) targets.push_back(helper);
    }
  }
  // Whom it was longest not asked about first; of those of the same session whom it was asked about
  // less often, so that nobody is always the one who fits; then as they are listed.
  const std::vector<Person> listed = targets;
  std::ranges::sort(targets, {}, [&](const Person& target) {
    return std::tuple(LastAsked(due, rater, instrument.name(), &target),
                      TimesAsked(due, rater, instrument.name(), target),
                      std::ranges::find(listed, target) - listed.begin());
  });
  return targets;
}

void SetSeconds(const v1::Instrument& instrument, Candidate& candidate) {
  candidate.seconds_once = candidate.seconds_per_target = 0;
  for (const v1::Item& item : instrument.items()) {
    (item.asked() == v1::ASKED_ONCE ? candidate.seconds_once : candidate.seconds_per_target) +=
        kSecondsPerAnswer;
  }
}

// A slow reader takes 105 s for the pulse's twelve lines and the fifteen about the family: beside
// these the suite asks the pulse's four.
void ShortenPulse(const PlanCase& due, std::vector<Candidate>& candidates) {
  if (due.plan.source() != v1::MEASURE_PLAN_SOURCE_SHIPPED) return;
  const bool starts = std::ranges::any_of(
      candidates, [](const Candidate& one) { return one.occasion == v1::MEASURE_OCCASION_START; });
  const auto pulse = std::ranges::find(candidates, kPulse, &Candidate::instrument);
  const v1::Instrument* few = due.instrument(std::string(kShortPulse));
  if (!starts || pulse == candidates.end() || few == nullptr) return;
  pulse->instrument = kShortPulse;
  pulse->targets.resize(std::min(pulse->targets.size(), kShortPulseHelpers));
  SetSeconds(*few, *pulse);
}

std::vector<Candidate> CandidatesOf(const PlanCase& due, const Person& rater,
                                    const std::vector<Person>& helpers,
                                    const std::vector<Person>& members) {
  std::vector<Candidate> candidates;
  for (const v1::MeasureRule& rule : due.plan.rules()) {
    if (!IsForRater(rule, due, rater)) continue;
    if (std::ranges::find(candidates, rule.instrument(), &Candidate::instrument) !=
        candidates.end()) {
      continue;
    }
    const v1::Instrument* instrument = due.instrument(rule.instrument());
    if (instrument == nullptr || !IsUsable(*instrument, due, rater)) continue;
    if (!IsTime(rule, due, rater)) continue;
    Candidate candidate{.instrument = rule.instrument(), .occasion = rule.occasion()};
    SetSeconds(*instrument, candidate);
    candidate.targets = TargetsOf(rule, *instrument, due, rater, helpers, members);
    // Nobody to ask about.
    if (candidate.seconds_per_target > 0 && candidate.targets.empty()) continue;
    candidates.push_back(std::move(candidate));
  }
  ShortenPulse(due, candidates);
  return candidates;
}

// How many people each form asks about: one at least, or it is put off; then one more each in turn,
// while it fits into the time.
void FitIntoBurden(std::vector<Candidate>& candidates) {
  int left = kBurdenSeconds;
  std::vector<Candidate> fitting;
  for (Candidate& one : candidates) {
    const int least = one.seconds_once + one.seconds_per_target;
    // The first form is asked however long it is: a plan that names nothing shorter means it.
    if (!fitting.empty() && least > left) continue;
    left -= least;
    one.asked = std::min<std::size_t>(one.targets.size(), 1);
    fitting.push_back(std::move(one));
  }
  for (bool more = true; more;) {
    more = false;
    for (Candidate& one : fitting) {
      if (one.asked == one.targets.size() || one.seconds_per_target > left) continue;
      left -= one.seconds_per_target;
      ++one.asked;
      more = true;
    }
  }
  candidates = std::move(fitting);
}

void AddForms(const PlanCase& due, const Person& rater, const std::vector<Person>& helpers,
              const std::vector<Person>& members, std::vector<DueForm>& forms) {
  std::vector<Candidate> candidates = CandidatesOf(due, rater, helpers, members);
  if (rater.professional) {
    for (Candidate& one : candidates) one.asked = std::min(one.targets.size(), kMostMembersAsked);
  } else {
    FitIntoBurden(candidates);
  }
  const std::vector<Person>& listed = rater.professional ? members : helpers;
  for (Candidate& one : candidates) {
    one.targets.resize(one.asked);
    std::ranges::sort(one.targets, {}, [&](const Person& target) {
      return std::ranges::find(listed, target) - listed.begin();
    });
    forms.push_back({rater, std::move(one.instrument), std::move(one.targets), one.occasion});
  }
}

v1::MeasureRule Rule(std::string_view instrument, v1::Party rater, int min_age, int max_age,
                     int first_session, int every_sessions) {
  v1::MeasureRule rule;
  rule.set_instrument(std::string(instrument));
  rule.set_rater(rater);
  rule.set_min_age_years(min_age);
  rule.set_max_age_years(max_age);
  rule.set_first_session(first_session);
  rule.set_every_sessions(every_sessions);
  return rule;
}

// What members are asked grows with the set; what helpers are asked doesn't. Where nobody assessed
// the family, all of it.
v1::MeasurePlan PlanFor(intake::v1::MeasureSet set) {
  const bool few = set == intake::v1::MEASURE_SET_FEW_SPOKEN;
  const bool pulse_alone = few || set == intake::v1::MEASURE_SET_SHORT_FORM;
  v1::MeasurePlan made;
  made.set_source(v1::MEASURE_PLAN_SOURCE_SHIPPED);
  const auto members = [&](std::string_view instrument, int min_age, int max_age, int first_session,
                           int every_sessions) {
    *made.add_rules() =
        Rule(instrument, v1::PARTY_MEMBER, min_age, max_age, first_session, every_sessions);
  };
  members(few ? "instruments/pulse-child-few.1" : "instruments/pulse-child.1", kLeastAge, 12, 1, 1);
  members(few ? kShortPulse : kPulse, 13, 0, 1, 1);
  if (!pulse_alone) members("instruments/wai-sr.1", 13, 0, 5, 5);
  // After another session than the one before, so that each gets the time that the pulse leaves.
  const bool all = !pulse_alone && set != intake::v1::MEASURE_SET_FULL_SHORT_FORM;
  if (all) members("instruments/softa-s.1", 13, 0, 6, 5);
  // A session holds one form about how the family is doing; what is asked aloud has no room for it.
  for (const auto occasion : {v1::MEASURE_OCCASION_START, v1::MEASURE_OCCASION_END}) {
    if (few) break;
    members("instruments/score-15.1", 18, 0, 0, 0);
    made.mutable_rules()->rbegin()->set_occasion(occasion);
  }
  *made.add_rules() = Rule("instruments/pulse-therapist.1", v1::PARTY_PROFESSIONAL, 0, 0, 1, 1);
  *made.add_rules() = Rule("instruments/softa-s-therapist.1", v1::PARTY_PROFESSIONAL, 0, 0, 5, 5);
  return made;
}

}  // namespace

const v1::MeasurePlan& ShippedPlan(int level_of_need) {
  const bool assessed = intake::v1::LevelOfNeed_IsValid(level_of_need);
  static const auto* const plans = new std::array<v1::MeasurePlan, 5>{
      PlanFor(intake::v1::MEASURE_SET_UNSPECIFIED), PlanFor(intake::v1::MEASURE_SET_FEW_SPOKEN),
      PlanFor(intake::v1::MEASURE_SET_SHORT_FORM), PlanFor(intake::v1::MEASURE_SET_FULL_SHORT_FORM),
      PlanFor(intake::v1::MEASURE_SET_FULL_FORM)};
  return (*plans)[assessed ? static_cast<std::size_t>(level_of_need) : 0];
}

std::vector<DueForm> FormsFor(const PlanCase& due) {
  const std::int64_t at_us = due.session.started_us();
  std::vector<Person> helpers, members;
  for (const auto& attendee : due.session.attendees()) {
    if (!Attended(attendee)) continue;
    if (attendee.professional()) {
      const auto* helper = HelperOn(due.facts, attendee.person(), at_us);
      if (helper != nullptr && helper->direct) helpers.push_back({attendee.person(), true});
    } else if (MemberOn(due.facts, attendee.person(), at_us) != nullptr) {
      members.push_back({attendee.person(), false});
    }
  }
  std::vector<DueForm> forms;
  for (const Person& member : members) {
    const bool wants_none = std::ranges::find(due.not_asked, member.id) != due.not_asked.end();
    const std::int64_t asked_us = due.at_end ? due.now_us : due.session.ended_us();
    if (wants_none || !ConsentsToRatings(due.facts, member.id, asked_us)) continue;
    if (due.at_end && MemberOn(due.facts, member.id, due.now_us) == nullptr) continue;
    AddForms(due, member, helpers, members, forms);
  }
  for (const Person& helper : helpers) AddForms(due, helper, helpers, members, forms);
  return forms;
}

std::vector<RatingFault> FaultsOfRules(
    const v1::MeasurePlan& plan,
    const std::function<const v1::Instrument*(const std::string& name)>& find) {
  std::vector<RatingFault> faults;
  for (int i = 0; i < plan.rules_size(); ++i) {
    const v1::MeasureRule& rule = plan.rules(i);
    const std::string path = Concat({"rules[", std::to_string(i), "]"});
    const v1::Instrument* instrument = find(rule.instrument());
    if (instrument == nullptr) {
      faults.push_back({path + ".instrument", "an instrument, shipped or created"});
    }
    const bool person = rule.rater() == v1::PARTY_MEMBER || rule.rater() == v1::PARTY_PROFESSIONAL;
    const bool for_them = instrument == nullptr ||
                          std::ranges::find(instrument->raters(), static_cast<int>(rule.rater())) !=
                              instrument->raters().end();
    if (!person || !for_them) {
      faults.push_back({path + ".rater", "MEMBER or PROFESSIONAL, whom the instrument is for"});
    }
    const bool counts = rule.first_session() != 0 || rule.every_sessions() != 0;
    if (rule.occasion() != v1::MEASURE_OCCASION_UNSPECIFIED && counts) {
      faults.push_back({path + ".occasion", "none where sessions are counted"});
    }
    if (rule.max_age_years() != 0 && rule.max_age_years() < rule.min_age_years()) {
      faults.push_back({path + ".max_age_years", "0, or at least min_age_years"});
    }
    if (rule.max_level_of_need() != 0 && rule.max_level_of_need() < rule.min_level_of_need()) {
      faults.push_back({path + ".max_level_of_need", "0, or at least min_level_of_need"});
    }
  }
  return faults;
}

}  // namespace rapport::alliance
