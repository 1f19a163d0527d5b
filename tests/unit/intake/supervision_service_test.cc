// Who supervises whom, since when, and that nobody supervises those who supervise them.
#include "platform/schema/times.h"
#include "unit/intake/systems_fixture.h"

#include <rapport/options/v1/options.pb.h>

#include <deque>
#include <latch>
#include <thread>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

TEST_F(SystemsServiceTest, I3_NobodySupervisesTheSamePersonTwiceAtATime) {
  v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(NewProfessional("Sam Sample", "sam").name());
  assign.mutable_supervision()->set_supervisee(anna_.name());
  const auto first = Do(Staff(), &IntakeService::AssignSupervisor, assign).supervision();
  EXPECT_EQ(Run(Staff(), &IntakeService::AssignSupervisor, assign).status().code(),
            absl::StatusCode::kAlreadyExists);
  // One that begins in a year runs into the first, which has no end.
  v1::AssignSupervisorRequest later = assign;
  *later.mutable_supervision()->mutable_start_time() =
      schema::ToTimestamp(store_.clock.NowMicros() + std::int64_t{365} * 86'400'000'000);
  EXPECT_EQ(Run(Staff(), &IntakeService::AssignSupervisor, later).status().code(),
            absl::StatusCode::kAlreadyExists);
  v1::EndSupervisionRequest end;
  end.set_name(first.name());
  end.set_etag(first.etag());
  Do(Staff(), &IntakeService::EndSupervision, end);
  EXPECT_TRUE(Run(Staff(), &IntakeService::AssignSupervisor, assign).ok());
}

// It opens all families of the supervisee to the supervisor.
TEST_F(SystemsServiceTest, I3_NobodyAloneMakesSomebodyTheirSupervisee) {
  const std::string sam = NewProfessional("Sam Sample", "sam").name();
  v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(sam);
  assign.mutable_supervision()->set_supervisee(anna_.name());
  const auto as = [&](const std::string& subject, int role) {
    Call call(*this, subject, "", Viewer::kAgency);
    auto principal = std::make_shared<Principal>(*call.principal);
    principal->roles = RoleSet();
    principal->roles.Add(role);
    call.principal = principal;
    return Run(std::move(call), &IntakeService::AssignSupervisor, assign);
  };
  EXPECT_EQ(ReasonOf(as("sam", options::v1::ROLE_SUPERVISOR).status()), "OWN_SUPERVISION");
  NewProfessional("Olga Sample", "olga");
  *assign.mutable_supervision()->mutable_start_time() =
      schema::ToTimestamp(store_.clock.NowMicros() - std::int64_t{2} * 86'400'000'000);
  EXPECT_EQ(ReasonOf(as("olga", options::v1::ROLE_SUPERVISOR).status()), "INVALID_REQUEST")
      << "what was long ago an administrator enters";
  assign.mutable_supervision()->clear_start_time();
  EXPECT_TRUE(as("olga", options::v1::ROLE_SUPERVISOR).ok()) << "another supervisor";
}

TEST_F(SystemsServiceTest, I3_AnAdministratorEntersSupervisionAsItWas) {
  v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(NewProfessional("Sam Sample", "sam").name());
  assign.mutable_supervision()->set_supervisee(anna_.name());
  *assign.mutable_supervision()->mutable_start_time() =
      schema::ToTimestamp(store_.clock.NowMicros() - std::int64_t{90} * 86'400'000'000);
  Call call(*this, "sam", "", Viewer::kAgency);
  auto principal = std::make_shared<Principal>(*call.principal);
  principal->roles = RoleSet();
  principal->roles.Add(options::v1::ROLE_ADMIN);
  call.principal = principal;
  EXPECT_TRUE(Run(std::move(call), &IntakeService::AssignSupervisor, assign).ok());
}

TEST_F(SystemsServiceTest, I3_NobodySupervisesThoseWhoSuperviseThem) {
  const std::string sam = NewProfessional("Sam Sample").name();
  const std::string olga = NewProfessional("Olga Sample").name();
  const auto assign = [&](const std::string& supervisor, const std::string& supervisee) {
    v1::AssignSupervisorRequest request;
    request.mutable_supervision()->set_supervisor(supervisor);
    request.mutable_supervision()->set_supervisee(supervisee);
    return Run(Staff(), &IntakeService::AssignSupervisor, request);
  };
  ASSERT_TRUE(assign(sam, anna_.name()).ok());
  EXPECT_EQ(ReasonOf(assign(anna_.name(), sam).status()), "SUPERVISION_CYCLE");
  const auto second = assign(olga, sam);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(ReasonOf(assign(anna_.name(), olga).status()), "SUPERVISION_CYCLE") << "through Sam";
  ASSERT_TRUE(assign(olga, anna_.name()).ok()) << "two may supervise one";
  v1::EndSupervisionRequest end;
  end.set_name(second->supervision().name());
  end.set_etag(second->supervision().etag());
  store_.clock.Advance(std::chrono::hours(1));
  Do(Staff(), &IntakeService::EndSupervision, end);
  EXPECT_TRUE(assign(sam, olga).ok()) << "the other has ended";
}

// Each of them would be none: together they are a circle.
TEST_F(SystemsServiceTest, I3_SupervisionsAssignedAtOnceMakeNoCircle) {
  constexpr std::size_t kCircle = 3;
  for (int round = 0; round < 10; ++round) {
    std::vector<std::string> people;
    for (std::size_t i = 0; i < kCircle; ++i) {
      people.push_back(NewProfessional("Ada Sample").name());
    }
    std::deque<Call> calls;
    for (std::size_t i = 0; i < kCircle; ++i) calls.emplace_back(*this, "ida", "", Viewer::kAgency);
    std::vector<absl::Status> outcomes(kCircle);
    std::vector<std::thread> callers;
    std::latch begin(kCircle);
    for (std::size_t i = 0; i < kCircle; ++i) {
      callers.emplace_back([&, i] {
        v1::AssignSupervisorRequest request;
        request.mutable_supervision()->set_supervisor(people[i]);
        request.mutable_supervision()->set_supervisee(people[(i + 1) % kCircle]);
        begin.arrive_and_wait();
        outcomes[i] = RunSync(service_.AssignSupervisor(calls[i], request)).status();
      });
    }
    for (std::thread& caller : callers) caller.join();
    std::vector<std::string> reasons;
    for (const absl::Status& outcome : outcomes) {
      reasons.push_back(outcome.ok() ? "" : ReasonOf(outcome));
    }
    ASSERT_THAT(reasons, UnorderedElementsAre("", "", "SUPERVISION_CYCLE"));
  }
}

TEST_F(SystemsServiceTest, NobodySupervisesThemselves) {
  v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(anna_.name());
  assign.mutable_supervision()->set_supervisee(anna_.name());
  EXPECT_EQ(ReasonOf(Run(Staff(), &IntakeService::AssignSupervisor, assign).status()),
            "INVALID_REQUEST");
}

}  // namespace
}  // namespace rapport::intake
