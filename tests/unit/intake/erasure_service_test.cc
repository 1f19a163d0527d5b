// Legal holds and erasure at intake: who may, when, and what is left.
#include "intake/erasure_service.h"
#include "intake/intake_history.h"
#include "intake/record_request_service.h"

#include "unit/intake/intake_fixture.h"

#include <rapport/internal/v1/event.pb.h>

#include <google/protobuf/empty.pb.h>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kSettings[] = R"(agencies:
  - id: harbour
    display_name: Harbour House
    issuer: https://id.example.org
    jwks: harbour.jwks.json
    time_zone: UTC
    jurisdiction: US-CA
    retention_years: 3
)";

class ErasureI11 : public IntakeTest {
 protected:
  ErasureI11() {
    auto opened = crypto::ErasureList::Open({store_.path("erased")}, store_.suite);
    EXPECT_TRUE(opened.ok()) << opened.status();
    list_ = *std::move(opened);
    eraser_ = std::make_unique<records::Eraser>(records::Eraser::Deps{.db = *store_.db,
                                                                      .keys = *store_.keys,
                                                                      .list = *list_,
                                                                      .chain = *store_.chain,
                                                                      .records = *store_.records,
                                                                      .clock = store_.clock,
                                                                      .machine = store_.machine});
    erasures_ = std::make_unique<ErasureService>(deps_, cache_, agencies_, *eraser_);
    family_ = NewFamily("4711").name();
    NewMember(family_, "Example Parent", 1980);
  }

  Call Admin(const std::string& subject, const std::string& family = {}) {
    return Call(*this, subject, family, Viewer::kAgency);
  }
  template <typename Response, typename Request>
  absl::StatusOr<Response> Try(
      Call&& call,
      ErasureService::Answer<Response> (ErasureService::*use_case)(CallContext&, const Request&),
      const Request& request) {
    RETURN_IF_ERROR(support::MissingRpc<Request>());
    return RunSync(((*erasures_).*use_case)(call, request));
  }
  void Close() {
    ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_SCREENED).ok());
    const auto moved = Move(family_, v1::FAMILY_STATE_REDIRECTED);
    ASSERT_TRUE(moved.ok()) << moved.status();
  }
  void WaitYears(int years) { store_.clock.Advance(std::chrono::hours(24 * 366) * years); }
  // Closed, and kept as long as the law wants.
  void MakeErasable() {
    Close();
    WaitYears(8);
  }
  absl::StatusOr<v1::EraseFamilyResponse> Ask(const std::string& subject = "ida") {
    v1::EraseFamilyRequest request;
    request.set_name(family_);
    request.set_reason(v1::ERASURE_REASON_RETENTION_OVER);
    return Try(Admin(subject, family_), &ErasureService::EraseFamily, request);
  }
  absl::StatusOr<v1::ApproveErasureResponse> Approve(const v1::Erasure& erasure,
                                                     const std::string& subject = "ulf") {
    v1::ApproveErasureRequest request;
    request.set_name(erasure.name());
    request.set_etag(erasure.etag());
    return Try(Admin(subject), &ErasureService::ApproveErasure, request);
  }
  absl::StatusOr<v1::WithdrawErasureResponse> Withdraw(const v1::Erasure& erasure,
                                                       const std::string& subject = "ulf") {
    v1::WithdrawErasureRequest request;
    request.set_name(erasure.name());
    request.set_etag(erasure.etag());
    return Try(Admin(subject), &ErasureService::WithdrawErasure, request);
  }
  v1::Erasure Status(const std::string& name) {
    v1::GetErasureRequest request;
    request.set_name(name);
    auto got = Try(Admin("ida"), &ErasureService::GetErasure, request);
    EXPECT_TRUE(got.ok()) << got.status();
    return got.ok() ? got->erasure() : v1::Erasure();
  }
  v1::LegalHold Hold() {
    v1::PlaceLegalHoldRequest request;
    request.set_parent(family_);
    request.mutable_legal_hold()->set_matter("file 12");
    auto placed = Try(Admin("ida", family_), &ErasureService::PlaceLegalHold, request);
    EXPECT_TRUE(placed.ok()) << placed.status();
    return placed->legal_hold();
  }
  absl::StatusOr<v1::ReleaseLegalHoldResponse> Release(const v1::LegalHold& hold) {
    v1::ReleaseLegalHoldRequest request;
    request.set_name(hold.name());
    request.set_etag(hold.etag());
    request.set_reason("settled");
    return Try(Admin("ulf", family_), &ErasureService::ReleaseLegalHold, request);
  }
  static std::vector<std::string> UnmetTypes(const absl::Status& status) {
    std::vector<std::string> types;
    for (const char* type :
         {"CASE_NOT_CLOSED", "LEGAL_HOLD", "RECORD_REQUEST_OPEN", "RETENTION_NOT_OVER"}) {
      if (schema::StatusDetails(status).find(type) != std::string::npos) types.push_back(type);
    }
    return types;
  }
  // As the inbox does.
  void Deliver(const std::string& source) {
    internal::v1::EventEnvelope event;
    event.set_agency(std::string(kAgency));
    event.set_family(*names_.ReadFamily(family_));
    event.set_source(source);
    event.set_type(internal::v1::EVENT_TYPE_FAMILY_ERASED);
    Call call = Admin("service/" + source);
    call.request_id.clear();
    auto changes = RunSync(erasures_->Handle(call, event));
    ASSERT_TRUE(changes.ok()) << changes.status();
    if (!changes->has_value()) return;
    auto committed =
        RunSync(deps_.records.Commit(call, **std::move(changes), google::protobuf::Empty()));
    ASSERT_TRUE(committed.ok()) << committed.status();
  }

  crypto::Agencies agencies_ = *crypto::Agencies::Parse(kSettings, "/agencies.yaml");
  std::unique_ptr<crypto::ErasureList> list_;
  std::unique_ptr<records::Eraser> eraser_;
  std::unique_ptr<ErasureService> erasures_;
  std::string family_;
  std::vector<std::string> shown_;  // whose disclosure a list was
};

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

TEST_F(ErasureI11, AHoldIsReleasedAsItWasSeen) {
  v1::LegalHold hold = Hold();
  hold.set_etag("");
  EXPECT_EQ(ReasonOf(Release(hold).status()), "ETAG_REQUIRED");
  hold.set_etag(Get(family_).etag());
  EXPECT_EQ(ReasonOf(Release(hold).status()), "ETAG_MISMATCH");
  hold.set_name(hold.name().substr(0, hold.name().size() - 32) + std::string(32, '0'));
  EXPECT_EQ(Release(hold).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ErasureI11, HoldsAreListedWithTheReleasedOnes) {
  const v1::LegalHold first = Hold();
  store_.clock.Advance(std::chrono::hours(1));
  const v1::LegalHold second = Hold();
  ASSERT_TRUE(Release(first).ok());
  v1::ListLegalHoldsRequest request;
  request.set_parent(family_);
  request.set_page_size(1);
  auto page = Try(Admin("ida", family_), &ErasureService::ListLegalHolds, request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->legal_holds_size(), 1);
  EXPECT_EQ(page->legal_holds(0).name(), second.name());
  request.set_page_token(page->next_page_token());
  page = Try(Admin("ida", family_), &ErasureService::ListLegalHolds, request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->legal_holds_size(), 1);
  EXPECT_TRUE(page->legal_holds(0).has_release_time());
  EXPECT_EQ(page->next_page_token(), "");
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

TEST_F(ErasureI11, HoldsOfTheWholeAgencyAreOneList) {
  const v1::LegalHold first = Hold();
  store_.clock.Advance(std::chrono::hours(1));
  family_ = NewFamily().name();
  const v1::LegalHold second = Hold();
  v1::ListLegalHoldsRequest request;
  request.set_parent("families/-");
  const auto page = Try(Admin("ida"), &ErasureService::ListLegalHolds, request);
  ASSERT_TRUE(page.ok()) << page.status();
  std::vector<std::string> names;
  for (const v1::LegalHold& one : page->legal_holds()) names.push_back(one.name());
  EXPECT_THAT(names, testing::ElementsAre(second.name(), first.name())) << "newest first";
  EXPECT_EQ(page->legal_holds(0).family_display_name(), "Example family") << "whose it is";
  request.set_parent(family_);
  const auto own = Try(Admin("ida", family_), &ErasureService::ListLegalHolds, request);
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(own->legal_holds(0).family_display_name(), "Example family");
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
