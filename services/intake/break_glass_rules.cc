#include "intake/break_glass_rules.h"

#include <absl/strings/ascii.h>

#include <algorithm>

namespace rapport::intake {

Period PeriodOf(const v1::BreakGlass& grant) {
  return {Micros(grant.create_time()),
          Micros(grant.has_end_time() ? grant.end_time() : grant.expire_time())};
}

v1::BreakGlassState StateAt(const v1::BreakGlass& grant, std::int64_t at_us) {
  if (PeriodOf(grant).Contains(at_us)) return v1::BREAK_GLASS_STATE_IN_FORCE;
  return grant.has_review_time() ? v1::BREAK_GLASS_STATE_REVIEWED
                                 : v1::BREAK_GLASS_STATE_REVIEW_DUE;
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
