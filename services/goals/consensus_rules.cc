#include "goals/consensus_rules.h"

#include <algorithm>
#include <cmath>

namespace rapport::goals {
namespace {

constexpr double kSharedIndex = 0.75;
constexpr double kMisreadError = 0.5;

bool IsMember(const v1::Stance& stance) { return stance.holder().starts_with("families/"); }

}  // namespace

std::optional<double> ValueOf(v1::StanceKind kind) {
  switch (kind) {
    case v1::STANCE_KIND_ENDORSES:
      return 1;
    case v1::STANCE_KIND_ACCEPTS:
      return 0.75;
    case v1::STANCE_KIND_NEUTRAL:
      return 0.5;
    case v1::STANCE_KIND_OBJECTS:
      return 0;
    default:
      return std::nullopt;
  }
}

Consensus ConsensusOf(std::span<const v1::StanceKind> members) {
  // All values are quarters, so that the sum is exact in any order.
  double sum = 0;
  int known = 0;
  for (const v1::StanceKind kind : members) {
    const auto value = ValueOf(kind);
    if (!value) continue;
    sum += *value;
    ++known;
  }
  Consensus consensus;
  if (known > 0) consensus.index = sum / known;
  if (!members.empty()) consensus.coverage = known / static_cast<double>(members.size());
  const bool objects =
      std::find(members.begin(), members.end(), v1::STANCE_KIND_OBJECTS) != members.end();
  consensus.shared = consensus.index.value_or(0) >= kSharedIndex && !objects &&
                     consensus.coverage.value_or(0) == 1;
  return consensus;
}

std::vector<v1::Misreading> MisreadingsOf(std::span<const v1::Stance* const> stances) {
  std::vector<v1::Misreading> misreadings;
  for (const v1::Stance* believer : stances) {
    if (!IsMember(*believer)) continue;
    for (const v1::PerceivedStance& belief : believer->perceived()) {
      const auto about = std::find_if(stances.begin(), stances.end(), [&](const v1::Stance* one) {
        return one->holder() == belief.person();
      });
      if (about == stances.end()) continue;
      const auto perceived = ValueOf(belief.kind());
      const auto actual = ValueOf((*about)->kind());
      if (!perceived || !actual || std::abs(*perceived - *actual) <= kMisreadError) continue;
      v1::Misreading& misreading = misreadings.emplace_back();
      misreading.set_member(believer->holder());
      misreading.set_about(belief.person());
      misreading.set_perceived(belief.kind());
      misreading.set_actual((*about)->kind());
      misreading.set_error(std::abs(*perceived - *actual));
    }
  }
  return misreadings;
}

}  // namespace rapport::goals
