// The measure plan that is in force for a family: its own rules, else the agency's, else the
// shipped ones, with the instruments they name.
//
// Called by the plan's use cases, by the form, and when a session was held. Inside Db::Read and
// Db::Write. Thread-safe.
#pragma once

#include "alliance/alliance_store.h"
#include "alliance/plan_rules.h"
#include "platform/schema/names.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

using StoredPlan = records::Stored<internal::v1::StoredMeasurePlan>;

// Inner id of the agency's plan.
inline constexpr std::string_view kAgencyPlanId = "the-measure-plan";

struct PlanInForce {
  std::optional<StoredPlan> own;       // of the family, or of the agency when there is no family
  v1::MeasurePlan shown;               // without etag
  std::vector<std::string> not_asked;  // inner ids
  std::map<std::string, std::shared_ptr<const v1::Instrument>> instruments;  // by name

  // Null: no such instrument.
  const v1::Instrument* Instrument(const std::string& name) const;
  // Whether the member was asked on another form already whether they want to go on.
  bool WasAsked(std::string_view member, std::string_view request) const;
  std::int64_t version() const { return own ? own->record.version : 0; }
};

// `family` empty: the agency's plan. The level of need, 0 to 4, says which shipped rules.
absl::StatusOr<PlanInForce> LoadPlan(db::Tx& tx, const AllianceStore& store,
                                     const schema::Names& names, std::string_view agency,
                                     std::string_view family, int level_of_need);

// Adds to `changes` that the plan is `message` from now on; its record.
records::Record WritePlan(const PlanInForce& plan, std::string_view family,
                          const internal::v1::StoredMeasurePlan& message, std::int64_t now_us,
                          records::Changes& changes);

}  // namespace rapport::alliance
