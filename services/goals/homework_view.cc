#include "goals/homework_view.h"

#include "goals/goal_rules.h"
#include "goals/homework_known.h"
#include "goals/homework_rules.h"

#include <algorithm>

namespace rapport::goals {
namespace {

constexpr int kSure = 7;  // confidence below it: offer to make the task smaller

bool IsNamed(const Onlooker& who, const v1::HomeworkTerms& terms) {
  const auto is_self = [&](const std::string& person) { return who.Is(person); };
  return std::any_of(terms.doers().begin(), terms.doers().end(), is_self) ||
         std::any_of(terms.approvers().begin(), terms.approvers().end(), is_self);
}

// When its terms were proposed: proposing is accepting.
std::int64_t ProposedUs(const v1::Homework& homework) {
  for (const v1::HomeworkResponse& one : homework.responses()) {
    if (one.responder() == homework.proposed_by()) return Micros(one.respond_time());
  }
  return 0;
}

bool IsOnlyDoer(const Onlooker& who, const v1::HomeworkTerms& terms) {
  return terms.doers_size() == 1 && who.Is(terms.doers(0));
}

// Own answers, professionals' answers, the acceptance that proposing is, and what is shared.
void KeepResponsesFor(const Onlooker& who, const CaseView& view, v1::Homework* homework) {
  google::protobuf::RepeatedPtrField<v1::HomeworkResponse> kept;
  for (v1::HomeworkResponse& one : *homework->mutable_responses()) {
    const bool own = who.Is(one.responder());
    const bool shared =
        one.shared() && !WasApart(who, view, one.responder(), Micros(one.respond_time()));
    const bool known = one.responder().starts_with("professionals/") ||
                       (one.responder() == homework->proposed_by() && one.accepted());
    if (!own && !shared && !known) continue;
    if (!own && !shared) one.clear_comment();
    *kept.Add() = std::move(one);
  }
  homework->mutable_responses()->Swap(&kept);
}

void KeepReportsFor(const Onlooker& who, v1::Homework* homework) {
  auto& reports = *homework->mutable_reports();
  reports.erase(std::remove_if(reports.begin(), reports.end(),
                               [&](const auto& one) { return !who.Is(one.doer()); }),
                reports.end());
}

// What a member sees of the state once it is agreed. Somebody who does not do it: that it is agreed
// and then reviewed, whatever the doers report and whichever sessions they have. One of several
// doers: that it is under way, from their own report on. `reported`: they did.
v1::HomeworkState StateFor(const Onlooker& who, const v1::HomeworkTerms& terms, bool reported,
                           v1::HomeworkState state) {
  if (IsOnlyDoer(who, terms)) return state;
  const bool does = std::any_of(terms.doers().begin(), terms.doers().end(),
                                [&](const std::string& doer) { return who.Is(doer); });
  if (!does) {
    if (IsOwed(state) || state == v1::HOMEWORK_STATE_EXPIRED) return v1::HOMEWORK_STATE_AGREED;
    return state == v1::HOMEWORK_STATE_CLOSED ? v1::HOMEWORK_STATE_REVIEWED : state;
  }
  return IsOwed(state) && reported ? v1::HOMEWORK_STATE_ACTIVE : state;
}

void KeepLinksFor(const Onlooker& who, const CaseView& view, const Work& work,
                  v1::HomeworkTerms* terms) {
  auto& links = *terms->mutable_goals();
  links.erase(std::remove_if(links.begin(), links.end(),
                             [&](const v1::GoalLink& link) {
                               const v1::Goal* goal = work.Goal(link.goal());
                               return goal == nullptr || !MaySee(who, view, *goal);
                             }),
              links.end());
}

bool MaySeeNamed(const Onlooker& who, const CaseView& view, const Work& work,
                 std::string_view name) {
  return std::any_of(work.homework.begin(), work.homework.end(), [&](const auto* one) {
    return one->homework().name() == name && MaySee(who, view, *one);
  });
}

v1::Homework ForMember(const Onlooker& who, const CaseView& view, const Work& work,
                       v1::Homework homework) {
  const bool only_doer = IsOnlyDoer(who, homework.terms());
  homework.clear_update_time();
  KeepResponsesFor(who, view, &homework);
  KeepReportsFor(who, &homework);
  KeepLinksFor(who, view, work, homework.mutable_terms());
  if (IsWaiting(homework.state())) {
    homework.set_pending_professional(!HasProfessionalsAcceptance(homework));
    for (std::string& member : PendingMembers(homework)) {
      homework.add_pending_members(std::move(member));
    }
  }
  homework.set_state(
      StateFor(who, homework.terms(), homework.reports_size() > 0, homework.state()));
  if (homework.has_review()) {
    v1::HomeworkReview review;
    if (only_doer) review = homework.review();
    *review.mutable_review_time() = homework.review().review_time();
    review.clear_asked_agreement();
    *homework.mutable_review() = review;
  }
  if (!MaySeeNamed(who, view, work, homework.repeats())) homework.clear_repeats();
  homework.clear_misses_in_row();
  homework.clear_together_override();
  homework.clear_external_ids();
  return homework;
}

v1::Homework ForProfessional(const CaseView& view, const Work& work, v1::Homework homework) {
  const bool waiting = IsWaiting(homework.state()) || homework.state() == v1::HOMEWORK_STATE_HELD;
  const bool open =
      waiting || IsOwed(homework.state()) || homework.state() == v1::HOMEWORK_STATE_EXPIRED;
  homework.set_not_available_together(open && LacksOverride(homework, view));
  if (waiting) {
    const auto pending = PendingMembers(homework);
    homework.mutable_pending_members()->Assign(pending.begin(), pending.end());
    // Everybody accepted, and something stood against it then: a professional looks again.
    homework.set_pending_professional(!HasProfessionalsAcceptance(homework) || pending.empty());
  }
  homework.set_ask_agreement(AskAgreement(homework, work));
  homework.set_offer_smaller(homework.terms().has_confidence() &&
                             homework.terms().confidence() < kSure);
  return homework;
}

}  // namespace

v1::Homework ForService(const v1::Homework& homework) {
  v1::Homework shown;
  shown.set_name(homework.name());
  shown.set_etag(homework.etag());
  *shown.mutable_create_time() = homework.create_time();
  *shown.mutable_update_time() = homework.update_time();
  const bool reported = HasReportOfAll(homework.state());
  shown.set_state(reported ? v1::HOMEWORK_STATE_ACTIVE : homework.state());
  *shown.mutable_terms()->mutable_doers() = homework.terms().doers();
  *shown.mutable_terms()->mutable_due_time() = homework.terms().due_time();
  if (homework.has_agree_time()) *shown.mutable_agree_time() = homework.agree_time();
  *shown.mutable_external_ids() = homework.external_ids();
  return shown;
}

bool MaySee(const Onlooker& who, const CaseView& view, const internal::v1::StoredHomework& stored) {
  const v1::Homework& homework = KnownTo(who, stored);
  if (who.kind == Onlooker::Kind::kService) return !LacksOverride(homework, view);
  if (!who.IsMember()) return true;
  if (who.Is(homework.proposed_by())) return true;
  if (!IsNamed(who, homework.terms())) return false;
  const bool countered = homework.state() == v1::HOMEWORK_STATE_COUNTERED;
  if (countered && WasApart(who, view, homework.proposed_by(), ProposedUs(homework))) return false;
  return std::any_of(who.selves.begin(), who.selves.end(),
                     [&](const std::string& self) { return Contains(stored.released_to(), self); });
}

std::optional<v1::Homework> Shown(const Onlooker& who, const CaseView& view, const Work& work,
                                  const internal::v1::StoredHomework& stored) {
  if (!MaySee(who, view, stored)) return std::nullopt;
  switch (who.kind) {
    case Onlooker::Kind::kMember:
      return ForMember(who, view, work, AsMembersKnow(KnownTo(who, stored)));
    case Onlooker::Kind::kService:
      return ForService(stored.homework());
    default:
      return ForProfessional(view, work, WithEverybodysSteps(stored));
  }
}

}  // namespace rapport::goals
