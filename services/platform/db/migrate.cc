#include "platform/db/migrate.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/db/run_sync.h"
#include "platform/db/schema_versions.h"

#include <algorithm>
#include <string>
#include <vector>

namespace rapport::db {
namespace {

constexpr char kCreateVersions[] =
    "CREATE TABLE IF NOT EXISTS schema_version ("
    " component TEXT COLLATE \"C\" NOT NULL,"
    " number BIGINT NOT NULL,"
    " name TEXT NOT NULL,"
    " sha256 TEXT NOT NULL,"
    " applied_us BIGINT NOT NULL,"
    " PRIMARY KEY (component, number));";
constexpr char kInsertVersion[] =
    "INSERT INTO schema_version (component, number, name, sha256, applied_us)"
    " VALUES ($1, $2, $3, $4, $5)";

absl::Status Refuse(const AppliedStep& applied, std::string_view why) {
  return absl::FailedPreconditionError(
      Absl(Concat({"schema of the database: ", applied.component, " ", applied.name, " ", why})));
}

// Everything that was applied must be a file of this program, unchanged.
absl::Status Check(const AppliedStep& applied, std::span<const MigrationSet> sets) {
  const auto set = std::find_if(sets.begin(), sets.end(), [&](const MigrationSet& s) {
    return s.component == applied.component;
  });
  if (set == sets.end()) return Refuse(applied, "is not of this program");
  const auto step = std::find_if(set->steps.begin(), set->steps.end(),
                                 [&](const Migration& m) { return m.number == applied.number; });
  if (step == set->steps.end()) return Refuse(applied, "is newer than this program");
  if (step->sha256 != applied.sha256) return Refuse(applied, "was changed after it was applied");
  return absl::OkStatus();
}

bool IsApplied(const std::vector<AppliedStep>& versions, std::string_view component, int number) {
  return std::any_of(versions.begin(), versions.end(), [&](const AppliedStep& applied) {
    return applied.component == component && applied.number == number;
  });
}

absl::Status Apply(Db& db, std::string_view component, const Migration& step, std::int64_t now_us) {
  const auto apply = [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Script(step.sql));
    return tx
        .Run(kInsertVersion, {component, std::int64_t{step.number}, step.name, step.sha256, now_us})
        .status();
  };
  const absl::Status status = RunSync(db, apply, true);
  if (status.ok() || IsCommitUnknown(status)) return status;
  return {status.code(),
          Absl(Concat({"migration ", component, " ", step.name, ": ", Std(status.message())}))};
}

// The step was applied as this program has it.
absl::Status Require(const std::vector<AppliedStep>& versions, std::string_view component,
                     const Migration& step) {
  for (const AppliedStep& applied : versions) {
    if (applied.component != component || applied.number != step.number) continue;
    return applied.sha256 == step.sha256 ? absl::OkStatus()
                                         : Refuse(applied, "was changed after it was applied");
  }
  return absl::FailedPreconditionError(
      Absl(Concat({"schema of the database: ", component, " ", step.name,
                   " was not applied; run `rapport-admin migrate` of this release first"})));
}

}  // namespace

absl::Status RequireSchema(Db& db, std::span<const MigrationSet> sets) {
  const auto versions = ReadVersions(db);
  if (absl::IsInternal(versions.status())) {
    return absl::FailedPreconditionError(
        "the database has no schema that this role may read; run `rapport-admin migrate` first");
  }
  RETURN_IF_ERROR(versions.status());
  for (const MigrationSet& set : sets) {
    for (const Migration& step : set.steps) {
      RETURN_IF_ERROR(Require(*versions, set.component, step));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Migrate(Db& db, std::span<const MigrationSet> sets, std::int64_t now_us) {
  RETURN_IF_ERROR(RunSync(db, [](Tx& tx) { return tx.Script(kCreateVersions); }, true));
  ASSIGN_OR_RETURN(const std::vector<AppliedStep> versions, ReadVersions(db));
  for (const AppliedStep& applied : versions) RETURN_IF_ERROR(Check(applied, sets));
  int done = 0;
  for (const MigrationSet& set : sets) {
    for (const Migration& step : set.steps) {
      if (IsApplied(versions, set.component, step.number)) continue;
      RETURN_IF_ERROR(Apply(db, set.component, step, now_us));
      ++done;
    }
  }
  return done;
}

}  // namespace rapport::db
