#include "intake/secrets_rules.h"

#include "intake/person_rules.h"

#include <algorithm>
#include <set>

namespace rapport::intake {
namespace {

bool HasSigned(const v1::SecretsPolicy& policy, std::string_view member, std::int64_t at_us) {
  return std::ranges::any_of(policy.signatures(), [&](const v1::PolicySignature& signature) {
    return signature.member() == member && Micros(signature.sign_time()) <= at_us;
  });
}

// Every instant at which another policy, or none, may come to be in force.
std::set<std::int64_t> Turns(const CaseFile& file) {
  std::set<std::int64_t> turns;
  for (const v1::SecretsPolicy& policy : file.policies) {
    if (!policy.has_in_force_time()) continue;
    turns.insert(Micros(policy.in_force_time()));
    for (const auto& signature : policy.signatures()) turns.insert(Micros(signature.sign_time()));
  }
  if (turns.empty()) return turns;
  for (const v1::Member& member : file.members) {
    for (const v1::Period& period : member.periods()) {
      turns.insert(Micros(period.start_time()));
      if (period.has_end_time()) turns.insert(Micros(period.end_time()));
    }
    if (const auto majority_us = MajorityUs(member, file.rules.zone)) turns.insert(*majority_us);
  }
  return turns;
}

}  // namespace

const v1::SecretsPolicy* PolicyOnceInForce(const CaseFile& file, std::int64_t at_us) {
  const v1::SecretsPolicy* newest = nullptr;
  for (const v1::SecretsPolicy& policy : file.policies) {
    if (policy.has_in_force_time() && Micros(policy.in_force_time()) <= at_us) newest = &policy;
  }
  return newest;
}

const v1::SecretsPolicy* PolicyInForce(const CaseFile& file, std::int64_t at_us) {
  const v1::SecretsPolicy* policy = PolicyOnceInForce(file, at_us);
  return policy != nullptr && PendingSigners(*policy, file, at_us).empty() ? policy : nullptr;
}

const v1::SecretsPolicy* PendingPolicy(const CaseFile& file, std::int64_t now_us) {
  if (file.policies.empty()) return nullptr;
  const v1::SecretsPolicy& newest = file.policies.back();
  return PolicyInForce(file, now_us) == &newest ? nullptr : &newest;
}

std::vector<std::string> PendingSigners(const v1::SecretsPolicy& policy, const CaseFile& file,
                                        std::int64_t at_us) {
  std::vector<std::string> pending;
  for (const v1::Member* member : AttendingAt(file, at_us)) {
    const bool signs = IsAdultAt(*member, at_us, file.rules.zone);
    if (signs && !HasSigned(policy, member->name(), at_us)) pending.push_back(member->name());
  }
  return pending;
}

std::int64_t SignsSinceUs(const v1::Member& member, std::int64_t now_us,
                          const absl::TimeZone& zone) {
  const v1::Period* period = PeriodAt(member, now_us);
  const std::int64_t since_us = period == nullptr ? now_us : Micros(period->start_time());
  const auto majority_us = MajorityUs(member, zone);
  return majority_us && *majority_us <= now_us ? std::max(since_us, *majority_us) : since_us;
}

std::vector<ChoiceSpan> WhenInForce(const CaseFile& file) {
  std::vector<ChoiceSpan> spans;
  for (const std::int64_t at_us : Turns(file)) {
    const v1::SecretsPolicy* policy = PolicyInForce(file, at_us);
    const auto choice =
        policy == nullptr ? v1::SECRETS_POLICY_OPTION_UNSPECIFIED : policy->choice();
    const bool open = !spans.empty() && spans.back().span.to_us == 0;
    if (open && spans.back().choice == choice) continue;
    if (open) spans.back().span.to_us = at_us;
    if (policy != nullptr) spans.push_back({choice, {.from_us = at_us}});
  }
  return spans;
}

}  // namespace rapport::intake
