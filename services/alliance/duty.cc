#include "alliance/duty.h"

#include "platform/base/status_macros.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <utility>

namespace rapport::alliance {

absl::StatusOr<std::optional<StoredDuty>> FindDuty(db::Tx& tx, const records::Records& records,
                                                   std::string_view agency) {
  auto record = records.Get(tx, agency, "", kDuty, kDutyId);
  if (absl::IsNotFound(record.status())) return std::nullopt;
  RETURN_IF_ERROR(record.status());
  ASSIGN_OR_RETURN(auto duty, records::Parse<internal::v1::StoredDuty>(*std::move(record)));
  return duty;
}

absl::StatusOr<UrgentSettings> SettingsInForce(db::Tx& tx, const records::Records& records,
                                               std::string_view agency, UrgentSettings settings) {
  ASSIGN_OR_RETURN(const auto set, FindDuty(tx, records, agency));
  if (!set || set->message.subjects().empty()) return settings;
  settings.on_duty.assign(set->message.subjects().begin(), set->message.subjects().end());
  return settings;
}

std::optional<int> FaultOfSubjects(
    const google::protobuf::RepeatedPtrField<std::string>& subjects) {
  for (int i = 0; i < subjects.size(); ++i) {
    const auto here = subjects.begin() + i;
    if (here->empty() || std::find(subjects.begin(), here, *here) != here) return i;
  }
  return std::nullopt;
}

v1::Duty ShowDuty(const internal::v1::StoredDuty* stored, const UrgentSettings& settings) {
  v1::Duty duty;
  const bool set = stored != nullptr && !stored->subjects().empty();
  duty.set_source(set ? v1::DUTY_SOURCE_SET : v1::DUTY_SOURCE_SETTINGS);
  if (set) {
    *duty.mutable_subjects() = stored->subjects();
  } else {
    duty.mutable_subjects()->Assign(settings.on_duty.begin(), settings.on_duty.end());
  }
  if (stored == nullptr) return duty;
  *duty.mutable_update_time() = schema::ToTimestamp(stored->set_us());
  duty.set_set_by(stored->set_by());
  return duty;
}

}  // namespace rapport::alliance
