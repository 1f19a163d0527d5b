// Every version of what intake keeps: as it was, when, by whom and by doing what, for whom the
// resource itself is.
#include "intake/intake_history.h"

#include "intake_fixture.h"

#include <set>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The access that the call has already, for the methods that are `allowed`; empty: all.
class SameAccess final : public AccessChecker {
 public:
  Task<absl::StatusOr<Access>> Check(CallContext& context, std::string_view method, std::string,
                                     std::string self) override {
    last_self = std::move(self);
    if (!allowed.empty() && !allowed.contains(std::string(method))) co_return schema::NotFound();
    co_return context.access;
  }
  std::set<std::string> allowed;
  std::string last_self;
};

class IntakeHistoryTest : public IntakeTest {
 protected:
  absl::StatusOr<v1::ListCaseRevisionsResponse> List(Call&& call, const std::string& name) {
    v1::ListCaseRevisionsRequest request;
    request.set_name(name);
    call.method = "rapport.intake.v1.IntakeService/ListCaseRevisions";
    RETURN_IF_ERROR(support::MissingRpc<v1::ListCaseRevisionsRequest>());
    return RunSync(history_.ListCaseRevisions(call, request));
  }
  v1::ListCaseRevisionsResponse Read(Call&& call, const std::string& name) {
    auto response = List(std::move(call), name);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *std::move(response) : v1::ListCaseRevisionsResponse();
  }
  static std::vector<std::string> ActionsOf(const v1::ListCaseRevisionsResponse& response) {
    std::vector<std::string> actions;
    for (const auto& one : response.revisions()) actions.push_back(one.revision().action());
    return actions;
  }
  v1::Consent Revoke(const v1::Consent& consent, const v1::Member& by) {
    v1::RevokeConsentRequest request;
    request.set_name(consent.name());
    request.set_etag(consent.etag());
    request.set_revoked_by(by.name());
    request.set_reason("changed her mind");
    return Do(Staff(family_), &IntakeService::RevokeConsent, request).consent();
  }

  SameAccess same_;
  const records::ServiceDeps open_deps_{*store_.db,   *store_.records, ids_,  etags_,
                                        store_.suite, store_.clock,    same_, caches_};
  IntakeHistory history_{open_deps_, *store_.keys, [this](std::string_view) { return rules_; }};
  const std::string family_ = NewFamily().name();
  const v1::Member mother_ = NewMember(family_, "Mira Sample", 1985);
  const v1::Member father_ = NewMember(family_, "Max Sample", 1983);
};

TEST_F(IntakeHistoryTest, I2AMemberIsReadableInEveryVersionWithWhoWhenAndByWhat) {
  store_.clock.Advance(std::chrono::hours(1));
  v1::UpdateMemberRequest request;
  request.mutable_member()->set_name(mother_.name());
  request.mutable_member()->set_contact_rule("never ring the old number");
  request.mutable_update_mask()->add_paths("contact_rule");
  request.set_etag(mother_.etag());
  Do(Staff(family_), &IntakeService::UpdateMember, request);

  const auto all = Read(Staff(family_), mother_.name());
  EXPECT_THAT(ActionsOf(all), ElementsAre("member.create", "member.update"));
  EXPECT_THAT(all.revisions(0).member().contact_rule(), IsEmpty());
  EXPECT_EQ(all.revisions(1).member().contact_rule(), "never ring the old number");
  EXPECT_EQ(all.revisions(1).revision().number(), 2);
  EXPECT_EQ(all.revisions(1).revision().account(), "ida");
  EXPECT_EQ(schema::ToMicros(all.revisions(1).revision().revise_time()), store_.clock.NowMicros());
}

TEST_F(IntakeHistoryTest, I1AFamilyIsShownInTheStateItHadThen) {
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_SCREENED).ok());
  const auto all = Read(Staff(family_), family_);
  ASSERT_EQ(all.revisions_size(), 2);
  EXPECT_EQ(all.revisions(0).family().state(), v1::FAMILY_STATE_NEW);
  EXPECT_EQ(all.revisions(1).family().state(), v1::FAMILY_STATE_SCREENED);
}

TEST_F(IntakeHistoryTest, I7AConsentIsReadableAsGivenAndAsRevoked) {
  const v1::Consent given = Grant(family_, mother_.name(), v1::CONSENT_PURPOSE_RECORDING);
  store_.clock.Advance(std::chrono::hours(1));
  Revoke(given, mother_);
  const auto all = Read(Staff(family_), given.name());
  EXPECT_THAT(ActionsOf(all), ElementsAre("consent.grant", "consent.revoke"));
  EXPECT_EQ(all.revisions(0).consent().state(), v1::CONSENT_STATE_IN_FORCE);
  EXPECT_EQ(all.revisions(1).consent().state(), v1::CONSENT_STATE_REVOKED);
  EXPECT_EQ(all.revisions(1).consent().revoke_reason(), "changed her mind");
}

TEST_F(IntakeHistoryTest, I7AMemberReadsTheirOwnConsentsAndNobodyElses) {
  const v1::Consent given = Grant(family_, mother_.name(), v1::CONSENT_PURPOSE_RECORDING);
  Revoke(given, mother_);
  const auto own = Read(Member(family_, mother_.name()), given.name());
  EXPECT_EQ(own.revisions_size(), 2);
  EXPECT_EQ(same_.last_self, names_.ReadMember(mother_.name())->id);
  for (const auto& one : own.revisions()) {
    EXPECT_THAT(one.revision().account(), IsEmpty());
    EXPECT_THAT(one.revision().action(), IsEmpty());
  }
  EXPECT_TRUE(absl::IsNotFound(List(Member(family_, father_.name()), given.name()).status()));
}

TEST_F(IntakeHistoryTest, I5AMemberReadsTheirOwnProblemWithoutTheWordsOfWhoResolvedIt) {
  const v1::PresentingProblem problem = Resolve(family_, NewProblem(family_, mother_.name()));
  const auto staff = Read(Staff(family_), problem.name());
  ASSERT_EQ(staff.revisions_size(), 2);
  EXPECT_EQ(staff.revisions(0).problem().severities_size(), 1);
  EXPECT_EQ(staff.revisions(1).problem().resolution_note(), "they take turns");
  const auto own = Read(Member(family_, mother_.name()), problem.name());
  ASSERT_EQ(own.revisions_size(), 2);
  EXPECT_THAT(own.revisions(1).problem().resolution_note(), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(List(Member(family_, father_.name()), problem.name()).status()));
}

TEST_F(IntakeHistoryTest, AResourceIsForWhomTheMethodIsThatShowsIt) {
  same_.allowed = {"rapport.intake.v1.IntakeService/ListMembers"};
  EXPECT_TRUE(List(Staff(family_), mother_.name()).ok());
  EXPECT_TRUE(absl::IsNotFound(List(Staff(family_), family_).status()));
}

TEST_F(IntakeHistoryTest, WhatIsNotThereOrInAnotherFamilyIsNotFound) {
  const std::string id = *names_.ReadFamily(family_);
  EXPECT_TRUE(
      absl::IsNotFound(List(Staff(family_), names_.Consent(id, support::TestId("none"))).status()));
  const v1::Family other = NewFamily();
  EXPECT_TRUE(absl::IsNotFound(List(Staff(other.name()), mother_.name()).status()));
}

TEST_F(IntakeHistoryTest, I3AProfessionalAndASupervisionAreReadableInEveryVersion) {
  const auto list =
      [&](const std::string& name) -> absl::StatusOr<v1::ListAgencyRevisionsResponse> {
    v1::ListAgencyRevisionsRequest request;
    request.set_name(name);
    auto call = Staff();
    call.method = "rapport.intake.v1.IntakeService/ListAgencyRevisions";
    RETURN_IF_ERROR(support::MissingRpc<v1::ListAgencyRevisionsRequest>());
    return RunSync(history_.ListAgencyRevisions(call, request));
  };
  const auto actions = [](const v1::ListAgencyRevisionsResponse& response) {
    std::vector<std::string> all;
    for (const auto& one : response.revisions()) all.push_back(one.revision().action());
    return all;
  };
  const v1::Professional anna = NewProfessional("Anna Sample");
  const v1::Professional sam = NewProfessional("Sam Sample");
  store_.clock.Advance(std::chrono::hours(1));
  v1::UpdateProfessionalRequest update;
  update.mutable_professional()->set_name(anna.name());
  update.mutable_professional()->set_title("Lecturer");
  update.mutable_update_mask()->add_paths("title");
  update.set_etag(anna.etag());
  Do(Staff(), &IntakeService::UpdateProfessional, update);
  store_.clock.Advance(std::chrono::hours(1));
  v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(sam.name());
  assign.mutable_supervision()->set_supervisee(anna.name());
  const v1::Supervision supervision =
      Do(Staff(), &IntakeService::AssignSupervisor, assign).supervision();
  store_.clock.Advance(std::chrono::hours(1));
  v1::EndSupervisionRequest end;
  end.set_name(supervision.name());
  end.set_etag(supervision.etag());
  Do(Staff(), &IntakeService::EndSupervision, end);

  const auto of_anna = list(anna.name());
  ASSERT_TRUE(of_anna.ok()) << of_anna.status();
  EXPECT_THAT(actions(*of_anna), ElementsAre("professional.create", "professional.update",
                                             "supervision.assign", "supervision.end"));
  EXPECT_THAT(of_anna->revisions(0).professional().title(), IsEmpty());
  EXPECT_EQ(of_anna->revisions(1).professional().title(), "Lecturer");
  const auto of_both = list(supervision.name());
  ASSERT_TRUE(of_both.ok()) << of_both.status();
  EXPECT_THAT(actions(*of_both), ElementsAre("supervision.assign", "supervision.end"));
  EXPECT_FALSE(of_both->revisions(0).supervision().has_end_time());
  EXPECT_TRUE(of_both->revisions(1).supervision().has_end_time());
  EXPECT_EQ(schema::ReasonOf(list(family_).status()), "NOT_FOUND") << "not the agency's";
  same_.allowed = {"rapport.intake.v1.IntakeService/ListSupervisions"};
  EXPECT_FALSE(list(anna.name()).ok()) << "for whom ListProfessionals is";
}

}  // namespace
}  // namespace rapport::intake
