// Whether something is consented to, and whether a record may go out: at the moment of the
// question.
#include "intake/consent_rules.h"
#include "intake/intake_service.h"
#include "intake/person_rules.h"
#include "intake/restriction_rules.h"
#include "platform/base/redisclosure.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace rapport::intake {

IntakeService::Answer<v1::CheckConsentResponse> IntakeService::CheckConsent(
    CallContext& context, const v1::CheckConsentRequest& request) {
  auto file = co_await LoadCase(context);
  if (!file.ok()) co_return file.status();
  const CaseFile plain = file->File();
  if (FindMember(plain, request.member()) == nullptr) co_return schema::NotFound();
  const std::int64_t at_us = request.has_at_time() ? Micros(request.at_time()) : Now();
  const ReleaseFinding found = FindRelease(plain, file->Requests(),
                                           {.member = request.member(),
                                            .purpose = request.purpose(),
                                            .recipient = request.recipient(),
                                            .recipient_name = request.recipient_name()},
                                           at_us);
  v1::CheckConsentResponse response;
  response.set_permitted(found.consent.permitted);
  for (const v1::Consent* consent : found.consent.rests_on) response.add_consents(consent->name());
  for (const std::string& person : found.consent.missing) response.add_missing(person);
  for (const std::string& name : found.restrictions) response.add_restrictions(name);
  if (found.consent.until_us != 0) {
    *response.mutable_expire_time() = schema::ToTimestamp(found.consent.until_us);
  }
  context.disclosed_version = file->revision;
  co_return response;
}

IntakeService::Answer<v1::CheckReleaseResponse> IntakeService::CheckRelease(
    CallContext& context, const v1::CheckReleaseRequest& request) {
  if (request.recipient().empty() == request.recipient_name().empty()) {
    co_return schema::InvalidField("recipient", "exactly one of recipient and recipient_name");
  }
  auto file = co_await LoadCase(context);
  if (!file.ok()) co_return file.status();
  const CaseFile plain = file->File();
  const std::vector<v1::RecordRequest> requests = file->Requests();
  std::vector<std::string> members(request.members().begin(), request.members().end());
  if (members.empty()) {
    for (const v1::Member& member : plain.members) {
      if (EverAttended(member)) members.push_back(member.name());
    }
  }
  std::vector<v1::ConsentPurpose> purposes = {v1::CONSENT_PURPOSE_RELEASE};
  if (request.substance_use_treatment()) {
    purposes.push_back(v1::CONSENT_PURPOSE_SUBSTANCE_USE_TREATMENT);
  }
  v1::CheckReleaseResponse response;
  for (const std::string& member : members) {
    if (FindMember(plain, member) == nullptr) co_return schema::NotFound();
    bool permitted = true;
    std::vector<std::string> restrictions;
    for (const v1::ConsentPurpose purpose : purposes) {
      ReleaseFinding found = FindRelease(plain, requests,
                                         {.member = member,
                                          .purpose = purpose,
                                          .recipient = request.recipient(),
                                          .recipient_name = request.recipient_name()},
                                         Now());
      permitted &= found.consent.permitted;
      for (const v1::Consent* one : found.consent.rests_on) response.add_consents(one->name());
      for (std::string& name : found.restrictions) {
        if (std::ranges::find(restrictions, name) == restrictions.end()) {
          restrictions.push_back(std::move(name));
        }
      }
    }
    if (!permitted) response.add_missing_members(member);
    for (std::string& name : restrictions) response.add_restrictions(std::move(name));
  }
  response.set_permitted(!members.empty() && response.missing_members().empty());
  if (!response.permitted()) response.clear_consents();
  if (response.permitted() && request.substance_use_treatment()) {
    response.set_redisclosure_notice(kRedisclosureNotice);
  }
  context.disclosed_version = file->revision;
  co_return response;
}

}  // namespace rapport::intake
