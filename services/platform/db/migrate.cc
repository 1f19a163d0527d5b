#include "platform/db/migrate.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/db/run_sync.h"
#include "platform/db/schema_versions.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace rapport::db {
namespace {

constexpr char kMissing[] = "rapport/schema-missing";

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

absl::Status Mark(Tx& tx, std::string_view component, const Migration& step, std::int64_t now_us) {
  return tx
      .Run(kInsertVersion, {component, std::int64_t{step.number}, step.name, step.sha256, now_us})
      .status();
}

absl::Status ApplyWhole(Db& db, std::string_view component, const Migration& step,
                        std::int64_t now_us) {
  const auto apply = [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Script(step.sql));
    return Mark(tx, component, step, now_us);
  };
  return RunSync(db, apply, true);
}

// The statement without what follows it, for good: drivers know statements by their address.
const char* Kept(std::string_view sql) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> all;
  const std::lock_guard lock(mutex);
  return all.emplace(absl::StripTrailingAsciiWhitespace(Absl(sql))).first->c_str();
}

// Its mark comes with the run that finds nothing to do.
absl::Status ApplyInParts(Db& db, std::string_view component, const Migration& step,
                          std::int64_t now_us) {
  const char* const sql = Kept(step.sql);
  for (std::int64_t changed = 1; changed > 0;) {
    const auto part = [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(changed, tx.Run(sql, {}));
      return changed > 0 ? absl::OkStatus() : Mark(tx, component, step, now_us);
    };
    RETURN_IF_ERROR(RunSync(db, part, true));
  }
  return absl::OkStatus();
}

absl::Status Apply(Db& db, std::string_view component, const Migration& step, std::int64_t now_us) {
  const absl::Status status = PhaseOf(step.name) == Phase::kBackfill
                                  ? ApplyInParts(db, component, step, now_us)
                                  : ApplyWhole(db, component, step, now_us);
  if (status.ok() || IsCommitUnknown(status)) return status;
  return {status.code(),
          Absl(Concat({"migration ", component, " ", step.name, ": ", Std(status.message())}))};
}

absl::Status Missing(std::string_view what) {
  absl::Status missing = absl::FailedPreconditionError(Absl(what));
  missing.SetPayload(kMissing, absl::Cord());
  return missing;
}

// The step was applied as this program has it.
absl::Status Require(const std::vector<AppliedStep>& versions, std::string_view component,
                     const Migration& step) {
  for (const AppliedStep& applied : versions) {
    if (applied.component != component || applied.number != step.number) continue;
    return applied.sha256 == step.sha256 ? absl::OkStatus()
                                         : Refuse(applied, "was changed after it was applied");
  }
  if (PhaseOf(step.name) == Phase::kContract) return absl::OkStatus();
  return Missing(Concat({"schema of the database: ", component, " ", step.name,
                         " was not applied; run rapport-admin migrate of this release first"}));
}

// A file of a component that this program has, and it has not the file.
bool IsOfNewer(const AppliedStep& applied, std::span<const MigrationSet> sets) {
  return std::any_of(sets.begin(), sets.end(), [&](const MigrationSet& set) {
    return set.component == applied.component &&
           std::none_of(set.steps.begin(), set.steps.end(),
                        [&](const Migration& step) { return step.number == applied.number; });
  });
}

}  // namespace

bool IsSchemaMissing(const absl::Status& status) { return status.GetPayload(kMissing).has_value(); }

Phase PhaseOf(std::string_view name) {
  if (name.ends_with(".backfill")) return Phase::kBackfill;
  if (name.ends_with(".contract")) return Phase::kContract;
  return Phase::kExpand;
}

absl::Status RequireSchema(Db& db, std::span<const MigrationSet> sets) {
  const auto versions = ReadVersions(db);
  if (absl::IsInternal(versions.status())) {
    return Missing(
        "the database has no schema that this role may read; run rapport-admin migrate first");
  }
  RETURN_IF_ERROR(versions.status());
  for (const AppliedStep& applied : *versions) {
    if (PhaseOf(applied.name) == Phase::kContract && IsOfNewer(applied, sets)) {
      return Refuse(applied, "took away what this program, which is older, may need");
    }
  }
  for (const MigrationSet& set : sets) {
    for (const Migration& step : set.steps) {
      RETURN_IF_ERROR(Require(*versions, set.component, step));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Migrate(Db& db, std::span<const MigrationSet> sets, std::int64_t now_us,
                            MigrateOptions options) {
  RETURN_IF_ERROR(RunSync(db, [](Tx& tx) { return tx.Script(kCreateVersions); }, true));
  ASSIGN_OR_RETURN(const std::vector<AppliedStep> versions, ReadVersions(db));
  for (const AppliedStep& applied : versions) RETURN_IF_ERROR(Check(applied, sets));
  int done = 0;
  for (const MigrationSet& set : sets) {
    for (const Migration& step : set.steps) {
      if (IsApplied(versions, set.component, step.number)) continue;
      if (PhaseOf(step.name) == Phase::kContract && !options.contract) continue;
      RETURN_IF_ERROR(Apply(db, set.component, step, now_us));
      ++done;
    }
  }
  return done;
}

}  // namespace rapport::db
