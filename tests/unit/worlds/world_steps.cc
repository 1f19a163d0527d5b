// The steps that a member takes for themself, as a sensible client makes them: what is asked at
// random is refused too often to say much.
#include "unit/worlds/world.h"

#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/goals/v1/attainment_requests.pb.h>
#include <rapport/goals/v1/goal_requests.pb.h>
#include <rapport/goals/v1/homework_requests.pb.h>
#include <rapport/intake/v1/safeguard_requests.pb.h>

namespace rapport::worlds {

namespace iv = intake::v1;
namespace gv = goals::v1;
namespace av = alliance::v1;

void World::AskGoalSteps(Who who, std::vector<Question>& questions) {
  const std::string& self = PersonOf(who)->name;
  gv::SetStanceRequest stance;
  stance.set_name(goal_);
  stance.mutable_stance()->set_holder(self);
  stance.mutable_stance()->set_kind(gv::STANCE_KIND_ENDORSES);
  AskOne(who, stance, questions);
  gv::SetAttainmentScaleRequest scale;
  scale.set_name(goal_);
  scale.set_set_by(self);
  for (const int level : {-2, -1, 0, 1, 2}) {
    auto& one = *scale.mutable_scale()->add_levels();
    one.set_level(level);
    one.set_words("meals in peace, step " + std::to_string(level + 3));
  }
  AskOne(who, scale, questions);
  gv::RateGoalRequest rate;
  rate.set_name(goal_);
  rate.mutable_rating()->set_rater(self);
  rate.mutable_rating()->set_outcome(static_cast<int>(Dice(11)));
  AskOne(who, rate, questions);
}

// Their own ratings, put right as they were.
void World::AskRatingSteps(Who who, std::vector<Question>& questions) {
  av::ListRatingsRequest list;
  list.set_parent(family_);
  const Answer listed = AskOne(who, list, questions);
  if (!listed.status.ok()) return;
  for (const av::Rating& rating :
       static_cast<const av::ListRatingsResponse&>(*listed.message).ratings()) {
    if (rating.rater() != PersonOf(who)->name) continue;
    av::CorrectRatingRequest correct;
    correct.set_name(rating.name());
    *correct.mutable_parts() = rating.parts();
    correct.set_reason(av::CORRECTION_REASON_SLIP);
    correct.set_etag(rating.etag());
    AskOne(who, correct, questions);
    return;
  }
}

void World::AskHomeworkSteps(Who who, std::vector<Question>& questions) {
  const std::string& self = PersonOf(who)->name;
  gv::ProposeHomeworkRequest propose;
  propose.set_parent(family_);
  propose.set_proposed_by(self);
  *propose.mutable_homework()->mutable_terms() = Terms(goal_, {self, bo_.name});
  const Answer proposed = AskOne(who, propose, questions);
  if (proposed.status.ok()) {
    gv::WithdrawHomeworkRequest withdraw;
    withdraw.set_name(
        static_cast<const gv::ProposeHomeworkResponse&>(*proposed.message).homework().name());
    withdraw.set_withdrawn_by(self);
    AskOne(who, withdraw, questions);
  }
  gv::RespondToHomeworkRequest respond;
  respond.set_name(last_);
  respond.set_responder(self);
  respond.set_answer(gv::HOMEWORK_ANSWER_ACCEPT);
  respond.set_terms_revision(1);
  AskOne(who, respond, questions);
  gv::ReportHomeworkRequest report;
  report.set_name(last_);
  report.mutable_report()->set_doer(self);
  report.mutable_report()->set_completion(static_cast<int>(Dice(5)));
  AskOne(who, report, questions);
  respond.set_name(offered_);
  AskOne(who, respond, questions);
  gv::CounterHomeworkRequest counter;
  counter.set_name(offered_);
  counter.set_countered_by(self);
  *counter.mutable_terms() = Terms(goal_, everybody_);
  counter.mutable_terms()->set_when("once this week");
  AskOne(who, counter, questions);
}

void World::AskOtherSteps(Who who, std::vector<Question>& questions) {
  const std::string& self = PersonOf(who)->name;
  iv::GrantConsentRequest grant;
  grant.set_parent(family_);
  auto& consent = *grant.mutable_consent();
  consent.set_member(self);
  consent.set_grantor(self);
  consent.set_authority(iv::CONSENT_AUTHORITY_SELF);
  consent.set_purpose(iv::CONSENT_PURPOSE_RESEARCH);
  AskOne(who, grant, questions);
  for (const av::RatingRequest& form : Forms(*PersonOf(who))) {
    av::SkipRatingRequestRequest skip;
    skip.set_rating_request(form.name());
    skip.set_etag(form.etag());
    AskOne(who, skip, questions);
  }
}

}  // namespace rapport::worlds
