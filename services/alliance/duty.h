// Who is on duty: as SetDuty said last, or where that is nobody as the agency's settings say.
//
// Read in the transaction of whatever concerns it: the urgent path, the escalation and a form's
// notice never go by what another process had set aside. Inside Db::Read and Db::Write.
// Thread-safe.
#pragma once

#include "alliance/alliance_store.h"
#include "alliance/urgent_task.h"

#include <absl/status/statusor.h>
#include <rapport/alliance/v1/duty.pb.h>

#include <optional>
#include <string>
#include <string_view>

namespace rapport::alliance {

using StoredDuty = records::Stored<internal::v1::StoredDuty>;

// Inner id of the agency's record.
inline constexpr std::string_view kDutyId = "those-on-duty-id";

// Nullopt: never set.
absl::StatusOr<std::optional<StoredDuty>> FindDuty(db::Tx& tx, const records::Records& records,
                                                   std::string_view agency);
// `settings` with who is on duty now.
absl::StatusOr<UrgentSettings> SettingsInForce(db::Tx& tx, const records::Records& records,
                                               std::string_view agency, UrgentSettings settings);

// Where one stands who was not to stand there: empty, or named before. Nullopt: nowhere.
std::optional<int> FaultOfSubjects(const google::protobuf::RepeatedPtrField<std::string>& subjects);

// `stored` as it is shown, without etag; null: never set.
v1::Duty ShowDuty(const internal::v1::StoredDuty* stored, const UrgentSettings& settings);

}  // namespace rapport::alliance
