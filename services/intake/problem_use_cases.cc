// Presenting problems and levels of need.
#include "intake/case_page.h"
#include "intake/change_case.h"
#include "intake/family_resource.h"
#include "intake/intake_errors.h"
#include "intake/level_rules.h"
#include "intake/person_rules.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

#include <rapport/internal/v1/event.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <algorithm>

namespace rapport::intake {
namespace {

void AddSeverity(int severity, const std::string& rater, bool recorded_for_rater,
                 std::int64_t now_us, v1::PresentingProblem* problem) {
  auto* rating = problem->add_severities();
  rating->set_severity(severity);
  *rating->mutable_rate_time() = schema::ToTimestamp(now_us);
  rating->set_rater(rater);
  rating->set_recorded_for_rater(recorded_for_rater);
}

const auto& kProblemFilter = *new schema::ListFilter<v1::PresentingProblem>(
    {{"member"}}, {{schema::Flag("resolved"),
                    [](const schema::FilterTerm& term, const v1::PresentingProblem& problem) {
                      return schema::Holds(term, problem.has_resolve_time());
                    }}});

const auto& kAssessmentFilter = *new schema::ListFilter<v1::LevelAssessment>(
    {{"occasion"},
     {"suggested_level"},
     {"confirmed_level"},
     {.name = "assessor", .patterns = schema::patterns::kProfessional}});

}  // namespace

IntakeService::Answer<v1::RecordPresentingProblemResponse> IntakeService::RecordPresentingProblem(
    CallContext& context, const v1::RecordPresentingProblemRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::RecordPresentingProblemResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::RecordPresentingProblemResponse& response) -> absl::Status {
    const CaseFile plain = file.File();
    std::vector<schema::FieldViolation> wrong;
    if (FindMember(plain, request.problem().member()) == nullptr) {
      wrong.push_back({"problem.member", "a member of this family", ""});
    }
    for (int i = 0; i < request.problem().involved_members_size(); ++i) {
      if (FindMember(plain, request.problem().involved_members(i)) == nullptr) {
        wrong.push_back(
            {"problem.involved_members[" + std::to_string(i) + "]", "a member of this family", ""});
      }
    }
    if (!wrong.empty()) return schema::InvalidFields(wrong);
    const std::int64_t now_us = Now();
    records::Record record = NewRecord(kProblem, file.id, now_us);
    v1::PresentingProblem problem = request.problem();
    problem.set_name(deps_.NamesOf(agency).Problem(file.id, record.id));
    if (request.has_severity()) {
      AddSeverity(request.severity(), problem.member(), true, now_us, &problem);
    }
    const auto stored = Make(std::move(record), std::move(problem), changes);
    changes.Audit("problem.record", stored.record);
    *response.mutable_problem() = Show(deps_, agency, stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::RecordPresentingProblemResponse>(context, step);
}

IntakeService::Answer<v1::RateProblemSeverityResponse> IntakeService::RateProblemSeverity(
    CallContext& context, const v1::RateProblemSeverityRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::RateProblemSeverityResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::RateProblemSeverityResponse& response) -> absl::Status {
    auto* stored = FindNamed(file.problems, request.name());
    const bool self = context.access.viewer == Viewer::kMember;
    // A member sees own problems only: another's is not there for them.
    if (stored == nullptr || (self && stored->message.member() != request.rater())) {
      return schema::NotFound();
    }
    // Another's view would be shown to the member with their own.
    if (request.rater() != stored->message.member()) {
      return schema::InvalidField("rater", "the member whose problem it is");
    }
    if (stored->message.has_resolve_time()) return errors::ProblemResolved(request.name());
    const std::int64_t now_us = Now();
    AddSeverity(request.severity(), request.rater(), !self, now_us, &stored->message);
    changes.Audit("problem.rate", stored->record);
    Put(*stored, now_us, changes);
    *response.mutable_problem() = Show(deps_, agency, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::RateProblemSeverityResponse>(context, step);
}

IntakeService::Answer<v1::ResolvePresentingProblemResponse> IntakeService::ResolvePresentingProblem(
    CallContext& context, const v1::ResolvePresentingProblemRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::ResolvePresentingProblemResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::ResolvePresentingProblemResponse& response) -> absl::Status {
    auto* stored = FindNamed(file.problems, request.name());
    if (stored == nullptr) return schema::NotFound();
    RETURN_IF_ERROR(
        deps_.etags.Check(request.etag(), agency, stored->record.id, stored->record.version));
    if (stored->message.has_resolve_time()) return errors::ProblemResolved(request.name());
    const std::int64_t now_us = Now();
    *stored->message.mutable_resolve_time() = schema::ToTimestamp(now_us);
    stored->message.set_resolution(request.resolution());
    stored->message.set_resolution_note(request.note());
    changes.Audit("problem.resolve", stored->record);
    Put(*stored, now_us, changes);
    *response.mutable_problem() = Show(deps_, agency, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::ResolvePresentingProblemResponse>(context, step);
}

IntakeService::Answer<v1::ListPresentingProblemsResponse> IntakeService::ListPresentingProblems(
    CallContext& context, const v1::ListPresentingProblemsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kProblemFilter.Read(request.filter()));
  auto file = co_await LoadCase(context);
  if (!file.ok()) co_return file.status();
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  std::erase_if(file->problems, [&](const records::Stored<v1::PresentingProblem>& stored) {
    const v1::PresentingProblem& problem = stored.message;
    if (context.access.viewer == Viewer::kMember) {
      const auto member = names.ReadMember(problem.member());
      const auto& own = context.access.members;
      if (!member || std::find(own.begin(), own.end(), member->id) == own.end()) return true;
    }
    if (!request.member().empty() && problem.member() != request.member()) return true;
    return !kProblemFilter.Matches(terms, problem);
  });
  v1::ListPresentingProblemsResponse response;
  context.disclosed_version = file->revision;
  auto next = ShowCasePage(deps_, context, request, std::move(file->problems), false,
                           [&](const records::Stored<v1::PresentingProblem>& stored) {
                             auto shown = Show(deps_, context.principal->agency, stored);
                             *response.add_problems() = context.access.viewer == Viewer::kMember
                                                            ? ForMember(std::move(shown))
                                                            : std::move(shown);
                           });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*next);
  co_return response;
}

IntakeService::Answer<v1::AssessLevelOfNeedResponse> IntakeService::AssessLevelOfNeed(
    CallContext& context, const v1::AssessLevelOfNeedRequest& request) {
  const std::string& agency = context.principal->agency;
  const bool confirms = request.assessment().confirmed_level() != v1::LEVEL_OF_NEED_UNSPECIFIED;
  const RoleSet& roles = context.principal->roles;
  const bool trainee =
      roles.Has(options::v1::ROLE_TRAINEE) && !roles.Has(options::v1::ROLE_CLINICIAN);
  const bool knows_the_family =
      context.access.viewer == Viewer::kCareTeam && context.access.break_glass.empty();
  if (confirms && (trainee || !knows_the_family)) {
    co_return schema::InvalidField("assessment.confirmed_level",
                                   "a clinician on the care team confirms");
  }
  Step<v1::AssessLevelOfNeedResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::AssessLevelOfNeedResponse& response) -> absl::Status {
    v1::Family& family = *file.family.message.mutable_family();
    const auto faults = FaultsOf(request.assessment(), family.level_of_need());
    if (!faults.empty()) return errors::InvalidResource("assessment.", faults);
    const std::int64_t now_us = Now();
    const schema::Names names = deps_.NamesOf(agency);
    records::Record record = NewRecord(kAssessment, file.id, now_us);
    v1::LevelAssessment assessment = request.assessment();
    assessment.set_name(names.Assessment(file.id, record.id));
    *assessment.mutable_create_time() = schema::ToTimestamp(now_us);
    const LevelResult result = ScoreLevels(assessment);
    for (const int sum : result.sums) assessment.add_level_sums(sum);
    assessment.set_suggested_level(result.suggested);
    for (const v1::LevelOfNeed level : result.unmet) assessment.add_unmet_levels(level);
    if (!context.access.professional.empty()) {
      assessment.set_assessor(names.Professional(context.access.professional));
    }
    const auto stored = Make(std::move(record), std::move(assessment), changes);
    changes.Audit("level.assess", stored.record);
    if (confirms) {
      LevelConfirmed(request.assessment().confirmed_level(), now_us, &file.tally.message, &family);
      Put(file.family, now_us, changes);
      PutTally(file.id, now_us, file.tally, changes);
      EmitCase(file, internal::v1::EVENT_TYPE_CASE_CHANGED, family.name(),
               file.family.record.version, changes);
    }
    *response.mutable_assessment() = Show(deps_, agency, stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::AssessLevelOfNeedResponse>(context, step);
}

IntakeService::Answer<v1::ListAssessmentsResponse> IntakeService::ListAssessments(
    CallContext& context, const v1::ListAssessmentsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kAssessmentFilter.Read(request.filter()));
  auto file = co_await LoadCase(context);
  if (!file.ok()) co_return file.status();
  std::erase_if(file->assessments, [&](const records::Stored<v1::LevelAssessment>& stored) {
    return !kAssessmentFilter.Matches(terms, stored.message);
  });
  v1::ListAssessmentsResponse response;
  context.disclosed_version = file->revision;
  auto next = ShowCasePage(deps_, context, request, std::move(file->assessments), true,
                           [&](const records::Stored<v1::LevelAssessment>& stored) {
                             *response.add_assessments() =
                                 Show(deps_, context.principal->agency, stored);
                           });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*next);
  co_return response;
}

}  // namespace rapport::intake
