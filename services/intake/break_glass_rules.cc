#include "intake/break_glass_rules.h"

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

std::vector<std::pair<std::string, std::string>> FaultsOf(
    const v1::ReviewBreakGlassRequest& request) {
  if (request.conclusion() == v1::BREAK_GLASS_CONCLUSION_JUSTIFIED || !request.note().empty()) {
    return {};
  }
  return {{"note", "what was found and what follows, unless JUSTIFIED"}};
}

}  // namespace rapport::intake
