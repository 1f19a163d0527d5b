#include "intake/secrets_rules.h"

#include "intake/person_rules.h"

#include <algorithm>
#include <set>

namespace rapport::intake {
namespace {

using State = v1::SecretsPolicyState;
using Event = SecretsPolicyEvent;
constexpr State kNone = v1::SECRETS_POLICY_STATE_UNSPECIFIED;
constexpr State kPending = v1::SECRETS_POLICY_STATE_PENDING;
constexpr State kInForce = v1::SECRETS_POLICY_STATE_IN_FORCE;
constexpr State kSuperseded = v1::SECRETS_POLICY_STATE_SUPERSEDED;

constexpr SecretsPolicyMachine::Row kRows[] = {
    {kNone, Event::kSet, kPending, "a clinician, with the family"},
    {kPending, Event::kSign, kPending, "another adult who attends has yet to"},
    {kPending, Event::kLastSign, kInForce, "every adult who attends has"},
    {kPending, Event::kLeave, kInForce, "who has not signed attends no longer"},
    {kPending, Event::kSucceed, kSuperseded, "another is chosen, or in force"},
    {kInForce, Event::kSign, kInForce, "again, or before the person attends"},
    {kInForce, Event::kLate, kPending, "an adult who has not signed attends, or comes of age"},
    {kInForce, Event::kSucceed, kSuperseded, "another is in force"},
    {kSuperseded, Event::kSign, kSuperseded, "the policy that waits for signatures is signed",
     "POLICY_SUPERSEDED"},
};

constexpr std::string_view kEvents[] = {"set", "sign", "last sign", "late", "leave", "succeed"};

bool HasSigned(const v1::SecretsPolicy& policy, std::string_view member, std::int64_t at_us) {
  return std::ranges::any_of(policy.signatures(), [&](const v1::PolicySignature& signature) {
    return signature.member() == member && Micros(signature.sign_time()) <= at_us;
  });
}

// Every instant at which another policy, or none, may come to be in force.
std::set<std::int64_t> Turns(const CaseFile& file) {
  std::set<std::int64_t> turns;
  for (const v1::SecretsPolicy& policy : file.policies) {
    if (policy.has_in_force_time()) turns.insert(Micros(policy.in_force_time()));
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

const SecretsPolicyMachine& SecretsPolicyLife() {
  static constexpr SecretsPolicyMachine kLife(
      "secrets_policy", kRows,
      [](State state) {
        return EnumStateName(state, "SECRETS_POLICY_STATE_", v1::SecretsPolicyState_Name(state));
      },
      [](Event event) { return kEvents[static_cast<std::size_t>(event)]; });
  return kLife;
}

State StateAt(const v1::SecretsPolicy& policy, const CaseFile& file, std::int64_t at_us) {
  const SecretsPolicyMachine& life = SecretsPolicyLife();
  const auto is = [&](const v1::SecretsPolicy* one) {
    return one != nullptr && one->name() == policy.name();
  };
  const State set = life.After(kNone, Event::kSet);
  if (is(PolicyOnceInForce(file, at_us))) {
    const State signed_by_all = life.After(set, Event::kLastSign);
    return PendingSigners(policy, file, at_us).empty() ? signed_by_all
                                                       : life.After(signed_by_all, Event::kLate);
  }
  return is(PendingPolicy(file, at_us)) ? set : life.After(set, Event::kSucceed);
}

std::optional<std::int64_t> InForceSinceUs(const v1::SecretsPolicy& policy, const CaseFile& file) {
  if (policy.has_in_force_time()) return Micros(policy.in_force_time());
  if (policy.signatures().empty() || policy.name() != file.policies.back().name()) {
    return std::nullopt;
  }
  const std::int64_t signed_us = Micros(policy.signatures(0).sign_time());
  for (const std::int64_t at_us : Turns(file)) {
    if (at_us >= signed_us && PendingSigners(policy, file, at_us).empty()) return at_us;
  }
  return std::nullopt;
}

const v1::SecretsPolicy* PolicyOnceInForce(const CaseFile& file, std::int64_t at_us) {
  const v1::SecretsPolicy* newest = nullptr;
  for (const v1::SecretsPolicy& policy : file.policies) {
    const auto since_us = InForceSinceUs(policy, file);
    if (since_us && *since_us <= at_us) newest = &policy;
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
