#include "goals/goals_store.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

namespace rapport::goals {
namespace {

template <typename T>
T* FindById(std::vector<T>& all, std::string_view id) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const T& one) { return one.record.id == id; });
  return found == all.end() ? nullptr : &*found;
}

template <typename Message>
absl::Status AddTo(std::vector<records::Stored<Message>>& all, records::Record record) {
  ASSIGN_OR_RETURN(auto stored, records::Parse<Message>(std::move(record)));
  all.push_back(std::move(stored));
  return absl::OkStatus();
}

void FillCreateTime(StoredGoal& goal) {
  *goal.message.mutable_create_time() = Timestamp(goal.record.created_us);
}

}  // namespace

StoredGoal* FamilyFile::Goal(std::string_view id) { return FindById(goals, id); }
StoredTask* FamilyFile::Homework(std::string_view id) { return FindById(homework, id); }
StoredSession* FamilyFile::Session(std::string_view id) { return FindById(sessions, id); }

StoredStance* FamilyFile::Stance(std::string_view goal, std::string_view holder) {
  const auto found = std::find_if(stances.begin(), stances.end(), [&](const StoredStance& one) {
    return one.record.parent == goal && one.message.holder() == holder;
  });
  return found == stances.end() ? nullptr : &*found;
}

Work FamilyFile::View() const {
  Work work;
  for (const StoredGoal& one : goals) work.goals.push_back(&one.message);
  for (const StoredStance& one : stances) work.stances.push_back(&one.message);
  for (const StoredTask& one : homework) work.homework.push_back(&one.message);
  return work;
}

std::vector<const v1::GoalRating*> FamilyFile::Ratings() const {
  std::vector<const v1::GoalRating*> all;
  for (const StoredRating& one : ratings) all.push_back(&one.message);
  return all;
}

absl::StatusOr<FamilyFile> GoalsStore::Load(db::Tx& tx, std::string_view agency,
                                            std::string_view family, bool with_ratings) const {
  FamilyFile file;
  file.family = family;
  ASSIGN_OR_RETURN(file.revision, records_.Revision(tx, agency, family));
  ASSIGN_OR_RETURN(auto found, records_.Family(tx, agency, family, kGoal,
                                               with_ratings ? kGoalRating : kSession));
  for (records::Record& record : found) {
    switch (record.kind) {
      case kGoal:
        RETURN_IF_ERROR(AddTo(file.goals, std::move(record)));
        FillCreateTime(file.goals.back());
        break;
      case kStance:
        RETURN_IF_ERROR(AddTo(file.stances, std::move(record)));
        break;
      case kHomework:
        RETURN_IF_ERROR(AddTo(file.homework, std::move(record)));
        break;
      case kSession:
        RETURN_IF_ERROR(AddTo(file.sessions, std::move(record)));
        break;
      default:
        RETURN_IF_ERROR(AddTo(file.ratings, std::move(record)));
    }
  }
  return file;
}

absl::Status GoalsStore::LoadEarlier(db::Tx& tx, std::string_view agency, const Since& since,
                                     FamilyFile& file) const {
  for (const StoredStance& stance : file.stances) {
    const auto since_us = since(stance.message.holder());
    if (!since_us || Micros(stance.message.set_time()) < *since_us) continue;
    ASSIGN_OR_RETURN(auto history,
                     records_.History(tx, agency, file.family, kStance, stance.record.id));
    for (records::Record& record : history) {
      if (record.updated_us >= *since_us) break;
      ASSIGN_OR_RETURN(auto earlier, records::Parse<v1::Stance>(std::move(record)));
      file.earlier_stances[stance.record.id] = std::move(earlier.message);
    }
  }
  for (const StoredGoal& goal : file.goals) {
    std::optional<std::int64_t> since_us;
    for (const std::string& owner : goal.message.owners()) {
      const auto one_us = since(owner);
      if (one_us && (!since_us || *one_us < *since_us)) since_us = one_us;
    }
    if (!since_us || goal.record.updated_us < *since_us) continue;
    ASSIGN_OR_RETURN(auto history,
                     records_.History(tx, agency, file.family, kGoal, goal.record.id));
    for (records::Record& record : history) {
      if (record.updated_us >= *since_us) break;
      ASSIGN_OR_RETURN(StoredGoal earlier, records::Parse<v1::Goal>(std::move(record)));
      FillCreateTime(earlier);
      file.earlier_goals[goal.record.id] = std::move(earlier.message);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::Stance>> GoalsStore::StanceVersions(db::Tx& tx,
                                                                   std::string_view agency,
                                                                   const FamilyFile& file) const {
  std::vector<v1::Stance> versions;
  for (const StoredStance& stance : file.stances) {
    if (stance.record.version > 1) {
      ASSIGN_OR_RETURN(auto history,
                       records_.History(tx, agency, file.family, kStance, stance.record.id));
      for (records::Record& record : history) {
        ASSIGN_OR_RETURN(auto earlier, records::Parse<v1::Stance>(std::move(record)));
        versions.push_back(std::move(earlier.message));
      }
    }
    versions.push_back(stance.message);
  }
  return versions;
}

absl::StatusOr<std::optional<records::ClaimOwner>> GoalsStore::FindHomework(
    db::Tx& tx, std::string_view agency, const type::v1::ExternalId& id) const {
  return records_.FindOwner(tx, agency, HomeworkClaim(id), id.value());
}

std::string HomeworkClaim(const type::v1::ExternalId& id) {
  return Concat({"external/homework//", id.system()});
}

}  // namespace rapport::goals
