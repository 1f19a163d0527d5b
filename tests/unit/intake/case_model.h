// A case as the agency's handbook would tell it: a second opinion on where a case stands, what its
// moves need and who has yet to sign, written from the design's words (domain 10.1, api) and
// sharing nothing with intake's rules. For random walks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rapport::intake::model {

inline constexpr std::int64_t kHour = 3'600'000'000;
inline constexpr std::int64_t kDay = 24 * kHour;

// Type and subject of every condition that is not met, as often as it is said.
using Reasons = std::multiset<std::pair<std::string, std::string>>;

struct Person {
  std::int64_t of_age_us = 0;  // when they are of age
  bool asked_alone = true;     // eight years or older
  bool parent = false;
  bool belongs = true, attends = true;
  std::optional<std::int64_t> screened_us;
  bool referred = false;
};

struct Consent {
  std::string person, to, by;  // `to`: TREATMENT, CONJOINT_TREATMENT
  bool assent = false;
  std::int64_t given_us = 0;
  std::optional<std::int64_t> until_us;
  bool revoked = false;
};

struct Helper {
  bool leads = true;  // not a trainee
  bool there = true;
};

struct Case {
  std::string name, state = "NEW";
  std::map<std::string, Person> people;
  std::map<std::string, Consent> consents;
  std::map<std::string, Helper> helpers;  // by professional
  std::vector<std::string> policies;      // oldest first
  std::map<std::string, std::set<std::string>> signed_by;
  std::string policy;                        // every adult who attended had signed it last
  std::optional<std::int64_t> emergency_us;  // the newest
  bool settled = true;                       // ... and its conditions were met since
  std::optional<std::int64_t> episode_us, looked_back_us;

  // An emergency is for seven days: then the case waits.
  std::string State(std::int64_t now) const;
  bool IsOver() const { return state == "CLOSED" || state == "REDIRECTED"; }
  bool OfAge(const std::string& person, std::int64_t now) const;
  bool InForce(const Consent& consent, std::int64_t now) const;
  bool PolicySettled(std::int64_t now) const;

  // What opening needs; `part` of it for the moves before.
  enum class Part { kNothing, kTherapist, kConsents, kAll };
  Reasons Needs(Part part, std::int64_t now) const;
  Reasons NeedsOfMove(const std::string& to, const std::string& ending, bool reason,
                      std::int64_t now) const;
  Reasons NeedsOfEmergency(const std::string& clinician, const std::string& supervisor,
                           bool supervised, std::int64_t now) const;
  bool IsLastTherapist(const std::string& professional, std::int64_t now) const;
  // The state that a policy is in: PENDING, IN_FORCE or SUPERSEDED.
  std::string StateOf(const std::string& policy, std::int64_t now) const;

  void Enter(const std::string& to, std::int64_t now);
  void OpenInEmergency(std::int64_t now);
  // A member's own no ends every yes for them, a grantor's no their own.
  void Revoke(const std::string& consent, const std::string& who, std::int64_t now);
  // To be called after whatever may make a policy everybody's.
  void Settle(std::int64_t now);

 private:
  std::set<std::string> Signers(std::int64_t now) const;
  bool HasConsent(const std::string& person, const std::string& to, std::int64_t now) const;
};

}  // namespace rapport::intake::model
