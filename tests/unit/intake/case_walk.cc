#include "unit/intake/case_walk.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

namespace rapport::intake {
namespace {

constexpr const char* kStates[] = {
    "NEW",          "SCREENED", "REDIRECTED", "ALLOCATED", "CONSENTS_PENDING",
    "SAFETY_CHECK", "READY",    "OPEN",       "ON_HOLD",   "CLOSED"};

v1::FamilyState StateNamed(const std::string& name) {
  v1::FamilyState state{};
  EXPECT_TRUE(v1::FamilyState_Parse("FAMILY_STATE_" + name, &state));
  return state;
}

std::string NameOf(v1::FamilyState state) {
  return v1::FamilyState_Name(state).substr(sizeof("FAMILY_STATE"));
}

}  // namespace

model::Reasons ReasonsIn(const absl::Status& status) {
  google::rpc::Status wire;
  wire.ParseFromString(schema::StatusDetails(status));
  model::Reasons reasons;
  for (const auto& any : wire.details()) {
    google::rpc::PreconditionFailure failure;
    if (!any.UnpackTo(&failure)) continue;
    for (const auto& one : failure.violations()) reasons.emplace(one.type(), one.subject());
  }
  return reasons;
}

void CaseWalk::Move(const std::string& to, const std::string& ending, bool reason) {
  v1::TransitionFamilyRequest request;
  request.set_name(case_.name);
  request.set_to_state(StateNamed(to));
  if (!ending.empty()) {
    v1::CaseEnding parsed{};
    EXPECT_TRUE(v1::CaseEnding_Parse("CASE_ENDING_" + ending, &parsed));
    request.set_ending(parsed);
  }
  if (reason) request.set_reason("as agreed");
  request.set_etag(Get(case_.name).etag());
  const auto unmet = case_.NeedsOfMove(to, ending, reason, At());
  const bool illegal =
      std::ranges::any_of(unmet, [](const auto& one) { return one.first == "ILLEGAL_TRANSITION"; });
  if (Try(Staff(case_.name), &IntakeService::TransitionFamily, request,
          illegal          ? "ILLEGAL_TRANSITION"
          : !unmet.empty() ? "CONDITIONS_UNMET"
                           : "",
          unmet)) {
    case_.Enter(to, At());
    ++moves_[to];
  }
}

void CaseWalk::MoveSomewhere() {
  std::string to = kStates[Below(std::size(kStates))];
  if (!OneIn(4)) {
    const std::string from = case_.State(At());
    const auto* at = std::ranges::find(kStates, from);
    to = from == "NEW" || from == "REDIRECTED"                      ? "SCREENED"
         : from == "SCREENED"                                       ? "ALLOCATED"
         : from == "CLOSED" || from == "ON_HOLD" || from == "READY" ? "OPEN"
         : from == "OPEN" ? (OneIn(2) ? "ON_HOLD" : "CLOSED")
                          : *(at + 1);
  }
  const bool closes = to == "CLOSED";
  const std::string ending = closes != OneIn(12) ? (OneIn(3) ? "COMPLETED" : "MOVED") : "";
  Move(to, ending, !OneIn(6));
}

void CaseWalk::OpenInEmergency() {
  v1::OpenInEmergencyRequest request;
  request.set_name(case_.name);
  request.set_clinician(OneIn(5) ? tara_ : anna_);
  request.set_supervisor(sam_);
  request.set_reason("the father said that he is not safe tonight");
  const bool stale = OneIn(8);
  request.set_etag(stale ? deps_.etags.Show(kAgency, "0123456789abcdef", 7)
                         : Get(case_.name).etag());
  const bool supervised = request.clinician() == anna_ && Supervised();
  const auto unmet =
      case_.NeedsOfEmergency(request.clinician(), request.supervisor(), supervised, At());
  const bool illegal =
      std::ranges::any_of(unmet, [](const auto& one) { return one.first == "ILLEGAL_TRANSITION"; });
  const int who = Below(8);
  Call call =
      who == 0   ? Staff(case_.name)
      : who == 1 ? Call(*this, "sam", case_.name, Viewer::kCareTeam, {}, sam_)
                 : Call(*this, "clinician", case_.name, Viewer::kCareTeam, {}, request.clinician());
  const std::string reason = who == 0         ? "INVALID_REQUEST"
                             : stale          ? "ETAG_MISMATCH"
                             : illegal        ? "ILLEGAL_TRANSITION"
                             : !unmet.empty() ? "CONDITIONS_UNMET"
                                              : "";
  if (Try(std::move(call), &IntakeService::OpenInEmergency, request, reason,
          who == 0 || stale ? model::Reasons() : unmet)) {
    case_.OpenInEmergency(At());
    ++moves_["emergency"];
  }
}

void CaseWalk::LookBack() {
  AssessLevel(case_.name, v1::ASSESSMENT_OCCASION_CLOSING, v1::LEVEL_OF_NEED_GROWTH);
  case_.looked_back_us = At();
}

void CaseWalk::MeetOne() {
  const auto unmet = case_.Needs(model::Case::Part::kAll, At());
  if (unmet.empty()) return MoveSomewhere();
  const auto& [type, subject] = *std::next(unmet.begin(), Below(static_cast<int>(unmet.size())));
  if (type == "THERAPIST_MISSING") return JoinOrLeave();
  if (type == "CONSENT_MISSING") {
    return Grant(subject, OneIn(2) ? "TREATMENT" : "CONJOINT_TREATMENT");
  }
  if (type == "SAFETY_SCREEN_DUE") return Ask(subject);
  if (type == "SAFETY_OUTCOME_OPEN") return Ask(Any(case_.people));
  if (type == "SECRETS_POLICY_UNSIGNED") {
    if (case_.policies.empty()) return ChoosePolicy();
    return Sign(case_.policy.empty() ? case_.policies.back() : case_.policy, subject);
  }
  LeaveOrReturn();
}

void CaseWalk::Step() {
  const int what = Below(40);
  if (what < 15) return MeetOne();
  if (what < 23) return MoveSomewhere();
  if (what < 25) return OpenInEmergency();
  if (what < 26) return Grant(Any(case_.people), OneIn(2) ? "TREATMENT" : "CONJOINT_TREATMENT");
  if (what < 28) return Revoke();
  if (what < 29) return Ask(Any(case_.people));
  if (what < 30) return case_.policies.size() < 3 ? ChoosePolicy() : LookBack();
  if (what < 31) return Sign(Any(case_.signed_by), Any(case_.people));
  if (what < 33) return JoinOrLeave();
  if (what < 34) return case_.people.size() < 5 ? AddPerson("Paul", 40, 50) : LeaveOrReturn();
  if (what < 35) return AttendOrNot();
  if (what < 36) return Supervise();
  if (what < 37) return LookBack();
  const std::int64_t hours = OneIn(12) ? 24 * (30 + Below(90)) : 1 + Below(OneIn(3) ? 100 : 20);
  store_.clock.Advance(std::chrono::hours(hours));
  told_.push_back(std::to_string(hours) + " hours later");
}

void CaseWalk::Check() {
  const v1::Family family = Get(case_.name);
  ASSERT_EQ(NameOf(family.state()), case_.State(At()));
  if (family.state() == v1::FAMILY_STATE_OPEN && family.has_emergency() &&
      !family.emergency().has_settle_time()) {
    ASSERT_LT(At() - schema::ToMicros(family.emergency().start_time()), 7 * kDay);
  }
  v1::GetSecretsPolicyRequest request;
  request.set_parent(case_.name);
  const auto policies = Do(Staff(case_.name), &IntakeService::GetSecretsPolicy, request);
  ASSERT_EQ(policies.in_force().name(), case_.PolicySettled(At()) ? case_.policy : "");
}

bool CaseWalk::Walk(std::uint32_t seed) {
  random_.seed(seed);
  Begin();
  for (int step = 0; step < 60 && !HasFailure(); ++step) {
    // What lasted for no time at all is in no history: no two steps happen at one instant.
    store_.clock.Advance(std::chrono::seconds(1));
    Step();
    case_.Settle(At());
    if (!HasFailure()) Check();
  }
  if (!HasFailure()) return true;
  std::string course;
  for (const std::string& one : told_) course += "\n  " + one;
  ADD_FAILURE() << "RAPPORT_SEED=" << seed << " walks it alone:" << course;
  return false;
}

}  // namespace rapport::intake
