// A family that may open, for tests to take something away from.
#pragma once

#include "intake/case_file.h"

#include <string>

namespace rapport::intake {

// 2031-03-03T09:00:00Z.
inline constexpr std::int64_t kNow = 1'930'294'800'000'000;

inline google::protobuf::Timestamp At(std::int64_t at_us) {
  google::protobuf::Timestamp time;
  time.set_seconds(at_us / 1'000'000);
  return time;
}

inline v1::Member MemberBorn(std::string name, int year, int month, int day) {
  v1::Member member;
  member.set_name(std::move(name));
  member.set_involvement(v1::INVOLVEMENT_DIRECT);
  member.mutable_birth_date()->set_year(year);
  member.mutable_birth_date()->set_month(month);
  member.mutable_birth_date()->set_day(day);
  *member.add_periods()->mutable_start_time() = At(kNow - 1'000'000);
  return member;
}

inline v1::Consent ConsentOf(std::string member, v1::ConsentPurpose purpose) {
  v1::Consent consent;
  consent.set_member(std::move(member));
  consent.set_purpose(purpose);
  *consent.mutable_grant_time() = At(kNow - 1'000'000);
  return consent;
}

inline CaseFile ReadyFamily() {
  CaseFile file;
  file.family.set_name("family");
  file.family.set_state(v1::FAMILY_STATE_READY);
  file.members = {MemberBorn("mother", 1990, 1, 1), MemberBorn("teen", 2016, 6, 1),
                  MemberBorn("small", 2026, 6, 1)};
  file.members[0].set_role(v1::MEMBER_ROLE_PARENT);
  file.members[1].set_role(v1::MEMBER_ROLE_CHILD);
  file.members[2].set_role(v1::MEMBER_ROLE_CHILD);
  v1::Helper helper;
  helper.set_role(v1::THERAPIST_SYSTEM_ROLE_THERAPIST);
  helper.set_involvement(v1::INVOLVEMENT_DIRECT);
  *helper.mutable_start_time() = At(kNow - 1'000'000);
  file.helpers = {helper};
  for (const char* name : {"mother", "teen", "small"}) {
    file.consents.push_back(ConsentOf(name, v1::CONSENT_PURPOSE_TREATMENT));
    file.consents.push_back(ConsentOf(name, v1::CONSENT_PURPOSE_CONJOINT_TREATMENT));
  }
  for (const char* name : {"mother", "teen"}) {
    v1::SafetyScreen screen;
    screen.set_member(name);
    screen.set_alone(true);
    screen.set_result(v1::SAFETY_RESULT_CONJOINT_OK);
    *screen.mutable_screen_time() = At(kNow - 1'000'000);
    file.screens.push_back(screen);
  }
  v1::SecretsPolicy policy;
  policy.set_name("policy");
  policy.add_signatures()->set_member("mother");
  *policy.mutable_in_force_time() = At(kNow - 1'000'000);
  file.policies = {policy};
  v1::LevelAssessment assessment;
  assessment.set_occasion(v1::ASSESSMENT_OCCASION_CLOSING);
  assessment.set_confirmed_level(v1::LEVEL_OF_NEED_GROWTH);
  *assessment.mutable_create_time() = At(kNow);
  file.assessments = {assessment};
  return file;
}

}  // namespace rapport::intake
