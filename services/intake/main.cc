// rapport-intake: families, both systems, consents, safety; what the others' authorisation rests
// on.
#include "intake/emergency_lapses.h"
#include "intake/erasure_service.h"
#include "intake/event_handler.h"
#include "intake/intake_facts.h"
#include "intake/intake_rpc.h"
#include "intake/record_request_service.h"
#include "platform/runtime/process.h"

#include <rapport/internal/v1/event.pb.h>

extern char** environ;

namespace rapport::intake {
namespace {

// As the agencies file says.
RulesOf RulesFrom(const crypto::Agencies& agencies) {
  return [&agencies](std::string_view id) {
    const crypto::Agency* agency = agencies.Find(id);
    if (agency == nullptr) return AgencyRules();
    return AgencyRules{.law = &ConsentLawOf(agency->jurisdiction),
                       .assent_years = agency->assent_years,
                       .zone = agency->zone,
                       .screen_days = agency->safety_screen_days};
  };
}

struct Intake {
  explicit Intake(runtime::Platform& platform)
      : cache(platform.deps.caches),
        facts(platform.deps, cache, RulesFrom(platform.agencies)),
        service(platform.deps, RulesFrom(platform.agencies)),
        erasures(platform.deps, platform.agencies, platform.eraser),
        requests(platform.deps, RulesFrom(platform.agencies)),
        history(platform.deps, platform.keys, RulesFrom(platform.agencies)),
        events(platform.deps, erasures),
        lapses(platform.deps) {}
  rpc::FactsCache cache;
  IntakeFacts facts;
  IntakeService service;
  ErasureService erasures;
  RecordRequestService requests;
  IntakeHistory history;
  IntakeEvents events;
  EmergencyLapses lapses;
};

runtime::Wiring Build(runtime::Platform& platform) {
  auto intake = std::make_shared<Intake>(platform);
  const std::vector<int> told = {
      internal::v1::EVENT_TYPE_ROSTER_CHANGED,      internal::v1::EVENT_TYPE_CASE_CHANGED,
      internal::v1::EVENT_TYPE_CONSENT_CHANGED,     internal::v1::EVENT_TYPE_SAFETY_CHANGED,
      internal::v1::EVENT_TYPE_BREAK_GLASS_CHANGED, internal::v1::EVENT_TYPE_FAMILY_ERASED};
  return {.services = {[intake] {
            return MakeIntakeRpc(intake->service, intake->erasures, intake->requests,
                                 intake->history);
          }},
          .mesh_only = {[&service = intake->service] { return MakeAccessRpc(service); }},
          .facts = &intake->facts,
          .events = &intake->events,
          .own_events = &intake->erasures,
          .subscribers = {{"notes", told},
                          {"goals", told},
                          {"alliance", told},
                          {"self", {internal::v1::EVENT_TYPE_FAMILY_ERASED}}},
          .every_second =
              [&lapses = intake->lapses](std::string_view agency) { return lapses.Round(agency); },
          .name_patterns = {{kFamily, schema::patterns::kFamily},
                            {kMember, schema::patterns::kMember},
                            {kHelper, schema::patterns::kHelper},
                            {kRelationship, schema::patterns::kRelationship},
                            {kProblem, schema::patterns::kProblem},
                            {kAssessment, schema::patterns::kAssessment},
                            {kScreen, schema::patterns::kSafetyScreen},
                            {kConsent, schema::patterns::kConsent},
                            {kPolicy, schema::patterns::kSecretsPolicy},
                            {kBreakGlass, schema::patterns::kBreakGlass},
                            {kLegalHold, kLegalHoldPattern},
                            {kRecordRequest, kRecordRequestPattern},
                            {kErasure, kErasurePattern},
                            {kProfessional, schema::patterns::kProfessional},
                            {kSupervision, schema::patterns::kSupervision}},
          .keep = intake};
}

}  // namespace
}  // namespace rapport::intake

int main(int argc, char** argv) {
  return rapport::runtime::RunService(
      {.name = "intake", .peers = {"notes", "goals", "alliance"}, .build = rapport::intake::Build},
      argc, argv, environ);
}
