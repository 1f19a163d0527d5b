#include "intake/record_request_rules.h"

#include "intake/consent_rules.h"
#include "intake/person_rules.h"
#include "intake/relationship_rules.h"

#include <algorithm>

namespace rapport::intake {
namespace {

constexpr std::int64_t kDayUs = 24ll * 3'600 * 1'000'000;

using State = v1::RecordRequestState;
using Event = RecordRequestEvent;
constexpr State kNone = v1::RECORD_REQUEST_STATE_UNSPECIFIED;
constexpr State kOpen = v1::RECORD_REQUEST_STATE_OPEN;
constexpr State kOverdue = v1::RECORD_REQUEST_STATE_OVERDUE;
constexpr State kDecided = v1::RECORD_REQUEST_STATE_DECIDED;
constexpr std::string_view kRefused = "a refused amendment is disagreed with";
constexpr std::string_view kAnew = "a new request is opened";

constexpr RecordRequestMachine::Row kRows[] = {
    {kNone, Event::kOpen, kOpen, "by the member, a parent or a representative"},
    {kOpen, Event::kExtend, kOpen, "once, where the law knows it, with a reason"},
    {kOpen, Event::kTime, kOverdue, "its date passes"},
    {kOpen, Event::kDecide, kDecided, "a privacy officer, on the law's grounds"},
    {kOpen, Event::kDisagree, kOpen, kRefused, "STATEMENT_NOT_POSSIBLE"},
    {kOverdue, Event::kExtend, kOverdue, "its date has passed; it is decided now",
     "EXTENSION_NOT_POSSIBLE"},
    {kOverdue, Event::kDecide, kDecided, "a privacy officer, late"},
    {kOverdue, Event::kDisagree, kOverdue, kRefused, "STATEMENT_NOT_POSSIBLE"},
    {kDecided, Event::kExtend, kDecided, kAnew, "REQUEST_DECIDED"},
    {kDecided, Event::kDecide, kDecided, kAnew, "REQUEST_DECIDED"},
    {kDecided, Event::kDisagree, kDecided, "once, with a refused amendment"},
};

constexpr std::string_view kEvents[] = {"open", "extend", "time", "decide", "disagree"};

const std::vector<RecordRequestRule>& Rules() {
  static const std::vector<RecordRequestRule> rules = {
      {.kind = v1::RECORD_REQUEST_KIND_ACCESS,
       .days = 30,
       .extension_days = 30,
       .statement = false,
       .grounds = {v1::REFUSAL_GROUND_PSYCHOTHERAPY_NOTES, v1::REFUSAL_GROUND_LEGAL_PROCEEDING,
                   v1::REFUSAL_GROUND_OTHERS_CONFIDENCE, v1::REFUSAL_GROUND_ENDANGERS,
                   v1::REFUSAL_GROUND_HARMS_ANOTHER, v1::REFUSAL_GROUND_REPRESENTATIVE_HARMS},
       .source = "45 CFR 164.524(a), (b)(2)"},
      {.kind = v1::RECORD_REQUEST_KIND_AMENDMENT,
       .days = 60,
       .extension_days = 30,
       .statement = true,
       .grounds = {v1::REFUSAL_GROUND_NOT_OURS, v1::REFUSAL_GROUND_NOT_IN_RECORD,
                   v1::REFUSAL_GROUND_ACCURATE},
       .source = "45 CFR 164.526(a)(2), (b)(2), (d)(2)"},
      // The law sets no date; a month is practice.
      {.kind = v1::RECORD_REQUEST_KIND_RESTRICTION,
       .days = 30,
       .extension_days = 0,
       .statement = false,
       .grounds = {v1::REFUSAL_GROUND_NEEDED_FOR_CARE, v1::REFUSAL_GROUND_REQUIRED_BY_LAW,
                   v1::REFUSAL_GROUND_NOT_AGREED},
       .source = "45 CFR 164.522(a)(1)"},
  };
  return rules;
}

// No parent represents a minor in what the minor alone consented to (45 CFR 164.502(g)(3)(i)).
bool ConsentedAlone(const CaseFile& file, const v1::Member& minor, std::int64_t at_us) {
  if (IsAdultAt(minor, at_us, file.rules.zone)) return false;
  const ConsentFinding found =
      FindConsent(file, {.member = minor.name(), .purpose = v1::CONSENT_PURPOSE_TREATMENT}, at_us);
  return std::ranges::any_of(found.rests_on, [](const v1::Consent* consent) {
    return consent->authority() == v1::CONSENT_AUTHORITY_SELF && !consent->assent();
  });
}

void CheckAuthority(const v1::RecordRequest& request, const CaseFile& file, std::int64_t at_us,
                    Faults& faults) {
  const v1::Member* member = FindMember(file, request.member());
  const v1::Member* requester = FindMember(file, request.requester());
  if (member == nullptr) faults.emplace_back("member", "a member of this family");
  if (!request.requester().empty() && requester == nullptr) {
    faults.emplace_back("requester", "a member of this family");
  }
  switch (request.authority()) {
    case v1::REQUEST_AUTHORITY_SELF:
      if (request.requester() != request.member()) {
        faults.emplace_back("requester", "the member, who asks for themselves");
      }
      return;
    case v1::REQUEST_AUTHORITY_PARENT:
      if (requester == nullptr || !IsParentsRole(requester->role()) ||
          request.requester() == request.member()) {
        faults.emplace_back("requester", "a parent or guardian in this family");
      }
      if (member != nullptr && IsAdultAt(*member, at_us, file.rules.zone)) {
        faults.emplace_back("member", "a minor: an adult asks for themselves");
      }
      if (HasNoCustody(file, request.requester(), request.member(), at_us)) {
        faults.emplace_back("requester",
                            "a parent who has custody by the papers on file; otherwise a "
                            "representative by a document");
      }
      if (member != nullptr && ConsentedAlone(file, *member, at_us)) {
        faults.emplace_back("requester",
                            "the minor, who consented to the treatment alone; otherwise a "
                            "representative by a document");
      }
      return;
    default:
      if (request.document().empty()) {
        faults.emplace_back("document", "what shows the representative's authority");
      }
  }
}

}  // namespace

const RecordRequestMachine& RecordRequestLife() {
  static constexpr RecordRequestMachine kLife(
      "record_request", kRows,
      [](State state) {
        return EnumStateName(state, "RECORD_REQUEST_STATE_", v1::RecordRequestState_Name(state));
      },
      [](Event event) { return kEvents[static_cast<std::size_t>(event)]; });
  return kLife;
}

std::span<const RecordRequestRule> RecordRequestRules() { return Rules(); }

const RecordRequestRule& RuleOf(v1::RecordRequestKind kind) {
  return *std::ranges::find(Rules(), kind, &RecordRequestRule::kind);
}

Faults FaultsOf(const v1::RecordRequest& request, const CaseFile& file, std::int64_t now_us) {
  Faults faults;
  const std::int64_t at_us = request.has_receive_time() ? Micros(request.receive_time()) : now_us;
  if (at_us > now_us) faults.emplace_back("receive_time", "not in the future");
  CheckAuthority(request, file, std::min(at_us, now_us), faults);
  return faults;
}

std::int64_t DueAt(const v1::RecordRequest& request) {
  const RecordRequestRule& rule = RuleOf(request.kind());
  const int days = rule.days + (request.extension_reason().empty() ? 0 : rule.extension_days);
  return Micros(request.receive_time()) + days * kDayUs;
}

v1::RecordRequestState StateAt(const v1::RecordRequest& request, std::int64_t now_us) {
  const State opened = RecordRequestLife().After(kNone, Event::kOpen);
  if (request.has_decision()) return RecordRequestLife().After(opened, Event::kDecide);
  return now_us >= DueAt(request) ? RecordRequestLife().After(opened, Event::kTime) : opened;
}

Faults FaultsOf(const v1::RecordDecision& decision, v1::RecordRequestKind kind) {
  Faults faults;
  const auto& known = RuleOf(kind).grounds;
  const bool granted = decision.outcome() == v1::RECORD_DECISION_OUTCOME_GRANTED;
  if (granted != decision.grounds().empty()) {
    faults.emplace_back("grounds", granted ? "none: it is granted" : "why it is refused");
  }
  for (int i = 0; i < decision.grounds_size(); ++i) {
    const auto ground = static_cast<v1::RefusalGround>(decision.grounds(i));
    if (std::ranges::find(known, ground) != known.end()) continue;
    faults.emplace_back("grounds[" + std::to_string(i) + "]",
                        "a ground that the law knows for this kind of request");
  }
  const bool names = !decision.recipient().empty() || !decision.recipient_name().empty();
  const bool restricts = kind == v1::RECORD_REQUEST_KIND_RESTRICTION &&
                         decision.outcome() != v1::RECORD_DECISION_OUTCOME_REFUSED;
  if (names && !restricts) {
    faults.emplace_back("recipient", "of a restriction that is granted, at least in part");
  }
  if (!decision.recipient().empty() && !decision.recipient_name().empty()) {
    faults.emplace_back("recipient", "at most one of recipient and recipient_name");
  }
  if (!granted && decision.explanation().empty()) {
    faults.emplace_back("explanation", "what the requester is told");
  }
  return faults;
}

std::string WhyNotExtended(const v1::RecordRequest& request, std::int64_t now_us) {
  if (RuleOf(request.kind()).extension_days == 0) return "this kind of request is not extended";
  if (!request.extension_reason().empty()) return "it was extended before; it is decided now";
  const auto refusal = RecordRequestLife().RefusalOf(StateAt(request, now_us), Event::kExtend);
  if (refusal) return std::string(refusal->what_would_meet_it);
  return {};
}

std::string WhyNoStatement(const v1::RecordRequest& request) {
  const bool refused =
      request.has_decision() && request.decision().outcome() != v1::RECORD_DECISION_OUTCOME_GRANTED;
  if (!RuleOf(request.kind()).statement || !refused) return std::string(kRefused);
  if (!request.statement_of_disagreement().empty()) return "a statement is on record";
  return {};
}

}  // namespace rapport::intake
