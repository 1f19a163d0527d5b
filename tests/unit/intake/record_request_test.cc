// X5: what a member may ask of the record, by when it is answered, and how it may be refused.
#include "intake/record_request_rules.h"
#include "intake/record_request_service.h"
#include "support/in_pages.h"
#include "unit/intake/intake_fixture.h"

#include <set>

namespace rapport::intake {
namespace {

using testing::ElementsAre;

using testing::IsEmpty;
using testing::Pair;

constexpr std::int64_t kDayUs = 24ll * 3'600 * 1'000'000;

v1::RecordRequest OfKind(v1::RecordRequestKind kind) {
  v1::RecordRequest request;
  request.set_kind(kind);
  request.mutable_receive_time()->set_seconds(1'000);
  return request;
}

TEST(RecordRequestRulesX5, EveryKindHasItsDates) {
  struct Case {
    v1::RecordRequestKind kind;
    int days, extended;
  };
  for (const Case& one : {Case{v1::RECORD_REQUEST_KIND_ACCESS, 30, 60},
                          Case{v1::RECORD_REQUEST_KIND_AMENDMENT, 60, 90},
                          Case{v1::RECORD_REQUEST_KIND_RESTRICTION, 30, 30}}) {
    v1::RecordRequest request = OfKind(one.kind);
    const std::int64_t due_us = 1'000'000'000 + one.days * kDayUs;
    EXPECT_EQ(DueAt(request), due_us);
    EXPECT_EQ(StateAt(request, due_us - 1), v1::RECORD_REQUEST_STATE_OPEN);
    EXPECT_EQ(StateAt(request, due_us), v1::RECORD_REQUEST_STATE_OVERDUE);
    const bool extends = one.extended > one.days;
    EXPECT_EQ(WhyNotExtended(request, due_us - 1).empty(), extends);
    EXPECT_NE(WhyNotExtended(request, due_us), "") << "too late";
    if (extends) request.set_extension_reason("the archive is away");
    EXPECT_EQ(DueAt(request), 1'000'000'000 + one.extended * kDayUs);
    EXPECT_NE(WhyNotExtended(request, due_us - 1), "") << "once only";
    request.mutable_decision();
    EXPECT_EQ(StateAt(request, due_us), v1::RECORD_REQUEST_STATE_DECIDED);
  }
}

// Every ground is some kind's and no ground is two kinds'.
TEST(RecordRequestRulesX5, ARefusalHasAGroundOfItsKindAndAnExplanation) {
  std::set<int> seen;
  for (const RecordRequestRule& rule : RecordRequestRules()) {
    for (const v1::RefusalGround ground : rule.grounds) {
      EXPECT_TRUE(seen.insert(ground).second) << v1::RefusalGround_Name(ground);
    }
    v1::RecordDecision refusal;
    refusal.set_outcome(v1::RECORD_DECISION_OUTCOME_REFUSED);
    EXPECT_THAT(FaultsOf(refusal, rule.kind),
                ElementsAre(Pair("grounds", testing::_), Pair("explanation", testing::_)));
    refusal.set_explanation("told in a letter");
    for (int ground = 1; ground < v1::RefusalGround_ARRAYSIZE; ++ground) {
      refusal.clear_grounds();
      refusal.add_grounds(static_cast<v1::RefusalGround>(ground));
      const bool known = std::ranges::find(rule.grounds, ground) != rule.grounds.end();
      EXPECT_EQ(FaultsOf(refusal, rule.kind).empty(), known) << ground;
    }
    v1::RecordDecision grant;
    grant.set_outcome(v1::RECORD_DECISION_OUTCOME_GRANTED);
    EXPECT_THAT(FaultsOf(grant, rule.kind), IsEmpty());
    grant.add_grounds(rule.grounds.front());
    EXPECT_THAT(FaultsOf(grant, rule.kind), ElementsAre(Pair("grounds", testing::_)));
  }
  EXPECT_EQ(static_cast<int>(seen.size()), v1::RefusalGround_ARRAYSIZE - 1);
}

TEST(RecordRequestRulesX5, OnlyARefusedAmendmentIsDisagreedWithAndOnce) {
  v1::RecordRequest request = OfKind(v1::RECORD_REQUEST_KIND_AMENDMENT);
  EXPECT_NE(WhyNoStatement(request), "") << "not decided";
  request.mutable_decision()->set_outcome(v1::RECORD_DECISION_OUTCOME_GRANTED);
  EXPECT_NE(WhyNoStatement(request), "");
  request.mutable_decision()->set_outcome(v1::RECORD_DECISION_OUTCOME_PARTLY_GRANTED);
  EXPECT_EQ(WhyNoStatement(request), "");
  request.set_statement_of_disagreement("it was not like that");
  EXPECT_NE(WhyNoStatement(request), "");
  request = OfKind(v1::RECORD_REQUEST_KIND_ACCESS);
  request.mutable_decision()->set_outcome(v1::RECORD_DECISION_OUTCOME_REFUSED);
  EXPECT_NE(WhyNoStatement(request), "");
}

class RecordRequestX5 : public IntakeTest {
 protected:
  RecordRequestX5() {
    family_ = NewFamily().name();
    parent_ = NewMember(family_, "Example Parent", 1985).name();
    child_ = NewMember(family_, "Example Child", 2018).name();
  }

  template <typename Response, typename Request>
  absl::StatusOr<Response> Try(RecordRequestService::Answer<Response> (
                                   RecordRequestService::*use_case)(CallContext&, const Request&),
                               const Request& request) {
    Call call(*this, "paula", family_, Viewer::kAgency);
    return support::RunUseCase<Request, Response>(
        *store_.answers, call, [&] { return (requests_.*use_case)(call, request); });
  }
  v1::OpenRecordRequestRequest New(v1::RecordRequestKind kind, const std::string& member,
                                   const std::string& requester, v1::RequestAuthority authority) {
    v1::OpenRecordRequestRequest request;
    request.set_parent(family_);
    v1::RecordRequest& record = *request.mutable_record_request();
    record.set_kind(kind);
    record.set_member(member);
    record.set_requester(requester);
    record.set_authority(authority);
    record.set_words("what you have of us");
    return request;
  }
  v1::RecordRequest Open(v1::RecordRequestKind kind) {
    auto opened = Try(&RecordRequestService::OpenRecordRequest,
                      New(kind, parent_, parent_, v1::REQUEST_AUTHORITY_SELF));
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? opened->record_request() : v1::RecordRequest();
  }
  absl::Status Refusal(const v1::OpenRecordRequestRequest& request) {
    return Try(&RecordRequestService::OpenRecordRequest, request).status();
  }
  static v1::DecideRecordRequestRequest On(const v1::RecordRequest& record) {
    v1::DecideRecordRequestRequest request;
    request.set_name(record.name());
    request.set_etag(record.etag());
    return request;
  }
  static v1::DecideRecordRequestRequest Refuse(const v1::RecordRequest& record,
                                               v1::RefusalGround ground) {
    auto request = On(record);
    request.mutable_decision()->set_outcome(v1::RECORD_DECISION_OUTCOME_REFUSED);
    request.mutable_decision()->add_grounds(ground);
    request.mutable_decision()->set_explanation("told in a letter");
    return request;
  }
  auto Decide(const v1::DecideRecordRequestRequest& request) {
    return Try(&RecordRequestService::DecideRecordRequest, request);
  }
  std::vector<std::string> Names(const std::string& filter) {
    v1::ListRecordRequestsRequest request;
    request.set_parent(family_);
    request.set_filter(filter);
    auto list = Try(&RecordRequestService::ListRecordRequests, request);
    EXPECT_TRUE(list.ok()) << list.status();
    std::vector<std::string> names;
    for (const auto& one : list->record_requests()) names.push_back(one.name());
    return names;
  }

  std::string family_, parent_, child_;
  RecordRequestService requests_{deps_, [this](std::string_view) { return rules_; }};
};

TEST_F(RecordRequestX5, AMembersRequestIsDueAsTheLawSays) {
  const v1::RecordRequest opened = Open(v1::RECORD_REQUEST_KIND_ACCESS);
  EXPECT_EQ(opened.state(), v1::RECORD_REQUEST_STATE_OPEN);
  EXPECT_EQ(opened.due_time().seconds(), opened.receive_time().seconds() + 30 * 86'400);
  store_.clock.Advance(std::chrono::hours(24 * 30));
  EXPECT_THAT(Names("state = RECORD_REQUEST_STATE_OVERDUE"), ElementsAre(opened.name()));
}

TEST_F(RecordRequestX5, WhoeverAnswersItReadsWhoseItIs) {
  Open(v1::RECORD_REQUEST_KIND_ACCESS);
  for (const std::string& parent : {family_, std::string("families/-")}) {
    v1::ListRecordRequestsRequest request;
    request.set_parent(parent);
    const auto list = Try(&RecordRequestService::ListRecordRequests, request);
    ASSERT_TRUE(list.ok()) << list.status();
    ASSERT_EQ(list->record_requests_size(), 1) << parent;
    const v1::RecordRequest& listed = list->record_requests(0);
    EXPECT_EQ(listed.family_display_name(), Get(family_).display_name());
    EXPECT_EQ(listed.member_display_name(), "Example Parent");
  }
}

TEST_F(RecordRequestX5, AreListedByDateDueOrByWhenTheyCame) {
  const v1::RecordRequest slow = Open(v1::RECORD_REQUEST_KIND_AMENDMENT);
  store_.clock.Advance(std::chrono::hours(1));
  const v1::RecordRequest quick = Open(v1::RECORD_REQUEST_KIND_ACCESS);
  v1::ListRecordRequestsRequest request;
  const auto listed = [&](const std::string& parent, const std::string& filter,
                          const std::string& order) {
    request.set_parent(parent);
    return support::InPages(
        request, filter, order,
        [&](const auto& asked) { return Try(&RecordRequestService::ListRecordRequests, asked); },
        [](const auto& page) {
          std::vector<std::string> names;
          for (const auto& one : page.record_requests()) names.push_back(one.name());
          return names;
        });
  };
  EXPECT_THAT(listed(family_, "", ""), ElementsAre(quick.name(), slow.name()));
  EXPECT_THAT(listed(family_, "state = OPEN", "due_time desc"),
              ElementsAre(slow.name(), quick.name()));
  EXPECT_THAT(listed(family_, "", "create_time"), ElementsAre(slow.name(), quick.name()));
  EXPECT_THAT(listed("families/-", "", ""), ElementsAre(slow.name(), quick.name()));
  EXPECT_THAT(listed("families/-", "", "create_time desc"), ElementsAre(quick.name(), slow.name()));
  request.set_order_by("due_time");
  EXPECT_TRUE(
      absl::IsInvalidArgument(Try(&RecordRequestService::ListRecordRequests, request).status()));
}

TEST_F(RecordRequestX5, ThoseOfTheWholeAgencyAreOneList) {
  const v1::RecordRequest first = Open(v1::RECORD_REQUEST_KIND_ACCESS);
  store_.clock.Advance(std::chrono::hours(1));
  family_ = NewFamily().name();
  parent_ = NewMember(family_, "Another Parent", 1980).name();
  const v1::RecordRequest second = Open(v1::RECORD_REQUEST_KIND_AMENDMENT);
  v1::ListRecordRequestsRequest request;
  request.set_parent("families/-");
  request.set_page_size(1);
  std::vector<std::string> names;
  do {
    Call call(*this, "paula", "", Viewer::kAgency);
    const auto page = RunSync(requests_.ListRecordRequests(call, request));
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& one : page->record_requests()) names.push_back(one.name());
    EXPECT_THAT(call.disclosed_members, testing::SizeIs(1)) << "a line for each family";
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre(first.name(), second.name()));
  request.set_filter("kind = RECORD_REQUEST_KIND_AMENDMENT");
  Call call(*this, "paula", "", Viewer::kAgency);
  const auto amendments = RunSync(requests_.ListRecordRequests(call, request));
  ASSERT_TRUE(amendments.ok()) << amendments.status();
  EXPECT_EQ(amendments->record_requests_size(), 1);
}

TEST_F(RecordRequestX5, WhoAsksMustHaveTheRightTo) {
  const auto kind = v1::RECORD_REQUEST_KIND_ACCESS;
  EXPECT_TRUE(Refusal(New(kind, child_, parent_, v1::REQUEST_AUTHORITY_PARENT)).ok());
  const v1::OpenRecordRequestRequest wrong[] = {
      New(kind, child_, parent_, v1::REQUEST_AUTHORITY_SELF),
      New(kind, parent_, child_, v1::REQUEST_AUTHORITY_PARENT),
      New(kind, parent_, parent_, v1::REQUEST_AUTHORITY_PARENT),
      New(kind, parent_, "", v1::REQUEST_AUTHORITY_REPRESENTATIVE),
      New(kind, family_ + "/members/" + std::string(32, '0'), parent_,
          v1::REQUEST_AUTHORITY_PARENT),
  };
  for (const auto& request : wrong) {
    EXPECT_EQ(ReasonOf(Refusal(request)), "INVALID_REQUEST") << request.DebugString();
  }
  auto with_document = New(kind, parent_, "", v1::REQUEST_AUTHORITY_REPRESENTATIVE);
  with_document.mutable_record_request()->set_document("power of attorney, seen");
  EXPECT_TRUE(Refusal(with_document).ok());
  auto future = New(kind, parent_, parent_, v1::REQUEST_AUTHORITY_SELF);
  future.mutable_record_request()->mutable_receive_time()->set_seconds(4'000'000'000);
  EXPECT_EQ(ReasonOf(Refusal(future)), "INVALID_REQUEST");
}

TEST_F(RecordRequestX5, AParentWithoutCustodyAsksByAPaper) {
  for (const auto custody : {v1::CUSTODY_NONE, v1::CUSTODY_VISITS}) {
    v1::SetRelationshipRequest line;
    line.set_parent(family_);
    line.mutable_relationship()->set_from_member(parent_);
    line.mutable_relationship()->set_to_member(child_);
    line.mutable_relationship()->set_kind(v1::RELATIONSHIP_KIND_BIRTH_PARENT);
    line.mutable_relationship()->set_custody(custody);
    Do(Staff(family_), &IntakeService::SetRelationship, line);
    const auto kind = v1::RECORD_REQUEST_KIND_ACCESS;
    EXPECT_EQ(ReasonOf(Refusal(New(kind, child_, parent_, v1::REQUEST_AUTHORITY_PARENT))),
              "INVALID_REQUEST");
    auto by_paper = New(kind, child_, parent_, v1::REQUEST_AUTHORITY_REPRESENTATIVE);
    by_paper.mutable_record_request()->set_document("order 5/30, section 3");
    EXPECT_TRUE(Refusal(by_paper).ok());
  }
}

// 45 CFR 164.502(g)(3)(i)(A): no parent represents a minor in what the minor alone consented to.
TEST_F(RecordRequestX5, WhatAMinorConsentedToAloneIsTheirs) {
  rules_.law = &ConsentLawOf("US-CA");
  const std::string teen = NewMember(family_, "Example Teen", 2012).name();
  v1::GrantConsentRequest grant;
  grant.set_parent(family_);
  grant.mutable_consent()->set_member(teen);
  grant.mutable_consent()->set_grantor(teen);
  grant.mutable_consent()->set_purpose(v1::CONSENT_PURPOSE_TREATMENT);
  grant.mutable_consent()->set_authority(v1::CONSENT_AUTHORITY_SELF);
  grant.mutable_consent()->set_document("understands it, A. Sample");
  const auto request =
      New(v1::RECORD_REQUEST_KIND_ACCESS, teen, parent_, v1::REQUEST_AUTHORITY_PARENT);
  EXPECT_TRUE(Refusal(request).ok());
  Do(Staff(family_), &IntakeService::GrantConsent, grant);
  EXPECT_EQ(ReasonOf(Refusal(request)), "INVALID_REQUEST");
}

TEST_F(RecordRequestX5, IsDecidedOnceAsItWasSeen) {
  const v1::RecordRequest opened = Open(v1::RECORD_REQUEST_KIND_ACCESS);
  auto grant = On(opened);
  grant.mutable_decision()->set_outcome(v1::RECORD_DECISION_OUTCOME_GRANTED);
  grant.set_etag("");
  EXPECT_EQ(ReasonOf(Decide(grant).status()), "ETAG_REQUIRED");
  grant.set_etag(opened.etag());
  const auto decided = Decide(grant);
  ASSERT_TRUE(decided.ok()) << decided.status();
  EXPECT_EQ(decided->record_request().state(), v1::RECORD_REQUEST_STATE_DECIDED);
  EXPECT_EQ(decided->record_request().decided_by(), "paula");
  EXPECT_EQ(ReasonOf(Decide(grant).status()), "ETAG_MISMATCH");
  grant.set_etag(decided->record_request().etag());
  EXPECT_EQ(ReasonOf(Decide(grant).status()), "REQUEST_DECIDED");
}

TEST_F(RecordRequestX5, OneActAtATime) {
  const v1::RecordRequest opened = Open(v1::RECORD_REQUEST_KIND_ACCESS);
  EXPECT_EQ(ReasonOf(Decide(On(opened)).status()), "INVALID_REQUEST");
  auto two = Refuse(opened, v1::REFUSAL_GROUND_ENDANGERS);
  two.set_extension_reason("the archive is away");
  EXPECT_EQ(ReasonOf(Decide(two).status()), "INVALID_REQUEST");
  EXPECT_EQ(ReasonOf(Decide(Refuse(opened, v1::REFUSAL_GROUND_ACCURATE)).status()),
            "INVALID_REQUEST")
      << "no ground of an access request";
  auto unknown = Refuse(opened, v1::REFUSAL_GROUND_ENDANGERS);
  unknown.set_name(opened.name().substr(0, opened.name().size() - 32) + std::string(32, '0'));
  EXPECT_EQ(Decide(unknown).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(RecordRequestX5, IsExtendedOnceBeforeItIsDue) {
  auto extend = On(Open(v1::RECORD_REQUEST_KIND_ACCESS));
  extend.set_extension_reason("the archive is away");
  const auto extended = Decide(extend);
  ASSERT_TRUE(extended.ok()) << extended.status();
  const v1::RecordRequest& now = extended->record_request();
  EXPECT_EQ(now.due_time().seconds(), now.receive_time().seconds() + 60 * 86'400);
  extend.set_etag(now.etag());
  EXPECT_EQ(ReasonOf(Decide(extend).status()), "EXTENSION_NOT_POSSIBLE");
  auto late = On(Open(v1::RECORD_REQUEST_KIND_AMENDMENT));
  late.set_extension_reason("the archive is away");
  store_.clock.Advance(std::chrono::hours(24 * 60));
  EXPECT_EQ(ReasonOf(Decide(late).status()), "EXTENSION_NOT_POSSIBLE");
}

TEST_F(RecordRequestX5, ARefusedAmendmentKeepsTheMembersDisagreement) {
  const v1::RecordRequest opened = Open(v1::RECORD_REQUEST_KIND_AMENDMENT);
  auto disagree = On(opened);
  disagree.set_statement_of_disagreement("it was not like that");
  EXPECT_EQ(ReasonOf(Decide(disagree).status()), "STATEMENT_NOT_POSSIBLE");
  const auto refused = Decide(Refuse(opened, v1::REFUSAL_GROUND_ACCURATE));
  ASSERT_TRUE(refused.ok()) << refused.status();
  disagree.set_etag(refused->record_request().etag());
  const auto kept = Decide(disagree);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->record_request().statement_of_disagreement(), "it was not like that");
  EXPECT_EQ(kept->record_request().state(), v1::RECORD_REQUEST_STATE_DECIDED);
}

TEST_F(RecordRequestX5, AreListedByDateDue) {
  const v1::RecordRequest later = Open(v1::RECORD_REQUEST_KIND_AMENDMENT);
  const v1::RecordRequest sooner = Open(v1::RECORD_REQUEST_KIND_RESTRICTION);
  EXPECT_THAT(Names(""), ElementsAre(sooner.name(), later.name()));
  EXPECT_THAT(Names("kind = RECORD_REQUEST_KIND_AMENDMENT"), ElementsAre(later.name()));
  v1::ListRecordRequestsRequest request;
  request.set_parent(family_);
  request.set_filter("words = \"x\"");
  EXPECT_EQ(ReasonOf(Try(&RecordRequestService::ListRecordRequests, request).status()),
            "FILTER_INVALID");
}

// X5: the list of families stands in the accounting of each that it showed.
TEST_F(RecordRequestX5, AListOfFamiliesSaysWhichItShowed) {
  const std::string second = NewFamily().name();
  Call call = Staff();
  auto principal = *call.principal;
  principal.roles.Add(options::v1::ROLE_ADMIN);
  call.principal = std::make_shared<const Principal>(principal);
  v1::ListFamiliesRequest request;
  const auto list = RunSync(service_.ListFamilies(call, request));
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->families_size(), 2);
  EXPECT_THAT(call.disclosed_members, testing::UnorderedElementsAre(*names_.ReadFamily(family_),
                                                                    *names_.ReadFamily(second)));
}

}  // namespace
}  // namespace rapport::intake
