#include "alliance/duty_warning.h"

#include "platform/runtime/telemetry/logs.h"

namespace rapport::alliance {

std::size_t WarnOfNobodyOnDuty(const crypto::Agencies& agencies) {
  using telemetry::Field;
  std::size_t without = 0;
  for (const crypto::Agency& agency : agencies.all()) {
    if (agency.state != crypto::Agency::State::kActive || !agency.on_duty.empty()) continue;
    ++without;
    telemetry::Log(
        telemetry::Level::kWarn, telemetry::Event::kConfigWarning,
        {{Field::kAgency, telemetry::HashId(agency.id)},
         {Field::kSetting, "on_duty"},
         {Field::kProblem, "nobody is on duty: concerns reach a family's helpers alone"}});
  }
  return without;
}

}  // namespace rapport::alliance
