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
  facts_.Changed(agency, file.id, committed->sequence);
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

absl::Status EmergencyLapses::Round(std::string_view agency) const {
  const auto context = [&] {
    return AgencyWork(agency, "service/intake", "rapport.intake/EndEmergencies", kPatience);
  };
  AgencyWork looking = context();
  ASSIGN_OR_RETURN(const std::vector<records::Record> due, RunSync(Due(looking)));
  absl::Status first;
  // The others must not wait for one that fails.
  for (const records::Record& watch : due) {
    AgencyWork ending = context();
    first.Update(RunSync(End(ending, watch)));
  }
  return first;
}

}  // namespace rapport::intake
