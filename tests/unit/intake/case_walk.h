// What the random walks of calls through intake are made of: a family that comes, is asked,
// consents, signs, leaves, and a model of its case beside the service. For case_walk_test.cc.
#pragma once

#include "unit/intake/case_model.h"
#include "unit/intake/intake_fixture.h"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace rapport::intake {

using model::kDay;
using model::kHour;

// Of a refusal: type and subject of every condition that is not met.
model::Reasons ReasonsIn(const absl::Status& status);

class CaseWalk : public IntakeTest, public testing::WithParamInterface<int> {
 protected:
  CaseWalk() {
    anna_ = NewProfessional("Anna Sample", "anna").name();
    tara_ = NewProfessional("Tara Sample", "tara").name();
    sam_ = NewProfessional("Sam Sample", "sam").name();
  }

  // ---- what the walk is made of

  int Below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  bool OneIn(int times) { return Below(times) == 0; }
  template <typename Map>
  std::string Any(const Map& map) {
    return map.empty() ? "" : std::next(map.begin(), Below(static_cast<int>(map.size())))->first;
  }
  std::int64_t At() { return store_.clock.NowMicros(); }

  // All there is, by number and version: what a refused call may not change.
  std::pair<std::int64_t, std::int64_t> Digest() {
    return {store_.Number("SELECT COUNT(*) FROM record"),
            store_.Number("SELECT COALESCE(SUM(version), 0) FROM record")};
  }

  // A call that the model expects to be refused for `reason`, or to succeed (empty). True: it did.
  template <typename Response, typename Request>
  bool Try(Call&& call,
           IntakeService::Answer<Response> (IntakeService::*use_case)(CallContext&, const Request&),
           const Request& request, const std::string& reason, const model::Reasons& unmet = {},
           Response* response = nullptr) {
    const auto before = Digest();
    const auto answer = Run(std::move(call), use_case, request);
    told_.push_back(std::string(Request::descriptor()->name()) + " " + request.ShortDebugString());
    EXPECT_EQ(answer.ok() ? "" : ReasonOf(answer.status()), reason) << answer.status();
    if (!unmet.empty()) EXPECT_EQ(ReasonsIn(answer.status()), unmet) << answer.status();
    if (!answer.ok()) EXPECT_EQ(Digest(), before) << "a refused call changed something";
    if (answer.ok() && response != nullptr) *response = *answer;
    return answer.ok() && reason.empty();
  }

  // ---- who there is

  // Born so many years before the day `days` from now.
  void AddPerson(const std::string& name, int years, int days) {
    using namespace std::chrono;
    const year_month_day day(
        floor<std::chrono::days>(sys_time<microseconds>(microseconds(At() + days * kDay))));
    const auto born = year_month_day(day.year() - std::chrono::years(years), day.month(),
                                     std::min(day.day(), std::chrono::day(28)));
    v1::CreateMemberRequest request;
    request.set_parent(case_.name);
    request.mutable_member()->set_display_name(name);
    request.mutable_member()->set_role(years > 20 ? v1::MEMBER_ROLE_PARENT : v1::MEMBER_ROLE_CHILD);
    request.mutable_member()->set_involvement(v1::INVOLVEMENT_DIRECT);
    auto* birth = request.mutable_member()->mutable_birth_date();
    birth->set_year(static_cast<int>(born.year()));
    birth->set_month(static_cast<int>(static_cast<unsigned>(born.month())));
    birth->set_day(static_cast<int>(static_cast<unsigned>(born.day())));
    v1::CreateMemberResponse response;
    if (!Try(Staff(case_.name), &IntakeService::CreateMember, request,
             case_.IsOver() ? "CASE_NOT_ACTIVE" : "", {}, &response)) {
      return;
    }
    etags_of_[response.member().name()] = response.member().etag();
    model::Person& person = case_.people[response.member().name()];
    const year_month_day of_age(born.year() + std::chrono::years(18), born.month(), born.day());
    person.of_age_us = duration_cast<microseconds>(sys_days(of_age).time_since_epoch()).count();
    person.asked_alone = years >= 8;
    person.parent = years > 20;
  }

  // A new family: two adults, one who comes of age within weeks, a small child.
  void Begin() {
    case_ = {};
    etags_of_.clear();
    helper_.clear();
    told_.clear();
    if (Supervised()) EndSupervision();
    case_.name = NewFamily().name();
    AddPerson("Mira", 36, 0);
    if (!OneIn(4)) AddPerson("Max", 38, 100);
    if (OneIn(2)) AddPerson("Tom", 18, 1 + Below(40));
    if (OneIn(2)) AddPerson("Lea", 3, 0);
  }

  // The first, who may consent for the children.
  std::string Parent() {
    for (const auto& [name, person] : case_.people) {
      if (person.parent) return name;
    }
    return "";
  }

  // ---- what happens

  void Move(const std::string& to, const std::string& ending, bool reason);
  void MoveSomewhere();
  void OpenInEmergency();

  void Grant(const std::string& person, const std::string& to);
  void Revoke();
  void Ask(const std::string& name);
  void ChoosePolicy();
  void Sign(const std::string& policy, const std::string& person);

  void JoinOrLeave();
  void LeaveOrReturn();
  void AttendOrNot();
  void Supervise();
  bool Supervised() const { return !supervision_.name().empty(); }
  void EndSupervision() {
    v1::EndSupervisionRequest request;
    request.set_name(supervision_.name());
    request.set_etag(supervision_.etag());
    if (Try(Staff(), &IntakeService::EndSupervision, request, "")) supervision_.Clear();
  }

  void LookBack();

  // One of what opening still needs is done, so that walks come to the end of the way.
  void MeetOne();
  void Step();
  // What must hold of the service whatever the model thinks: treatment rests on consents, screens
  // and a policy when it began, or on an emergency of seven days at most.
  void Check();
  // False: something was wrong; what happened is told.
  bool Walk(std::uint32_t seed);

  std::mt19937 random_;
  model::Case case_;
  std::string anna_, tara_, sam_;
  v1::Supervision supervision_;  // Anna's by Sam, while it goes on
  std::map<std::string, v1::Helper> helper_;
  std::map<std::string, std::string> etags_of_;  // of members, by name
  std::vector<std::string> told_;                // what happened, for a failure
  std::map<std::string, int> moves_;
};

}  // namespace rapport::intake
