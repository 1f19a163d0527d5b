#include "alliance/duty_warning.h"

#include "alliance/duty.h"
#include "platform/base/agency_work.h"
#include "platform/base/status_macros.h"
#include "platform/db/run_sync.h"
#include "platform/runtime/telemetry/logs.h"

#include <chrono>

namespace rapport::alliance {
namespace {

constexpr std::chrono::seconds kPatience{10};

}  // namespace

absl::Status DutyWarning::Round(std::string_view agency) {
  using telemetry::Field;
  const crypto::Agency* known = agencies_.Find(agency);
  if (known == nullptr || known->state != crypto::Agency::State::kActive) return absl::OkStatus();
  AgencyWork context(agency, "service/alliance", "rapport.alliance/LookWhoIsOnDuty", kPatience);
  UrgentSettings settings;
  RETURN_IF_ERROR(db::RunSync(
      deps_.db, context,
      [&](db::Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(settings,
                         SettingsInForce(tx, deps_.records, agency, {.on_duty = known->on_duty}));
        return absl::OkStatus();
      },
      /*write=*/false));
  bool is_new = false;
  {
    std::lock_guard lock(mutex_);
    if (settings.on_duty.empty()) {
      is_new = without_.emplace(agency).second;
    } else if (const auto found = without_.find(agency); found != without_.end()) {
      without_.erase(found);
    }
  }
  if (!is_new) return absl::OkStatus();
  telemetry::Log(telemetry::Level::kWarn, telemetry::Event::kConfigWarning,
                 {{Field::kAgency, telemetry::HashId(agency)},
                  {Field::kSetting, "on_duty"},
                  {Field::kProblem, "nobody is on duty: concerns reach a family's helpers alone"}});
  return absl::OkStatus();
}

std::size_t DutyWarning::without() const {
  std::lock_guard lock(mutex_);
  return without_.size();
}

}  // namespace rapport::alliance
