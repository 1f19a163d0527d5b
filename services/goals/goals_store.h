// GoalsStore: which records the goals service keeps, and how they make a family's file.
//
// All records lie under their family: goals, stances under their goal, homework, and the times of
// held sessions. Called inside Db::Read and Db::Write. Thread-safe.
#pragma once

#include "goals/values.h"
#include "platform/records/records.h"
#include "platform/records/stored.h"

#include <rapport/type/v1/type.pb.h>

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::goals {

// Record kinds. Numbers are for ever. A goal's `sort_us` is its creation and its `state` GoalState,
// a stance's `sort_us` when it was set; homework's `sort_us` is its creation and its `state`
// HomeworkState; a session's `sort_us` is its start and its id the session's at notes; a rating's
// `sort_us` is when it was made.
enum Kind : int {
  kGoal = 1,
  kStance = 2,
  kHomework = 3,
  kSession = 4,
  kGoalRating = 5,
};

// A goal's message has its create_time.
using StoredGoal = records::Stored<v1::Goal>;
using StoredStance = records::Stored<v1::Stance>;
using StoredTask = records::Stored<internal::v1::StoredHomework>;
using StoredRating = records::Stored<v1::GoalRating>;
using StoredSession = records::Stored<internal::v1::SessionTimes>;

// Everything on file of a family, and what a write has to guard. Names are stored in the payloads.
struct FamilyFile {
  std::string family;         // inner id
  std::int64_t revision = 0;  // Changes::Guard
  std::vector<StoredGoal> goals;
  std::vector<StoredStance> stances;
  std::vector<StoredTask> homework;
  std::vector<StoredSession> sessions;
  std::vector<StoredRating> ratings;  // oldest first; only when asked for
  // By id, as they were before somebody was arranged separately; see LoadEarlier.
  std::map<std::string, v1::Goal, std::less<>> earlier_goals;
  std::map<std::string, v1::Stance, std::less<>> earlier_stances;

  // By inner id; null: none.
  StoredGoal* Goal(std::string_view id);
  StoredTask* Homework(std::string_view id);
  StoredSession* Session(std::string_view id);
  // The stance of `holder` (a name) to the goal; null: none.
  StoredStance* Stance(std::string_view goal, std::string_view holder);
  std::vector<const v1::GoalRating*> Ratings() const;
  // For the rules. Points into this file: valid until a resource is added.
  Work View() const;
};

class GoalsStore {
 public:
  explicit GoalsStore(const records::Records& records) : records_(records) {}

  // A family without goals has an empty file. Ratings grow with every session: few calls need them.
  absl::StatusOr<FamilyFile> Load(db::Tx& tx, std::string_view agency, std::string_view family,
                                  bool with_ratings = false) const;
  // Earlier versions of what changed since the one who looks was arranged separately from who holds
  // or owns it. `since` says when that was, microseconds, of a person; nullopt: it was not.
  using Since = std::function<std::optional<std::int64_t>(const std::string& person)>;
  absl::Status LoadEarlier(db::Tx& tx, std::string_view agency, const Since& since,
                           FamilyFile& file) const;
  // Every version of every stance of the family, each stance's oldest first.
  absl::StatusOr<std::vector<v1::Stance>> StanceVersions(db::Tx& tx, std::string_view agency,
                                                         const FamilyFile& file) const;
  // Whose the external id of homework is in the agency; nullopt: nobody's.
  absl::StatusOr<std::optional<records::ClaimOwner>> FindHomework(
      db::Tx& tx, std::string_view agency, const type::v1::ExternalId& id) const;

 private:
  const records::Records& records_;
};

// The unique key that homework's external id is.
std::string HomeworkClaim(const type::v1::ExternalId& id);

}  // namespace rapport::goals
