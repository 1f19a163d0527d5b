// What Bo does in private, or the therapist about him.
#include <rapport/goals/v1/attainment_requests.pb.h>
#include <rapport/goals/v1/goal_requests.pb.h>
#include <rapport/goals/v1/homework_requests.pb.h>
#include <rapport/intake/v1/case_requests.pb.h>
#include <rapport/intake/v1/safeguard_requests.pb.h>
#include <rapport/notes/v1/note_requests.pb.h>

#include "unit/worlds/world.h"

namespace rapport::worlds {
namespace {

using google::protobuf::Message;
namespace iv = intake::v1;
namespace nv = notes::v1;
namespace gv = goals::v1;
namespace av = alliance::v1;

// Bo's acts have turns of their own, so that the later ones are the same without them.
constexpr int kFirstAct = 100;

}  // namespace

const char* NameOf(Deed deed) {
  static const char* names[kDeeds] = {
      "rates a session",      "rates the severity",  "proposes a goal of his own",
      "takes a stance",       "rates the goal",      "is screened",
      "has a session alone",  "is written about",    "has homework of his own",
      "reports the homework", "opens a form",        "skips a form",
      "grants a consent",     "revokes a consent",   "reports a concern",
      "has notes kept apart", "has a second family", "is written about by a trainee"};
  return names[static_cast<int>(deed)];
}

std::vector<av::RatingRequest> World::Forms(const Person& person) {
  av::ListRatingRequestsRequest list;
  list.set_parent(family_);
  const auto all = Do<av::ListRatingRequestsResponse>(person.caller, list);
  return {all.rating_requests().begin(), all.rating_requests().end()};
}

av::SubmitRatingRequest World::Filled(const Person& person, const av::RatingForm& form) {
  av::SubmitRatingRequest submit;
  submit.set_parent(family_);
  auto& rating = *submit.mutable_rating();
  rating.set_rater(person.name);
  rating.set_session(form.rating_request().session());
  rating.set_instrument(form.rating_request().instrument());
  rating.set_mode(av::RATING_MODE_OWN_DEVICE);
  if (Dice(2) == 0) {
    rating.mutable_comment()->set_text("nobody asks me anything");
    rating.mutable_comment()->set_visibility(static_cast<av::CommentVisibility>(1 + Dice(2)));
  }
  for (const av::FormPart& part : form.parts()) {
    auto& to = *rating.add_parts();
    to.set_target(part.target());
    for (const int item : part.items()) {
      auto& answer = *to.add_answers();
      answer.set_item(item);
      answer.set_steps(static_cast<int>(Dice(4)));
    }
    if (part.target() != family_) to.set_went_wrong(Dice(4) == 0);
  }
  return submit;
}

bool World::RatesSession(const std::string& session) {
  for (const av::RatingRequest& request : Forms(bo_)) {
    if (request.session() != session) continue;
    av::GetRatingFormRequest get;
    get.set_rating_request(request.name());
    const Answer shown = Try(bo_.caller, get);
    if (!shown.status.ok()) return false;
    const auto& form = static_cast<const av::GetRatingFormResponse&>(*shown.message).rating_form();
    return Try(bo_.caller, Filled(bo_, form)).status.ok();
  }
  return false;
}

std::set<Deed> World::Act(const std::vector<worlds::Act>& acts) {
  std::set<Deed> done;
  int turn = kFirstAct;
  for (const worlds::Act& act : acts) {
    Turn(turn);
    turn += 30;
    random_.seed(act.dice);
    if (ActOnce(act)) done.insert(act.deed);
    suite_.Deliver();
  }
  return done;
}

bool World::ActOnce(const worlds::Act& act) {
  const auto did = [&](const Caller& caller, const Message& request) {
    return Try(caller, request).status.ok();
  };
  switch (act.deed) {
    case Deed::kRatesSession:
      return RatesSession(sessions_[Dice(static_cast<std::uint32_t>(sessions_.size()))]);
    case Deed::kRatesSeverity: {
      iv::RateProblemSeverityRequest rate;
      rate.set_name(bo_.problem);
      rate.set_rater(bo_.name);
      rate.set_severity(static_cast<int>(Dice(11)));
      return did(bo_.caller, rate);
    }
    case Deed::kProposesOwnGoal:
      return !ProposesOwnGoal("to move out before summer").empty();
    case Deed::kTakesStance: {
      gv::SetStanceRequest set;
      set.set_name(goal_);
      set.mutable_stance()->set_holder(bo_.name);
      set.mutable_stance()->set_kind(static_cast<gv::StanceKind>(1 + Dice(5)));
      auto& perceived = *set.mutable_stance()->add_perceived();
      perceived.set_person(ada_.name);
      perceived.set_kind(static_cast<gv::StanceKind>(1 + Dice(4)));
      return did(bo_.caller, set);
    }
    case Deed::kRatesGoal: {
      gv::RateGoalRequest rate;
      rate.set_name(goal_);
      rate.mutable_rating()->set_rater(bo_.name);
      rate.mutable_rating()->set_outcome(static_cast<int>(Dice(11)));
      rate.mutable_rating()->set_comment("nothing has changed");
      // He is no owner of it: his therapist writes it down for him.
      if (did(bo_.caller, rate)) return true;
      rate.mutable_rating()->set_rater(therapist_);
      return did(Therapist(), rate);
    }
    case Deed::kIsScreened: {
      iv::RecordSafetyScreenRequest record;
      record.set_parent(family_);
      auto& screen = *record.mutable_screen();
      screen.set_member(bo_.name);
      screen.set_alone(true);
      screen.set_result(static_cast<iv::SafetyResult>(1 + Dice(4)));
      if (screen.result() == iv::SAFETY_RESULT_CONJOINT_WITH_CONDITIONS) {
        screen.set_conditions("a break when asked for");
      }
      if (screen.result() == iv::SAFETY_RESULT_SEPARATE_ONLY) screen.add_separate_from(ada_.name);
      if (screen.result() == iv::SAFETY_RESULT_REFER) screen.set_referred_to("the crisis house");
      return did(Therapist(), record);
    }
    case Deed::kHasSessionAlone:
      Hold(nv::SESSION_FORMAT_INDIVIDUAL, {bo_.name});
      return true;
    case Deed::kIsWrittenAbout:
      return IsWrittenAbout();
    case Deed::kHasOwnHomework:
      return HasOwnHomework();
    case Deed::kReportsHomework: {
      if (homework_.empty()) return false;
      gv::ReportHomeworkRequest report;
      report.set_name(homework_[Dice(static_cast<std::uint32_t>(homework_.size()))]);
      report.mutable_report()->set_doer(bo_.name);
      report.mutable_report()->set_completion(static_cast<int>(Dice(5)));
      report.mutable_report()->add_obstacles(gv::OBSTACLE_FELT_UNSAFE);
      report.mutable_report()->set_comment("I did not dare to");
      return did(bo_.caller, report);
    }
    case Deed::kOpensForm:
    case Deed::kSkipsForm: {
      const auto forms = Forms(bo_);
      if (forms.empty()) return false;
      const auto& form = forms[Dice(static_cast<std::uint32_t>(forms.size()))];
      av::GetRatingFormRequest get;
      get.set_rating_request(form.name());
      if (act.deed == Deed::kOpensForm) return did(bo_.caller, get);
      av::SkipRatingRequestRequest skip;
      skip.set_rating_request(form.name());
      skip.set_etag(form.etag());
      return did(bo_.caller, skip);
    }
    case Deed::kGrantsConsent: {
      iv::GrantConsentRequest grant;
      grant.set_parent(family_);
      auto& consent = *grant.mutable_consent();
      consent.set_member(bo_.name);
      consent.set_grantor(bo_.name);
      consent.set_authority(iv::CONSENT_AUTHORITY_SELF);
      consent.set_purpose(iv::CONSENT_PURPOSE_RESEARCH);
      return did(bo_.caller, grant);
    }
    case Deed::kRevokesConsent: {
      iv::ListConsentsRequest list;
      list.set_parent(family_);
      list.set_member(bo_.name);
      const auto listed = Do<iv::ListConsentsResponse>(bo_.caller, list);
      for (const auto& consent : listed.consents()) {
        if (consent.purpose() != iv::CONSENT_PURPOSE_RATINGS || consent.has_revoke_time()) continue;
        iv::RevokeConsentRequest revoke;
        revoke.set_name(consent.name());
        revoke.set_etag(consent.etag());
        revoke.set_revoked_by(bo_.name);
        revoke.set_reason("they read my answers");
        return did(bo_.caller, revoke);
      }
      return false;
    }
    case Deed::kReportsConcern:
      return ReportsConcern();
    case Deed::kHasNotesApart:
      return HasNotesApart();
    case Deed::kHasSecondFamily:
      return HasSecondFamily();
    case Deed::kIsWrittenAboutByTrainee:
      return IsWrittenAboutByTrainee();
  }
  return false;
}

std::string World::ProposesOwnGoal(const char* words) {
  gv::ProposeGoalRequest propose;
  propose.set_parent(family_);
  propose.set_proposed_by(bo_.name);
  propose.mutable_goal()->add_owners(bo_.name);
  propose.mutable_goal()->set_scope(gv::GOAL_SCOPE_INDIVIDUAL);
  propose.mutable_goal()->set_words(words);
  const Answer proposed = Try(bo_.caller, propose);
  if (!proposed.status.ok()) return {};
  return static_cast<const gv::ProposeGoalResponse&>(*proposed.message).goal().name();
}

bool World::HasOwnHomework() {
  const std::string goal = ProposesOwnGoal("to be able to say no");
  if (goal.empty()) return false;
  gv::ProposeHomeworkRequest propose;
  propose.set_parent(family_);
  *propose.mutable_homework()->mutable_terms() = Terms(goal, {bo_.name});
  propose.mutable_homework()->mutable_terms()->set_what("call the counsellor");
  const bool himself = Dice(2) == 0;
  if (himself) propose.set_proposed_by(bo_.name);
  const Answer proposed = Try(himself ? bo_.caller : Therapist(), propose);
  if (!proposed.status.ok()) return false;
  const auto homework =
      static_cast<const gv::ProposeHomeworkResponse&>(*proposed.message).homework();
  gv::RespondToHomeworkRequest respond;
  respond.set_name(homework.name());
  respond.set_responder(himself ? therapist_ : bo_.name);
  respond.set_answer(gv::HOMEWORK_ANSWER_ACCEPT);
  respond.set_terms_revision(homework.terms_revision());
  if (!Try(himself ? Therapist() : bo_.caller, respond).status.ok()) return true;
  gv::ReportHomeworkRequest report;
  report.set_name(homework.name());
  report.mutable_report()->set_doer(bo_.name);
  report.mutable_report()->set_completion(static_cast<int>(Dice(5)));
  Try(bo_.caller, report);
  return true;
}

nv::Note World::WritesAbout(const Caller& author) {
  const bool in_private = Dice(5) == 0;  // refused, where the secrets policy has it so
  nv::CreateNoteRequest create;
  create.set_parent(sessions_.back());
  create.mutable_note()->set_format(nv::NOTE_FORMAT_DAP);
  for (const auto kind :
       {nv::SECTION_KIND_DATA, nv::SECTION_KIND_ASSESSMENT, nv::SECTION_KIND_PLAN}) {
    auto& section = *create.mutable_note()->add_sections();
    section.set_kind(kind);
    auto& statement = *section.add_statements();
    statement.set_text("wants to move out and has told nobody");
    statement.set_about_member(bo_.name);
    if (in_private) statement.set_told_in_private_by(bo_.name);
  }
  const Answer created = Try(author, create);
  if (!created.status.ok()) return {};
  const auto note = static_cast<const nv::CreateNoteResponse&>(*created.message).note();
  nv::SignNoteRequest sign;
  sign.set_name(note.name());
  sign.set_etag(note.etag());
  const Answer signed_by = Try(author, sign);
  if (!signed_by.status.ok()) return note;
  return static_cast<const nv::SignNoteResponse&>(*signed_by.message).note();
}

bool World::IsWrittenAbout() { return !WritesAbout(Therapist()).name().empty(); }

bool World::IsWrittenAboutByTrainee() {
  const nv::Note note = WritesAbout(Trainee());
  if (note.name().empty()) return false;
  nv::CosignNoteRequest cosign;
  cosign.set_name(note.name());
  cosign.set_etag(note.etag());
  return Try(Supervisor(), cosign).status.ok();
}

}  // namespace rapport::worlds
