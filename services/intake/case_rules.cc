#include "intake/case_rules.h"

#include "intake/consent_rules.h"
#include "intake/emergency_rules.h"
#include "intake/level_rules.h"
#include "intake/person_rules.h"
#include "intake/safety_rules.h"
#include "intake/secrets_rules.h"
#include "platform/base/machine.h"

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
    {v1::FAMILY_STATE_NEW, v1::FAMILY_STATE_CLOSED, "it came to nothing"},
    {v1::FAMILY_STATE_SCREENED, v1::FAMILY_STATE_CLOSED, "it came to nothing"},
    {v1::FAMILY_STATE_ALLOCATED, v1::FAMILY_STATE_CLOSED, "it came to nothing"},
    {v1::FAMILY_STATE_CONSENTS_PENDING, v1::FAMILY_STATE_CLOSED, "it came to nothing"},
    {v1::FAMILY_STATE_SAFETY_CHECK, v1::FAMILY_STATE_CLOSED, "it came to nothing"},
    {v1::FAMILY_STATE_READY, v1::FAMILY_STATE_CLOSED, "it came to nothing"},
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
  const bool treated =
      std::any_of(file.helpers.begin(), file.helpers.end(),
                  [&](const v1::Helper& h) { return LeadsAt(h, file.trainees, now_us); });
  if (!treated) {
    unmet.push_back(
        {"THERAPIST_MISSING", file.family.name(),
         "a therapist or co-therapist joins, a trainee beside one (JoinTherapistSystem)"});
  }
}

void NeedConsents(const CaseFile& file, std::int64_t now_us, std::vector<Unmet>& unmet) {
  const auto attending = AttendingAt(file, now_us);
  if (attending.empty()) {
    unmet.push_back({"ATTENDING_MEMBER_MISSING", file.family.name(),
                     "at least one member attends (CreateMember)"});
  }
  const auto need = [&](const v1::Member& member, v1::ConsentPurpose purpose, std::string what) {
    const ConsentFinding found =
        FindConsent(file, {.member = member.name(), .purpose = purpose}, now_us);
    if (found.permitted) return;
    for (std::size_t i = 0; i < found.missing.size(); ++i) {
      what += (i == 0 ? ", by " : " and ") + found.missing[i];
    }
    unmet.push_back({"CONSENT_MISSING", member.name(), std::move(what)});
  };
  for (const v1::Member* member : attending) {
    if (!member->has_birth_date() && !IsAdultsRole(member->role())) {
      unmet.push_back({"BIRTH_DATE_MISSING", member->name(),
                       "the birth date, which says who consents (UpdateMember)"});
    }
    need(*member, v1::CONSENT_PURPOSE_TREATMENT, "consent to TREATMENT in force (GrantConsent)");
    if (attending.size() > 1) {
      need(*member, v1::CONSENT_PURPOSE_CONJOINT_TREATMENT,
           "consent to CONJOINT_TREATMENT in force (GrantConsent)");
    }
  }
}

void NeedSafety(const CaseFile& file, std::int64_t now_us, std::vector<Unmet>& unmet) {
  for (const v1::Member& member : file.members) {
    if (!MustBeScreened(file, member, now_us)) continue;
    const auto due = NextScreen(file, member);
    if (IsReferred(file, member.name())) {
      unmet.push_back({"SAFETY_OUTCOME_OPEN", file.family.name(),
                       "a clinician settles the outcome of the safety screens"});
    } else if (NewestScreen(file, member.name()) == nullptr || (due && due->at_us <= now_us)) {
      unmet.push_back({"SAFETY_SCREEN_DUE", member.name(),
                       "a safety screen with the person alone (RecordSafetyScreen)"});
    }
  }
}

void NeedPolicy(const CaseFile& file, std::int64_t now_us, std::vector<Unmet>& unmet) {
  if (PolicyInForce(file, now_us) != nullptr) return;
  // Whoever attends since, or is of age since, signs the one that the others signed.
  const v1::SecretsPolicy* once = PolicyOnceInForce(file, now_us);
  const v1::SecretsPolicy* pending = once != nullptr ? once : PendingPolicy(file, now_us);
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

void NeedUpTo(Stage stage, const CaseFile& file, std::int64_t now_us, std::vector<Unmet>& unmet) {
  if (stage >= Stage::kTherapist) NeedTherapist(file, now_us, unmet);
  if (stage >= Stage::kConsents) NeedConsents(file, now_us, unmet);
  if (stage >= Stage::kSafety) {
    NeedSafety(file, now_us, unmet);
    NeedPolicy(file, now_us, unmet);
  }
}

Unmet Illegal(const CaseFile& file, v1::FamilyState from, v1::FamilyState to) {
  std::string legal;
  for (const Move& move : kMoves) {
    if (move.from != from) continue;
    legal += (legal.empty() ? "" : ", ") + ShortName(move.to);
  }
  return {"ILLEGAL_TRANSITION", file.family.name(),
          "from " + ShortName(from) + " a case can move to " +
              (legal.empty() ? std::string("nothing") : legal) + ", not to " + ShortName(to)};
}

// When the work that goes on began.
std::int64_t EpisodeStart(const v1::Family& family) {
  const auto& episodes = family.episodes();
  return episodes.empty() ? 0 : Micros(episodes.Get(episodes.size() - 1).open_time());
}

// Who said that they are not safe is asked alone before anybody calls the work completed. Whoever
// left may never be reached.
void NeedAnswerToNotSafe(const CaseFile& file, std::int64_t now_us, std::vector<Unmet>& unmet) {
  for (const v1::Member& member : file.members) {
    if (!BelongsAt(member, now_us) || !SaidNotSafe(file, member)) continue;
    unmet.push_back({"NOT_SAFE_UNANSWERED", member.name(),
                     "they said that they are not safe: they are asked alone, and the screen is "
                     "recorded (RecordSafetyScreen)"});
  }
}

// Work that was completed is looked back on.
void NeedClosingAssessment(const CaseFile& file, std::vector<Unmet>& unmet) {
  if (!WasLookedBackOn(file)) {
    unmet.push_back({"CLOSING_ASSESSMENT_MISSING", file.family.name(),
                     "the level of need is confirmed for the closing (AssessLevelOfNeed)"});
  }
}

}  // namespace

std::span<const Move> Moves() { return kMoves; }

bool IsMove(v1::FamilyState from, v1::FamilyState to) {
  return std::any_of(std::begin(kMoves), std::end(kMoves),
                     [&](const Move& move) { return move.from == from && move.to == to; });
}

std::string LifeCycleDot() { return MovesDot("case", kMoves, ShortName); }

std::vector<Unmet> UnmetFor(const CaseFile& file, v1::FamilyState to, v1::CaseEnding ending,
                            std::int64_t now_us) {
  std::vector<Unmet> unmet;
  const v1::FamilyState from = CaseStateAt(file.family, now_us);
  const bool settles = from == v1::FAMILY_STATE_OPEN && to == from && InEmergency(file.family);
  if (!IsMove(from, to) && !settles) unmet.push_back(Illegal(file, from, to));
  const Stage stage = StageOf(to);
  NeedUpTo(stage, file, now_us, unmet);
  if (ending == v1::CASE_ENDING_COMPLETED) {
    NeedClosingAssessment(file, unmet);
    NeedAnswerToNotSafe(file, now_us, unmet);
  }
  const bool began = from == v1::FAMILY_STATE_OPEN || from == v1::FAMILY_STATE_ON_HOLD;
  if (ending == v1::CASE_ENDING_COMPLETED && to == v1::FAMILY_STATE_CLOSED && !began) {
    unmet.push_back({"ENDING_CATEGORY", file.family.name(),
                     "work that never began is not completed; how it came to nothing"});
  }
  if ((to == v1::FAMILY_STATE_CLOSED) != (ending != v1::CASE_ENDING_UNSPECIFIED)) {
    unmet.push_back({"ENDING_CATEGORY", file.family.name(),
                     "a closing says how the case ended; nothing else does"});
  }
  return unmet;
}

std::optional<Unmet> MissingReason(const v1::Family& family, v1::FamilyState from,
                                   v1::FamilyState to, std::string_view reason) {
  const bool wanted = to == v1::FAMILY_STATE_REDIRECTED || to == v1::FAMILY_STATE_ON_HOLD ||
                      to == v1::FAMILY_STATE_CLOSED || from == v1::FAMILY_STATE_CLOSED;
  if (!wanted || !reason.empty()) return std::nullopt;
  return Unmet{"REASON_MISSING", family.name(), "a reason in words"};
}

void EnterState(v1::FamilyState from, v1::FamilyState to, std::string_view reason,
                v1::CaseEnding ending, std::int64_t now_us, v1::Family* family) {
  const auto now = TimestampOf(now_us);
  family->set_state(to);
  *family->mutable_state_time() = now;
  family->set_state_reason(std::string(reason));
  family->set_ending(ending);
  if (to == v1::FAMILY_STATE_ALLOCATED && family->level_of_need() == 0) {
    MakeDue(v1::ASSESSMENT_OCCASION_INTAKE, now_us, family);
  }
  if (to == v1::FAMILY_STATE_OPEN) {
    if (!family->has_open_time()) *family->mutable_open_time() = now;
    if (InEmergency(*family)) *family->mutable_emergency()->mutable_settle_time() = now;
    if (from != v1::FAMILY_STATE_OPEN && from != v1::FAMILY_STATE_ON_HOLD) {
      *family->add_episodes()->mutable_open_time() = now;
    }
    if (from == v1::FAMILY_STATE_CLOSED) MakeDue(v1::ASSESSMENT_OCCASION_INTAKE, now_us, family);
  }
  if (to == v1::FAMILY_STATE_CLOSED) {
    family->clear_reassessment_due_time();
    family->clear_reassessment_occasion();
    if (!family->has_open_time()) return;  // no work began
    // A release before kept no episodes.
    if (family->episodes_size() == 0)
      *family->add_episodes()->mutable_open_time() = family->open_time();
    v1::CaseEpisode& episode = *family->mutable_episodes()->rbegin();
    *episode.mutable_close_time() = now;
    episode.set_ending(ending);
    episode.set_reason(std::string(reason));
  }
}

std::vector<v1::TransitionWarning> WarningsFor(const CaseFile& file, v1::FamilyState to) {
  const bool unanswered = std::ranges::any_of(file.members, [&](const v1::Member& member) {
    return SaidNotSafe(file, member).has_value();
  });
  if (to != v1::FAMILY_STATE_CLOSED || !unanswered) return {};
  return {v1::TRANSITION_WARNING_NOT_SAFE_UNANSWERED};
}

bool WasLookedBackOn(const CaseFile& file) {
  return std::any_of(file.assessments.begin(), file.assessments.end(),
                     [&](const v1::LevelAssessment& one) {
                       return one.occasion() == v1::ASSESSMENT_OCCASION_CLOSING &&
                              one.confirmed_level() != v1::LEVEL_OF_NEED_UNSPECIFIED &&
                              Micros(one.create_time()) >= EpisodeStart(file.family);
                     });
}

std::vector<Unmet> UnmetConsents(const CaseFile& file, std::int64_t now_us) {
  std::vector<Unmet> unmet;
  NeedConsents(file, now_us, unmet);
  return unmet;
}

std::vector<Unmet> UnmetForOpen(const CaseFile& file, std::int64_t now_us) {
  std::vector<Unmet> unmet;
  NeedUpTo(Stage::kSafety, file, now_us, unmet);
  return unmet;
}

}  // namespace rapport::intake
