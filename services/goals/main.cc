// rapport-goals: goals, how everybody stands to them, and the homework agreed for them.
#include "goals/alliance_client.h"
#include "goals/event_handler.h"
#include "goals/goals_rpc.h"
#include "goals/practice_census.h"
#include "platform/rpc/remote_facts.h"
#include "platform/runtime/process.h"

#include <rapport/internal/v1/event.pb.h>

extern char** environ;

namespace rapport::goals {
namespace {

struct Goals {
  explicit Goals(runtime::Platform& platform)
      : facts(platform.channel("intake"), {std::shared_ptr<void>(), &platform.agencies},
              platform.deps.caches),
        alliance(platform.channel("alliance")),
        service(platform.deps, alliance),
        history(platform.deps, platform.keys),
        events(platform.deps, facts),
        census(PracticeSeries(),
               [deps = platform.deps](std::string_view agency) {
                 return CountPractice(deps, agency);
               }),
        observations(census.Observe()) {}

  rpc::RemoteFacts facts;
  AllianceClient alliance;
  GoalsService service;
  GoalsHistory history;
  GoalsEvents events;
  records::Census census;
  std::vector<telemetry::Observation> observations;
};

runtime::Wiring Build(runtime::Platform& platform) {
  auto goals = std::make_shared<Goals>(platform);
  return {.services = {[goals] { return MakeGoalsRpc(goals->service, goals->history); }},
          .facts = &goals->facts,
          .events = &goals->events,
          .subscribers = {{"alliance",
                           {internal::v1::EVENT_TYPE_GOAL_CHANGED,
                            internal::v1::EVENT_TYPE_HOMEWORK_CHANGED,
                            internal::v1::EVENT_TYPE_SAFETY_CHANGED}}},
          .every_second =
              [&census = goals->census](std::string_view agency) { return census.Round(agency); },
          .name_patterns = {{kGoal, schema::patterns::kGoal},
                            {kHomework, schema::patterns::kHomework},
                            {kSession, schema::patterns::kSession}},
          .keep = goals};
}

}  // namespace
}  // namespace rapport::goals

int main(int argc, char** argv) {
  return rapport::runtime::RunService(
      {.name = "goals", .peers = {"intake", "alliance"}, .build = rapport::goals::Build}, argc,
      argv, environ);
}
