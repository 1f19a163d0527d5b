// Secrets policies: which one is in force, and who has yet to sign. Pure.
//
// A policy binds those who signed it, so it is in force while every adult who attends has: who
// comes to attend, or comes of age, ends that until they sign too.
#pragma once

#include "intake/case_file.h"
#include "intake/consent_rules.h"
#include "platform/base/machine.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rapport::intake {

// What happens to one. Who attends and is of age, and another policy, change it without a call.
enum class SecretsPolicyEvent : std::uint8_t { kSet, kSign, kLastSign, kLate, kLeave, kSucceed };
using SecretsPolicyMachine = Machine<v1::SecretsPolicyState, SecretsPolicyEvent>;
const SecretsPolicyMachine& SecretsPolicyLife();

// Of one of the file's.
v1::SecretsPolicyState StateAt(const v1::SecretsPolicy& policy, const CaseFile& file,
                               std::int64_t at_us);

// When every adult who attended had signed it first; nullopt: not so far. Mostly with the last of
// the signatures, which says so (in_force_time); else the newest one is since who had not signed
// attends no longer.
std::optional<std::int64_t> InForceSinceUs(const v1::SecretsPolicy& policy, const CaseFile& file);

// The newest one that every adult had signed at some time before; null: there is none.
const v1::SecretsPolicy* PolicyOnceInForce(const CaseFile& file, std::int64_t at_us);
// The same, if it is in force at `at_us`.
const v1::SecretsPolicy* PolicyInForce(const CaseFile& file, std::int64_t at_us);
// The newest one, while somebody has yet to sign it; null: there is none.
const v1::SecretsPolicy* PendingPolicy(const CaseFile& file, std::int64_t now_us);

// Adults who attend at `at_us` and had not signed by then, in the order of the file.
std::vector<std::string> PendingSigners(const v1::SecretsPolicy& policy, const CaseFile& file,
                                        std::int64_t at_us);
// Since when somebody who attends at `now_us` has to sign: they came to attend, or of age.
std::int64_t SignsSinceUs(const v1::Member& member, std::int64_t now_us,
                          const absl::TimeZone& zone);

// Which choice was in force when, each [from, to) in order and apart from each other; to 0: without
// end, as far as is known.
struct ChoiceSpan {
  v1::SecretsPolicyOption choice = v1::SECRETS_POLICY_OPTION_UNSPECIFIED;
  Span span;
  friend bool operator==(const ChoiceSpan&, const ChoiceSpan&) = default;
};
std::vector<ChoiceSpan> WhenInForce(const CaseFile& file);

}  // namespace rapport::intake
