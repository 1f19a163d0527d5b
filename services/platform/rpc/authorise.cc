#include "platform/rpc/authorise.h"

#include <algorithm>

namespace rapport::rpc {
namespace {

using options::v1::Grant;

bool Contains(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// Each relation fills in what it found and says whether it holds.

bool OnCareTeam(const Principal& principal, const AccessFacts& facts, std::int64_t now_us,
                Decision& found) {
  for (const AccessFacts::Helper& helper : facts.helpers) {
    if (helper.direct && helper.period.Contains(now_us) &&
        Contains(helper.subjects, principal.subject)) {
      found.viewer = Viewer::kCareTeam;
      found.professional = helper.professional;
      return true;
    }
  }
  return false;
}

// What an emergency opens: the record to read, and of writes those that no emergency may wait for,
// a concern and its acknowledgement. All else that a team decides (results of screens, holds,
// consents, signatures, what was entered in error) is for who treats the family; who has to decide
// it joins them first.
bool OpensInEmergency(const schema::MethodPolicy& policy, const Subject& subject) {
  return policy.effect != options::v1::EFFECT_WRITE || NeverWaitsForFacts(policy, subject);
}

// Replaces the relationship and nothing else: who has it is on the care team for its period.
bool BrokeGlass(const Principal& principal, const AccessFacts& facts, std::int64_t now_us,
                Decision& found) {
  for (const AccessFacts::BreakGlass& grant : facts.break_glass) {
    if (grant.period.Contains(now_us) && Contains(grant.subjects, principal.subject)) {
      found.viewer = Viewer::kCareTeam;
      found.professional = grant.professional;
      found.break_glass = grant.id;
      return true;
    }
  }
  return false;
}

// Whether somebody is on the team at a time, for a supervisor of theirs, who sees no more than the
// supervisee: nothing of a family that one helps from outside.
bool HelpsNow(const AccessFacts::Helper& helper, std::int64_t now_us) {
  return helper.direct && helper.period.Contains(now_us);
}

// Was there directly for a moment at least. An entry that was found to be wrong has no moment.
bool Wrote(const AccessFacts::Helper& helper, std::int64_t now_us) {
  const Period& period = helper.period;
  return helper.direct && period.from_us <= now_us &&
         (period.to_us == 0 || period.from_us < period.to_us);
}

bool Supervises(const Principal& principal, const AccessFacts& facts, std::int64_t now_us,
                bool (*supervisee)(const AccessFacts::Helper&, std::int64_t), Decision& found) {
  const auto helps = [&](std::string_view professional) {
    return std::any_of(facts.helpers.begin(), facts.helpers.end(), [&](const auto& helper) {
      return helper.professional == professional && supervisee(helper, now_us);
    });
  };
  for (const AccessFacts::Supervisor& supervisor : facts.supervisors) {
    if (supervisor.period.Contains(now_us) && Contains(supervisor.subjects, principal.subject) &&
        helps(supervisor.supervisee)) {
      found.viewer = Viewer::kSupervisor;
      found.professional = supervisor.professional;
      return true;
    }
  }
  return false;
}

bool IsAuthor(const Principal& principal, const AccessFacts& facts, std::int64_t now_us,
              Decision& found) {
  for (const AccessFacts::Helper& helper : facts.helpers) {
    if (Wrote(helper, now_us) && Contains(helper.subjects, principal.subject)) {
      found.viewer = Viewer::kAuthor;
      found.professional = helper.professional;
      return true;
    }
  }
  return false;
}

bool SupervisesAuthor(const Principal& principal, const AccessFacts& facts, std::int64_t now_us,
                      Decision& found) {
  if (!Supervises(principal, facts, now_us, Wrote, found)) return false;
  found.viewer = Viewer::kAuthor;
  return true;
}

bool NotYetOpen(const AccessFacts& facts) {
  return facts.state != CaseState::kOpen && facts.state != CaseState::kOnHold &&
         facts.state != CaseState::kClosed;
}

// A person may be several members (an account links to any number); they act for each. Where the
// policy wants the member named and the request names somebody else, it is not them.
bool IsSelf(const Principal& principal, const schema::MethodPolicy& policy,
            const AccessFacts& facts, std::string_view self, std::int64_t now_us, Decision& found) {
  if (!policy.self.empty() && self.empty()) return false;
  for (const AccessFacts::Member& member : facts.members) {
    if (member.period.Contains(now_us) && Contains(member.subjects, principal.subject)) {
      found.members.push_back(member.member);
    }
  }
  if (found.members.empty() || (!self.empty() && !Contains(found.members, self))) {
    found.members.clear();
    return false;
  }
  found.viewer = Viewer::kMember;
  return true;
}

bool IsInvited(const Principal& principal, const schema::MethodPolicy& policy,
               const Subject& subject, Decision& found) {
  if (!policy.self.empty() && subject.self.empty()) return false;
  if (!principal.invitation || principal.invitation->family != subject.family) return false;
  if (!subject.self.empty() && principal.invitation->member != subject.self) return false;
  found.viewer = Viewer::kInvited;
  found.members = {principal.invitation->member};
  return true;
}

bool Holds(const Grant& grant, const Principal& principal, const schema::MethodPolicy& policy,
           const Subject& subject, const AccessFacts* facts, std::int64_t now_us, Decision& found) {
  switch (grant.relation()) {
    case options::v1::RELATION_AGENCY:
      found.viewer = Viewer::kAgency;
      return true;
    case options::v1::RELATION_CARE_TEAM:
      return facts &&
             (OnCareTeam(principal, *facts, now_us, found) ||
              (OpensInEmergency(policy, subject) && BrokeGlass(principal, *facts, now_us, found)));
    case options::v1::RELATION_SUPERVISES:
      // Or is there themself, behind the mirror.
      return facts && (Supervises(principal, *facts, now_us, HelpsNow, found) ||
                       OnCareTeam(principal, *facts, now_us, found));
    case options::v1::RELATION_TREATS:
      return facts && OnCareTeam(principal, *facts, now_us, found);
    case options::v1::RELATION_AUTHOR:
      return facts && IsAuthor(principal, *facts, now_us, found);
    case options::v1::RELATION_SUPERVISES_AUTHOR:
      return facts && SupervisesAuthor(principal, *facts, now_us, found);
    case options::v1::RELATION_NOT_YET_OPEN:
      if (!facts || !NotYetOpen(*facts)) return false;
      found.viewer = Viewer::kIntakeWorker;
      return true;
    case options::v1::RELATION_SELF:
      return facts && IsSelf(principal, policy, *facts, subject.self, now_us, found);
    case options::v1::RELATION_INVITED:
      return facts && IsInvited(principal, policy, subject, found);
    default:
      return false;
  }
}

bool Consents(const AccessFacts& facts, std::string_view member, int purpose, std::int64_t now_us) {
  return std::any_of(facts.consents.begin(), facts.consents.end(), [&](const auto& consent) {
    return consent.member == member && consent.purpose == purpose &&
           consent.period.Contains(now_us);
  });
}

// Whose consent the method rests on: the member it is about, else everyone the caller is.
Denial CheckConsent(const schema::MethodPolicy& policy, const Subject& subject,
                    const AccessFacts* facts, const Decision& found, std::int64_t now_us) {
  if (policy.consent == 0 || facts == nullptr) return Denial::kNone;
  if (!subject.self.empty()) {
    return Consents(*facts, subject.self, policy.consent, now_us) ? Denial::kNone
                                                                  : Denial::kConsent;
  }
  for (const std::string& member : found.members) {
    if (!Consents(*facts, member, policy.consent, now_us)) return Denial::kConsent;
  }
  return Denial::kNone;
}

// Who stands to the family in several ways is seen by the nearest: filters and field masks follow.
int Nearness(Viewer viewer) {
  switch (viewer) {
    case Viewer::kCareTeam:
      return 7;
    case Viewer::kSupervisor:
      return 6;
    case Viewer::kAuthor:
      return 5;
    case Viewer::kMember:
      return 4;
    case Viewer::kInvited:
      return 3;
    case Viewer::kIntakeWorker:
      return 2;
    case Viewer::kAgency:
      return 1;
    default:
      return 0;
  }
}

}  // namespace

Decision Decide(const Principal& principal, const schema::MethodPolicy& policy,
                const Subject& subject, const AccessFacts* facts, std::int64_t now_us) {
  Decision decision;
  if (policy.open) {
    decision.viewer = Viewer::kAgency;
    return decision;
  }
  bool role_permits = false;
  const bool scoped = policy.scope.empty() || Contains(principal.scopes, policy.scope);
  bool held = false;
  for (const Grant& grant : policy.grants) {
    if (!principal.roles.Has(grant.role())) continue;
    role_permits = true;
    if (!scoped) break;
    if (!policy.family.empty() && facts == nullptr && !subject.any_family) continue;
    Decision found;
    if (!Holds(grant, principal, policy, subject, facts, now_us, found)) continue;
    found.denial = CheckConsent(policy, subject, facts, found, now_us);
    const bool better = !held || (found.allowed() && !decision.allowed());
    if (better || (found.allowed() && Nearness(found.viewer) > Nearness(decision.viewer))) {
      decision = std::move(found);
    }
    held = true;
  }
  if (held) return decision;
  decision.denial = !role_permits ? Denial::kRole
                    : !scoped     ? Denial::kScope
                    : !policy.family.empty() && facts == nullptr && !subject.any_family
                        ? Denial::kUnknown
                        : Denial::kRelation;
  return decision;
}

bool MayBreakGlass(const Principal& principal, const schema::MethodPolicy& policy) {
  if (!OpensInEmergency(policy, {.urgent = true})) return false;
  return std::any_of(policy.grants.begin(), policy.grants.end(), [&](const Grant& grant) {
    return grant.relation() == options::v1::RELATION_CARE_TEAM && principal.roles.Has(grant.role());
  });
}

bool NeverWaitsForFacts(const schema::MethodPolicy& policy, const Subject& subject) {
  const bool urgent = subject.urgent || policy.priority == options::v1::PRIORITY_URGENT;
  return urgent && policy.freshness == options::v1::FRESHNESS_STALE_OK &&
         policy.effect == options::v1::EFFECT_WRITE;
}

AccessFacts AtTheirWord(const Principal& principal, const Subject& subject) {
  AccessFacts facts;
  facts.family = subject.family;
  facts.state = CaseState::kOpen;
  if (!subject.self.empty()) {
    facts.members.push_back(
        {.member = std::string(subject.self), .subjects = {principal.subject}, .direct = true});
  }
  return facts;
}

std::string_view NameOf(Denial denial) {
  switch (denial) {
    case Denial::kNone:
      return "none";
    case Denial::kPeer:
      return "peer";
    case Denial::kRole:
      return "role";
    case Denial::kScope:
      return "scope";
    case Denial::kRelation:
      return "relation";
    case Denial::kUnknown:
      return "unknown";
    case Denial::kConsent:
      return "consent";
  }
  return "none";
}

}  // namespace rapport::rpc
