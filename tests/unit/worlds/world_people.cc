// How the people of a world stand to one another: who signed what they agreed on, who is whose
// parent, who helps.
#include <rapport/intake/v1/safeguard_requests.pb.h>
#include <rapport/intake/v1/system_requests.pb.h>

#include "unit/worlds/world.h"

namespace rapport::worlds {

namespace iv = intake::v1;

void World::AgreeOnSecrets() {
  iv::SetSecretsPolicyRequest set;
  set.set_parent(family_);
  set.mutable_policy()->set_choice(static_cast<iv::SecretsPolicyOption>(plot_.policy));
  set.mutable_policy()->set_terms("what is said alone stays there");
  iv::SignSecretsPolicyRequest sign;
  sign.set_name(Do<iv::SetSecretsPolicyResponse>(Therapist(), set).policy().name());
  for (const auto& [signs, person] :
       {std::pair(plot_.ada_signs, &ada_), std::pair(plot_.bo_signs, &bo_)}) {
    if (!signs) continue;
    sign.set_member(person->name);
    Do<iv::SignSecretsPolicyResponse>(person->caller, sign);
  }
}

void World::MakeAdaParent() {
  iv::SetRelationshipRequest set;
  set.set_parent(family_);
  iv::Relationship& line = *set.mutable_relationship();
  line.set_from_member(ada_.name);
  line.set_to_member(bo_.name);
  line.set_kind(iv::RELATIONSHIP_KIND_BIRTH_PARENT);
  line.set_custody(static_cast<iv::Custody>(plot_.custody));
  if (plot_.custody != 0) line.set_custody_document("order 12 of 2030");
  Do<iv::SetRelationshipResponse>(Therapist(), set);
  iv::GrantConsentRequest grant;
  grant.set_parent(family_);
  iv::Consent& consent = *grant.mutable_consent();
  consent.set_member(bo_.name);
  consent.set_grantor(ada_.name);
  consent.set_authority(iv::CONSENT_AUTHORITY_PARENT);
  consent.set_document("birth certificate");
  for (const auto purpose : {iv::CONSENT_PURPOSE_RECORDING, iv::CONSENT_PURPOSE_RATINGS}) {
    if (purpose == iv::CONSENT_PURPOSE_RATINGS && !plot_.parent_consents_to_ratings) continue;
    consent.set_purpose(purpose);
    given_by_ada_.insert(Do<iv::GrantConsentResponse>(ada_.caller, grant).consent().name());
  }
}

void World::AddColleagues() {
  providers_ = {staff_.therapist, staff_.colleague, staff_.trainee};
  for (const std::string& one : {staff_.colleague, staff_.trainee}) {
    iv::JoinTherapistSystemRequest join;
    join.set_parent(family_);
    join.mutable_helper()->set_professional(one);
    join.mutable_helper()->set_role(one == staff_.trainee ? iv::THERAPIST_SYSTEM_ROLE_TRAINEE
                                                          : iv::THERAPIST_SYSTEM_ROLE_CO_THERAPIST);
    join.mutable_helper()->set_involvement(iv::INVOLVEMENT_DIRECT);
    Do<iv::JoinTherapistSystemResponse>(Desk(), join);
  }
}

}  // namespace rapport::worlds
