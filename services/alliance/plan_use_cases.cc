// Measure plans: a family's, and the agency's. What is due is decided when a session was held.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/plan_store.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <memory>

namespace rapport::alliance {
namespace {

v1::MeasurePlan ShowPlan(const records::ServiceDeps& deps, const std::string& agency,
                         std::string_view family, const PlanInForce& plan, std::int64_t version) {
  v1::MeasurePlan shown = plan.shown;
  const std::string_view id = family.empty() ? kAgencyPlanId : family;
  shown.set_etag(deps.etags.Show(agency, id, version));
  return shown;
}

// Members who are asked nothing are the family's own, each once; the agency's plan has none.
std::vector<RatingFault> FaultsOfNotAsked(const schema::Names& names, std::string_view family,
                                          const v1::MeasurePlan& plan) {
  std::vector<RatingFault> faults;
  for (int i = 0; i < plan.not_asked_size(); ++i) {
    const auto member = names.ReadMember(plan.not_asked(i));
    const auto earlier = plan.not_asked().begin() + i;
    const bool again = std::find(plan.not_asked().begin(), earlier, plan.not_asked(i)) != earlier;
    if (member && !family.empty() && member->family == family && !again) continue;
    faults.push_back({Concat({"not_asked[", std::to_string(i), "]"}),
                      "a member of the family, each once; none in the agency's plan"});
  }
  return faults;
}

// Of the family that the call is about; 0: of none, or not assessed.
int LevelIn(const CallContext& context) {
  return context.access.facts == nullptr ? 0 : context.access.facts->level_of_need;
}

}  // namespace

AllianceService::Answer<v1::GetMeasurePlanResponse> AllianceService::GetMeasurePlan(
    CallContext& context, const v1::GetMeasurePlanRequest&) {
  const std::string& agency = context.principal->agency;
  const std::string& family = context.access.family;
  absl::StatusOr<PlanInForce> plan = absl::UnknownError("not loaded");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) {
    plan = LoadPlan(tx, store_, deps_.NamesOf(agency), agency, family, LevelIn(context));
    return plan.status();
  }));
  v1::GetMeasurePlanResponse response;
  *response.mutable_measure_plan() = ShowPlan(deps_, agency, family, *plan, plan->version());
  co_return response;
}

AllianceService::Answer<v1::SetMeasurePlanResponse> AllianceService::SetMeasurePlan(
    CallContext& context, const v1::SetMeasurePlanRequest& request) {
  auto set = co_await records::RetryConflicts(deps_.records, context,
                                              [&] { return SetPlanOnce(context, request); });
  // Of two who set the agency's first plan at once, the second has not seen the first's.
  if (!absl::IsAlreadyExists(set.status())) co_return set;
  co_return co_await SetPlanOnce(context, request);
}

AllianceService::Answer<v1::SetMeasurePlanResponse> AllianceService::SetPlanOnce(
    CallContext& context, const v1::SetMeasurePlanRequest& request) {
  const std::string& agency = context.principal->agency;
  const std::string& family = context.access.family;
  const schema::Names names = deps_.NamesOf(agency);
  const std::int64_t now_us = Now();
  const v1::MeasurePlan& wanted = request.measure_plan();
  absl::StatusOr<PlanInForce> plan = absl::UnknownError("not loaded");
  std::int64_t revision = 0;
  std::vector<RatingFault> faults = FaultsOfNotAsked(names, family, wanted);
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    plan = LoadPlan(tx, store_, names, agency, family, LevelIn(context));
    RETURN_IF_ERROR(plan.status());
    ASSIGN_OR_RETURN(revision, deps_.records.Revision(tx, agency, family));
    absl::flat_hash_map<std::string, std::shared_ptr<const v1::Instrument>> named;
    for (const v1::MeasureRule& rule : wanted.rules()) {
      ASSIGN_OR_RETURN(named[rule.instrument()], store_.Instrument(tx, agency, rule.instrument()));
    }
    const auto of_rules = FaultsOfRules(
        wanted, [&](const std::string& instrument) { return named[instrument].get(); });
    faults.insert(faults.end(), of_rules.begin(), of_rules.end());
    return absl::OkStatus();
  }));
  CO_RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency,
                                       family.empty() ? kAgencyPlanId : std::string_view(family),
                                       plan->version()));
  if (!faults.empty()) co_return errors::InvalidRating("measure_plan.", faults);

  internal::v1::StoredMeasurePlan stored;
  if (plan->own) stored = plan->own->message;
  *stored.mutable_plan()->mutable_rules() = wanted.rules();
  *stored.mutable_plan()->mutable_not_asked() = wanted.not_asked();
  *stored.mutable_plan()->mutable_update_time() = schema::ToTimestamp(now_us);
  records::Changes changes(context, now_us);
  if (!family.empty()) changes.Guard(family, revision);
  const records::Record record = WritePlan(*plan, family, stored, now_us, changes);
  changes.Audit("measure_plan.set", record);

  const std::int64_t version = plan->version() + 1;
  plan->own = StoredPlan{.record = record, .message = stored};
  *plan->shown.mutable_not_asked() = wanted.not_asked();
  *plan->shown.mutable_update_time() = stored.plan().update_time();
  v1::SetMeasurePlanResponse response;
  // What an empty list of rules falls back to is read again, once it is written.
  if (!wanted.rules().empty()) {
    *plan->shown.mutable_rules() = wanted.rules();
    plan->shown.set_source(family.empty() ? v1::MEASURE_PLAN_SOURCE_AGENCY
                                          : v1::MEASURE_PLAN_SOURCE_FAMILY);
  } else {
    CO_RETURN_IF_ERROR(co_await InheritRules(context, plan->shown));
  }
  *response.mutable_measure_plan() = ShowPlan(deps_, agency, family, *plan, version);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

// The rules of whoever stands above: the agency for a family, the suite for the agency.
Task<absl::Status> AllianceService::InheritRules(CallContext& context, v1::MeasurePlan& plan) {
  const std::string& agency = context.principal->agency;
  *plan.mutable_rules() = ShippedPlan(LevelIn(context)).rules();
  plan.set_source(v1::MEASURE_PLAN_SOURCE_SHIPPED);
  if (context.access.family.empty()) co_return absl::OkStatus();
  co_return co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const auto above,
                     LoadPlan(tx, store_, deps_.NamesOf(agency), agency, "", LevelIn(context)));
    *plan.mutable_rules() = above.shown.rules();
    plan.set_source(above.shown.source());
    return absl::OkStatus();
  });
}

}  // namespace rapport::alliance
