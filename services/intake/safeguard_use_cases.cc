// Safety screens, consents, the secrets policy.
#include "intake/case_page.h"
#include "intake/case_rules.h"
#include "intake/change_case.h"
#include "intake/consent_rules.h"
#include "intake/family_resource.h"
#include "intake/intake_errors.h"
#include "intake/level_rules.h"
#include "intake/person_rules.h"
#include "intake/safety_rules.h"
#include "intake/secrets_rules.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

#include <rapport/internal/v1/event.pb.h>

#include <algorithm>

namespace rapport::intake {
namespace {

// `newest`: the one that counts now, of its member.
const auto& kScreenFilter = *new schema::ListFilter<v1::SafetyScreen, CaseFile>(
    {{"member"}, {"result"}},
    {{schema::Flag("newest"),
      [](const schema::FilterTerm& term, const v1::SafetyScreen& screen, const CaseFile& file) {
        const v1::SafetyScreen* newest = NewestResult(file, screen.member());
        return schema::Holds(term, newest != nullptr && newest->name() == screen.name());
      }}});

const auto& kConsentFilter = *new schema::ListFilter<v1::Consent>({{"purpose"}, {"state"}});

constexpr std::int64_t kDayUs = 24ll * 3'600 * 1'000'000;

std::string MemberId(const StoredCase& file, std::string_view name) {
  for (const StoredMember& member : file.members) {
    if (member.message.member().name() == name) return member.record.id;
  }
  return {};
}

const v1::Member* MemberNamed(const StoredCase& file, std::string_view name) {
  for (const StoredMember& member : file.members) {
    if (member.message.member().name() == name) return &member.message.member();
  }
  return nullptr;
}

v1::ConsentState StateIn(const StoredCase& file, const v1::Consent& consent, std::int64_t at_us) {
  return StateAt(consent, MemberNamed(file, consent.member()), at_us, file.rules.zone);
}

// Whether the caller, if a member, is the one of `names`.
bool IsOwn(const CallContext& context, const StoredCase& file,
           std::initializer_list<std::string_view> names) {
  if (context.access.viewer != Viewer::kMember) return true;
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    const std::string id = MemberId(file, name);
    return !id.empty() && std::find(context.access.members.begin(), context.access.members.end(),
                                    id) != context.access.members.end();
  });
}

// Why somebody revoked a consent is not for the other members.
v1::Consent ShowTo(const CallContext& context, const records::ServiceDeps& deps,
                   const StoredCase& file, const records::Stored<v1::Consent>& stored) {
  v1::Consent shown = Show(deps, context.principal->agency, stored);
  if (!IsOwn(context, file, {shown.revoked_by()})) shown.clear_revoke_reason();
  return shown;
}

void FillPolicy(const CaseFile& file, std::int64_t now_us, v1::SecretsPolicy* policy) {
  policy->clear_pending_signers();
  policy->set_state(StateAt(*policy, file, now_us));
  if (const auto since_us = InForceSinceUs(*policy, file); since_us && *since_us <= now_us) {
    *policy->mutable_in_force_time() = schema::ToTimestamp(*since_us);
  }
  if (policy->state() != v1::SECRETS_POLICY_STATE_PENDING) return;
  for (auto& member : PendingSigners(*policy, file, now_us)) {
    policy->add_pending_signers(std::move(member));
  }
}

}  // namespace

IntakeService::Answer<v1::RecordSafetyScreenResponse> IntakeService::RecordSafetyScreen(
    CallContext& context, const v1::RecordSafetyScreenRequest& request) {
  if (!request.screen().alone()) co_return errors::NotAlone();
  const std::string& agency = context.principal->agency;
  Step<v1::RecordSafetyScreenResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::RecordSafetyScreenResponse& response) -> absl::Status {
    const std::int64_t now_us = Now();
    const auto faults = FaultsOf(request.screen(), file.File(), now_us);
    if (!faults.empty()) return errors::InvalidResource("screen.", faults);
    const schema::Names names = deps_.NamesOf(agency);
    records::Record record = NewRecord(kScreen, file.id, now_us);
    v1::SafetyScreen screen = request.screen();
    screen.set_name(names.SafetyScreen(file.id, record.id));
    if (!screen.has_screen_time()) *screen.mutable_screen_time() = schema::ToTimestamp(now_us);
    *screen.mutable_next_due_time() =
        schema::ToTimestamp(Micros(screen.screen_time()) + file.rules.screen_days * kDayUs);
    if (!context.access.professional.empty()) {
      screen.set_screener(names.Professional(context.access.professional));
    }
    const auto stored = Make(std::move(record), std::move(screen), changes);
    changes.Audit("safety.screen", stored.record, {MemberId(file, stored.message.member())});
    if (IsCrisis(stored.message)) {
      MakeDue(v1::ASSESSMENT_OCCASION_CRISIS, now_us, file.family.message.mutable_family());
      Put(file.family, now_us, changes);
    }
    EmitCase(file, internal::v1::EVENT_TYPE_SAFETY_CHANGED, file.family.message.family().name(), 0,
             changes);
    *response.mutable_screen() = Show(deps_, agency, stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::RecordSafetyScreenResponse>(context, step);
}

IntakeService::Answer<v1::ListSafetyScreensResponse> IntakeService::ListSafetyScreens(
    CallContext& context, const v1::ListSafetyScreensRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kScreenFilter.Read(request.filter()));
  auto file = co_await LoadCase(context);
  if (!file.ok()) co_return file.status();
  const CaseFile plain = file->File();
  std::erase_if(file->screens, [&](const records::Stored<v1::SafetyScreen>& stored) {
    return !kScreenFilter.Matches(terms, stored.message, plain);
  });
  v1::ListSafetyScreensResponse response;
  context.disclosed_version = file->revision;
  auto next = ShowCasePage(deps_, context, request, std::move(file->screens), false,
                           [&](const records::Stored<v1::SafetyScreen>& stored) {
                             *response.add_screens() =
                                 Show(deps_, context.principal->agency, stored);
                           });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*next);
  co_return response;
}

IntakeService::Answer<v1::GrantConsentResponse> IntakeService::GrantConsent(
    CallContext& context, const v1::GrantConsentRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::GrantConsentResponse> step = [&](StoredCase& file, records::Changes& changes,
                                            v1::GrantConsentResponse& response) -> absl::Status {
    const std::int64_t now_us = Now();
    const Recorder recorder =
        context.access.viewer == Viewer::kMember ? Recorder::kMember : Recorder::kStaff;
    const auto faults = FaultsOf(request.consent(), file.File(), recorder, now_us);
    if (!faults.empty()) return errors::InvalidResource("consent.", faults);
    records::Record record = NewRecord(kConsent, file.id, now_us);
    v1::Consent consent = request.consent();
    consent.set_name(deps_.NamesOf(agency).Consent(file.id, record.id));
    *consent.mutable_grant_time() = schema::ToTimestamp(now_us);
    const auto stored = Make(std::move(record), std::move(consent), changes);
    changes.Audit("consent.grant", stored.record, {MemberId(file, stored.message.member())});
    EmitCase(file, internal::v1::EVENT_TYPE_CONSENT_CHANGED, stored.message.name(), 1, changes);
    *response.mutable_consent() = Show(deps_, agency, stored);
    response.mutable_consent()->set_state(StateIn(file, stored.message, now_us));
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::GrantConsentResponse>(context, step);
}

IntakeService::Answer<v1::RevokeConsentResponse> IntakeService::RevokeConsent(
    CallContext& context, const v1::RevokeConsentRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::RevokeConsentResponse> step = [&](StoredCase& file, records::Changes& changes,
                                             v1::RevokeConsentResponse& response) -> absl::Status {
    auto* stored = FindNamed(file.consents, request.name());
    if (stored == nullptr ||
        !IsOwn(context, file, {stored->message.member(), stored->message.grantor()})) {
      return schema::NotFound();
    }
    const std::int64_t now_us = Now();
    RETURN_IF_ERROR(deps_.etags.CheckUnlessOwn(context, request.etag(), agency, stored->record.id,
                                               stored->record.version));
    const auto refusal =
        ConsentLife().RefusalOf(StateIn(file, stored->message, now_us), ConsentEvent::kRevoke);
    if (refusal) return errors::RefusedInState(*refusal, request.name());
    if (!MayBeRevokedBy(stored->message, request.revoked_by())) {
      return schema::InvalidField(
          "revoked_by", "the member it is about or the grantor; empty where that is an outsider");
    }
    const v1::Consent asked = stored->message;
    for (auto& one : file.consents) {
      v1::Consent& consent = one.message;
      if (!EndsWith(consent, asked, request.revoked_by())) continue;
      if (!ConsentLife().Takes(StateIn(file, consent, now_us), ConsentEvent::kRevoke)) continue;
      *consent.mutable_revoke_time() = schema::ToTimestamp(now_us);
      consent.set_revoked_by(request.revoked_by());
      consent.set_revoke_reason(request.reason());
      changes.Audit("consent.revoke", one.record, {MemberId(file, consent.member())});
      Put(one, now_us, changes);
      EmitCase(file, internal::v1::EVENT_TYPE_CONSENT_CHANGED, consent.name(), one.record.version,
               changes);
    }
    *response.mutable_consent() = ShowTo(context, deps_, file, *stored);
    response.mutable_consent()->set_state(v1::CONSENT_STATE_REVOKED);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::RevokeConsentResponse>(context, step);
}

IntakeService::Answer<v1::ListConsentsResponse> IntakeService::ListConsents(
    CallContext& context, const v1::ListConsentsRequest& request) {
  auto order = schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, false});
  if (!order.ok()) co_return order.status();
  CO_ASSIGN_OR_RETURN(const auto terms, kConsentFilter.Read(request.filter()));
  auto file = co_await LoadCase(context);
  if (!file.ok()) co_return file.status();
  const std::int64_t now_us = Now();
  std::vector<records::Placed<records::Stored<v1::Consent>>> entries;
  for (auto& stored : file->consents) {
    stored.message.set_state(StateIn(*file, stored.message, now_us));
    const v1::Consent& consent = stored.message;
    if (!request.member().empty() && consent.member() != request.member() &&
        consent.grantor() != request.member()) {
      continue;
    }
    if (!IsOwn(context, *file, {consent.member(), consent.grantor()})) continue;
    if (!kConsentFilter.Matches(terms, consent)) continue;
    const std::int64_t sort_us = stored.record.sort_us;
    std::string id = stored.record.id;
    entries.push_back({sort_us, std::move(id), std::move(stored)});
  }
  v1::ListConsentsResponse response;
  auto next = records::ShowPage(deps_, context, request, std::move(entries), order->descending,
                                [&](const records::Stored<v1::Consent>& stored) {
                                  *response.add_consents() = ShowTo(context, deps_, *file, stored);
                                });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*next);
  context.disclosed_version = file->revision;
  co_return response;
}

IntakeService::Answer<v1::SetSecretsPolicyResponse> IntakeService::SetSecretsPolicy(
    CallContext& context, const v1::SetSecretsPolicyRequest& request) {
  const std::string& agency = context.principal->agency;
  if (request.policy().choice() == v1::SECRETS_POLICY_OPTION_MINOR_ZONE &&
      request.policy().terms().empty()) {
    co_return schema::InvalidField("policy.terms", "what is private and what is always told");
  }
  Step<v1::SetSecretsPolicyResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::SetSecretsPolicyResponse& response) -> absl::Status {
    const std::int64_t now_us = Now();
    // Of one that has a successor nothing says any more when who had not signed had left.
    if (!file.policies.empty() && !file.policies.back().message.has_in_force_time()) {
      auto& before = file.policies.back();
      if (const auto since_us = InForceSinceUs(before.message, file.File())) {
        *before.message.mutable_in_force_time() = schema::ToTimestamp(*since_us);
        Put(before, now_us, changes);
      }
    }
    records::Record record = NewRecord(kPolicy, file.id, now_us);
    v1::SecretsPolicy policy = request.policy();
    policy.set_name(deps_.NamesOf(agency).SecretsPolicy(file.id, record.id));
    auto stored = Make(std::move(record), std::move(policy), changes);
    changes.Audit("secrets_policy.set", stored.record);
    EmitCase(file, internal::v1::EVENT_TYPE_CASE_CHANGED, stored.message.name(), 1, changes);
    file.policies.push_back(stored);
    *response.mutable_policy() = Show(deps_, agency, stored);
    FillPolicy(file.File(), now_us, response.mutable_policy());
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::SetSecretsPolicyResponse>(context, step);
}

IntakeService::Answer<v1::SignSecretsPolicyResponse> IntakeService::SignSecretsPolicy(
    CallContext& context, const v1::SignSecretsPolicyRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::SignSecretsPolicyResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::SignSecretsPolicyResponse& response) -> absl::Status {
    const std::int64_t now_us = Now();
    auto* stored = FindNamed(file.policies, request.name());
    const CaseFile plain = file.File();
    const v1::Member* member = FindMember(plain, request.member());
    if (stored == nullptr || member == nullptr) return schema::NotFound();
    if (!IsAdultAt(*member, now_us, file.rules.zone)) return errors::MinorCantSign(member->name());
    const auto refusal = SecretsPolicyLife().RefusalOf(StateAt(stored->message, plain, now_us),
                                                       SecretsPolicyEvent::kSign);
    if (refusal) return errors::RefusedInState(*refusal, request.name());
    const bool was_in_force = InForceSinceUs(stored->message, plain).has_value();
    const auto& signatures = stored->message.signatures();
    const bool again = std::any_of(signatures.begin(), signatures.end(), [&](const auto& one) {
      return one.member() == request.member();
    });
    if (!again) {
      auto* signature = stored->message.add_signatures();
      signature->set_member(request.member());
      *signature->mutable_sign_time() = schema::ToTimestamp(now_us);
      signature->set_on_paper(context.access.viewer != Viewer::kMember);
      if (!was_in_force && PendingSigners(stored->message, plain, now_us).empty()) {
        *stored->message.mutable_in_force_time() = schema::ToTimestamp(now_us);
      }
      Put(*stored, now_us, changes);
      EmitCase(file, internal::v1::EVENT_TYPE_CASE_CHANGED, request.name(), stored->record.version,
               changes);
    }
    changes.Audit("secrets_policy.sign", stored->record, {MemberId(file, request.member())});
    *response.mutable_policy() = Show(deps_, agency, *stored);
    FillPolicy(file.File(), now_us, response.mutable_policy());
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::SignSecretsPolicyResponse>(context, step);
}

IntakeService::Answer<v1::GetSecretsPolicyResponse> IntakeService::GetSecretsPolicy(
    CallContext& context, const v1::GetSecretsPolicyRequest&) {
  auto file = co_await LoadCase(context);
  if (!file.ok()) co_return file.status();
  const std::int64_t now_us = Now();
  const CaseFile plain = file->File();
  v1::GetSecretsPolicyResponse response;
  for (const auto& stored : file->policies) {
    v1::SecretsPolicy shown = Show(deps_, context.principal->agency, stored);
    FillPolicy(plain, now_us, &shown);
    if (shown.state() == v1::SECRETS_POLICY_STATE_IN_FORCE) *response.mutable_in_force() = shown;
    // The newest, where there are two: one that a late-comer has not signed, and its successor.
    if (shown.state() == v1::SECRETS_POLICY_STATE_PENDING) *response.mutable_pending() = shown;
  }
  context.disclosed_version = file->revision;
  co_return response;
}

}  // namespace rapport::intake
