#include "goals/goals_history.h"

#include "goals/goal_rules.h"
#include "goals/known.h"
#include "platform/base/status_macros.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

namespace rapport::goals {
namespace {

template <typename Message>
std::unique_ptr<google::protobuf::Message> Owned(std::optional<Message> shown) {
  return shown ? std::make_unique<Message>(*std::move(shown)) : nullptr;
}

// What a version says and not what would be computed of it today.
std::optional<v1::Homework> AsItWas(std::optional<v1::Homework> shown) {
  if (shown) {
    shown->clear_not_available_together();
    shown->clear_ask_agreement();
  }
  return shown;
}

// Not what came of somebody since they are arranged separately from who looks.
bool IsKnown(const records::Record& version, std::optional<std::int64_t> apart_since_us) {
  return !apart_since_us || version.updated_us < *apart_since_us;
}

// Null: not for the caller. DATA_LOSS: the payload is no such message. `file`: as it is.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> ShowVersion(const Showing& showing,
                                                                       const FamilyFile& file,
                                                                       const Work& work,
                                                                       records::Record version) {
  const Onlooker& who = showing.who;
  switch (version.kind) {
    case kGoal: {
      ASSIGN_OR_RETURN(StoredGoal goal, records::Parse<v1::Goal>(std::move(version)));
      *goal.message.mutable_create_time() = schema::ToTimestamp(goal.record.created_us);
      if (!IsKnown(goal.record, ApartFromOthersGoal(who, showing.view, goal.message))) {
        return nullptr;
      }
      // That their own is active may be the other's answer.
      if (who.IsMember() && IsForOwners(who, goal.message)) {
        goal.message = KnownGoal(who, showing.view, file, goal);
      }
      return Owned(Show(showing, goal));
    }
    case kStance: {
      ASSIGN_OR_RETURN(auto stance, records::Parse<v1::Stance>(std::move(version)));
      if (!IsKnown(stance.record, ApartSince(who, showing.view, stance.message.holder()))) {
        return nullptr;
      }
      return Owned(Shown(who, showing.view, std::move(stance.message)));
    }
    default: {
      ASSIGN_OR_RETURN(const auto task,
                       records::Parse<internal::v1::StoredHomework>(std::move(version)));
      return Owned(AsItWas(Show(showing, work, task)));
    }
  }
}

}  // namespace

std::optional<records::Record> GoalsHistory::Find(
    const Showing& showing, FamilyFile& file, const v1::ListPlanRevisionsRequest& request) const {
  const schema::Names names = deps_.NamesOf(showing.context.principal->agency);
  const auto task_name = names.Read(schema::patterns::kHomework, request.name());
  if (task_name && task_name->family == file.family) {
    const StoredTask* task = file.Homework(task_name->id);
    if (task == nullptr || !Show(showing, file.View(), *task)) return std::nullopt;
    return task->record;
  }
  const auto goal_name = names.Read(schema::patterns::kGoal, request.name());
  if (!goal_name || goal_name->family != file.family) return std::nullopt;
  const StoredGoal* goal = file.Goal(goal_name->id);
  if (goal == nullptr || !Show(showing, *goal)) return std::nullopt;
  if (request.holder().empty()) return goal->record;
  const StoredStance* stance = file.Stance(goal->record.id, request.holder());
  if (stance == nullptr || !Shown(showing.who, showing.view, stance->message)) return std::nullopt;
  return stance->record;
}

Task<absl::StatusOr<v1::ListPlanRevisionsResponse>> GoalsHistory::ListPlanRevisions(
    CallContext& context, const v1::ListPlanRevisionsRequest& request) {
  const std::string& agency = context.principal->agency;
  if (!request.holder().empty() &&
      schema::MatchesPattern(schema::patterns::kHomework, request.name())) {
    co_return schema::InvalidField("holder", "nobody where `name` is homework");
  }
  const Showing showing = ShowingOf(deps_, context, deps_.clock.NowMicros());
  const auto apart_since = [&](const std::string& person) {
    return ApartSince(showing.who, showing.view, person);
  };
  std::vector<records::ShownVersion> shown;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    shown.clear();
    ASSIGN_OR_RETURN(FamilyFile file, store_.Load(tx, agency, context.access.family));
    if (showing.who.IsMember()) {
      RETURN_IF_ERROR(store_.LoadEarlier(tx, agency, apart_since, file));
    }
    FamilyFile known = KnownFile(showing.who, showing.view, file);
    const auto record = Find(showing, known, request);
    if (!record) return schema::NotFound();
    ASSIGN_OR_RETURN(auto versions,
                     revisions_.VersionsOf(tx, agency, record->family, record->kind, record->id));
    const Work work = known.View();
    for (const records::Record& version : versions) {
      ASSIGN_OR_RETURN(auto resource, ShowVersion(showing, file, work, version));
      if (resource) shown.push_back({version, std::move(resource)});
    }
    return absl::OkStatus();
  }));
  co_return co_await revisions_.Page<v1::ListPlanRevisionsResponse>(context, request,
                                                                    std::move(shown));
}

}  // namespace rapport::goals
