#include "alliance/signals/words.h"

#include "alliance/signals/codes.h"
#include "alliance/signals/isolation_index.h"
#include "platform/base/strings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <vector>

namespace rapport::alliance::words {
namespace {

const v1::SignalTest* Find(const Tests& tests, std::string_view code, v1::Content content) {
  const auto found = std::ranges::find_if(tests, [&](const v1::SignalTest& test) {
    return test.code() == code && test.content() == content;
  });
  return found == tests.end() ? nullptr : &*found;
}

const v1::SignalTest* FindFired(const Tests& tests, std::string_view code) {
  const v1::SignalTest* test = Find(tests, code, v1::CONTENT_UNSPECIFIED);
  return test != nullptr && test->outcome() == v1::TEST_OUTCOME_FIRED ? test : nullptr;
}

std::optional<double> Figure(const v1::SignalTest* test, std::string_view code) {
  if (test == nullptr) return std::nullopt;
  for (const v1::Figure& figure : test->figures()) {
    if (figure.code() == code) return figure.value();
  }
  return std::nullopt;
}

std::string Whole(double value) { return std::to_string(std::llround(value)); }

// The part of the alliance, as the subject of a sentence about it.
std::string_view Subject(v1::Content content) {
  switch (content) {
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

// What the triggers say, in their order.
std::vector<std::string> TriggerReasons(const Tests& tests) {
  std::vector<std::string> reasons;
  if (FindFired(tests, codes::kRemoved)) reasons.push_back("taken off the roster without a reason");
  if (FindFired(tests, codes::kLowBond)) {
    reasons.push_back("trust fell far below their own before, and nobody else's did");
  }
  if (const auto* test = FindFired(tests, codes::kNoRoom)) {
    reasons.push_back(
        Concat({"hardly any room twice running (", OneDecimal(*Figure(test, "before")), " and ",
                OneDecimal(*Figure(test, "latest")), " of 10)"}));
  }
  if (const auto* test = FindFired(tests, codes::kBondAndRoom)) {
    reasons.push_back(Concat({"twice running little room and trust at least ",
                              OneDecimal(test->value()), " SD below the others'"}));
  }
  if (const auto* test = FindFired(tests, codes::kNoAlliance)) {
    reasons.push_back(Concat(
        {"no alliance with any helper on record after ", Whole(test->value()), " sessions"}));
  }
  if (const auto* test = FindFired(tests, codes::kAbsent)) {
    reasons.push_back(Concat({"absent without a plan from ", Whole(test->value()), " of the last ",
                              Whole(*Figure(test, "sessions")), " family sessions"}));
  }
  if (const auto* test = FindFired(tests, codes::kNoRating)) {
    reasons.push_back(
        Concat({"no rating from the last ", Whole(test->value()), " sessions they attended"}));
  }
  return reasons;
}

// What the components say, the greatest share of the index first. What a trigger already says is
// not said again.
std::vector<std::string> ComponentReasons(const IsolationIndex& index, const Tests& tests) {
  const bool bond = FindFired(tests, codes::kLowBond) || FindFired(tests, codes::kBondAndRoom);
  const bool room = FindFired(tests, codes::kNoRoom) || FindFired(tests, codes::kBondAndRoom);
  const bool rating = FindFired(tests, codes::kNoRating) || FindFired(tests, codes::kNoAlliance);
  const bool absent = FindFired(tests, codes::kAbsent) != nullptr;
  std::multimap<double, std::string_view, std::greater<>> by_share;
  const auto add = [&](bool said, std::optional<double> part, int weight, std::string_view text) {
    if (!said && part.value_or(0) >= 0.5) by_share.emplace(*part * weight, text);
  };
  add(bond, index.bond, kBondWeight, "trust well below the others'");
  add(room, index.voice, kVoiceWeight, "little room for them in the session");
  add(absent, index.presence, kPresenceWeight, "missing from family sessions");
  // 0.5 says that one of the two is there.
  add(false, index.work, kWorkWeight,
      index.work.value_or(0) < 1 ? "no part in the current goals, or none in recent homework"
                                 : "no part in the current goals and homework");
  add(rating, index.silence, kSilenceWeight, "ratings not given");
  add(false, index.note, kNoteWeight, "the notes don't say how they took part");
  std::vector<std::string> reasons;
  for (const auto& [share, text] : by_share) reasons.emplace_back(text);
  return reasons;
}

}  // namespace

std::string OneDecimal(double value) {
  char text[32];
  const auto [end, error] =
      std::to_chars(std::begin(text), std::end(text), value, std::chars_format::fixed, 1);
  return error == std::errc{} ? std::string(text, end) : std::string("out of range");
}

std::string DropSummary(v1::Content content, const ScorePoint& latest, const Tests& tests) {
  std::string text = Concat({Subject(content), " is down to ", OneDecimal(latest.value), " (",
                             OneDecimal(latest.lowest), " to ", OneDecimal(latest.highest), ")"});
  const std::optional<double> last = Figure(Find(tests, codes::kFromLast, content), "last");
  const v1::SignalTest* mean = Find(tests, codes::kFromMean, content);
  if (last) text += Concat({", after ", OneDecimal(*last), " the time before"});
  if (const std::optional<double> baseline = Figure(mean, "baseline_mean")) {
    text += Concat({last ? " and " : ", after ", OneDecimal(*baseline), " on average over ",
                    Whole(*Figure(mean, "baseline_ratings")), " ratings"});
  }
  return text + ".";
}

std::string DropNextStep(v1::Content content) {
  switch (content) {
    case v1::CONTENT_TASK:
      return "Ask, don't assume: \"What about the way we used the time did not fit for you?\" "
             "Offer "
             "to change what you do together, or its pace.";
    case v1::CONTENT_GOAL:
      return "Ask, don't assume: \"Are we still heading where you want to go?\" Say the goals "
             "again "
             "in this member's own words before going on.";
    case v1::CONTENT_BOND:
      return "Ask, with nobody else listening: \"Did something I said or did land badly?\" Hear it "
             "out, and own your part before you explain anything.";
    default:
      return "Ask, don't assume: \"What was different for you last time?\" Listen for how you "
             "work, "
             "where you are going, and trust, one after the other.";
  }
}

std::string IsolationSummary(const IsolationIndex& index, const Tests& tests) {
  std::vector<std::string> reasons = TriggerReasons(tests);
  for (std::string& reason : ComponentReasons(index, tests)) reasons.push_back(std::move(reason));
  if (reasons.empty())
    return "This member may be losing their place: several small signs together.";
  std::string text = "This member may be losing their place: ";
  const std::size_t told = std::min<std::size_t>(reasons.size(), 3);
  for (std::size_t i = 0; i < told; ++i) {
    if (i > 0) text += "; ";
    text += reasons[i];
  }
  return text + ".";
}

std::string IsolationNextStep(const IsolationIndex& index, const Tests& tests) {
  const bool away = FindFired(tests, codes::kAbsent) || FindFired(tests, codes::kRemoved) ||
                    index.presence.value_or(0) >= 0.5;
  if (away) {
    return "Call this member yourself before the next session: ask what would make it worth "
           "coming, "
           "and say what they would be missed for.";
  }
  if (FindFired(tests, codes::kNoAlliance) || FindFired(tests, codes::kNoRating)) {
    return "Take two minutes alone with this member: ask how it is to be here, and show how to "
           "give "
           "the rating so that nobody else sees it.";
  }
  const bool room = FindFired(tests, codes::kNoRoom) || FindFired(tests, codes::kBondAndRoom) ||
                    index.voice.value_or(0) >= 0.5;
  if (room) {
    return "Turn to this member first next time, with a question only they can answer; ask alone: "
           "\"What would make room for you here?\"";
  }
  if (index.work.value_or(0) >= 0.5) {
    return "Ask what this member wants from coming, and agree with them on one goal or one small "
           "step of their own.";
  }
  return "Ask, with nobody else listening: \"How has it been between us lately?\" Hear it out "
         "before "
         "you explain anything.";
}

}  // namespace rapport::alliance::words
