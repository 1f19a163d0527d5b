#include "intake/break_glass_rules.h"

#include <absl/strings/ascii.h>

#include <algorithm>

namespace rapport::intake {
namespace {

using State = v1::BreakGlassState;
using Event = BreakGlassEvent;
constexpr State kNone = v1::BREAK_GLASS_STATE_UNSPECIFIED;
constexpr State kInForce = v1::BREAK_GLASS_STATE_IN_FORCE;
constexpr State kReviewDue = v1::BREAK_GLASS_STATE_REVIEW_DUE;
constexpr State kReviewed = v1::BREAK_GLASS_STATE_REVIEWED;

constexpr BreakGlassMachine::Row kRows[] = {
    {kNone, Event::kGrant, kInForce, "a clinician who is not on the care team, with a reason"},
    {kInForce, Event::kEnd, kReviewDue, "by the clinician or a privacy officer"},
    {kInForce, Event::kTime, kReviewDue, "it expires"},
    {kInForce, Event::kReview, kInForce, "it ends first (EndBreakGlass)", "BREAK_GLASS_IN_FORCE"},
    {kReviewDue, Event::kEnd, kReviewDue, "it has ended; history is not changed", "ALREADY_ENDED"},
    {kReviewDue, Event::kReview, kReviewed, "another privacy officer than its clinician concludes"},
    {kReviewed, Event::kEnd, kReviewed, "it has ended; history is not changed", "ALREADY_ENDED"},
    {kReviewed, Event::kReview, kReviewed, "a review stands; it is not changed",
     "ALREADY_REVIEWED"},
};

constexpr std::string_view kEvents[] = {"grant", "end", "time", "review"};

}  // namespace

const BreakGlassMachine& BreakGlassLife() {
  static constexpr BreakGlassMachine kLife(
      "break_glass", kRows,
      [](State state) {
        return EnumStateName(state, "BREAK_GLASS_STATE_", v1::BreakGlassState_Name(state));
      },
      [](Event event) { return kEvents[static_cast<std::size_t>(event)]; });
  return kLife;
}

Period PeriodOf(const v1::BreakGlass& grant) {
  return {Micros(grant.create_time()),
          Micros(grant.has_end_time() ? grant.end_time() : grant.expire_time())};
}

v1::BreakGlassState StateAt(const v1::BreakGlass& grant, std::int64_t at_us) {
  const State granted = BreakGlassLife().After(kNone, Event::kGrant);
  if (PeriodOf(grant).Contains(at_us)) return granted;
  const State over =
      BreakGlassLife().After(granted, grant.has_end_time() ? Event::kEnd : Event::kTime);
  return grant.has_review_time() ? BreakGlassLife().After(over, Event::kReview) : over;
}

// Bytes, so that a few signs of a script that has one for each word will do.
std::vector<std::pair<std::string, std::string>> FaultsOf(
    const v1::GrantBreakGlassRequest& request) {
  const auto letters = std::ranges::count_if(
      request.reason(), [](unsigned char c) { return c >= 0x80 || absl::ascii_isalnum(c); });
  if (letters >= kLeastReason) return {};
  return {{"reason", "why the record has to be seen now, in at least ten letters"}};
}

std::vector<std::pair<std::string, std::string>> FaultsOf(
    const v1::ReviewBreakGlassRequest& request) {
  if (request.conclusion() == v1::BREAK_GLASS_CONCLUSION_JUSTIFIED || !request.note().empty()) {
    return {};
  }
  return {{"note", "what was found and what follows, unless JUSTIFIED"}};
}

}  // namespace rapport::intake
