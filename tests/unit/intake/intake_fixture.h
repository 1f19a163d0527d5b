// An intake service over a real database in a folder of the test, called as the pipeline calls it:
// authorised, with facts that rest on its own rows.
#pragma once

#include "intake/intake_facts.h"
#include "intake/intake_service.h"
#include "platform/base/status_macros.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/public_ids.h"
#include "platform/schema/errors.h"
#include "platform/schema/public_id_codec.h"
#include "platform/schema/times.h"
#include "support/run_use_case.h"
#include "support/service_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace rapport::intake {

inline constexpr std::string_view kAgency = "harbour";

class NoAccess final : public AccessChecker {
 public:
  Task<absl::StatusOr<Access>> Check(CallContext&, std::string_view, std::string,
                                     std::string) override {
    co_return schema::NotFound();
  }
};

class IntakeTest : public testing::Test {
 protected:
  // A call about `family` (a name; empty: about none), with a request id of its own.
  struct Call : support::TestCall {
    Call(IntakeTest& test, const std::string& subject, const std::string& family, Viewer viewer,
         const std::string& member = {}, const std::string& professional = {})
        : TestCall(kAgency, subject) {
      access.viewer = viewer;
      access.family = family.empty() ? "" : test.names_.ReadFamily(family).value_or("");
      request_id = "request-" + std::to_string(++test.requests_);
      request_hash = crypto::Sha256({request_id});
      if (!member.empty()) access.members = {test.names_.ReadMember(member)->id};
      if (!professional.empty()) {
        access.professional = test.names_.ReadProfessional(professional).value_or("");
      }
    }
  };
  Call Staff(const std::string& family = {}) {
    return Call(*this, "ida", family, family.empty() ? Viewer::kAgency : Viewer::kCareTeam);
  }
  Call Member(const std::string& family, const std::string& member) {
    return Call(*this, "subject-of-" + member, family, Viewer::kMember, member);
  }

  template <typename Response, typename Request>
  absl::StatusOr<Response> Run(
      Call&& call,
      IntakeService::Answer<Response> (IntakeService::*use_case)(CallContext&, const Request&),
      const Request& request) {
    return support::RunUseCase<Request, Response>(
        *store_.answers, call, [&] { return (service_.*use_case)(call, request); });
  }
  // The same, which must succeed.
  template <typename Response, typename Request>
  Response Do(Call&& call,
              IntakeService::Answer<Response> (IntakeService::*use_case)(CallContext&,
                                                                         const Request&),
              const Request& request) {
    auto response = Run(std::move(call), use_case, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *std::move(response) : Response();
  }

  v1::Family NewFamily(std::string external = {}) {
    v1::CreateFamilyRequest request;
    request.mutable_family()->set_display_name("Example family");
    if (!external.empty()) {
      auto* id = request.mutable_family()->add_external_ids();
      id->set_system("clinic");
      id->set_value(std::move(external));
    }
    return Do(Staff(), &IntakeService::CreateFamily, request).family();
  }
  v1::Member NewMember(const std::string& family, std::string name, int birth_year) {
    v1::CreateMemberRequest request;
    request.set_parent(family);
    request.mutable_member()->set_display_name(std::move(name));
    request.mutable_member()->set_role(birth_year < 2005 ? v1::MEMBER_ROLE_PARENT
                                                         : v1::MEMBER_ROLE_CHILD);
    request.mutable_member()->set_involvement(v1::INVOLVEMENT_DIRECT);
    auto* birth = request.mutable_member()->mutable_birth_date();
    birth->set_year(birth_year);
    birth->set_month(5);
    birth->set_day(4);
    return Do(Staff(family), &IntakeService::CreateMember, request).member();
  }
  v1::Professional NewProfessional(std::string name, std::string subject = {}) {
    v1::CreateProfessionalRequest request;
    request.mutable_professional()->set_display_name(std::move(name));
    request.mutable_professional()->set_kind(v1::PROFESSIONAL_KIND_STAFF);
    auto professional = Do(Staff(), &IntakeService::CreateProfessional, request).professional();
    if (!subject.empty()) Link(professional.name(), std::move(subject));
    return professional;
  }
  void Link(const std::string& resource, std::string subject) {
    v1::LinkAccountRequest request;
    request.set_resource(resource);
    request.set_subject(std::move(subject));
    Do(Staff(), &IntakeService::LinkAccount, request);
  }
  v1::Helper Join(const std::string& family, const std::string& professional) {
    v1::JoinTherapistSystemRequest request;
    request.set_parent(family);
    request.mutable_helper()->set_professional(professional);
    request.mutable_helper()->set_role(v1::THERAPIST_SYSTEM_ROLE_THERAPIST);
    request.mutable_helper()->set_involvement(v1::INVOLVEMENT_DIRECT);
    return Do(Staff(family), &IntakeService::JoinTherapistSystem, request).helper();
  }
  v1::Consent Grant(const std::string& family, const std::string& member,
                    v1::ConsentPurpose purpose, const std::string& grantor = {}) {
    v1::GrantConsentRequest request;
    request.set_parent(family);
    v1::Consent& consent = *request.mutable_consent();
    consent.set_member(member);
    consent.set_purpose(purpose);
    consent.set_grantor(grantor.empty() ? member : grantor);
    consent.set_authority(grantor.empty() ? v1::CONSENT_AUTHORITY_SELF
                                          : v1::CONSENT_AUTHORITY_PARENT);
    if (!grantor.empty()) consent.set_document("birth certificate, seen");
    return Do(Staff(family), &IntakeService::GrantConsent, request).consent();
  }
  v1::PresentingProblem NewProblem(const std::string& family, const std::string& member) {
    v1::RecordPresentingProblemRequest request;
    request.set_parent(family);
    request.mutable_problem()->set_member(member);
    request.mutable_problem()->set_words("nobody listens");
    request.set_severity(7);
    return Do(Staff(family), &IntakeService::RecordPresentingProblem, request).problem();
  }
  v1::PresentingProblem Resolve(const std::string& family, const v1::PresentingProblem& problem) {
    v1::ResolvePresentingProblemRequest request;
    request.set_name(problem.name());
    request.set_etag(problem.etag());
    request.set_resolution(v1::PROBLEM_RESOLUTION_IMPROVED);
    request.set_note("they take turns");
    return Do(Staff(family), &IntakeService::ResolvePresentingProblem, request).problem();
  }
  void Screen(const std::string& family, const std::string& member,
              v1::SafetyResult result = v1::SAFETY_RESULT_CONJOINT_OK) {
    v1::RecordSafetyScreenRequest request;
    request.set_parent(family);
    request.mutable_screen()->set_member(member);
    request.mutable_screen()->set_alone(true);
    request.mutable_screen()->set_result(result);
    Do(Staff(family), &IntakeService::RecordSafetyScreen, request);
  }
  // Every line of the checklist half met.
  v1::LevelAssessment AssessLevel(const std::string& family, v1::AssessmentOccasion occasion,
                                  v1::LevelOfNeed confirmed) {
    v1::AssessLevelOfNeedRequest request;
    request.set_parent(family);
    v1::LevelAssessment& assessment = *request.mutable_assessment();
    assessment.set_occasion(occasion);
    const auto* lines = v1::ChecklistLine_descriptor();
    for (int i = 0; i < lines->value_count(); ++i) {
      if (lines->value(i)->number() == 0) continue;
      auto* answer = assessment.add_answers();
      answer->set_line(static_cast<v1::ChecklistLine>(lines->value(i)->number()));
      answer->set_score(2);
    }
    assessment.set_confirmed_level(confirmed);
    assessment.set_reason("seen at home");
    return Do(Staff(family), &IntakeService::AssessLevelOfNeed, request).assessment();
  }
  absl::StatusOr<v1::TransitionFamilyResponse> Move(const std::string& family, v1::FamilyState to,
                                                    v1::CaseEnding ending = {}) {
    v1::TransitionFamilyRequest request;
    request.set_name(family);
    request.set_to_state(to);
    request.set_ending(ending);
    request.set_reason("as agreed");
    request.set_etag(Get(family).etag());
    return Run(Staff(family), &IntakeService::TransitionFamily, request);
  }
  v1::Family Get(const std::string& family) {
    v1::GetFamilyRequest request;
    request.set_name(family);
    return Do(Staff(family), &IntakeService::GetFamily, request).family();
  }
  v1::Roster Roster(const std::string& family) {
    v1::GetRosterRequest request;
    request.set_name(family);
    return Do(Staff(family), &IntakeService::GetRoster, request).roster();
  }

  // The facts as a call about the family gets them: from the process's copies where it may.
  rpc::FactsSource::Facts Facts(const std::string& family) {
    const std::string id = *names_.ReadFamily(family);
    if (auto known = facts_.Peek(kAgency, id, options::v1::FRESHNESS_UNSPECIFIED)) return known;
    Call call = Staff(family);
    auto loaded =
        RunSync(facts_.Load(call, std::string(kAgency), id, options::v1::FRESHNESS_UNSPECIFIED));
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return loaded.ok() ? *loaded : nullptr;
  }

  support::ServiceStore store_{{.service = "intake"}};
  crypto::PublicIds public_ids_{store_.suite};
  schema::PublicIdCodec ids_{public_ids_};
  schema::Etags etags_{store_.suite.Key(crypto::SuiteKey::kEtag, "intake")};
  NoAccess access_;
  const records::ServiceCaches caches_{store_.Caches(ids_)};
  const records::ServiceDeps deps_{*store_.db,   *store_.records, ids_,    etags_,
                                   store_.suite, store_.clock,    access_, caches_};
  const schema::Names names_{ids_, kAgency};
  rpc::FactsCache cache_{caches_};
  AgencyRules rules_;
  IntakeFacts facts_{deps_, cache_, [this](std::string_view) { return rules_; }};
  IntakeService service_{deps_, [this](std::string_view) { return rules_; }};
  int requests_ = 0;
};

inline std::string ReasonOf(const absl::Status& status) { return schema::ReasonOf(status); }

}  // namespace rapport::intake
