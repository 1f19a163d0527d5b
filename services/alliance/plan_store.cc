#include "alliance/plan_store.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

absl::StatusOr<std::optional<StoredPlan>> Find(db::Tx& tx, const records::Records& records,
                                               std::string_view agency, std::string_view family) {
  auto record = family.empty() ? records.Get(tx, agency, "", kAgencyPlan, kAgencyPlanId)
                               : records.Get(tx, agency, family, kPlan, family);
  if (absl::IsNotFound(record.status())) return std::nullopt;
  RETURN_IF_ERROR(record.status());
  ASSIGN_OR_RETURN(auto plan, records::Parse<internal::v1::StoredMeasurePlan>(*std::move(record)));
  return plan;
}

}  // namespace

const v1::Instrument* PlanInForce::Instrument(const std::string& name) const {
  const auto found = instruments.find(name);
  return found == instruments.end() ? nullptr : found->second.get();
}

bool PlanInForce::WasAsked(std::string_view member, std::string_view request) const {
  return own && std::ranges::any_of(own->message.asked(), [&](const auto& one) {
           return one.member() == member && one.request() != request;
         });
}

absl::StatusOr<PlanInForce> LoadPlan(db::Tx& tx, const AllianceStore& store,
                                     const schema::Names& names, std::string_view agency,
                                     std::string_view family, int level_of_need) {
  PlanInForce plan;
  ASSIGN_OR_RETURN(plan.own, Find(tx, store.records(), agency, family));
  if (plan.own) plan.shown = plan.own->message.plan();
  plan.shown.set_source(family.empty() ? v1::MEASURE_PLAN_SOURCE_AGENCY
                                       : v1::MEASURE_PLAN_SOURCE_FAMILY);
  if (plan.shown.rules().empty() && !family.empty()) {
    ASSIGN_OR_RETURN(const auto agencys, Find(tx, store.records(), agency, ""));
    if (agencys) *plan.shown.mutable_rules() = agencys->message.plan().rules();
    plan.shown.set_source(v1::MEASURE_PLAN_SOURCE_AGENCY);
  }
  if (plan.shown.rules().empty()) {
    *plan.shown.mutable_rules() = ShippedPlan(level_of_need).rules();
    plan.shown.set_source(v1::MEASURE_PLAN_SOURCE_SHIPPED);
  }
  plan.shown.set_name(family.empty() ? "measurePlan"
                                     : Concat({names.Family(family), "/measurePlan"}));
  for (const std::string& member : plan.shown.not_asked()) {
    if (const auto id = names.ReadMember(member)) plan.not_asked.push_back(id->id);
  }
  for (const v1::MeasureRule& rule : plan.shown.rules()) {
    if (plan.instruments.contains(rule.instrument())) continue;
    ASSIGN_OR_RETURN(auto instrument, store.Instrument(tx, agency, rule.instrument()));
    if (instrument) plan.instruments.emplace(rule.instrument(), std::move(instrument));
  }
  return plan;
}

records::Record WritePlan(const PlanInForce& plan, std::string_view family,
                          const internal::v1::StoredMeasurePlan& message, std::int64_t now_us,
                          records::Changes& changes) {
  if (plan.own) {
    records::Record record = records::With(plan.own->record, message);
    changes.Update(plan.own->record, record);
    return record;
  }
  records::Record record = NewRecord(family.empty() ? kAgencyPlan : kPlan, family, now_us);
  record.id = family.empty() ? kAgencyPlanId : family;
  record = records::With(record, message);
  changes.Create(record);
  return record;
}

}  // namespace rapport::alliance
