// live_watch: one measurement of live signals. Reads a JSON job from stdin, opens watches, rates,
// and prints one JSON line: the server's memory before, with the connections and with the watches;
// from a rating to its signal at each of its watchers; what was lost and what came twice. Ends with
// 1 when a call failed or a watch was cut off.
#include "alliance/instrument_shelf.h"
#include "bench/live/rating_stream.h"
#include "bench/live/watchers.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <nlohmann/json.hpp>

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace rapport::bench {
namespace {

using nlohmann::json;

constexpr std::size_t kRatingConnections = 4;
constexpr std::int64_t kQuietMicros = 2'000'000, kLongestDrainMicros = 120'000'000;

// Resident bytes of a process; 0: there is none.
double ResidentBytes(int pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/statm");
  double size = 0, resident = 0;
  in >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double CpuMicros(int pid) {
  clockid_t clock;
  timespec spent{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &spent) != 0) return 0;
  return 1e6 * static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e3;
}

// Waits with both clients moving.
absl::Status Settle(std::vector<Http2Client*> clients, std::int64_t micros) {
  for (const std::int64_t until_us = NowMicros() + micros; NowMicros() < until_us;) {
    for (Http2Client* client : clients) RETURN_IF_ERROR(client->Wait(5));
  }
  return absl::OkStatus();
}

json Quantiles(std::vector<double>& values) {
  if (values.empty()) return {{"count", 0}};
  std::ranges::sort(values);
  const auto at = [&](double q) {
    return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
  };
  return {{"count", values.size()},
          {"p50_ms", at(0.5) / 1e3},
          {"p99_ms", at(0.99) / 1e3},
          {"max_ms", values.back() / 1e3}};
}

std::vector<std::uint64_t> ChangesOf(const std::vector<Arrival>& arrivals) {
  std::vector<std::uint64_t> changes;
  for (const Arrival& one : arrivals) changes.push_back(one.change);
  std::ranges::sort(changes);
  return changes;
}

// What every watcher got, against what the log says of the families of their clinician.
json Delivery(const Watchers& watchers, const std::vector<Arrival>& log,
              const Population& population, std::size_t clinicians) {
  absl::flat_hash_map<std::string, std::size_t> clinician_of;
  for (const auto& family : population.families) {
    clinician_of[family.name] = static_cast<std::size_t>(family.clinician);
  }
  std::vector<std::vector<std::uint64_t>> due(clinicians);
  for (const Arrival& one : log) due[clinician_of.at(one.family)].push_back(one.change);
  std::size_t delivered = 0, lost = 0, repeated = 0;
  const auto all = watchers.arrivals();
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::uint64_t> got = ChangesOf(*all[i]);
    const std::size_t count = got.size();
    delivered += count;
    got.erase(std::unique(got.begin(), got.end()), got.end());
    repeated += count - got.size();
    for (const std::uint64_t change : due[i % clinicians]) {
      lost += std::ranges::binary_search(got, change) ? 0 : 1;
    }
  }
  return {
      {"changes", log.size()}, {"delivered", delivered}, {"lost", lost}, {"repeated", repeated}};
}

json Latency(const Watchers& watchers, const RatingStream& ratings) {
  std::vector<double> since_handled, since_answer, to_decision;
  absl::flat_hash_map<std::string, bool> raised;
  for (const auto* arrivals : watchers.arrivals()) {
    for (const Arrival& one : *arrivals) {
      const auto low = ratings.lows().find(one.family);
      if (!one.raised || low == ratings.lows().end() || low->second.answered_us == 0) continue;
      const auto since = [&](std::int64_t from, std::int64_t to) {
        return static_cast<double>(to - from);
      };
      since_handled.push_back(since(low->second.handled_us, one.at_us));
      since_answer.push_back(since(low->second.answered_us, one.at_us));
      to_decision.push_back(since(low->second.handled_us, one.evaluated_us));
      raised[one.family] = true;
    }
  }
  return {{"since_handled", Quantiles(since_handled)},
          {"since_answer", Quantiles(since_answer)},
          {"to_decision", Quantiles(to_decision)},
          {"low_ratings", ratings.lows().size()},
          {"families_with_signal", raised.size()}};
}

absl::StatusOr<json> Measure(const json& job) {
  ASSIGN_OR_RETURN(const Population population, LoadPopulation(job.at("population")));
  ASSIGN_OR_RETURN(const Tokens clinicians,
                   LoadTokens(job.at("tokens"), "clinician", job.at("clinicians")));
  ASSIGN_OR_RETURN(const auto shelf, alliance::InstrumentShelf::Load());
  const int pid = job.at("pid"), port = job.at("port");
  const std::string authority = job.at("authority");
  const std::size_t watches = job.at("watchers"), connections = job.at("connections");

  ASSIGN_OR_RETURN(const auto rater, Http2Client::Connect("127.0.0.1", port, authority,
                                                          static_cast<int>(kRatingConnections)));
  RETURN_IF_ERROR(Settle({rater.get()}, 500'000));
  const double before = ResidentBytes(pid);
  ASSIGN_OR_RETURN(const auto client, Http2Client::Connect("127.0.0.1", port, authority,
                                                           static_cast<int>(connections)));
  RETURN_IF_ERROR(Settle({rater.get(), client.get()}, 1'000'000));
  const double connected = ResidentBytes(pid);
  Watchers watchers(*client, clinicians);
  RETURN_IF_ERROR(watchers.Open(watches, connections));
  RETURN_IF_ERROR(Settle({rater.get(), client.get()}, 1'000'000));
  const double watched = ResidentBytes(pid);

  RatingStream::Options options{.a_second = job.at("rate"),
                                .group = job.at("group"),
                                .one_in = job.at("one_in"),
                                .ratings = job.at("ratings"),
                                .session = job.value("session", 0)};
  const double cpu = CpuMicros(pid);
  RatingStream ratings(options, population, clinicians, *shelf.Find("instruments/pulse-adult.1"),
                       *rater);
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, ratings.Continue(kRatingConnections));
    if (!more) break;
    RETURN_IF_ERROR(rater->Wait(0));
    RETURN_IF_ERROR(client->Wait(std::min(ratings.Pause(), 1)));
    RETURN_IF_ERROR(watchers.status());
  }
  // Drained when nothing has come for a while, and every signal that is due has.
  const std::int64_t rated_us = NowMicros();
  const auto quiet_since = [&] { return std::max(rated_us, watchers.last_arrival_us()); };
  const auto all_came = [&] { return watchers.families().size() >= ratings.lows().size(); };
  while ((NowMicros() - quiet_since() < kQuietMicros || !all_came()) &&
         NowMicros() - rated_us < kLongestDrainMicros) {
    RETURN_IF_ERROR(Settle({rater.get(), client.get()}, 10'000));
    RETURN_IF_ERROR(watchers.status());
  }
  const double loaded = ResidentBytes(pid);
  const double spent = CpuMicros(pid) - cpu;
  ASSIGN_OR_RETURN(const Tokens system, LoadTokens(job.at("tokens"), "system", 1));
  std::vector<Arrival> log;
  RETURN_IF_ERROR(watchers.ReadAgain(system->front(), &log));
  return json{
      {"watchers", watches},
      {"connections", connections},
      {"resident",
       {{"before", before}, {"connected", connected}, {"watched", watched}, {"rated", loaded}}},
      {"ratings", ratings.sent()},
      {"rate", static_cast<double>(ratings.sent()) / ratings.seconds()},
      {"cpu_us_a_rating", spent / static_cast<double>(ratings.sent())},
      {"behind_s", static_cast<double>(quiet_since() - rated_us) / 1e6},
      {"submit", Quantiles(ratings.latencies_us())},
      {"latency", Latency(watchers, ratings)},
      {"delivery", Delivery(watchers, log, population, clinicians->size())}};
}

}  // namespace
}  // namespace rapport::bench

int main() {
  const auto measured = rapport::bench::Measure(nlohmann::json::parse(std::cin));
  if (!measured.ok()) {
    std::fprintf(stderr, "live_watch: %s\n", measured.status().ToString().c_str());
    return 1;
  }
  std::cout << *measured << std::endl;
  return 0;
}
