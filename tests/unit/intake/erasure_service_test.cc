// Erasure at intake: who may, when, and what is left.
#include "intake/erasure_service.h"
#include "intake/intake_history.h"
#include "intake/record_request_service.h"

#include "unit/intake/erasure_fixture.h"

#include <rapport/internal/v1/event.pb.h>

#include <google/protobuf/empty.pb.h>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(ErasureI11, AnOpenCaseIsNotErased) {
  const auto refused = Ask();
  EXPECT_EQ(ReasonOf(refused.status()), "ERASURE_REFUSED");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(UnmetTypes(refused.status()), ElementsAre("CASE_NOT_CLOSED"));
}

TEST_F(ErasureI11, NothingIsErasedBeforeTheLatestRetentionDate) {
  Close();
  const auto refused = Ask();
  EXPECT_THAT(UnmetTypes(refused.status()), ElementsAre("RETENTION_NOT_OVER"));
  EXPECT_THAT(schema::StatusDetails(refused.status()), HasSubstr("kept until 2033-"));
  WaitYears(8);
  EXPECT_TRUE(Ask().ok());
}

TEST_F(ErasureI11, ALegalHoldRefusesUntilItIsReleased) {
  MakeErasable();
  const v1::LegalHold hold = Hold();
  EXPECT_EQ(hold.placed_by(), "ida");
  EXPECT_THAT(UnmetTypes(Ask().status()), ElementsAre("LEGAL_HOLD"));
  const auto released = Release(hold);
  ASSERT_TRUE(released.ok()) << released.status();
  EXPECT_EQ(released->legal_hold().released_by(), "ulf");
  EXPECT_EQ(ReasonOf(Release(released->legal_hold()).status()), "ALREADY_ENDED");
  EXPECT_TRUE(Ask().ok());
}

TEST_F(ErasureI11, ARequestForTheRecordRefusesUntilItIsDecided) {
  RecordRequestService requests(deps_, [this](std::string_view) { return rules_; });
  const std::string mother = NewMember(family_, "Example Sample", 1985).name();
  MakeErasable();
  v1::OpenRecordRequestRequest open;
  open.set_parent(family_);
  open.mutable_record_request()->set_kind(v1::RECORD_REQUEST_KIND_ACCESS);
  open.mutable_record_request()->set_member(mother);
  open.mutable_record_request()->set_requester(mother);
  open.mutable_record_request()->set_authority(v1::REQUEST_AUTHORITY_SELF);
  open.mutable_record_request()->set_words("a copy");
  Call call = Admin("paula", family_);
  const auto opened = RunSync(requests.OpenRecordRequest(call, open));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_THAT(UnmetTypes(Ask().status()), ElementsAre("RECORD_REQUEST_OPEN"));
  v1::DecideRecordRequestRequest decide;
  decide.set_name(opened->record_request().name());
  decide.set_etag(opened->record_request().etag());
  decide.mutable_decision()->set_outcome(v1::RECORD_DECISION_OUTCOME_GRANTED);
  Call again = Admin("paula", family_);
  const auto decided = RunSync(requests.DecideRecordRequest(again, decide));
  ASSERT_TRUE(decided.ok()) << decided.status();
  EXPECT_TRUE(Ask().ok());
}

TEST_F(ErasureI11, WhatWaitsForASecondAdministratorIsListedAndFoundByItsFamily) {
  MakeErasable();
  const auto asked = Ask("ida");
  ASSERT_TRUE(asked.ok()) << asked.status();
  v1::ListErasuresRequest waiting;
  waiting.set_filter("state = REQUESTED");
  auto list = [&] {
    Call call = Admin("ulf");
    EXPECT_TRUE(support::MissingRpc<v1::ListErasuresRequest>().ok());
    auto listed = RunSync(erasures_->ListErasures(call, waiting));
    EXPECT_TRUE(listed.ok()) << listed.status();
    shown_ = call.disclosed_members;
    return listed.ok() ? *listed : v1::ListErasuresResponse();
  };
  auto found = list();
  ASSERT_EQ(found.erasures_size(), 1);
  EXPECT_EQ(found.erasures(0).name(), asked->erasure().name());
  EXPECT_EQ(found.erasures(0).etag(), asked->erasure().etag());
  EXPECT_EQ(found.erasures(0).family_display_name(), "Example family");
  EXPECT_THAT(shown_, ElementsAre(*names_.ReadFamily(family_)));
  ASSERT_TRUE(Approve(found.erasures(0)).ok());
  EXPECT_EQ(list().erasures_size(), 0);
  waiting.set_filter("family = \"" + family_ + "\"");
  found = list();
  ASSERT_EQ(found.erasures_size(), 1);
  EXPECT_EQ(found.erasures(0).state(), v1::ERASURE_STATE_APPROVED);
  EXPECT_EQ(found.erasures(0).family_display_name(), "");  // nobody is called so any more
  EXPECT_TRUE(shown_.empty());
}

TEST_F(ErasureI11, ARequestThatNobodyApprovedInTimeWaitsForNobody) {
  MakeErasable();
  ASSERT_TRUE(Ask("ida").ok());
  store_.clock.Advance(std::chrono::hours(24 * 31));
  v1::ListErasuresRequest request;
  request.set_filter("state = REQUESTED");
  const auto waiting = Try(Admin("ulf"), &ErasureService::ListErasures, request);
  ASSERT_TRUE(waiting.ok()) << waiting.status();
  EXPECT_EQ(waiting->erasures_size(), 0);
  request.set_filter("state = LAPSED");
  const auto lapsed = Try(Admin("ulf"), &ErasureService::ListErasures, request);
  ASSERT_TRUE(lapsed.ok()) << lapsed.status();
  EXPECT_EQ(lapsed->erasures_size(), 1);
}

TEST_F(ErasureI11, ErasuresAreListedInPages) {
  MakeErasable();
  ASSERT_TRUE(Ask("ida").ok());
  store_.clock.Advance(std::chrono::hours(24 * 31));
  const auto second = Ask("ida");
  ASSERT_TRUE(second.ok());
  v1::ListErasuresRequest request;
  request.set_page_size(1);
  auto page = Try(Admin("ulf"), &ErasureService::ListErasures, request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->erasures_size(), 1);
  EXPECT_EQ(page->erasures(0).name(), second->erasure().name());
  request.set_page_token(page->next_page_token());
  page = Try(Admin("ulf"), &ErasureService::ListErasures, request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->erasures_size(), 1);
  EXPECT_EQ(page->erasures(0).state(), v1::ERASURE_STATE_LAPSED);
  EXPECT_EQ(page->next_page_token(), "");
}

TEST_F(ErasureI11, ASecondAdministratorIsNeeded) {
  MakeErasable();
  const auto asked = Ask("ida");
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->erasure().state(), v1::ERASURE_STATE_REQUESTED);
  EXPECT_EQ(ReasonOf(Approve(asked->erasure(), "ida").status()), "SECOND_ADMIN_REQUIRED");
  Get(family_);  // Still there.
  EXPECT_TRUE(Approve(asked->erasure(), "ulf").ok());
}

TEST_F(ErasureI11, OnlyOneRequestWaitsAtATimeAndItLapses) {
  MakeErasable();
  const auto first = Ask();
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(ReasonOf(Ask("ulf").status()), "ERASURE_PENDING");
  store_.clock.Advance(std::chrono::hours(24 * 31));
  EXPECT_EQ(Status(first->erasure().name()).state(), v1::ERASURE_STATE_LAPSED);
  EXPECT_EQ(ReasonOf(Approve(first->erasure()).status()), "ERASURE_NOT_PENDING");
  const auto second = Ask("ulf");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_NE(second->erasure().name(), first->erasure().name());
}

TEST_F(ErasureI11, WhoeverAskedTakesTheRequestBackAndNothingIsErased) {
  MakeErasable();
  const auto asked = Ask("ida");
  ASSERT_TRUE(asked.ok()) << asked.status();
  const auto withdrawn = Withdraw(asked->erasure(), "ida");
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
  EXPECT_EQ(withdrawn->erasure().state(), v1::ERASURE_STATE_WITHDRAWN);
  EXPECT_EQ(withdrawn->erasure().withdrawn_by(), "ida");
  EXPECT_EQ(schema::ToMicros(withdrawn->erasure().withdraw_time()), store_.clock.NowMicros());
  EXPECT_EQ(ReasonOf(Approve(withdrawn->erasure()).status()), "ERASURE_NOT_PENDING");
  EXPECT_EQ(ReasonOf(Withdraw(withdrawn->erasure()).status()), "ERASURE_NOT_PENDING");
  EXPECT_EQ(Get(family_).name(), family_);
  store_.clock.Advance(std::chrono::hours(24 * 31));
  EXPECT_EQ(Status(asked->erasure().name()).state(), v1::ERASURE_STATE_WITHDRAWN)
      << "it does not lapse any more";
}

TEST_F(ErasureI11, AnotherAdministratorTakesItBackAsItWasSeenAndItMayBeAskedForAnew) {
  MakeErasable();
  const auto first = Ask("ida");
  ASSERT_TRUE(first.ok()) << first.status();
  v1::Erasure unseen = first->erasure();
  unseen.set_etag("");
  EXPECT_EQ(ReasonOf(Withdraw(unseen).status()), "ETAG_REQUIRED");
  unseen.set_etag(Get(family_).etag());
  EXPECT_EQ(ReasonOf(Withdraw(unseen).status()), "ETAG_MISMATCH");
  ASSERT_TRUE(Withdraw(first->erasure(), "ulf").ok());
  const auto second = Ask("ulf");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_NE(second->erasure().name(), first->erasure().name());
  EXPECT_TRUE(Approve(second->erasure(), "ida").ok());
}

TEST_F(ErasureI11, WhatHasBegunIsNotTakenBack) {
  MakeErasable();
  const auto asked = Ask();
  const auto approved = Approve(asked->erasure());
  ASSERT_TRUE(approved.ok()) << approved.status();
  const auto refused = Withdraw(approved->erasure(), "ida");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused.status()), "ERASURE_BEGUN");
  EXPECT_EQ(Facts(family_), nullptr);
}

TEST_F(ErasureI11, ARequestThatLapsedIsNotTakenBack) {
  MakeErasable();
  const auto asked = Ask();
  ASSERT_TRUE(asked.ok()) << asked.status();
  store_.clock.Advance(std::chrono::hours(24 * 31));
  EXPECT_EQ(ReasonOf(Withdraw(asked->erasure()).status()), "ERASURE_NOT_PENDING");
}

TEST_F(ErasureI11, ApprovalChecksEverythingAgainAndWhatWasSeen) {
  MakeErasable();
  const auto asked = Ask();
  ASSERT_TRUE(asked.ok());
  v1::Erasure unseen = asked->erasure();
  unseen.set_etag("");
  EXPECT_EQ(ReasonOf(Approve(unseen).status()), "ETAG_REQUIRED");
  unseen.set_etag(Get(family_).etag());
  EXPECT_EQ(ReasonOf(Approve(unseen).status()), "ETAG_MISMATCH");
  const v1::LegalHold hold = Hold();
  EXPECT_THAT(UnmetTypes(Approve(asked->erasure()).status()), ElementsAre("LEGAL_HOLD"));
  ASSERT_TRUE(Release(hold).ok());
  ASSERT_TRUE(Approve(asked->erasure()).ok());
  EXPECT_EQ(ReasonOf(Approve(Status(asked->erasure().name())).status()), "ERASURE_NOT_PENDING");
}

TEST_F(ErasureI11, FromTheApprovalOnTheFamilyIsUnknownHere) {
  MakeErasable();
  ASSERT_NE(Facts(family_), nullptr);
  const auto asked = Ask();
  ASSERT_TRUE(Approve(asked->erasure()).ok());
  EXPECT_EQ(Facts(family_), nullptr);
  v1::GetFamilyRequest request;
  request.set_name(family_);
  EXPECT_EQ(Run(Staff(family_), &IntakeService::GetFamily, request).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store_.Number("SELECT COUNT(*) FROM record WHERE agency_id = $1 AND family_id = $2",
                          {kAgency, db::Blob{*names_.ReadFamily(family_)}}),
            0);
  // The external id is free for whoever comes next.
  EXPECT_NE(NewFamily("4711").name(), family_);
  // A hold that comes too late has nothing to hold.
  v1::PlaceLegalHoldRequest late;
  late.set_parent(family_);
  late.mutable_legal_hold()->set_matter("file 13");
  EXPECT_EQ(Try(Admin("ida", family_), &ErasureService::PlaceLegalHold, late).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(ErasureI11, IsDoneWhenTheLastServiceReports) {
  MakeErasable();
  const auto asked = Ask();
  const auto approved = Approve(asked->erasure());
  ASSERT_TRUE(approved.ok());
  const std::string name = approved->erasure().name();
  EXPECT_EQ(approved->erasure().approved_by(), "ulf");
  EXPECT_EQ(approved->erasure().services_size(), 4);
  Deliver("intake");
  Deliver("notes");
  Deliver("alliance");
  Deliver("alliance");
  v1::Erasure erasure = Status(name);
  EXPECT_EQ(erasure.state(), v1::ERASURE_STATE_APPROVED);
  EXPECT_FALSE(erasure.services(2).has_done_time()) << "goals has not reported";
  Deliver("goals");
  erasure = Status(name);
  EXPECT_EQ(erasure.state(), v1::ERASURE_STATE_DONE);
  EXPECT_TRUE(erasure.has_done_time());
  EXPECT_EQ(erasure.family(), family_);
}

// The process died between the approval and the deletion.
TEST_F(ErasureI11, WhatTheApprovalLeftIsDoneByItsEvent) {
  MakeErasable();
  const auto asked = Ask();
  Deliver("intake");
  EXPECT_EQ(Facts(family_), nullptr);
}

TEST_F(ErasureI11, AnUnknownErasureIsNotFound) {
  v1::GetErasureRequest request;
  request.set_name("erasures/" + std::string(32, '0'));
  EXPECT_EQ(Try(Admin("ida"), &ErasureService::GetErasure, request).status().code(),
            absl::StatusCode::kNotFound);
}

// Whoever may call GetErasure.
class AnyAccess final : public AccessChecker {
 public:
  Task<absl::StatusOr<Access>> Check(CallContext& context, std::string_view, std::string,
                                     std::string) override {
    co_return context.access;
  }
};

TEST_F(ErasureI11, IsReadableInEveryVersionWhenTheFamilyIsGone) {
  MakeErasable();
  const auto asked = Ask();
  ASSERT_TRUE(asked.ok()) << asked.status();
  store_.clock.Advance(std::chrono::hours(1));
  const auto approved = Approve(asked->erasure());
  ASSERT_TRUE(approved.ok()) << approved.status();
  AnyAccess any;
  IntakeHistory history(
      {*store_.db, *store_.records, ids_, etags_, store_.suite, store_.clock, any, caches_},
      *store_.keys, [this](std::string_view) { return rules_; });
  v1::ListAgencyRevisionsRequest request;
  request.set_name(approved->erasure().name());
  auto call = Admin("paula");
  call.method = "rapport.intake.v1.IntakeService/ListAgencyRevisions";
  const auto versions = RunSync(history.ListAgencyRevisions(call, request));
  ASSERT_TRUE(versions.ok()) << versions.status();
  ASSERT_GE(versions->revisions_size(), 2);
  EXPECT_EQ(versions->revisions(0).revision().account(), "ida");
  EXPECT_EQ(versions->revisions(0).erasure().state(), v1::ERASURE_STATE_REQUESTED);
  EXPECT_EQ(versions->revisions(1).revision().action(), "erasure.approve");
  EXPECT_EQ(versions->revisions(1).revision().account(), "ulf");
}

}  // namespace
}  // namespace rapport::intake
