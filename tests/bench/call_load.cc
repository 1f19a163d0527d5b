// call_load: one measurement. Reads a JSON job from stdin, calls a server for some seconds, prints
// one JSON line: calls, calls per second, latencies, and the CPU time of the given processes per
// call. Ends with 1 when a call failed or the workload ran out, which would be another measurement;
// with a deadline calls may fail, and it says how many were good and how many refused.
#include "bench/load.h"
#include "bench/workload.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace rapport::bench {
namespace {

using nlohmann::json;

// CPU time of a process so far, microseconds; 0 when there is none.
double CpuMicros(int pid) {
  clockid_t clock;
  timespec spent{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &spent) != 0) return 0;
  return 1e6 * static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e3;
}

absl::StatusOr<json> Measure(const json& job) {
  Population population;
  if (const std::string path = job.value("population", ""); !path.empty()) {
    ASSIGN_OR_RETURN(population, LoadPopulation(path));
  }
  const double warm_up = job.value("warm_up", 0.5), seconds = job.value("seconds", 2.0);
  const double rate = job.value("rate", 0.0);
  const double most_a_second = rate > 0 ? rate * 1.2 : job.value("most_a_second", 30'000.0);
  WorkloadOptions wanted;
  wanted.kind = job.at("kind");
  wanted.tokens = job.at("tokens");
  wanted.clinicians = job.value("clinicians", 100);
  wanted.supervisors = job.value("supervisors", 0);
  wanted.covered = job.value("covered", 1.0);
  wanted.first = job.value("first", std::uint64_t{0});
  wanted.most = static_cast<std::uint64_t>((warm_up + seconds) * most_a_second);
  wanted.seed = job.value("seed", std::uint64_t{1});
  ASSIGN_OR_RETURN(Workload workload, MakeWorkload(wanted, population));

  std::uint64_t used = 0;
  LoadOptions load;
  load.port = job.at("port");
  load.authority_file = job.value("authority", "");
  load.path = workload.path;
  load.connections = job.value("connections", 8);
  load.in_flight = job.value("in_flight", 10);
  load.calls_per_second = rate;
  load.warm_up_seconds = warm_up;
  load.warm_up_calls = job.value("cold", false) ? 0 : workload.warm_up_calls;
  load.seconds = seconds;
  load.calls = job.value("calls", std::uint64_t{0});
  load.deadline_ms = job.value("deadline_ms", 0);
  load.seed = wanted.seed;
  load.body = [&](std::uint64_t n) {
    used = n + 1;
    return workload.body(n);
  };
  load.authorization = workload.authorization;

  // Several programs that are to begin together prepare first.
  if (const double start_at = job.value("start_at", 0.0); start_at > 0) {
    const auto at = std::chrono::system_clock::time_point(
        std::chrono::microseconds(static_cast<std::int64_t>(start_at * 1e6)));
    if (std::chrono::system_clock::now() > at) {
      return absl::DeadlineExceededError(Absl("not prepared in time for " + wanted.kind));
    }
    std::this_thread::sleep_until(at);
  }

  const auto pids = job.value("pids", std::vector<int>());
  std::vector<double> cpu(pids.size());
  ASSIGN_OR_RETURN(const LoadResult result, RunLoad(load, [&](bool begins) {
                     for (std::size_t i = 0; i < pids.size(); ++i) {
                       cpu[i] = CpuMicros(pids[i]) - (begins ? 0 : cpu[i]);
                     }
                   }));
  if (result.failed > 0 && load.deadline_ms == 0) {
    return absl::InternalError(
        Absl(fmt::format("{} of {} calls failed, the first with {}", result.failed, result.calls,
                         result.first_failure)));
  }
  if (used > workload.calls) {
    return absl::OutOfRangeError(
        Absl(fmt::format("the workload has {} calls, {} were made", workload.calls, used)));
  }
  for (double& each : cpu) each /= static_cast<double>(std::max<std::uint64_t>(result.calls, 1));
  json measured = {{"calls", result.calls},           {"used", used},
                   {"rate", result.calls_per_second}, {"p50_us", result.p50_us},
                   {"p99_us", result.p99_us},         {"cpu_us", cpu}};
  if (load.deadline_ms > 0) {
    const auto per_second = [&](std::uint64_t calls) {
      return static_cast<double>(calls) / result.seconds;
    };
    measured.update({{"good", per_second(result.good)},
                     {"good_p50_us", result.good_p50_us},
                     {"good_p99_us", result.good_p99_us},
                     {"refused", per_second(result.refused)},
                     {"refused_p50_us", result.refused_p50_us},
                     {"refused_p99_us", result.refused_p99_us},
                     {"first_failure", result.first_failure}});
  }
  return measured;
}

}  // namespace
}  // namespace rapport::bench

int main() {
  const auto job = nlohmann::json::parse(std::cin);
  const auto measured = rapport::bench::Measure(job);
  if (!measured.ok()) {
    std::fprintf(stderr, "call_load: %s\n", measured.status().ToString().c_str());
    return 1;
  }
  std::cout << *measured << std::endl;
  return 0;
}
