#include "intake/case_rules.h"

#include "intake/consent_rules.h"
#include "intake/person_rules.h"
#include "intake/safety_rules.h"

#include <algorithm>

namespace rapport::intake {
namespace {

constexpr Move kMoves[] = {
    {v1::FAMILY_STATE_NEW, v1::FAMILY_STATE_SCREENED, "the referral is a request for this agency"},
    {v1::FAMILY_STATE_NEW, v1::FAMILY_STATE_REDIRECTED, "another agency is the place"},
    {v1::FAMILY_STATE_SCREENED, v1::FAMILY_STATE_ALLOCATED, "a therapist takes it"},
    {v1::FAMILY_STATE_SCREENED, v1::FAMILY_STATE_REDIRECTED, "another agency is the place"},
    {v1::FAMILY_STATE_REDIRECTED, v1::FAMILY_STATE_SCREENED, "the family came back"},
    {v1::FAMILY_STATE_ALLOCATED, v1::FAMILY_STATE_CONSENTS_PENDING, "consents are asked for"},
    {v1::FAMILY_STATE_ALLOCATED, v1::FAMILY_STATE_REDIRECTED, "another agency is the place"},
    {v1::FAMILY_STATE_CONSENTS_PENDING, v1::FAMILY_STATE_SAFETY_CHECK, "all consents are given"},
    {v1::FAMILY_STATE_CONSENTS_PENDING, v1::FAMILY_STATE_REDIRECTED, "another agency is the place"},
    {v1::FAMILY_STATE_SAFETY_CHECK, v1::FAMILY_STATE_READY, "everyone was asked alone"},
    {v1::FAMILY_STATE_SAFETY_CHECK, v1::FAMILY_STATE_REDIRECTED, "another agency is the place"},
    {v1::FAMILY_STATE_READY, v1::FAMILY_STATE_OPEN, "the work begins"},
    {v1::FAMILY_STATE_READY, v1::FAMILY_STATE_REDIRECTED, "another agency is the place"},
    {v1::FAMILY_STATE_OPEN, v1::FAMILY_STATE_ON_HOLD, "the work pauses"},
    {v1::FAMILY_STATE_OPEN, v1::FAMILY_STATE_CLOSED, "the work ends"},
    {v1::FAMILY_STATE_ON_HOLD, v1::FAMILY_STATE_OPEN, "the work goes on"},
    {v1::FAMILY_STATE_ON_HOLD, v1::FAMILY_STATE_CLOSED, "the work ends"},
    {v1::FAMILY_STATE_CLOSED, v1::FAMILY_STATE_OPEN, "reopened"},
};

std::string ShortName(v1::FamilyState state) {
  return v1::FamilyState_Name(state).substr(sizeof("FAMILY_STATE_") - 1);
}

// Conditions accumulate along the way to OPEN, so that OPEN checks everything again.
enum class Stage { kNone, kTherapist, kConsents, kSafety };

Stage StageOf(v1::FamilyState to) {
  switch (to) {
    case v1::FAMILY_STATE_ALLOCATED:
    case v1::FAMILY_STATE_CONSENTS_PENDING:
      return Stage::kTherapist;
    case v1::FAMILY_STATE_SAFETY_CHECK:
      return Stage::kConsents;
    case v1::FAMILY_STATE_READY:
    case v1::FAMILY_STATE_OPEN:
      return Stage::kSafety;
    default:
      return Stage::kNone;
  }
}

void NeedTherapist(const CaseFile& file, std::int64_t now_us, std::vector<Unmet>& unmet) {
  const bool treated = std::any_of(file.helpers.begin(), file.helpers.end(),
                                   [&](const v1::Helper& h) { return TreatsAt(h, now_us); });
  if (!treated) {
    unmet.push_back({"THERAPIST_MISSING", file.family.name(),
                     "a therapist joins the therapist system (JoinTherapistSystem)"});
  }
}

void NeedConsents(const CaseFile& file, std::int64_t now_us, std::vector<Unmet>& unmet) {
  const auto attending = AttendingAt(file, now_us);
  if (attending.empty()) {
    unmet.push_back({"ATTENDING_MEMBER_MISSING", file.family.name(),
                     "at least one member attends (CreateMember)"});
  }
  for (const v1::Member* member : attending) {
    if (!HasConsentAt(file, member->name(), v1::CONSENT_PURPOSE_TREATMENT, now_us)) {
      unmet.push_back(
          {"CONSENT_MISSING", member->name(), "consent to TREATMENT in force (GrantConsent)"});
    }
    if (attending.size() > 1 &&
        !HasConsentAt(file, member->name(), v1::CONSENT_PURPOSE_CONJOINT_TREATMENT, now_us)) {
      unmet.push_back({"CONSENT_MISSING", member->name(),
                       "consent to CONJOINT_TREATMENT in force (GrantConsent)"});
    }
  }
}

void NeedSafety(const CaseFile& file, std::int64_t now_us, std::vector<Unmet>& unmet) {
  for (const v1::Member& member : file.members) {
    if (!MustBeScreened(member, now_us)) continue;
    const v1::SafetyScreen* screen = NewestScreen(file, member.name());
    if (screen == nullptr ||
        (screen->has_next_due_time() && Micros(screen->next_due_time()) <= now_us)) {
      unmet.push_back({"SAFETY_SCREEN_DUE", member.name(),
                       "a safety screen with the person alone (RecordSafetyScreen)"});
    } else if (screen->result() == v1::SAFETY_RESULT_REFER) {
      unmet.push_back({"SAFETY_OUTCOME_OPEN", file.family.name(),
                       "a clinician settles the outcome of the safety screens"});
    }
  }
}

void NeedPolicy(const CaseFile& file, std::int64_t now_us, std::vector<Unmet>& unmet) {
  if (PolicyInForce(file, now_us) != nullptr) return;
  const v1::SecretsPolicy* pending = PendingPolicy(file, now_us);
  if (pending == nullptr) {
    unmet.push_back({"SECRETS_POLICY_UNSIGNED", file.family.name(),
                     "a secrets policy is chosen and signed by each attending adult"});
    return;
  }
  for (const std::string& member : PendingSigners(*pending, file, now_us)) {
    unmet.push_back(
        {"SECRETS_POLICY_UNSIGNED", member, "signs the secrets policy (SignSecretsPolicy)"});
  }
}

Unmet Illegal(const CaseFile& file, v1::FamilyState to) {
  std::string legal;
  for (const Move& move : kMoves) {
    if (move.from != file.family.state()) continue;
    legal += (legal.empty() ? "" : ", ") + ShortName(move.to);
  }
  return {"ILLEGAL_TRANSITION", file.family.name(),
          "from " + ShortName(file.family.state()) + " a case can move to " +
              (legal.empty() ? std::string("nothing") : legal) + ", not to " + ShortName(to)};
}

}  // namespace

std::span<const Move> Moves() { return kMoves; }

bool IsMove(v1::FamilyState from, v1::FamilyState to) {
  return std::any_of(std::begin(kMoves), std::end(kMoves),
                     [&](const Move& move) { return move.from == from && move.to == to; });
}

std::string LifeCycleDot() {
  std::string dot = "digraph case {\n  rankdir=LR;\n";
  for (const Move& move : kMoves) {
    dot += "  " + ShortName(move.from) + " -> " + ShortName(move.to) + " [label=\"" + move.meaning +
           "\"];\n";
  }
  return dot + "}\n";
}

std::vector<Unmet> UnmetFor(const CaseFile& file, v1::FamilyState to, v1::CaseEnding ending,
                            std::int64_t now_us) {
  std::vector<Unmet> unmet;
  if (!IsMove(file.family.state(), to)) unmet.push_back(Illegal(file, to));
  const Stage stage = StageOf(to);
  if (stage >= Stage::kTherapist) NeedTherapist(file, now_us, unmet);
  if (stage >= Stage::kConsents) NeedConsents(file, now_us, unmet);
  if (stage >= Stage::kSafety) {
    NeedSafety(file, now_us, unmet);
    NeedPolicy(file, now_us, unmet);
  }
  if ((to == v1::FAMILY_STATE_CLOSED) != (ending != v1::CASE_ENDING_UNSPECIFIED)) {
    unmet.push_back({"ENDING_CATEGORY", file.family.name(),
                     "a closing says how the case ended; nothing else does"});
  }
  return unmet;
}

std::vector<std::string> PendingSigners(const v1::SecretsPolicy& policy, const CaseFile& file,
                                        std::int64_t now_us) {
  std::vector<std::string> pending;
  for (const v1::Member* member : AttendingAt(file, now_us)) {
    if (!IsAdultAt(*member, now_us)) continue;
    const bool has_signed =
        std::any_of(policy.signatures().begin(), policy.signatures().end(),
                    [&](const auto& signature) { return signature.member() == member->name(); });
    if (!has_signed) pending.push_back(member->name());
  }
  return pending;
}

// The newest policy that every adult had signed; one set later waits beside it.
const v1::SecretsPolicy* PolicyInForce(const CaseFile& file, std::int64_t now_us) {
  static_cast<void>(now_us);
  const v1::SecretsPolicy* in_force = nullptr;
  for (const v1::SecretsPolicy& policy : file.policies) {
    if (policy.has_in_force_time()) in_force = &policy;
  }
  return in_force;
}

const v1::SecretsPolicy* PendingPolicy(const CaseFile& file, std::int64_t now_us) {
  static_cast<void>(now_us);
  if (file.policies.empty() || file.policies.back().has_in_force_time()) return nullptr;
  return &file.policies.back();
}

}  // namespace rapport::intake
