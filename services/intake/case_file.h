// CaseFile: everything intake keeps of one family, as plain messages. What the rules work on.
//
// Every resource has its public name; other output-only fields are not filled in. Lists are in the
// order the resources were created.
#pragma once

#include "intake/consent_law.h"

#include <rapport/intake/v1/consent.pb.h>
#include <rapport/intake/v1/family.pb.h>
#include <rapport/intake/v1/level_of_need.pb.h>
#include <rapport/intake/v1/member.pb.h>
#include <rapport/intake/v1/presenting_problem.pb.h>
#include <rapport/intake/v1/professional.pb.h>
#include <rapport/intake/v1/relationship.pb.h>
#include <rapport/intake/v1/safety.pb.h>
#include <rapport/intake/v1/secrets_policy.pb.h>

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rapport::intake {

// What an agency decides for its cases.
struct AgencyRules {
  // Who is asked for a minor.
  const ConsentLaw* law = &ConsentLawOf("");
  // From this age a minor's own assent is needed beside the consent; 0: it may be recorded, and
  // nothing waits for it.
  int assent_years = 0;
  // By whose day people come of age and custody begins and ends.
  absl::TimeZone zone = absl::UTCTimeZone();
  // So long after a safety screen the person is asked again.
  int screen_days = 180;
};

// When a member's latest sessions of either sort began, when they said last that they are not safe,
// and when they last answered that it is hardly safe to speak, microseconds; 0: there was none, or
// never.
struct Attended {
  std::string member;
  std::int64_t individual_us = 0, joint_us = 0, not_safe_us = 0, low_answer_us = 0;
};

struct CaseFile {
  AgencyRules rules;
  v1::Family family;
  std::vector<v1::Member> members;
  std::vector<v1::Helper> helpers;
  std::vector<std::string> trainees;  // those of the helpers' professionals whose kind is TRAINEE
  std::vector<v1::Relationship> relationships;
  std::vector<v1::PresentingProblem> problems;
  std::vector<v1::LevelAssessment> assessments;
  std::vector<v1::SafetyScreen> screens;
  std::vector<v1::Consent> consents;
  std::vector<v1::SecretsPolicy> policies;
  std::vector<Attended> attended;
  // Of an imported family: when the earliest screen was that somebody attested. 0: none was
  // attested.
  std::int64_t attested_screen_us = 0;
};

// Microseconds since 1970 UTC.
inline std::int64_t Micros(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1'000;
}

inline google::protobuf::Timestamp TimestampOf(std::int64_t at_us) {
  google::protobuf::Timestamp time;
  time.set_seconds(at_us / 1'000'000);
  time.set_nanos(static_cast<std::int32_t>(at_us % 1'000'000) * 1'000);
  return time;
}

// A condition that is not met, in the terms of google.rpc.PreconditionFailure.
struct Unmet {
  std::string type;
  std::string subject;      // resource name
  std::string description;  // what would meet it
  friend bool operator==(const Unmet&, const Unmet&) = default;
};

}  // namespace rapport::intake
