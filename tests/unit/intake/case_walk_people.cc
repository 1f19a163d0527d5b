#include "unit/intake/case_walk.h"

namespace rapport::intake {

void CaseWalk::Grant(const std::string& person, const std::string& to) {
  const bool adult = case_.OfAge(person, At());
  model::Consent given{person, to, adult ? person : Parent(), false, At(), {}, false};
  if (OneIn(10)) given.by = adult && Parent() != person ? Parent() : person;
  given.assent = given.by == person && !adult && OneIn(2);
  if (OneIn(4)) given.until_us = At() + (1 + Below(50)) * kDay;
  if (given.by.empty()) return;
  v1::GrantConsentRequest request;
  request.set_parent(case_.name);
  v1::Consent& consent = *request.mutable_consent();
  consent.set_member(person);
  consent.set_purpose(to == "TREATMENT" ? v1::CONSENT_PURPOSE_TREATMENT
                                        : v1::CONSENT_PURPOSE_CONJOINT_TREATMENT);
  consent.set_grantor(given.by);
  consent.set_assent(given.assent);
  const bool self = given.by == person;
  consent.set_authority(self ? v1::CONSENT_AUTHORITY_SELF : v1::CONSENT_AUTHORITY_PARENT);
  if (!self) consent.set_document("birth certificate, seen");
  if (given.until_us) *consent.mutable_expire_time() = schema::ToTimestamp(*given.until_us);
  // Nobody is a parent to an adult here, no minor consents alone, and a parent whom no line of
  // the genogram shows as one is recorded by staff.
  const bool by_account = OneIn(3);
  const bool may = self ? adult || given.assent : !adult && !by_account;
  v1::GrantConsentResponse response;
  if (Try(by_account ? Member(case_.name, given.by) : Staff(case_.name),
          &IntakeService::GrantConsent, request, may ? "" : "INVALID_REQUEST", {}, &response)) {
    case_.consents[response.consent().name()] = given;
  }
}

void CaseWalk::Revoke() {
  const std::string name = Any(case_.consents);
  if (name.empty()) return;
  const model::Consent& consent = case_.consents.at(name);
  v1::ListConsentsRequest list;
  list.set_parent(case_.name);
  list.set_page_size(200);
  v1::RevokeConsentRequest request;
  request.set_name(name);
  const auto listed = Do(Staff(case_.name), &IntakeService::ListConsents, list);
  for (const auto& one : listed.consents()) {
    if (one.name() == name) request.set_etag(one.etag());
    const model::Consent& known = case_.consents.at(one.name());
    EXPECT_EQ(one.state() == v1::CONSENT_STATE_IN_FORCE, case_.InForce(known, At()));
    EXPECT_EQ(one.state() == v1::CONSENT_STATE_REVOKED, known.revoked);
  }
  request.set_revoked_by(OneIn(2) ? consent.person : consent.by);
  if (OneIn(6)) request.set_revoked_by(Any(case_.people));
  request.set_reason("not any more");
  const bool may = request.revoked_by() == consent.person || request.revoked_by() == consent.by;
  const bool by_account = may && OneIn(3);
  const std::string who = request.revoked_by();
  if (Try(by_account ? Member(case_.name, who) : Staff(case_.name), &IntakeService::RevokeConsent,
          request,
          !case_.InForce(consent, At()) ? "CONSENT_ENDED"
          : !may                        ? "INVALID_REQUEST"
                                        : "")) {
    case_.Revoke(name, who, At());
  }
}

void CaseWalk::Ask(const std::string& name) {
  if (name.empty()) return;
  v1::RecordSafetyScreenRequest request;
  request.set_parent(case_.name);
  v1::SafetyScreen& screen = *request.mutable_screen();
  screen.set_member(name);
  screen.set_alone(!OneIn(10));
  model::Person& person = case_.people.at(name);
  const bool refer = OneIn(6), unable = !refer && !case_.OfAge(name, At()) && OneIn(3);
  if (refer) {
    screen.set_result(v1::SAFETY_RESULT_REFER);
    screen.set_referred_to("the shelter");
  } else if (unable) {
    screen.set_unable_reason("does not speak to strangers");
  } else {
    screen.set_result(v1::SAFETY_RESULT_CONJOINT_OK);
  }
  if (Try(Staff(case_.name), &IntakeService::RecordSafetyScreen, request,
          screen.alone() ? "" : "NOT_ALONE")) {
    person.screened_us = At();
    if (!unable) person.referred = refer;
  }
}

void CaseWalk::ChoosePolicy() {
  v1::SetSecretsPolicyRequest request;
  request.set_parent(case_.name);
  request.mutable_policy()->set_choice(v1::SECRETS_POLICY_OPTION_NO_SECRETS);
  v1::SetSecretsPolicyResponse response;
  if (Try(Staff(case_.name), &IntakeService::SetSecretsPolicy, request, "", {}, &response)) {
    case_.policies.push_back(response.policy().name());
    case_.signed_by[response.policy().name()];
  }
}

void CaseWalk::Sign(const std::string& policy, const std::string& person) {
  if (policy.empty() || person.empty()) return;
  v1::SignSecretsPolicyRequest request;
  request.set_name(policy);
  request.set_member(person);
  const bool over = case_.StateOf(policy, At()) == "SUPERSEDED";
  if (Try(OneIn(2) ? Member(case_.name, person) : Staff(case_.name),
          &IntakeService::SignSecretsPolicy, request,
          !case_.OfAge(person, At()) ? "MINOR_CANT_SIGN"
          : over                     ? "POLICY_SUPERSEDED"
                                     : "")) {
    case_.signed_by[policy].insert(person);
  }
}

void CaseWalk::JoinOrLeave() {
  const std::string who = OneIn(3) ? tara_ : anna_;
  auto known = case_.helpers.find(who);
  const bool there = known != case_.helpers.end() && known->second.there;
  if (!there || OneIn(6)) {
    v1::JoinTherapistSystemRequest request;
    request.set_parent(case_.name);
    request.mutable_helper()->set_professional(who);
    request.mutable_helper()->set_role(who == tara_ ? v1::THERAPIST_SYSTEM_ROLE_TRAINEE
                                                    : v1::THERAPIST_SYSTEM_ROLE_THERAPIST);
    request.mutable_helper()->set_involvement(v1::INVOLVEMENT_DIRECT);
    v1::JoinTherapistSystemResponse response;
    if (Try(Staff(case_.name), &IntakeService::JoinTherapistSystem, request,
            there ? "ALREADY_EXISTS" : "", {}, &response)) {
      case_.helpers[who] = {who == anna_, true};
      helper_[who] = response.helper();
    }
    return;
  }
  if (!OneIn(3)) return;
  v1::LeaveTherapistSystemRequest request;
  request.set_name(helper_[who].name());
  request.set_etag(helper_[who].etag());
  request.set_reason("moved on");
  if (Try(Staff(case_.name), &IntakeService::LeaveTherapistSystem, request,
          case_.IsLastTherapist(who, At()) ? "LAST_THERAPIST" : "")) {
    case_.helpers[who].there = false;
  }
}

void CaseWalk::LeaveOrReturn() {
  const std::string name = Any(case_.people);
  model::Person& person = case_.people.at(name);
  if (OneIn(2)) {
    v1::EndMembershipRequest request;
    request.set_name(name);
    request.set_etag(etags_of_[name]);
    request.set_reason("moved out");
    v1::EndMembershipResponse response;
    if (Try(Staff(case_.name), &IntakeService::EndMembership, request,
            person.belongs ? "" : "ALREADY_ENDED", {}, &response)) {
      person.belongs = false;
      etags_of_[name] = response.member().etag();
    }
    return;
  }
  v1::ResumeMembershipRequest request;
  request.set_name(name);
  request.set_etag(etags_of_[name]);
  v1::ResumeMembershipResponse response;
  if (Try(Staff(case_.name), &IntakeService::ResumeMembership, request,
          case_.IsOver()   ? "CASE_NOT_ACTIVE"
          : person.belongs ? "ALREADY_MEMBER"
                           : "",
          {}, &response)) {
    person.belongs = true;
    etags_of_[name] = response.member().etag();
  }
}

void CaseWalk::AttendOrNot() {
  const std::string name = Any(case_.people);
  model::Person& person = case_.people.at(name);
  v1::UpdateMemberRequest request;
  request.mutable_member()->set_name(name);
  request.mutable_member()->set_involvement(person.attends ? v1::INVOLVEMENT_INDIRECT
                                                           : v1::INVOLVEMENT_DIRECT);
  request.mutable_update_mask()->add_paths("involvement");
  request.set_etag(etags_of_[name]);
  v1::UpdateMemberResponse response;
  if (Try(Staff(case_.name), &IntakeService::UpdateMember, request, "", {}, &response)) {
    person.attends = !person.attends;
    etags_of_[name] = response.member().etag();
  }
}

void CaseWalk::Supervise() {
  if (!Supervised() || OneIn(4)) {
    v1::AssignSupervisorRequest request;
    request.mutable_supervision()->set_supervisor(sam_);
    request.mutable_supervision()->set_supervisee(anna_);
    v1::AssignSupervisorResponse response;
    if (Try(Staff(), &IntakeService::AssignSupervisor, request,
            Supervised() ? "ALREADY_EXISTS" : "", {}, &response)) {
      supervision_ = response.supervision();
    }
    return;
  }
  if (OneIn(4)) EndSupervision();
}

}  // namespace rapport::intake
