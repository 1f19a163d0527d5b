#include "intake/emergency_lapses.h"

#include "intake/emergency_rules.h"
#include "intake/family_resource.h"
#include "platform/base/agency_work.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"

#include <rapport/internal/v1/event.pb.h>

#include <google/protobuf/empty.pb.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace rapport::intake {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr int kAtOnce = 100;
constexpr int kLookedThroughAtOnce = 250;
constexpr std::int64_t kWaits = 1, kLookedAt = 2;

}  // namespace

void WatchEmergency(const StoredCase& file, std::int64_t now_us, records::Changes& changes) {
  const std::int64_t over_us = Micros(file.family.message.family().emergency().expire_time());
  records::Record watch =
      file.emergency_watch.value_or(NewRecord(kEmergencyWatch, file.id, now_us));
  watch.id = file.id;
  watch.state = kWaits;
  watch.sort_us = over_us;
  watch.updated_us = now_us;
  if (file.emergency_watch) {
    changes.Update(*file.emergency_watch, std::move(watch));
  } else {
    changes.Create(std::move(watch));
  }
}

Task<absl::Status> EmergencyLapses::End(CallContext& context, const records::Record& watch) const {
  const std::string& agency = context.principal->agency;
  const std::int64_t now_us = deps_.clock.NowMicros();
  StoredCase file;
  const absl::Status read = co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(file, store_.Load(tx, agency, watch.family));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) co_return absl::OkStatus();  // erased meanwhile
  CO_RETURN_IF_ERROR(read);
  context.access.family = file.id;
  records::Changes changes(context, now_us);
  changes.Guard(file.id, file.revision);
  records::Record looked_at = watch;
  looked_at.state = kLookedAt;
  looked_at.updated_us = now_us;
  changes.Update(watch, std::move(looked_at));
  changes.Audit("family.emergency_over", file.family.record);
  if (HoldIfOver(now_us, file.family.message.mutable_family())) {
    Put(file.family, now_us, changes, v1::FAMILY_STATE_ON_HOLD);
    const v1::Family& family = file.family.message.family();
    v1::EmergencyOpening over;
    *over.mutable_expire_time() = family.emergency().expire_time();
    changes.Emit({.type = internal::v1::EVENT_TYPE_CASE_CHANGED,
                  .family = file.id,
                  .resource = family.name(),
                  .version = file.family.record.version,
                  .body = over.SerializeAsString()});
  }
  const auto committed =
      co_await deps_.records.Commit(context, std::move(changes), google::protobuf::Empty());
  // Settled, closed, or looked at by another replica meanwhile: the next round sees it as it is.
  if (records::IsConflict(committed.status())) co_return absl::OkStatus();
  CO_RETURN_IF_ERROR(committed.status());
  co_return absl::OkStatus();
}

Task<absl::StatusOr<std::vector<records::Record>>> EmergencyLapses::Due(
    CallContext& context) const {
  std::vector<records::Record> due;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(due, deps_.records.List(tx, context.principal->agency,
                                             {.kind = kEmergencyWatch,
                                              .state = kWaits,
                                              .to_us = deps_.clock.NowMicros() + 1,
                                              .limit = kAtOnce}));
    return absl::OkStatus();
  }));
  co_return due;
}

Task<absl::StatusOr<std::vector<std::string>>> EmergencyLapses::Unwatched(CallContext& context,
                                                                          Looked& looked) const {
  const std::string& agency = context.principal->agency;
  const Looked from = looked;
  std::vector<std::string> unwatched;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    unwatched.clear();
    looked = from;
    ASSIGN_OR_RETURN(auto records, deps_.records.List(tx, agency,
                                                      {.kind = kFamily,
                                                       .state = v1::FAMILY_STATE_OPEN,
                                                       .after_us = from.after_us,
                                                       .after_id = from.after_id,
                                                       .limit = kLookedThroughAtOnce}));
    looked.at_all = std::ssize(records) < kLookedThroughAtOnce;
    for (records::Record& record : records) {
      looked.after_us = record.sort_us;
      looked.after_id = record.id;
      ASSIGN_OR_RETURN(const StoredFamily stored,
                       records::Parse<internal::v1::StoredFamily>(std::move(record)));
      if (!InEmergency(stored.message.family())) continue;
      const std::string& family = stored.record.family;
      const auto watch = deps_.records.Get(tx, agency, family, kEmergencyWatch, family);
      if (absl::IsNotFound(watch.status())) unwatched.push_back(family);
      if (!watch.ok() && !absl::IsNotFound(watch.status())) return watch.status();
    }
    return absl::OkStatus();
  }));
  co_return unwatched;
}

Task<absl::Status> EmergencyLapses::Watch(CallContext& context, const std::string& family) const {
  const std::int64_t now_us = deps_.clock.NowMicros();
  StoredCase file;
  const absl::Status read = co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(file, store_.Load(tx, context.principal->agency, family));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) co_return absl::OkStatus();  // erased meanwhile
  CO_RETURN_IF_ERROR(read);
  if (file.emergency_watch) co_return absl::OkStatus();
  context.access.family = file.id;
  records::Changes changes(context, now_us);
  changes.Guard(file.id, file.revision);
  WatchEmergency(file, now_us, changes);
  changes.Audit("family.emergency_watch", file.family.record);
  co_return (co_await deps_.records.Commit(context, std::move(changes), google::protobuf::Empty()))
      .status();
}

absl::Status EmergencyLapses::LookOn(std::string_view agency) const {
  Looked looked;
  {
    std::lock_guard lock(mutex_);
    looked = looked_[std::string(agency)];
  }
  if (looked.at_all) return absl::OkStatus();
  const auto context = [&] {
    return AgencyWork(agency, "service/intake", "rapport.intake/FindEmergencies", kPatience);
  };
  AgencyWork looking = context();
  ASSIGN_OR_RETURN(const std::vector<std::string> unwatched, RunSync(Unwatched(looking, looked)));
  absl::Status first;
  for (const std::string& family : unwatched) {
    AgencyWork watching = context();
    first.Update(RunSync(Watch(watching, family)));
  }
  // Somebody else wrote one of them: the next round looks at the same ones again.
  if (records::IsConflict(first)) return absl::OkStatus();
  RETURN_IF_ERROR(first);
  std::lock_guard lock(mutex_);
  looked_[std::string(agency)] = std::move(looked);
  return absl::OkStatus();
}

absl::Status EmergencyLapses::Round(std::string_view agency) const {
  const auto context = [&] {
    return AgencyWork(agency, "service/intake", "rapport.intake/EndEmergencies", kPatience);
  };
  absl::Status first = LookOn(agency);
  AgencyWork looking = context();
  ASSIGN_OR_RETURN(const std::vector<records::Record> due, RunSync(Due(looking)));
  // The others must not wait for one that fails.
  for (const records::Record& watch : due) {
    AgencyWork ending = context();
    first.Update(RunSync(End(ending, watch)));
  }
  return first;
}

}  // namespace rapport::intake
