// GoalsService: the use cases of goals and homework. No gRPC, no SQL. One source file per resource:
// goal_, stance_, attainment_, homework_, homework_life_, homework_list_, plan_,
// progress_use_cases.cc. Thread-safe.
#pragma once

#include "goals/alliance_source.h"
#include "goals/goals_store.h"
#include "goals/homework_rules.h"
#include "goals/show.h"
#include "platform/base/call_context.h"
#include "platform/base/task.h"
#include "platform/records/service_deps.h"
#include "platform/schema/filter.h"

#include <rapport/goals/v1/attainment_requests.pb.h>
#include <rapport/goals/v1/goal_requests.pb.h>
#include <rapport/goals/v1/homework_requests.pb.h>

#include <absl/status/statusor.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::goals {

class GoalsService {
 public:
  template <typename T>
  using Answer = Task<absl::StatusOr<T>>;

  // `alliance` must outlive it.
  GoalsService(const records::ServiceDeps& deps, AllianceSource& alliance)
      : deps_(deps), store_(deps.records), alliance_(alliance) {}

  Answer<v1::ProposeGoalResponse> ProposeGoal(CallContext&, const v1::ProposeGoalRequest&);
  Answer<v1::GetGoalResponse> GetGoal(CallContext&, const v1::GetGoalRequest&);
  Answer<v1::ListGoalsResponse> ListGoals(CallContext&, const v1::ListGoalsRequest&);
  Answer<v1::SucceedGoalResponse> SucceedGoal(CallContext&, const v1::SucceedGoalRequest&);
  Answer<v1::CloseGoalResponse> CloseGoal(CallContext&, const v1::CloseGoalRequest&);
  Answer<v1::SetStanceResponse> SetStance(CallContext&, const v1::SetStanceRequest&);
  Answer<v1::ListStancesResponse> ListStances(CallContext&, const v1::ListStancesRequest&);

  Answer<v1::SetAttainmentScaleResponse> SetAttainmentScale(CallContext&,
                                                            const v1::SetAttainmentScaleRequest&);
  Answer<v1::RateGoalResponse> RateGoal(CallContext&, const v1::RateGoalRequest&);

  Answer<v1::ProposeHomeworkResponse> ProposeHomework(CallContext&,
                                                      const v1::ProposeHomeworkRequest&);
  Answer<v1::CounterHomeworkResponse> CounterHomework(CallContext&,
                                                      const v1::CounterHomeworkRequest&);
  Answer<v1::RespondToHomeworkResponse> RespondToHomework(CallContext&,
                                                          const v1::RespondToHomeworkRequest&);
  Answer<v1::WithdrawHomeworkResponse> WithdrawHomework(CallContext&,
                                                        const v1::WithdrawHomeworkRequest&);
  Answer<v1::ReportHomeworkResponse> ReportHomework(CallContext&, const v1::ReportHomeworkRequest&);
  Answer<v1::ReviewHomeworkResponse> ReviewHomework(CallContext&, const v1::ReviewHomeworkRequest&);
  Answer<v1::GetHomeworkResponse> GetHomework(CallContext&, const v1::GetHomeworkRequest&);
  Answer<v1::ListHomeworkResponse> ListHomework(CallContext&, const v1::ListHomeworkRequest&);
  Answer<v1::ListDueHomeworkResponse> ListDueHomework(CallContext&,
                                                      const v1::ListDueHomeworkRequest&);

  Answer<v1::GetPlanResponse> GetPlan(CallContext&, const v1::GetPlanRequest&);
  Answer<v1::GetProgressResponse> GetProgress(CallContext&, const v1::GetProgressRequest&);

 private:
  // One write: the caller, the family's file as loaded, and what changes in it.
  struct Writing {
    const Showing& showing;
    const schema::Names& names;
    FamilyFile& file;
    records::Changes& changes;
    Saving saving() const { return {names, showing.view, file, changes}; }
    std::int64_t now_us() const { return showing.view.now_us; }
  };
  // What a write does: adds changes, fills in the answer. Runs again when somebody else changed the
  // family meanwhile.
  template <typename Response>
  using Step = std::function<absl::Status(Writing&, Response&)>;
  template <typename Response>
  Answer<Response> ChangeFile(CallContext& context, Step<Response> step, bool with_ratings = false);
  template <typename Response>
  Answer<Response> ChangeFileOnce(CallContext& context, const Step<Response>& step,
                                  bool with_ratings);

  // What a list of due homework asks for. Times from 1970 on: nothing was agreed before.
  struct DueWindow {
    DueWindow(const v1::ListDueHomeworkRequest& request, std::int64_t now_us);
    // `from_us`: when it is due, or from when on somebody is to be reminded of it.
    bool Has(const v1::Homework& homework, std::int64_t from_us) const;
    // Whether a service may have to be told of it, whatever is known of its people.
    bool MayHave(const v1::Homework& homework) const;
    bool Takes(v1::HomeworkState state) const;
    std::int64_t due_from_us, due_before_us, agreed_before_us;
    bool expired_too;
  };
  Answer<v1::ListDueHomeworkResponse> ListAgencyDueHomework(
      CallContext& context, const v1::ListDueHomeworkRequest& request, const DueWindow& window);
  Answer<v1::ListHomeworkResponse> ListAgencyHomework(CallContext& context,
                                                      const v1::ListHomeworkRequest& request,
                                                      const std::vector<schema::FilterTerm>& terms,
                                                      bool newest_first);
  // What a page of several families has found, each as a call of `method` about its family would
  // show it: its facts say what is not for its people together, and since when it is again.
  // `window`: none but what is in it; null: all.
  Answer<std::vector<v1::Homework>> ShowToSystem(CallContext& context, std::string_view method,
                                                 std::vector<StoredTask> found,
                                                 const DueWindow* window);

  // Everybody's estimates as the caller may see them; nullopt: they may not, or alliance can't be
  // asked: the answer goes without.
  Task<std::optional<Estimates>> EstimatesFor(CallContext& context);
  Answer<FamilyFile> LoadFile(CallContext& context, bool with_ratings = false);
  // The same as the caller knows it, for reading.
  Answer<FamilyFile> LoadKnown(CallContext& context, bool with_ratings = false);
  // Null: the name is not of a goal or homework of the caller's family, or of one they may not see.
  StoredGoal* FindGoal(const Showing& showing, FamilyFile& file, const std::string& name) const;
  StoredTask* FindTask(const Showing& showing, FamilyFile& file, const std::string& name) const;
  // Whose step it is: `person` (a name of the request's `field`), or empty: the professional who
  // calls. A professional speaks for themselves and for members, a member for themselves.
  absl::StatusOr<Actor> ActorOf(const Showing& showing, const std::string& person,
                                std::string_view field) const;

  // Files `wanted` as a new goal of `proposer`, whose own stance is that they endorse it.
  StoredGoal& AddGoal(Writing& writing, const v1::Goal& wanted, const Actor& proposer) const;
  // ACTIVE once every owner agrees. True: it became so now.
  static bool ActivateIfAgreed(Writing& writing, StoredGoal& goal);
  // A session of the caller's family.
  static absl::Status CheckSession(const Writing& writing, const std::string& session,
                                   std::string_view field);
  absl::Status CheckGoal(const Writing& writing, std::string_view prefix, const v1::Goal& goal,
                         const Actor& proposer) const;

  // Everything that terms about to be proposed or countered must be.
  absl::Status CheckTerms(const Writing& writing, std::string_view prefix,
                          const v1::HomeworkTerms& terms, const Actor& actor) const;
  // What `actor`'s acceptance of the terms makes of it; a professional's is refused when something
  // stands against agreement.
  absl::Status Accept(const Writing& writing, const Actor& actor,
                      const v1::TogetherOverride* override,
                      internal::v1::StoredHomework* stored) const;
  // Saves what `step` made of homework that was in `before`: a move the table does not have is a
  // fault of ours.
  static absl::Status SaveStep(const Writing& writing, std::string_view action,
                               v1::HomeworkState before, HomeworkStep step, StoredTask& task);
  // The other homework of the agency that has one of these external ids; empty: none.
  Answer<std::string> ExternalIdOwner(CallContext& context, const v1::Homework& homework);

  const records::ServiceDeps deps_;
  const GoalsStore store_;
  AllianceSource& alliance_;
};

}  // namespace rapport::goals
