// AccessFacts: what intake knows of a family that decides who may do what. Plain values.
//
// Owned by intake; the other services get them by intake's GetAccessFacts and keep them at most 5 s
// (60 s while intake can't be reached, where the method's policy allows it). Ids are the inner
// 16 bytes. Times are microseconds UTC; an end of 0 means "still".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rapport {

// Mirrors rapport.intake.v1.FamilyState.
enum class CaseState : std::uint8_t {
  kUnspecified = 0,
  kNew = 1,
  kScreened = 2,
  kRedirected = 3,
  kAllocated = 4,
  kConsentsPending = 5,
  kSafetyCheck = 6,
  kReady = 7,
  kOpen = 8,
  kOnHold = 9,
  kClosed = 10,
};

struct Period {
  std::int64_t from_us = 0;
  std::int64_t to_us = 0;
  bool Contains(std::int64_t at_us) const {
    return at_us >= from_us && (to_us == 0 || at_us < to_us);
  }
  friend bool operator==(const Period&, const Period&) = default;
};

struct AccessFacts {
  // Somebody on the therapist system. `role` is a rapport.intake.v1.TherapistSystemRole.
  struct Helper {
    std::string professional;
    std::vector<std::string> subjects;  // linked accounts
    int role = 0;
    bool direct = false;
    bool trainee = false;  // notes need a co-signature
    Period period;
  };
  struct Supervisor {
    std::string professional;
    std::vector<std::string> subjects;
    std::string supervisee;  // professional
    Period period;
  };
  // Somebody in the client system.
  struct Member {
    std::string member;
    std::vector<std::string> subjects;
    bool direct = false;  // attends; an indirect member is involved but does not attend
    int birth_year = 0, birth_month = 0, birth_day = 0;  // 0: unknown
    Period period;
    // When they come of age by the agency's day. INT64_MAX: a minor until somebody knows the birth
    // date; INT64_MIN: an adult though nobody does. 0: not said.
    std::int64_t majority_us = 0;
  };
  // A consent in force or not: the period says. `purpose` is a rapport.intake.v1.ConsentPurpose.
  struct Consent {
    std::string member;
    int purpose = 0;
    Period period;
    // Nobody asked for it yet: the case was opened in an emergency, whose time the period is.
    bool in_emergency = false;
  };
  // Somebody to be screened alone before they meet others in a session.
  struct ScreenDue {
    std::string member;
    std::int64_t due_us = 0;
  };
  // A policy that every attending adult had signed, while that was so. `option` is a
  // rapport.intake.v1.SecretsPolicyOption. At other times none was in force.
  struct SecretsPolicy {
    int option = 0;
    Period period;
  };
  // Two members arranged separately, without a break since `since_us`, when it was recorded.
  struct Separation {
    std::string first, second;
    std::int64_t since_us = 0;
    friend bool operator==(const Separation&, const Separation&) = default;
  };
  // Two members who were arranged separately until `until_us`, when the end was recorded, and not
  // since.
  struct Reunion {
    std::string first, second;
    std::int64_t until_us = 0;
    friend bool operator==(const Reunion&, const Reunion&) = default;
  };
  // Somebody to whom the record is opened in an emergency: on the care team for the period.
  struct BreakGlass {
    std::string id;
    std::string professional;
    std::vector<std::string> subjects;
    Period period;
  };

  std::string family;
  std::int64_t version = 0;   // intake's agency sequence when taken
  std::int64_t taken_us = 0;  // machine time
  CaseState state = CaseState::kUnspecified;
  int level_of_need = 0;  // 1 to 4; 0: not assessed
  std::vector<Helper> helpers;
  std::vector<Supervisor> supervisors;
  std::vector<Member> members;
  std::vector<Consent> consents;
  // Pairs of members arranged separately. Nobody but the three services learns of them.
  std::vector<Separation> separated;
  std::vector<BreakGlass> break_glass;
  std::vector<ScreenDue> screens_due;  // of who attends; also in the future
  std::vector<SecretsPolicy> secrets_policies;
  std::vector<Reunion> reunited;  // told as `separated` is
};

}  // namespace rapport
