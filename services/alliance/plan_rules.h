// Rules of the measure plan: which forms are due from whom about whom after a session, and at the
// end of a case.
//
// Called when a session was held and when a case was closed. Source: domain.md 13.4 (the pulse by
// age after every session, further forms every few sessions, how the family is doing at start and
// end, each helper's own view of at most six members, 90 seconds a member and session), product.md
// A13. Ids are inner ones. Pure, thread-safe.
#pragma once

#include "alliance/rating_rules.h"

#include <rapport/alliance/v1/measure_plan.pb.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// What a member is asked for after one session at most.
inline constexpr int kBurdenSeconds = 90;
// How long reading and answering one item takes: what the burden is counted with. The terminal form
// measures what it really took.
inline constexpr int kSecondsPerAnswer = 3;
// A helper is asked about so many members at most.
inline constexpr std::size_t kMostMembersAsked = 6;
// At the end of a case nobody is asked about a session that is longer ago.
inline constexpr std::int64_t kEndReachesBackMicros = 90LL * 86'400'000'000;

// The rules that are in force where neither agency nor family has its own: the measure set of the
// family's level of need (LevelPlan.measure_set, domain.md 9), 1 to 4. 0, not assessed: the whole.
// A form that needs a licence is asked only where the agency attests one.
const v1::MeasurePlan& ShippedPlan(int level_of_need = 0);

// One form due from one rater.
struct DueForm {
  Person rater;
  std::string instrument;
  std::vector<Person> targets;  // in the order of the session's list; empty: asked about the family
  v1::MeasureOccasion occasion = v1::MEASURE_OCCASION_UNSPECIFIED;  // of the rule
  friend bool operator==(const DueForm&, const DueForm&) = default;
};

// An earlier session, and what was asked after it.
struct PastSession {
  const internal::v1::SessionHeld* held = nullptr;
  std::vector<DueForm> forms;
};

// What is due is decided from this. All that is referred to must outlive it.
struct PlanCase {
  const internal::v1::SessionHeld& session;
  const AccessFacts& facts;
  const v1::MeasurePlan& plan;         // rules and their source are read
  std::vector<std::string> not_asked;  // members
  // Null: no such instrument.
  std::function<const v1::Instrument*(const std::string& name)> instrument;
  std::vector<PastSession> past;  // of the family, oldest first
  std::int64_t now_us = 0;        // when attestations must be in force
  bool at_end = false;            // the case was closed after it: forms of the end, no others
};

// The forms due after the session: those of members, then of helpers, each in the order of the
// session's list, the forms of one rater in the order of the rules. Members without consent to
// ratings, and those who are not to be asked, are asked nothing. Telling of the same session again
// with the same attendance gives the same forms. `at_end`: those who still belong to the family.
std::vector<DueForm> FormsFor(const PlanCase& due);

// What is wrong with the rules of a plan that somebody wants to set; paths from the plan on.
std::vector<RatingFault> FaultsOfRules(
    const v1::MeasurePlan& plan,
    const std::function<const v1::Instrument*(const std::string& name)>& instrument);

}  // namespace rapport::alliance
