#include "alliance/signals/words.h"

#include "alliance/signals/codes.h"
#include "platform/base/strings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <string_view>
#include <vector>

namespace rapport::alliance::words {
namespace {

constexpr double kLittleRoomShare = 0.4;
constexpr std::size_t kReasonsTold = 3;

std::string Whole(double value) { return std::to_string(std::llround(value)); }

// Of values with `instrument`, or of no one form.
const SingleTest* Known(const Assessment& assessment, std::string_view code, v1::Content content,
                        std::string_view instrument) {
  const auto found = std::ranges::find_if(assessment.tests, [&](const SingleTest& test) {
    return test.code == code && test.content == content &&
           (test.instrument.empty() || test.instrument == instrument) &&
           test.outcome != v1::TEST_OUTCOME_NOT_EVALUABLE;
  });
  return found == assessment.tests.end() ? nullptr : &*found;
}

const SingleTest* Fired(const Assessment& assessment, std::string_view code) {
  const auto found = std::ranges::find_if(assessment.tests, [&](const SingleTest& test) {
    return test.code == code && test.outcome == v1::TEST_OUTCOME_FIRED;
  });
  return found == assessment.tests.end() ? nullptr : &*found;
}

// The part of the alliance, as the subject of a sentence about it.
std::string_view Subject(const Assessment& assessment) {
  if (assessment.interpersonal == v1::INTERPERSONAL_WITHIN) {
    return "What this member says of working together as a family";
  }
  switch (assessment.content) {
    case v1::CONTENT_TASK:
      return "Agreement with this helper on how to work";
    case v1::CONTENT_GOAL:
      return "Agreement with this helper on where to go";
    case v1::CONTENT_BOND:
      return "Trust in this helper";
    default:
      return "The alliance with this helper as a whole";
  }
}

// The content to show numbers of: the one that fell, or of the whole alliance the one that fell
// furthest. Of several forms the first with something to compare; else the first.
const Observation* Shown(const Assessment& assessment, const SessionFacts& session) {
  const Observation* shown = nullptr;
  const Observation* named = nullptr;
  double furthest = 0;
  for (const Observation& one : session.observations) {
    if (one.rater != assessment.member || one.target != assessment.target) continue;
    if (one.interpersonal != assessment.interpersonal) continue;
    const SingleTest* below = Known(assessment, codes::kFromMean, one.content, one.instrument);
    if (below == nullptr) {
      below = Known(assessment, codes::kFromLast, one.content, one.instrument);
    }
    if (one.content == assessment.content) {
      if (below != nullptr) return &one;
      if (named == nullptr) named = &one;
    }
    if (below == nullptr) continue;
    const double fell = below->value / below->threshold;
    if (shown != nullptr && fell <= furthest) continue;
    shown = &one;
    furthest = fell;
  }
  return named != nullptr ? named : shown;
}

std::string_view PartName(v1::Content content) {
  switch (content) {
    case v1::CONTENT_TASK:
      return "how to work";
    case v1::CONTENT_GOAL:
      return "where to go";
    case v1::CONTENT_BOND:
      return "trust";
    default:
      return "the whole";
  }
}

bool FellSinceLast(const Assessment& assessment, const Observation& latest) {
  const SingleTest* last = Known(assessment, codes::kFromLast, latest.content, latest.instrument);
  return last != nullptr && last->value > 0;
}

std::string Rupture(const Assessment& assessment, const SessionFacts& session) {
  const Observation* latest = Shown(assessment, session);
  std::string text(Subject(assessment));
  if (Fired(assessment, codes::kReported)) {
    const std::string told =
        "Somebody said it: something went wrong between this member and this helper.";
    if (latest == nullptr || !FellSinceLast(assessment, *latest)) return told;
    text = Concat({told, " ", text});
  }
  if (latest == nullptr) return text + " fell below what this member says as a rule.";
  const double sign = latest->lower_better ? -1 : 1;
  const SingleTest* last = Known(assessment, codes::kFromLast, latest->content, latest->instrument);
  const SingleTest* mean = Known(assessment, codes::kFromMean, latest->content, latest->instrument);
  const auto before = [&](const SingleTest& test) {
    return OneDecimal(latest->value + sign * test.value);
  };
  const std::string range =
      Concat({" (", OneDecimal(latest->lowest), " to ", OneDecimal(latest->highest), ")"});
  const bool only =
      assessment.interpersonal == v1::INTERPERSONAL_WITHIN || latest->content == assessment.content;
  // Seen only now, when it has begun to come back: "down to" would be untrue of this session.
  if (last != nullptr && last->value < 0) {
    text += only ? std::string(" was down") : Concat({" was down, ", PartName(latest->content)});
    text += Concat({" to ", before(*last), range, " the time before, and is at ",
                    OneDecimal(latest->value), " now"});
    return mean == nullptr ? text + "."
                           : Concat({text, "; ", before(*mean), " on average before."});
  }
  text +=
      only ? std::string(" is down") : Concat({" fell, most of all ", PartName(latest->content)});
  text += Concat({" to ", OneDecimal(latest->value), range});
  if (last != nullptr) text += Concat({", after ", before(*last), " the time before"});
  if (mean != nullptr) {
    text += Concat({last != nullptr ? " and " : ", after ", before(*mean), " on average before"});
  }
  return text + ".";
}

std::string Split(const Assessment& assessment, std::string_view others) {
  std::string text = Concat({"Different views: this member's alliance slides away from ", others});
  if (const SingleTest* widening = Known(assessment, codes::kWidening, v1::CONTENT_ALLIANCE, "")) {
    if (widening->value > 0) {
      text += Concat({"; the distance grew by ", OneDecimal(widening->value),
                      " times the usual difference between raters"});
    }
  }
  return text + ".";
}

std::string Unsafe(const Assessment& assessment) {
  const SingleTest* low = nullptr;
  for (const SingleTest& test : assessment.tests) {
    if (test.code != codes::kSafetyLow || test.outcome != v1::TEST_OUTCOME_FIRED) continue;
    if (low == nullptr || test.value < low->value) low = &test;
  }
  if (low != nullptr) {
    return Concat({"This member answered that it is hardly safe to speak here (",
                   OneDecimal(10 * low->value), " of 10)."});
  }
  return "This member answered that it is less safe to speak here than the time before.";
}

// What the hard triggers say, in this order.
std::vector<std::string> TriggerReasons(const Assessment& assessment) {
  std::vector<std::string> reasons;
  if (Fired(assessment, codes::kRemoved)) {
    reasons.emplace_back("taken off the roster without a reason");
  }
  if (Fired(assessment, codes::kLowBond)) {
    reasons.emplace_back("trust fell far below their own before, and nobody else's did");
  }
  if (const SingleTest* test = Fired(assessment, codes::kBelowCutoff)) {
    reasons.push_back(Concat({OneDecimal(test->value), " is beyond the form's cut-off (",
                              OneDecimal(test->threshold), "), and nobody else is"}));
  }
  if (const SingleTest* test = Fired(assessment, codes::kNoRoom)) {
    reasons.push_back(
        Concat({"hardly any room twice running (", OneDecimal(test->value), " of 10 at most)"}));
  }
  if (const SingleTest* test = Fired(assessment, codes::kBondAndRoom)) {
    reasons.push_back(Concat({"twice running little room and trust at least ",
                              OneDecimal(test->value), " SD below the others'"}));
  }
  if (const SingleTest* test = Fired(assessment, codes::kNoAlliance)) {
    reasons.push_back(
        Concat({"no alliance with any helper on record after ", Whole(test->value), " sessions"}));
  }
  if (const SingleTest* test = Fired(assessment, codes::kAbsent)) {
    reasons.push_back(Concat(
        {"absent without a plan from ", Whole(test->value), " of the latest family sessions"}));
  }
  if (const SingleTest* test = Fired(assessment, codes::kNoRating)) {
    reasons.push_back(
        Concat({"no rating from the last ", Whole(test->value), " sessions they attended"}));
  }
  return reasons;
}

// What the session itself shows of the member. What a trigger already says is not said again.
std::vector<std::string> SessionReasons(const Assessment& assessment, const SessionFacts& session) {
  std::vector<std::string> reasons;
  const bool room_told =
      Fired(assessment, codes::kNoRoom) || Fired(assessment, codes::kBondAndRoom);
  for (const Observation& one : session.observations) {
    if (one.rater != assessment.member || one.content != v1::CONTENT_ROOM || room_told) continue;
    const double above = one.lower_better ? one.highest - one.value : one.value - one.lowest;
    const double share = above / (one.highest - one.lowest);
    if (share > kLittleRoomShare) continue;
    reasons.push_back(Concat({"little room for them (", OneDecimal(10 * share), " of 10)"}));
  }
  const auto presence =
      std::ranges::find(session.members, assessment.member, &MemberPresence::member);
  if (presence != session.members.end()) {
    const bool away =
        presence->presence == Presence::kAbsent || presence->presence == Presence::kLeftOut;
    const bool here = presence->presence == Presence::kPresent;
    if (away && !Fired(assessment, codes::kAbsent))
      reasons.emplace_back("missing from the session");
    if (here && presence->participation == Participation::kWithdrew) {
      reasons.emplace_back("withdrew during the session");
    }
    if (here && presence->participation == Participation::kQuiet) {
      reasons.emplace_back("quiet in the session");
    }
    if (here && presence->note_signed && presence->participation == Participation::kNotNoted) {
      reasons.emplace_back("the note does not say how they took part");
    }
    if (presence->asked_but_did_not_rate && !Fired(assessment, codes::kNoRating)) {
      reasons.emplace_back("no rating given");
    }
  }
  const auto work = std::ranges::find(session.work, assessment.member, &Work::member);
  if (work != session.work.end() && !work->homework_agreed) {
    reasons.emplace_back("no part in recent homework");
  }
  return reasons;
}

std::string Isolation(const Assessment& assessment, const SessionFacts& session) {
  std::vector<std::string> reasons = TriggerReasons(assessment);
  std::ranges::move(SessionReasons(assessment, session), std::back_inserter(reasons));
  if (reasons.empty()) {
    return "This member may be losing their place: room and trust are lower than they were.";
  }
  std::string text = "This member may be losing their place: ";
  for (std::size_t i = 0; i < std::min(reasons.size(), kReasonsTold); ++i) {
    if (i > 0) text += "; ";
    text += reasons[i];
  }
  return text + ".";
}

}  // namespace

std::string OneDecimal(double value) {
  char text[32];
  const auto [end, error] =
      std::to_chars(std::begin(text), std::end(text), value, std::chars_format::fixed, 1);
  return error == std::errc{} ? std::string(text, end) : std::string("out of range");
}

std::string SummaryOf(const Assessment& assessment, const SessionFacts& session) {
  switch (assessment.kind) {
    case v1::SIGNAL_KIND_RUPTURE:
      return Rupture(assessment, session);
    case v1::SIGNAL_KIND_SPLIT:
      return Split(assessment, "the other members'");
    case v1::SIGNAL_KIND_HELPER_SPLIT:
      return Split(assessment, "that with the other helpers");
    case v1::SIGNAL_KIND_ISOLATION:
      return Isolation(assessment, session);
    case v1::SIGNAL_KIND_UNSAFE:
      return Unsafe(assessment);
    case v1::SIGNAL_KIND_CEILING:
      return "Full marks every time for four sessions: change can't be seen.";
    default:
      return "";
  }
}

}  // namespace rapport::alliance::words
