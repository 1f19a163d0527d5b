// Homework shown: one, all, what is due. Filters look at what the caller is shown, so that none of
// them tells more.
#include "goals/convergence_rules.h"
#include "goals/goals_errors.h"
#include "goals/goals_service.h"
#include "goals/homework_rules.h"
#include "goals/homework_view.h"
#include "platform/audit/shown.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

#include <map>

namespace rapport::goals {
namespace {

const auto& kHomeworkFilter = *new schema::ListFilter<v1::Homework>(
    {{"state"},
     {.name = "doers", .path = "terms.doers"},
     {.name = "goal",
      .path = "terms.goals.goal",
      .comparisons = {schema::Comparison::kEqual, schema::Comparison::kHas}},
     {.name = "due_time", .path = "terms.due_time"},
     {"external_ids"}});

constexpr char kListDue[] = "rapport.goals.v1.GoalsService/ListDueHomework";
constexpr char kListHomework[] = "rapport.goals.v1.GoalsService/ListHomework";

}  // namespace

GoalsService::DueWindow::DueWindow(const v1::ListDueHomeworkRequest& request, std::int64_t now_us)
    : due_from_us(Micros(request.due_from_time())),
      due_before_us(request.has_due_before_time() ? Micros(request.due_before_time()) : now_us),
      agreed_before_us(request.has_agreed_before_time() ? Micros(request.agreed_before_time())
                                                        : INT64_MAX),
      expired_too(request.include_expired()) {}

bool GoalsService::DueWindow::Takes(v1::HomeworkState state) const {
  return IsOwed(state) || (expired_too && state == v1::HOMEWORK_STATE_EXPIRED);
}

bool GoalsService::DueWindow::Has(const v1::Homework& homework, std::int64_t from_us) const {
  return Takes(homework.state()) && from_us >= due_from_us && from_us < due_before_us &&
         Micros(homework.agree_time()) < agreed_before_us;
}

bool GoalsService::DueWindow::MayHave(const v1::Homework& homework) const {
  const v1::HomeworkTerms& terms = homework.terms();
  const std::int64_t due_us = Micros(terms.due_time());
  // What several are named in may have waited since.
  const bool waited = terms.doers_size() + terms.approvers_size() > 1 && due_us < due_from_us;
  return Has(homework, waited ? due_from_us : due_us);
}

GoalsService::Answer<v1::GetHomeworkResponse> GoalsService::GetHomework(
    CallContext& context, const v1::GetHomeworkRequest& request) {
  auto file = co_await LoadKnown(context);
  if (!file.ok()) co_return file.status();
  const Showing showing = ShowingOf(deps_, context, deps_.clock.NowMicros());
  const StoredTask* task = FindTask(showing, *file, request.name());
  if (task == nullptr) co_return schema::NotFound();
  context.disclosed_resource = task->record.id;
  context.disclosed_version = task->record.version;
  context.disclosed_members =
      MemberIds(deps_.NamesOf(context.principal->agency), task->message.homework().terms().doers());
  v1::GetHomeworkResponse response;
  v1::Homework& homework = *response.mutable_homework();
  homework = *Show(showing, file->View(), *task);
  if (homework.ask_agreement()) {
    const auto estimates = co_await EstimatesFor(context);
    if (estimates) {
      for (auto& one : DoerAllianceOf(homework.terms(), *estimates)) {
        *homework.add_doer_alliance() = std::move(one);
      }
    }
  }
  co_return response;
}

GoalsService::Answer<v1::ListHomeworkResponse> GoalsService::ListHomework(
    CallContext& context, const v1::ListHomeworkRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kHomeworkFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(
      const auto order,
      schema::ParseOrderBy(request.order_by(), {"create_time", "due_time"}, {0, true}));
  if (schema::IsAnyFamily(request.parent())) {
    if (order.field != 0) co_return schema::InvalidField("order_by", "create_time, of an agency");
    co_return co_await ListAgencyHomework(context, request, terms, order.descending);
  }
  auto file = co_await LoadKnown(context);
  if (!file.ok()) co_return file.status();
  const Showing showing = ShowingOf(deps_, context, deps_.clock.NowMicros());
  const Work work = file->View();
  std::vector<records::Placed<v1::Homework>> entries;
  for (const StoredTask& stored : file->homework) {
    auto shown = Show(showing, work, stored);
    if (!shown || !kHomeworkFilter.Matches(terms, *shown)) continue;
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    const std::int64_t place_us =
        order.field == 0 ? stored.record.created_us : Micros(shown->terms().due_time());
    entries.push_back({place_us, stored.record.id, *std::move(shown)});
  }
  v1::ListHomeworkResponse response;
  CO_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      records::ShowPage(deps_, context, request, std::move(entries), order.descending,
                        [&](v1::Homework shown) { *response.add_homework() = std::move(shown); }));
  co_return response;
}

GoalsService::Answer<v1::ListDueHomeworkResponse> GoalsService::ListDueHomework(
    CallContext& context, const v1::ListDueHomeworkRequest& request) {
  const std::int64_t now_us = deps_.clock.NowMicros();
  const DueWindow window(request, now_us);
  if (schema::IsAnyFamily(request.parent())) {
    co_return co_await ListAgencyDueHomework(context, request, window);
  }
  auto file = co_await LoadKnown(context);
  if (!file.ok()) co_return file.status();
  const Showing showing = ShowingOf(deps_, context, now_us);
  const Work work = file->View();
  std::vector<records::Placed<v1::Homework>> entries;
  for (const StoredTask& stored : file->homework) {
    const v1::Homework& kept = stored.message.homework();
    const std::int64_t from_us = showing.who.kind == Onlooker::Kind::kService
                                     ? RemindFromUs(kept, showing.view)
                                     : Micros(kept.terms().due_time());
    if (!window.Has(kept, from_us)) continue;
    auto shown = Show(showing, work, stored);
    if (!shown) continue;
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    entries.push_back({Micros(shown->terms().due_time()), stored.record.id, *std::move(shown)});
  }
  v1::ListDueHomeworkResponse response;
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      records::ShowPage(deps_, context, request, std::move(entries),
                                        /*newest_first=*/false, [&](v1::Homework shown) {
                                          *response.add_homework() = std::move(shown);
                                        }));
  co_return response;
}

GoalsService::Answer<v1::ListDueHomeworkResponse> GoalsService::ListAgencyDueHomework(
    CallContext& context, const v1::ListDueHomeworkRequest& request, const DueWindow& window) {
  std::vector<StoredTask> found;
  const auto take = [&](records::Record record, bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(auto stored, records::Parse<internal::v1::StoredHomework>(std::move(record)));
    if (!window.MayHave(stored.message.homework())) return false;
    if (show) found.push_back(std::move(stored));
    return true;
  };
  records::ListQuery query{.kind = kHomework};
  for (int state = v1::HomeworkState_MIN; state <= v1::HomeworkState_MAX; ++state) {
    if (v1::HomeworkState_IsValid(state) && window.Takes(static_cast<v1::HomeworkState>(state))) {
      query.states.push_back(state);
    }
  }
  v1::ListDueHomeworkResponse response;
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      co_await records::ScanPage(deps_, context, request, query, take));
  CO_ASSIGN_OR_RETURN(auto shown,
                      co_await ShowToSystem(context, kListDue, std::move(found), &window));
  for (v1::Homework& one : shown) *response.add_homework() = std::move(one);
  co_return response;
}

GoalsService::Answer<v1::ListHomeworkResponse> GoalsService::ListAgencyHomework(
    CallContext& context, const v1::ListHomeworkRequest& request,
    const std::vector<schema::FilterTerm>& terms, bool newest_first) {
  std::vector<StoredTask> found;
  const auto take = [&](records::Record record, bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(auto stored, records::Parse<internal::v1::StoredHomework>(std::move(record)));
    // By what a system is shown of it: a filter tells no more.
    const v1::Homework plain = ForService(stored.message.homework());
    const bool matches = kHomeworkFilter.Matches(terms, plain);
    if (matches && show) found.push_back(std::move(stored));
    return matches;
  };
  v1::ListHomeworkResponse response;
  const records::ListQuery query{.kind = kHomework, .newest_first = newest_first};
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      co_await records::ScanPage(deps_, context, request, query, take));
  CO_ASSIGN_OR_RETURN(auto shown,
                      co_await ShowToSystem(context, kListHomework, std::move(found), nullptr));
  for (v1::Homework& one : shown) *response.add_homework() = std::move(one);
  co_return response;
}

GoalsService::Answer<std::vector<v1::Homework>> GoalsService::ShowToSystem(
    CallContext& context, std::string_view method, std::vector<StoredTask> found,
    const DueWindow* window) {
  const Access whole = context.access;
  std::map<std::string, Access> families;
  std::vector<v1::Homework> all;
  for (const StoredTask& task : found) {
    const std::string& family = task.record.family;
    if (!families.contains(family)) {
      auto access = co_await deps_.access.Check(context, method, family, "");
      if (absl::IsUnavailable(access.status())) co_return access.status();
      families[family] = access.ok() ? *std::move(access) : Access();
    }
    const Access& access = families[family];
    if (!access.facts) continue;
    context.access = access;
    const Showing showing = ShowingOf(deps_, context, deps_.clock.NowMicros());
    const v1::Homework& kept = task.message.homework();
    const bool asked = window == nullptr || window->Has(kept, RemindFromUs(kept, showing.view));
    auto shown = asked ? Show(showing, Work(), task) : std::nullopt;
    context.access = whole;
    if (!shown) continue;
    audit::NoteShown(context, family);
    context.disclosed_version = std::max(context.disclosed_version, task.record.version);
    all.push_back(*std::move(shown));
  }
  co_return all;
}

}  // namespace rapport::goals
