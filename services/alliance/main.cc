// rapport-alliance: instruments, ratings with their scores, the alliance map, signals.
#include "alliance/alliance_rpc.h"
#include "alliance/case_client.h"
#include "alliance/duty_warning.h"
#include "alliance/event_handler.h"
#include "alliance/practice_census.h"
#include "alliance/request_expiry.h"
#include "alliance/roster_client.h"
#include "alliance/signal_watch.h"
#include "alliance/urgent_escalator.h"
#include "platform/rpc/remote_facts.h"
#include "platform/runtime/process.h"

#include <rapport/internal/v1/event.pb.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

extern char** environ;

namespace rapport::alliance {
namespace {

// Shipped definitions are part of the program: one with a fault is a broken build.
InstrumentShelf LoadShelf() {
  auto shelf = InstrumentShelf::Load();
  if (shelf.ok()) return *std::move(shelf);
  std::fprintf(stderr, "%s\n", std::string(shelf.status().message()).c_str());
  std::abort();
}

// As the agencies file says.
UrgentSettingsOf SettingsFrom(const crypto::Agencies& agencies) {
  return [&agencies](std::string_view id) {
    const crypto::Agency* agency = agencies.Find(id);
    if (agency == nullptr) return UrgentSettings();
    return UrgentSettings{.on_duty = agency->on_duty,
                          .emergency_contacts = agency->emergency_contacts,
                          .escalate_minutes = agency->escalate_minutes};
  };
}

struct Alliance {
  explicit Alliance(runtime::Platform& platform)
      : intake(platform.channel("intake")),
        facts(intake, {std::shared_ptr<void>(), &platform.agencies}, platform.deps.caches),
        shelf(LoadShelf()),
        store(platform.deps.records, shelf),
        rosters(*intake),
        cases(*intake),
        service(platform.deps, store, rosters, SettingsFrom(platform.agencies)),
        watch({.service = platform.deps,
               .store = store,
               .feed = platform.feed,
               .facts = facts,
               .sleeper = platform.sleeper}),
        reports(platform.deps, store, cases),
        events(platform.deps, store, facts, SettingsFrom(platform.agencies)),
        escalator(platform.deps, facts, SettingsFrom(platform.agencies)),
        duty(platform.deps, platform.agencies),
        expiry(platform.deps),
        census(PracticeSeries(),
               [deps = platform.deps](std::string_view agency) {
                 return CountPractice(deps, agency);
               }),
        observations(census.Observe()) {
    observations.push_back(telemetry::Observe(telemetry::Metric::kAgenciesWithoutDuty, [this] {
      return static_cast<double>(duty.without());
    }));
  }

  // Concerns first: they must not wait for a number.
  absl::Status EverySecond(std::string_view agency) {
    absl::Status status = escalator.Round(agency);
    status.Update(expiry.Round(agency));
    status.Update(duty.Round(agency));
    status.Update(census.Round(agency));
    return status;
  }

  std::shared_ptr<rpc::Channel> intake;
  rpc::RemoteFacts facts;
  InstrumentShelf shelf;
  AllianceStore store;
  RosterClient rosters;
  CaseClient cases;
  AllianceService service;
  SignalWatch watch;
  AgencyReports reports;
  AllianceEvents events;
  UrgentEscalator escalator;
  DutyWarning duty;
  RequestExpiry expiry;
  records::Census census;
  std::vector<telemetry::Observation> observations;
};

runtime::Wiring Build(runtime::Platform& platform) {
  auto alliance = std::make_shared<Alliance>(platform);
  return {.services = {[&one = *alliance] {
            return MakeAllianceRpc(one.service, one.watch, one.reports);
          }},
          .facts = &alliance->facts,
          .events = &alliance->events,
          .own_events = &alliance->events,
          .subscribers = {{"self",
                           {internal::v1::EVENT_TYPE_RATING_RECORDED,
                            internal::v1::EVENT_TYPE_RATING_REQUEST_EXPIRED,
                            internal::v1::EVENT_TYPE_SAFETY_CHANGED}},
                          {"intake", {internal::v1::EVENT_TYPE_SAFETY_CHANGED}}},
          .every_second =
              [&one = *alliance](std::string_view agency) { return one.EverySecond(agency); },
          .name_patterns = {{kSession, schema::patterns::kSession},
                            {kRating, schema::patterns::kRating},
                            {kRequest, schema::patterns::kRatingRequest},
                            {kInvitation, schema::patterns::kRatingInvitation},
                            {kSignal, schema::patterns::kSignal},
                            {kPlan, schema::patterns::kFamily},
                            {kMembership, schema::patterns::kMember},
                            {kUrgent, kUrgentTaskPattern}},
          .close_streams = [&watch = alliance->watch] { watch.Close(); },
          .keep = alliance};
}

}  // namespace
}  // namespace rapport::alliance

int main(int argc, char** argv) {
  return rapport::runtime::RunService(
      {.name = "alliance", .peers = {"intake"}, .build = rapport::alliance::Build}, argc, argv,
      environ);
}
