// A goals service over a real database in a folder of the test, with a family of fictional people
// and a notes service whose events the test makes.
#pragma once

#include "goals/event_handler.h"
#include "goals/goals_service.h"
#include "platform/base/access_checker.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/crypto/public_ids.h"
#include "platform/records/inbox.h"
#include "platform/schema/errors.h"
#include "platform/schema/public_id_codec.h"
#include "platform/schema/times.h"
#include "support/run_use_case.h"
#include "support/service_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace rapport::goals {

inline constexpr std::int64_t kHour = 3'600'000'000LL;
inline constexpr std::int64_t kDay = 24 * kHour;
inline constexpr std::string_view kAgency = "agency-a";

class FakeFacts final : public rpc::FactsSource {
 public:
  Facts Peek(std::string_view, std::string_view, options::v1::Freshness) override {
    return nullptr;
  }
  Task<absl::StatusOr<Facts>> Load(CallContext&, std::string, std::string,
                                   options::v1::Freshness) override {
    co_return facts;
  }
  void Forget(std::string_view, std::string_view) override {}
  Facts facts;
};

class NoAccess final : public AccessChecker {
 public:
  Task<absl::StatusOr<Access>> Check(CallContext&, std::string_view, std::string,
                                     std::string) override {
    co_return schema::NotFound();
  }
};

// The test's clock, and a place between a use case's reading and its commit: the first time it is
// asked after `between` was set, it runs that first.
class HookedClock final : public Clock {
 public:
  explicit HookedClock(const Clock& clock) : clock_(clock) {}
  std::int64_t NowMicros() const override {
    if (auto run = std::exchange(between, nullptr)) run();
    return clock_.NowMicros();
  }
  mutable std::function<void()> between;

 private:
  const Clock& clock_;
};

// An alliance service that says what the test has it say.
class FakeAlliance final : public AllianceSource {
 public:
  Task<absl::StatusOr<Estimates>> EstimatesOf(CallContext&, std::string) override {
    ++asked;
    co_return estimates;
  }
  absl::StatusOr<Estimates> estimates = Estimates();
  int asked = 0;
};

// Code, reason and everything that is listed with it.
inline std::string ReasonOf(const absl::Status& status) { return schema::ReasonOf(status); }
inline std::string DetailsOf(const absl::Status& status) { return schema::StatusDetails(status); }

class GoalsTest : public testing::Test {
 protected:
  GoalsTest()
      : store_({.service = "goals"}),
        public_ids_(store_.suite),
        ids_(public_ids_),
        etags_(store_.suite.Key(crypto::SuiteKey::kEtag, kAgency)),
        deps_{*store_.db, *store_.records, ids_, etags_, store_.suite, clock_, access_, caches_},
        names_(ids_, kAgency),
        service_(deps_, alliance_),
        events_(deps_, facts_source_),
        inbox_(*store_.records, store_.suite, events_) {
    facts_.family = family_;
    facts_.state = CaseState::kOpen;
    std::int64_t joined = 0;
    for (const std::string& member : {mother_, father_, daughter_, aunt_}) {
      facts_.members.push_back({.member = member, .direct = true, .period = {++joined, 0}});
    }
    facts_.members[2].birth_year = 2014;  // the daughter is 12 on the tests' Monday in 2026
    facts_.members[2].birth_month = 1;
    facts_.members[2].birth_day = 1;
    for (const std::string& professional : {therapist_, colleague_}) {
      facts_.helpers.push_back({.professional = professional, .direct = true, .period = {1, 0}});
    }
  }

  struct Call : support::TestCall {
    Call(GoalsTest& test, const std::string& subject, Viewer viewer)
        : TestCall(kAgency, "subject-" + subject, test.family_) {
      access.viewer = viewer;
      if (viewer == Viewer::kMember) {
        access.members = {subject};
      } else {
        access.professional = subject;
      }
      access.facts = std::make_shared<AccessFacts>(test.facts_);
      request_id = "request-" + std::to_string(++test.requests_);
      request_hash = std::string(32, static_cast<char>('a' + test.requests_ % 26));
    }
  };
  bool IsMember(const std::string& person) const {
    return person == mother_ || person == father_ || person == daughter_ || person == aunt_;
  }
  // A call of one of the family, or of somebody on the care team.
  Call CallOf(const std::string& person) {
    return Call(*this, person, IsMember(person) ? Viewer::kMember : Viewer::kCareTeam);
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Run(
      CallContext& call,
      GoalsService::Answer<Response> (GoalsService::*use_case)(CallContext&, const Request&),
      const Request& request) {
    return support::RunUseCase<Request, Response>(
        *store_.answers, call, [&] { return (service_.*use_case)(call, request); });
  }
  template <typename Request, typename Response>
  absl::StatusOr<Response> RunAs(
      const std::string& person,
      GoalsService::Answer<Response> (GoalsService::*use_case)(CallContext&, const Request&),
      const Request& request) {
    auto call = CallOf(person);
    return Run(call, use_case, request);
  }

  std::string Family() const { return names_.Family(family_); }
  std::string NameOf(const std::string& person) const {
    return IsMember(person) ? names_.Member(family_, person) : names_.Professional(person);
  }
  google::protobuf::Timestamp In(std::int64_t us) const {
    return schema::ToTimestamp(store_.clock.NowMicros() + us);
  }

  // Goals.
  v1::ProposeGoalRequest GoalOf(const std::vector<std::string>& owners, v1::GoalScope scope,
                                bool shared = true) const {
    v1::ProposeGoalRequest request;
    request.set_parent(Family());
    v1::Goal& goal = *request.mutable_goal();
    for (const std::string& owner : owners) goal.add_owners(NameOf(owner));
    goal.set_scope(scope);
    goal.set_words("We eat together without shouting");
    goal.set_shared(shared);
    return request;
  }
  absl::StatusOr<v1::ProposeGoalResponse> Propose(const std::string& by,
                                                  v1::ProposeGoalRequest request) {
    if (IsMember(by)) request.set_proposed_by(NameOf(by));
    return RunAs(by, &GoalsService::ProposeGoal, request);
  }
  v1::Goal Proposed(const std::string& by, const v1::ProposeGoalRequest& request) {
    auto response = Propose(by, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->goal() : v1::Goal();
  }
  // The mother's own goal, active.
  v1::Goal MothersGoal(bool shared = true) {
    return Proposed(mother_, GoalOf({mother_}, v1::GOAL_SCOPE_INDIVIDUAL, shared));
  }
  absl::StatusOr<v1::SetStanceResponse> SetStance(const std::string& by, const v1::Goal& goal,
                                                  const std::string& holder, v1::StanceKind kind,
                                                  bool shared = false) {
    v1::SetStanceRequest request;
    request.set_name(goal.name());
    request.mutable_stance()->set_holder(NameOf(holder));
    request.mutable_stance()->set_kind(kind);
    request.mutable_stance()->set_shared(shared);
    if (by != holder) request.mutable_stance()->set_note("said so in the first session");
    return RunAs(by, &GoalsService::SetStance, request);
  }
  absl::StatusOr<v1::GetGoalResponse> GetGoal(const std::string& by, const v1::Goal& goal) {
    v1::GetGoalRequest request;
    request.set_name(goal.name());
    return RunAs(by, &GoalsService::GetGoal, request);
  }

  // Homework.
  v1::HomeworkTerms Terms(const v1::Goal& goal, const std::vector<std::string>& doers) const {
    v1::HomeworkTerms terms;
    terms.set_what("Eat at the table, phones away");
    for (const std::string& doer : doers) terms.add_doers(NameOf(doer));
    terms.set_when("twice this week");
    terms.set_how_we_will_know("both meals are on the list");
    terms.set_rationale("a meal is where the shouting starts");
    auto& link = *terms.add_goals();
    link.set_goal(goal.name());
    link.set_how("a quiet meal is a step to quiet meals");
    *terms.mutable_due_time() = In(7 * kDay);
    return terms;
  }
  absl::StatusOr<v1::ProposeHomeworkResponse> ProposeTask(const std::string& by,
                                                          const v1::HomeworkTerms& terms,
                                                          std::string override = {},
                                                          const std::string& repeats = {}) {
    v1::ProposeHomeworkRequest request;
    request.set_parent(Family());
    *request.mutable_homework()->mutable_terms() = terms;
    request.mutable_homework()->set_repeats(repeats);
    if (IsMember(by)) request.set_proposed_by(NameOf(by));
    if (!override.empty()) request.mutable_together_override()->set_reason(std::move(override));
    return RunAs(by, &GoalsService::ProposeHomework, request);
  }
  v1::Homework Task(const std::string& by, const v1::HomeworkTerms& terms,
                    std::string override = {}, const std::string& repeats = {}) {
    auto response = ProposeTask(by, terms, std::move(override), repeats);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->homework() : v1::Homework();
  }
  v1::RespondToHomeworkRequest AnswerOf(const v1::Homework& homework, const std::string& responder,
                                        bool accept = true) const {
    v1::RespondToHomeworkRequest request;
    request.set_name(homework.name());
    request.set_responder(NameOf(responder));
    request.set_answer(accept ? v1::HOMEWORK_ANSWER_ACCEPT : v1::HOMEWORK_ANSWER_DECLINE);
    request.set_terms_revision(homework.terms_revision());
    return request;
  }
  absl::StatusOr<v1::RespondToHomeworkResponse> Respond(const std::string& by,
                                                        const v1::Homework& homework,
                                                        bool accept = true) {
    return RunAs(by, &GoalsService::RespondToHomework, AnswerOf(homework, by, accept));
  }
  absl::StatusOr<v1::CounterHomeworkResponse> Counter(const std::string& by,
                                                      const v1::Homework& homework,
                                                      const v1::HomeworkTerms& terms) {
    v1::CounterHomeworkRequest request;
    request.set_name(homework.name());
    *request.mutable_terms() = terms;
    if (IsMember(by)) {
      request.set_countered_by(NameOf(by));
    } else {
      request.set_etag(homework.etag());
    }
    return RunAs(by, &GoalsService::CounterHomework, request);
  }
  v1::ReportHomeworkRequest ReportOf(const v1::Homework& homework, const std::string& doer,
                                     int completion) const {
    v1::ReportHomeworkRequest request;
    request.set_name(homework.name());
    request.mutable_report()->set_doer(NameOf(doer));
    request.mutable_report()->set_completion(completion);
    return request;
  }
  absl::StatusOr<v1::ReportHomeworkResponse> Report(const std::string& by,
                                                    const v1::Homework& homework, int completion) {
    return RunAs(by, &GoalsService::ReportHomework, ReportOf(homework, by, completion));
  }
  absl::StatusOr<v1::ReviewHomeworkResponse> Review(const v1::Homework& homework,
                                                    v1::HomeworkOutcome outcome,
                                                    bool asked_agreement = false) {
    v1::ReviewHomeworkRequest request;
    request.set_name(homework.name());
    request.mutable_review()->set_outcome(outcome);
    request.mutable_review()->set_session(names_.Session(family_, support::TestId("now")));
    request.mutable_review()->set_asked_agreement(asked_agreement);
    request.set_etag(homework.etag());
    return RunAs(therapist_, &GoalsService::ReviewHomework, request);
  }
  v1::Homework Get(const std::string& by, const v1::Homework& homework) {
    v1::GetHomeworkRequest request;
    request.set_name(homework.name());
    auto response = RunAs(by, &GoalsService::GetHomework, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->homework() : v1::Homework();
  }
  bool Sees(const std::string& by, const v1::Homework& homework) {
    v1::GetHomeworkRequest request;
    request.set_name(homework.name());
    return RunAs(by, &GoalsService::GetHomework, request).ok();
  }
  // Proposed by the therapist, accepted by every doer.
  v1::Homework Agreed(const std::vector<std::string>& doers, const std::string& repeats = {}) {
    const v1::Homework homework = Task(therapist_, Terms(goal_, doers), {}, repeats);
    for (const std::string& doer : doers) EXPECT_TRUE(Respond(doer, homework).ok());
    const v1::Homework agreed = Get(therapist_, homework);
    EXPECT_EQ(agreed.state(), v1::HOMEWORK_STATE_AGREED);
    return agreed;
  }
  // The goal that homework of these tests leads to: the whole family's, active.
  void MakeGoal() {
    goal_ = MothersGoal();
    ASSERT_EQ(goal_.state(), v1::GOAL_STATE_ACTIVE);
  }

  // Notes tells of a session of an hour that ends now.
  absl::Status Hold(const std::string& session, std::int64_t version = 1) {
    internal::v1::SessionHeld held;
    held.set_session(support::TestId(session));
    held.set_started_us(store_.clock.NowMicros() - kHour);
    held.set_ended_us(store_.clock.NowMicros());
    return Deliver(internal::v1::EVENT_TYPE_SESSION_HELD, version, held.SerializeAsString());
  }
  absl::Status Deliver(internal::v1::EventType type, std::int64_t version,
                       const std::string& body) {
    facts_source_.facts = std::make_shared<AccessFacts>(facts_);
    internal::v1::EventEnvelope event;
    event.set_agency(std::string(kAgency));
    event.set_source("notes");
    event.set_sequence(++sequence_);
    event.set_type(type);
    event.set_family(family_);
    event.set_version(version);
    event.set_at_us(store_.clock.NowMicros());
    event.set_body(body);
    const std::string sealed =
        store_.suite.SealerFor(crypto::SuiteKey::kEvent, kAgency)
            ->Seal(records::WireIdentity("notes", kAgency), event.SerializeAsString());
    const std::vector<std::string_view> envelopes = {sealed};
    support::TestCall call(kAgency, "relay");
    return RunSync(inbox_.Apply(call, std::string(kAgency), "notes", envelopes)).status();
  }
  // Events to alliance of what is worked on, or of other `types`, oldest first.
  std::vector<internal::v1::EventEnvelope> Told(const std::vector<int>& types = {
                                                    internal::v1::EVENT_TYPE_GOAL_CHANGED,
                                                    internal::v1::EVENT_TYPE_HOMEWORK_CHANGED}) {
    std::vector<internal::v1::EventEnvelope> all;
    absl::StatusOr<records::Outbox::Batch> batch = records::Outbox::Batch();
    const absl::Status read = store_.Read([&](db::Tx& tx) {
      batch = store_.outbox->NextBatch(tx, kAgency, "alliance", types, 1'000);
      return batch.status();
    });
    EXPECT_TRUE(read.ok()) << read;
    const auto sealer = store_.suite.SealerFor(crypto::SuiteKey::kEvent, kAgency);
    for (const auto& outgoing : batch->events) {
      const auto open = sealer->Open(records::WireIdentity("goals", kAgency), outgoing.wire);
      EXPECT_TRUE(open.ok()) << open.status();
      EXPECT_TRUE(all.emplace_back().ParseFromString(*open));
    }
    return all;
  }

  const std::string family_ = support::TestId("family");
  const std::string mother_ = support::TestId("mother"), father_ = support::TestId("father");
  const std::string daughter_ = support::TestId("daughter"), aunt_ = support::TestId("aunt");
  const std::string therapist_ = support::TestId("therapist");
  const std::string colleague_ = support::TestId("colleague");
  support::ServiceStore store_;
  crypto::PublicIds public_ids_;
  schema::PublicIdCodec ids_;
  schema::Etags etags_;
  NoAccess access_;
  HookedClock clock_{store_.clock};
  const records::ServiceCaches caches_{store_.Caches(ids_)};
  records::ServiceDeps deps_;
  schema::Names names_;
  FakeAlliance alliance_;
  GoalsService service_;
  FakeFacts facts_source_;
  GoalsEvents events_;
  records::Inbox inbox_;
  AccessFacts facts_;
  v1::Goal goal_;
  int requests_ = 0;
  std::int64_t sequence_ = 0;
};

}  // namespace rapport::goals
