// Concerns: reported alone or with a form, escalated until acknowledged, never refused for anything
// else, kept from the family.
#include "unit/alliance/urgent_fixture.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <thread>

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(UrgentServiceA14, AConcernIsBeforeTherapistAndWhoIsOnDutyAtOnce) {
  const auto told = Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE, "made-up words");
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_NE(told->notice().find("has been told"), std::string::npos);
  EXPECT_EQ(told->emergency_contacts(), urgent_.emergency_contacts);
  const v1::UrgentTask task = TheTask();
  EXPECT_EQ(task.state(), v1::URGENT_TASK_STATE_OPEN);
  EXPECT_EQ(task.member(), names_.Member(family_, mother_));
  EXPECT_EQ(task.reports(0).concern().words(), "made-up words");
  EXPECT_TRUE(IsBefore("anna"));
  EXPECT_TRUE(IsBefore("duty"));
  EXPECT_FALSE(IsBefore("deputy"));
  EXPECT_FALSE(IsBefore("sam"));
  EXPECT_TRUE(absl::IsNotFound(List(OnDuty("deputy")).status()));
  EXPECT_THAT(List(OnDuty("duty"))->urgent_tasks(), SizeIs(1));
}

TEST_F(UrgentServiceA14, ThatSomebodyIsNotSafeIsToldToIntakeForASafetyScreen) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_TALK_TO_ME_SOON).ok());
  EXPECT_THAT(NotSafeTold(), IsEmpty());
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  EXPECT_THAT(NotSafeTold(), ElementsAre(mother_));
}

// Goals tells it; nobody has to read the report to learn it.
TEST_F(UrgentServiceA14, WhoFeltUnsafeInHomeworkHasSaidThatTheyAreNotSafe) {
  internal::v1::NotSafe felt;
  felt.set_member(mother_);
  internal::v1::EventEnvelope told =
      Event("goals", internal::v1::EVENT_TYPE_SAFETY_CHANGED, 0, felt.SerializeAsString());
  const std::string homework = names_.Homework(family_, support::TestId("errand"));
  told.set_resource(homework);
  ASSERT_TRUE(Deliver(told).ok());
  const v1::UrgentTask task = TheTask();
  EXPECT_EQ(task.state(), v1::URGENT_TASK_STATE_OPEN);
  EXPECT_EQ(task.kind(), v1::CONCERN_KIND_NOT_SAFE);
  EXPECT_EQ(task.member(), names_.Member(family_, mother_));
  ASSERT_EQ(task.reports_size(), 1);
  EXPECT_EQ(task.reports(0).homework(), homework);
  EXPECT_EQ(task.reports(0).identity(), v1::REPORTER_IDENTITY_CONFIRMED);
  EXPECT_TRUE(IsBefore("anna"));
  EXPECT_TRUE(IsBefore("duty"));
  EXPECT_THAT(NotSafeTold(), ElementsAre(mother_)) << "a screen is due";
  After(std::chrono::minutes(15));
  EXPECT_TRUE(IsBefore("sam"));

  told.set_sequence(++sequence_);
  ASSERT_TRUE(Deliver(told).ok());
  EXPECT_THAT(TheTask().reports(), SizeIs(2)) << "one open a member";
}

TEST_F(UrgentServiceA14, ItIsEscalatedByTheClockUntilSomebodyAcknowledgesIt) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  After(std::chrono::minutes(14));
  EXPECT_FALSE(IsBefore("sam"));
  After(std::chrono::minutes(1));
  EXPECT_TRUE(IsBefore("sam"));
  EXPECT_FALSE(IsBefore("deputy"));
  After(std::chrono::minutes(15));
  EXPECT_TRUE(IsBefore("deputy"));
  EXPECT_THAT(TheTask().alerts(), SizeIs(4));
  After(std::chrono::minutes(0));
  EXPECT_THAT(TheTask().alerts(), SizeIs(4)) << "a round that comes too early does nothing";
  After(std::chrono::minutes(15));
  EXPECT_THAT(TheTask().alerts(), SizeIs(7));

  const auto acknowledged = Acknowledge(OnDuty("deputy"), TheTask());
  ASSERT_TRUE(acknowledged.ok()) << acknowledged.status();
  EXPECT_EQ(acknowledged->urgent_task().state(), v1::URGENT_TASK_STATE_ACKNOWLEDGED);
  EXPECT_FALSE(acknowledged->urgent_task().has_next_alert_time());
  EXPECT_EQ(acknowledged->urgent_task().acknowledged_by(), "");
  After(std::chrono::hours(24));
  EXPECT_THAT(TheTask().alerts(), SizeIs(7));
  EXPECT_FALSE(IsBefore("duty"));
  EXPECT_THAT(List(ByTherapist())->urgent_tasks(), IsEmpty());
  EXPECT_EQ(ReasonOf(Acknowledge(ByTherapist(), TheTask()).status()), "URGENT_TASK_STATE");
}

// What the process that was killed had not done is due when the next one looks.
TEST_F(UrgentServiceA14, AnEscalatorThatStartsLateFindsWhatIsDue) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  store_.clock.Advance(std::chrono::hours(3));
  const UrgentEscalator other(deps_, facts_source_, [this](std::string_view) { return urgent_; });
  ASSERT_TRUE(other.Round(kAgency).ok());
  EXPECT_TRUE(IsBefore("sam"));
}

TEST_F(UrgentServiceA14, WhoeverIsOnTheTeamSaysWhoSeesToIt) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_TALK_TO_ME_SOON).ok());
  const auto acknowledged = Acknowledge(ByTherapist(), TheTask());
  ASSERT_TRUE(acknowledged.ok()) << acknowledged.status();
  EXPECT_EQ(acknowledged->urgent_task().acknowledged_by(), names_.Professional(therapist_));
  EXPECT_EQ(acknowledged->urgent_task().note(), "called her");
}

TEST_F(UrgentServiceA14, AReportToAnOpenTaskIsReadBeforeItIsAcknowledged) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_TALK_TO_ME_SOON).ok());
  const v1::UrgentTask seen = TheTask();
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  EXPECT_EQ(ReasonOf(Acknowledge(ByTherapist(), seen).status()), "ETAG_MISMATCH");
  EXPECT_THAT(TheTask().reports(), SizeIs(2));
  EXPECT_EQ(TheTask().kind(), v1::CONCERN_KIND_NOT_SAFE);
  ASSERT_TRUE(Acknowledge(ByTherapist(), TheTask()).ok());
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  EXPECT_THAT(List(ByTherapist(), false, true)->urgent_tasks(), SizeIs(2));
}

TEST_F(UrgentServiceA14, AConcernOfAFormStandsWhateverIsWrongWithTheForm) {
  auto request = Pulse(support::TestId("never-held"), mother_, 50, 50);
  request.mutable_concern()->set_kind(v1::CONCERN_KIND_NOT_SAFE);
  Call call = ByMember(mother_);
  EXPECT_EQ(ReasonOf(Run(call, &AllianceService::SubmitRating, request).status()),
            "SESSION_NOT_HELD");
  EXPECT_THAT(TheTask().reports(), SizeIs(1));
  EXPECT_FALSE(Run(call, &AllianceService::SubmitRating, request).ok());
  EXPECT_THAT(TheTask().reports(), SizeIs(1)) << "the same call again reports it once";
}

TEST_F(UrgentServiceA14, ARefusalSaysThatTheConcernWasKeptAndOnlyThen) {
  const auto kept = [](const absl::Status& refusal) {
    google::rpc::Status wire;
    google::rpc::ErrorInfo info;
    EXPECT_TRUE(wire.ParseFromString(schema::StatusDetails(schema::ForClient(refusal))));
    EXPECT_TRUE(wire.details(0).UnpackTo(&info));
    return info.metadata().contains("concern") ? info.metadata().at("concern") : std::string();
  };
  auto request = Pulse(support::TestId("never-held"), mother_, 50, 50);
  EXPECT_EQ(kept(Run(ByMember(mother_), &AllianceService::SubmitRating, request).status()), "");
  request.mutable_concern()->set_kind(v1::CONCERN_KIND_NOT_SAFE);
  const auto refused = Run(ByMember(mother_), &AllianceService::SubmitRating, request).status();
  EXPECT_EQ(kept(refused), "KEPT");
  EXPECT_EQ(ReasonOf(refused), "SESSION_NOT_HELD") << "as it is without a concern";
  request.mutable_rating()->set_rater(names_.Professional(therapist_));
  EXPECT_EQ(kept(Run(ByTherapist(), &AllianceService::SubmitRating, request).status()), "");
}

TEST_F(UrgentServiceA14, WhoeverSaysSomethingElseIsHeardWhateverTheyCallIt) {
  auto request = Pulse(support::TestId("never-held"), mother_, 50, 50);
  request.mutable_concern()->set_kind(v1::CONCERN_KIND_TALK_TO_ME_SOON);
  Call call = ByMember(mother_);
  EXPECT_FALSE(Run(call, &AllianceService::SubmitRating, request).ok());
  request.mutable_concern()->set_kind(v1::CONCERN_KIND_NOT_SAFE);
  EXPECT_FALSE(Run(call, &AllianceService::SubmitRating, request).ok());
  EXPECT_THAT(TheTask().reports(), SizeIs(2));
  Call other = ByMember(father_);
  other.request_id = call.request_id;
  request.mutable_rating()->set_rater(names_.Member(family_, father_));
  EXPECT_FALSE(Run(other, &AllianceService::SubmitRating, request).ok());
  EXPECT_THAT(List(ByTherapist())->urgent_tasks(), SizeIs(2));
}

// What a process knows of a family without asking.
class InMemory final : public rpc::FactsSource {
 public:
  explicit InMemory(Facts facts) : facts_(std::move(facts)) {}
  Facts Peek(std::string_view, std::string_view, options::v1::Freshness) override { return facts_; }
  Task<absl::StatusOr<Facts>> Load(CallContext&, std::string, std::string,
                                   options::v1::Freshness) override {
    co_return absl::UnavailableError("an escalation asks nobody");
  }
  void Forget(std::string_view, std::string_view) override {}

 private:
  const Facts facts_;
};

TEST_F(UrgentServiceA14, AtAChangeOfShiftWhoeverComesHasWhatIsOpen) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  urgent_.on_duty = {"subject-night", "subject-duty"};
  facts_.helpers.push_back({.professional = support::TestId("new"),
                            .subjects = {"subject-new"},
                            .direct = true,
                            .period = {1, 0}});
  EXPECT_FALSE(IsBefore("night"));
  InMemory known(std::make_shared<const AccessFacts>(facts_));
  const UrgentEscalator knowing(deps_, known, [this](std::string_view) { return urgent_; });
  store_.clock.Advance(std::chrono::minutes(15));
  ASSERT_TRUE(knowing.Round(kAgency).ok());
  EXPECT_TRUE(IsBefore("night")) << "who is first on duty now";
  EXPECT_TRUE(IsBefore("new")) << "who joined the team since";
  EXPECT_TRUE(IsBefore("anna"));
  EXPECT_TRUE(IsBefore("duty")) << "who had it keeps it";
  After(std::chrono::minutes(15));
  EXPECT_TRUE(IsBefore("deputy")) << "who could see it still can";
}

TEST_F(UrgentServiceA14, ItIsEscalatedToWhoIsKnownWhileIntakeIsAway) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  facts_source_.fails = absl::UnavailableError("intake is away");
  After(std::chrono::minutes(15));
  EXPECT_TRUE(IsBefore("sam"));
}

// Nobody who could be told.

TEST_F(UrgentServiceA14, WhereNobodyCanBeReachedTheAnswerDoesNotSayThatSomebodyWasTold) {
  urgent_.on_duty.clear();
  facts_.helpers[0].subjects.clear();
  facts_.supervisors.clear();
  const auto told = Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_THAT(told->notice(), Not(HasSubstr("has been told")));
  EXPECT_THAT(told->notice(), HasSubstr("nobody can be reached through it now"));
  EXPECT_EQ(told->emergency_contacts(), urgent_.emergency_contacts);
  EXPECT_THAT(TheTask().alerts(), IsEmpty());
  EXPECT_EQ(TheTask().state(), v1::URGENT_TASK_STATE_OPEN) << "the team finds it with the family";
}

TEST_F(UrgentServiceA14, OneOfThemIsEnough) {
  urgent_.on_duty.clear();
  EXPECT_THAT(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE)->notice(),
              HasSubstr("has been told"));
}

// A trainee has it first.

TEST_F(UrgentServiceA14, WhatATraineeSeesToIsPutBeforeOthersUntilOneOfThemDoes) {
  facts_.helpers[0].trainee = true;
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  ASSERT_FALSE(IsBefore("sam"));
  const auto seen = Acknowledge(ByTherapist(), TheTask());
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(seen->urgent_task().state(), v1::URGENT_TASK_STATE_OPEN);
  EXPECT_EQ(seen->urgent_task().acknowledged_by(), names_.Professional(therapist_));
  EXPECT_EQ(seen->urgent_task().note(), "called her");
  EXPECT_TRUE(IsBefore("sam")) << "who supervises them, at once";
  EXPECT_EQ(ReasonOf(Acknowledge(ByTherapist(), TheTask()).status()), "URGENT_TASK_STATE");
  After(std::chrono::minutes(15));
  EXPECT_TRUE(IsBefore("deputy")) << "and so on";
  const auto settled = Acknowledge(OnDuty("sam"), TheTask());
  ASSERT_TRUE(settled.ok()) << settled.status();
  EXPECT_EQ(settled->urgent_task().state(), v1::URGENT_TASK_STATE_ACKNOWLEDGED);
  EXPECT_FALSE(settled->urgent_task().has_next_alert_time());
}

TEST_F(UrgentServiceA14, WhoseTokenSaysTraineeIsOneWhateverTheRosterSays) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  Call call = OnDuty("duty");
  auto trainee = std::make_shared<Principal>(*call.principal);
  trainee->roles.Add(options::v1::ROLE_TRAINEE);
  call.principal = std::move(trainee);
  EXPECT_EQ(Acknowledge(std::move(call), TheTask())->urgent_task().state(),
            v1::URGENT_TASK_STATE_OPEN);
}

TEST_F(UrgentServiceA14, ATraineeTalksToWhoAsksForATalk) {
  facts_.helpers[0].trainee = true;
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_TALK_TO_ME_SOON).ok());
  EXPECT_EQ(Acknowledge(ByTherapist(), TheTask())->urgent_task().state(),
            v1::URGENT_TASK_STATE_ACKNOWLEDGED);
}

// Intake is away and nothing is known of the family: what the pipeline gives a use case then.
class TakenAtTheirWordA14 : public UrgentServiceA14 {
 protected:
  TakenAtTheirWordA14() { facts_.members[0].subjects = {"subject-" + mother_}; }
  struct WithoutFacts : Call {
    WithoutFacts(AllianceTest& test, const std::string& account, const std::string& member,
                 Invitation invitation)
        : Call(test, account, invitation ? Viewer::kInvited : Viewer::kMember,
               std::vector<std::string>{member}, "", std::move(invitation)) {
      auto facts = std::make_shared<AccessFacts>();
      facts->family = access.family;
      facts->members = {{.member = member, .subjects = {principal->subject}, .direct = true}};
      access.facts = std::move(facts);
    }
  };
  WithoutFacts AtTheirWord(const std::string& account, const std::string& member,
                           Call::Invitation invitation = nullptr) {
    return WithoutFacts(*this, account, member, std::move(invitation));
  }
  v1::ReporterIdentity Identity() { return TheTask().reports(0).identity(); }
};

TEST_F(TakenAtTheirWordA14, AFormIsToBeSentAgainAndItsConcernStands) {
  const std::string session = Hold(support::TestId("session-1"), {mother_, father_});
  auto request = Pulse(session, mother_, 50, 50);
  request.mutable_concern()->set_kind(v1::CONCERN_KIND_NOT_SAFE);
  WithoutFacts call = AtTheirWord(mother_, mother_);
  const absl::Status refused = Run(call, &AllianceService::SubmitRating, request).status();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << "which clients repeat: " << refused;
  EXPECT_EQ(ReasonOf(refused), "DEPENDENCY_UNAVAILABLE");
  EXPECT_THAT(TheTask().reports(), SizeIs(1));
  EXPECT_TRUE(IsBefore("duty"));
  EXPECT_FALSE(Run(call, &AllianceService::SubmitRating, request).ok());

  Call again = ByMember(mother_);
  again.request_id = call.request_id;
  const auto rated = Run(again, &AllianceService::SubmitRating, request);
  ASSERT_TRUE(rated.ok()) << rated.status();
  EXPECT_THAT(TheTask().reports(), SizeIs(1));
  EXPECT_THAT(NotSafeTold(), ElementsAre(mother_));
}

TEST_F(TakenAtTheirWordA14,
       ItIsMarkedUntilSomebodyCanSayThatItWasThemAndThenBeforeTheirTherapists) {
  ASSERT_TRUE(
      Report(AtTheirWord(mother_, mother_), mother_, v1::CONCERN_KIND_NOT_SAFE, "words").ok());
  EXPECT_EQ(Identity(), v1::REPORTER_IDENTITY_NOT_YET_CONFIRMED);
  EXPECT_EQ(List(Everywhere("duty"), true)->urgent_tasks(0).reports(0).identity(),
            v1::REPORTER_IDENTITY_NOT_YET_CONFIRMED);
  EXPECT_FALSE(IsBefore("anna")) << "nobody says yet that she works with them";
  const v1::UrgentTask before = TheTask();
  Relay();
  EXPECT_EQ(Identity(), v1::REPORTER_IDENTITY_CONFIRMED);
  EXPECT_TRUE(IsBefore("anna"));
  EXPECT_THAT(TheTask().alerts(), SizeIs(before.alerts_size() + 1));
  After(std::chrono::minutes(15));
  EXPECT_TRUE(IsBefore("sam")) << "who supervises her";
  Relay();
  EXPECT_THAT(TheTask().alerts(), SizeIs(before.alerts_size() + 2)) << "once";
}

TEST_F(TakenAtTheirWordA14, WhoSpokeInAnothersNameIsFlaggedAndTheConcernStays) {
  ASSERT_TRUE(Report(AtTheirWord("nobody", mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  Relay();
  EXPECT_EQ(Identity(), v1::REPORTER_IDENTITY_NOT_THEIRS);
  EXPECT_EQ(TheTask().state(), v1::URGENT_TASK_STATE_OPEN);
  EXPECT_TRUE(IsBefore("anna"));
}

TEST_F(TakenAtTheirWordA14, AnInvitationIsItsMembersOwn) {
  const auto invitation = std::make_shared<const Principal::Invitation>(Principal::Invitation{
      support::TestId("invitation"), family_, support::TestId("session-1"), mother_});
  auto request = Pulse(support::TestId("session-1"), mother_, 50, 50);
  request.mutable_concern()->set_kind(v1::CONCERN_KIND_NOT_SAFE);
  EXPECT_TRUE(absl::IsUnavailable(
      Run(AtTheirWord("invitation", mother_, invitation), &AllianceService::SubmitRating, request)
          .status()));
  ASSERT_TRUE(
      Report(AtTheirWord("invitation", mother_, invitation), mother_, v1::CONCERN_KIND_NOT_SAFE)
          .ok());
  for (int relayed = 0; relayed < 2; ++relayed) {
    const v1::UrgentTask task = TheTask();
    ASSERT_THAT(task.reports(), SizeIs(2));
    for (const v1::ConcernReport& report : task.reports()) {
      EXPECT_EQ(report.identity(), v1::REPORTER_IDENTITY_CONFIRMED);
    }
    Relay();
  }
  EXPECT_TRUE(IsBefore("anna"));
}

TEST_F(TakenAtTheirWordA14, WhatWasAcknowledgedMeanwhileIsConfirmedAndAlertsNobody) {
  ASSERT_TRUE(Report(AtTheirWord(mother_, mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  ASSERT_TRUE(Acknowledge(OnDuty("duty"), TheTask()).ok());
  const int alerts = TheTask().alerts_size();
  Relay();
  EXPECT_EQ(Identity(), v1::REPORTER_IDENTITY_CONFIRMED);
  EXPECT_THAT(TheTask().alerts(), SizeIs(alerts));
}

TEST_F(UrgentServiceA14, WhoeverIsKnownIsConfirmedAtOnce) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  EXPECT_EQ(TheTask().reports(0).identity(), v1::REPORTER_IDENTITY_CONFIRMED);
}

TEST_F(UrgentServiceA14, AConcernIsNoPartOfTheRatingItCameWith) {
  const std::string session = Hold(support::TestId("session-1"), {mother_, father_});
  auto request = Pulse(session, mother_, 50, 50);
  request.mutable_concern()->set_kind(v1::CONCERN_KIND_TALK_TO_ME_SOON);
  const auto with = Run(ByMember(mother_), &AllianceService::SubmitRating, request);
  ASSERT_TRUE(with.ok()) << with.status();
  const auto without = Rate(session, father_, 50, 50);
  for (int part = 0; part < 2; ++part) {
    EXPECT_EQ(with->rating().parts(part).SerializeAsString(),
              without->rating().parts(part).SerializeAsString());
  }
  EXPECT_EQ(TheTask().kind(), v1::CONCERN_KIND_TALK_TO_ME_SOON);
  Relay();
  EXPECT_THAT(Signals(), IsEmpty());
}

TEST_F(UrgentServiceA14, NeitherConsentNorTheStateOfTheCaseStandsInItsWay) {
  facts_.consents.clear();
  facts_.state = CaseState::kClosed;
  EXPECT_TRUE(Report(ByMember(child_), child_, v1::CONCERN_KIND_NOT_SAFE).ok());
}

TEST_F(UrgentServiceA14, TheFamilySeesNothingOfIt) {
  const std::string session = Hold(support::TestId("session-1"), {mother_, father_});
  ASSERT_TRUE(Rate(session, mother_, 70, 70).ok());
  const std::string map = Map(ByMember(mother_)).SerializeAsString();
  const auto requests = [&] {
    std::string all;
    for (const auto& one : Requests(ByMember(father_))) all += one.SerializeAsString();
    return all;
  };
  const std::string before = requests();
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  EXPECT_EQ(Map(ByMember(mother_)).SerializeAsString(), map);
  EXPECT_EQ(requests(), before);
  const auto answer = Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE);
  EXPECT_EQ(answer->ShortDebugString().find("urgentTasks"), std::string::npos);
}

TEST_F(UrgentServiceA14, ManyReportsAtOnceAreAllOnRecord) {
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 8; ++i) {
    calls.push_back(
        std::make_unique<Call>(*this, mother_, Viewer::kMember, std::vector<std::string>{mother_}));
  }
  v1::ReportConcernRequest request;
  request.set_parent(names_.Family(family_));
  request.set_member(names_.Member(family_, mother_));
  request.mutable_concern()->set_kind(v1::CONCERN_KIND_NOT_SAFE);
  std::vector<absl::Status> outcomes(calls.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    threads.emplace_back(
        [&, i] { outcomes[i] = RunSync(service_.ReportConcern(*calls[i], request)).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome;
  int reports = 0;
  const auto tasks = List(ByTherapist());
  for (const auto& task : tasks->urgent_tasks()) reports += task.reports_size();
  EXPECT_EQ(reports, 8);
}

}  // namespace
}  // namespace rapport::alliance
