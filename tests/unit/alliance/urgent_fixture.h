// Concerns as the unit tests of alliance report, list, escalate and acknowledge them: a therapist
// with an account, who has a supervisor, and two people on duty.
#pragma once

#include "alliance/urgent_escalator.h"
#include "unit/alliance/alliance_fixture.h"

#include <string>

namespace rapport::alliance {

class UrgentServiceA14 : public AllianceTest {
 protected:
  UrgentServiceA14()
      : escalator_(deps_, facts_source_, [this](std::string_view) { return urgent_; }) {
    facts_.helpers[0].subjects = {"subject-anna"};
    facts_.supervisors = {{.professional = support::TestId("sam"),
                           .subjects = {"subject-sam"},
                           .supervisee = therapist_,
                           .period = {1, 0}}};
  }
  absl::StatusOr<v1::ReportConcernResponse> Report(Call&& call, const std::string& member,
                                                   v1::ConcernKind kind,
                                                   const std::string& words = "") {
    v1::ReportConcernRequest request;
    request.set_parent(names_.Family(family_));
    request.set_member(names_.Member(family_, member));
    request.mutable_concern()->set_kind(kind);
    request.mutable_concern()->set_words(words);
    return Run(std::move(call), &AllianceService::ReportConcern, request);
  }
  // Somebody known by nothing but a token: "duty", "deputy", "sam".
  Call OnDuty(const std::string& who) { return Call(*this, who, Viewer::kAgency); }
  // The same, of no family.
  struct AnyFamily : Call {
    AnyFamily(AllianceTest& test, const std::string& who) : Call(test, who, Viewer::kAgency) {
      access.family.clear();
      access.facts.reset();
    }
  };
  AnyFamily Everywhere(const std::string& who) { return AnyFamily(*this, who); }
  absl::StatusOr<v1::ListUrgentTasksResponse> List(Call&& call, bool everywhere = false,
                                                   bool acknowledged = false) {
    v1::ListUrgentTasksRequest request;
    request.set_parent(everywhere ? "families/-" : names_.Family(family_));
    request.set_include_acknowledged(acknowledged);
    return Run(std::move(call), &AllianceService::ListUrgentTasks, request);
  }
  v1::UrgentTask TheTask() {
    const auto tasks = List(ByTherapist(), false, true);
    EXPECT_TRUE(tasks.ok()) << tasks.status();
    EXPECT_EQ(tasks->urgent_tasks_size(), 1);
    return tasks->urgent_tasks().empty() ? v1::UrgentTask() : tasks->urgent_tasks(0);
  }
  absl::StatusOr<v1::AcknowledgeUrgentTaskResponse> Acknowledge(Call&& call,
                                                                const v1::UrgentTask& task) {
    v1::AcknowledgeUrgentTaskRequest request;
    request.set_name(task.name());
    request.set_etag(task.etag());
    request.set_note("called her");
    return Run(std::move(call), &AllianceService::AcknowledgeUrgentTask, request);
  }
  bool IsBefore(const std::string& who) {
    return !List(Everywhere(who), true)->urgent_tasks().empty();
  }
  void After(std::chrono::minutes time) {
    store_.clock.Advance(time);
    facts_source_.facts = std::make_shared<AccessFacts>(facts_);
    ASSERT_TRUE(escalator_.Round(kAgency).ok());
  }

  UrgentEscalator escalator_;
};

}  // namespace rapport::alliance
