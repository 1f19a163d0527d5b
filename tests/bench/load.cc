#include "bench/load.h"

#include "bench/http2_client.h"
#include "platform/base/status_macros.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace rapport::bench {
namespace {

using Time = std::chrono::steady_clock;
constexpr int kUnavailable = 14;

struct Generator {
  explicit Generator(const LoadOptions& o) : options(o), random(o.seed) {}
  absl::Status Run(const std::function<void(bool)>& on_window);
  void Submit(std::size_t connection, Time::time_point intended);
  void SubmitNext(std::size_t connection);
  // Open loop: as a gRPC client does, which keeps what the server does not take yet and lets it go
  // when its deadline has passed.
  void Offer(std::size_t connection, Time::time_point intended);
  void SubmitWaiting(std::size_t connection);
  int LeftMillis(Time::time_point intended) const;
  void OnEnd(std::size_t connection, Time::time_point intended, int status,
             const std::string& message);

  const LoadOptions& options;
  std::mt19937_64 random;
  std::unique_ptr<Http2Client> client;
  std::uint64_t next_call = 0, answered = 0;
  struct Queue {
    std::size_t under_way = 0;
    std::deque<Time::time_point> waiting;
  };
  std::vector<Queue> queues;
  bool measuring = false, stopping = false;
  LoadResult result;
  std::vector<float> latencies_us, good_us, refused_us;
};

// One call under way.
struct Unary final : Http2Client::Call {
  Unary(Generator& to, std::size_t on, Time::time_point at)
      : generator(to), connection(on), intended(at) {}
  void OnEnd(int status, const std::string& message) override {
    generator.OnEnd(connection, intended, status, message);
    delete this;
  }

  Generator& generator;
  const std::size_t connection;
  const Time::time_point intended;
};

void Generator::Submit(std::size_t connection, Time::time_point intended) {
  const std::uint64_t n = next_call++;
  client->Send(connection, options.path, options.body(n),
               options.authorization ? options.authorization(n) : "",
               new Unary(*this, connection, intended), LeftMillis(intended));
}

// 0: no deadline.
int Generator::LeftMillis(Time::time_point intended) const {
  if (options.deadline_ms == 0) return 0;
  const auto waited =
      std::chrono::duration_cast<std::chrono::milliseconds>(Time::now() - intended).count();
  return std::max(1, options.deadline_ms - static_cast<int>(waited));
}

void Generator::Offer(std::size_t connection, Time::time_point intended) {
  queues[connection].waiting.push_back(intended);
  SubmitWaiting(connection);
}

void Generator::SubmitWaiting(std::size_t connection) {
  Queue& queue = queues[connection];
  const auto patience = std::chrono::milliseconds(options.deadline_ms);
  while (!queue.waiting.empty() && queue.under_way < client->MostCalls(connection)) {
    const auto intended = queue.waiting.front();
    queue.waiting.pop_front();
    if (options.deadline_ms > 0 && Time::now() - intended >= patience) continue;
    ++queue.under_way;
    Submit(connection, intended);
  }
}

// Closed loop: the next call, unless all that were asked for are made.
void Generator::SubmitNext(std::size_t connection) {
  if (options.calls > 0 && next_call >= options.warm_up_calls + options.calls) return;
  Submit(connection, Time::now());
}

void Generator::OnEnd(std::size_t connection, Time::time_point intended, int status,
                      const std::string& message) {
  ++answered;
  if (measuring) {
    ++result.calls;
    const float took = std::chrono::duration<float, std::micro>(Time::now() - intended).count();
    latencies_us.push_back(took);
    if (status == 0 && took <= 1e3f * static_cast<float>(options.deadline_ms)) {
      good_us.push_back(took);
    }
    if (status == kUnavailable) refused_us.push_back(took);
    if (status != 0) {
      if (result.failed++ == 0) result.first_failure = std::to_string(status) + " " + message;
    }
  }
  if (stopping) return;
  if (options.calls_per_second == 0) {
    SubmitNext(connection);
  } else {
    --queues[connection].under_way;
    SubmitWaiting(connection);
  }
}

absl::Status Generator::Run(const std::function<void(bool)>& on_window) {
  const auto seconds = [](double s) {
    return std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>(s));
  };
  const auto connections = static_cast<std::size_t>(options.connections);
  queues.resize(connections);
  const auto start = Time::now();
  const auto begin = start + seconds(options.warm_up_seconds);
  auto end = Time::time_point::max();
  auto arrival = start;
  std::exponential_distribution<double> gap(std::max(options.calls_per_second, 1e-9));
  if (options.calls_per_second == 0) {
    for (std::size_t each = 0; each < connections; ++each) {
      for (int i = 0; i < options.in_flight; ++i) SubmitNext(each);
    }
  }
  for (std::size_t each = 0; each < connections; ++each) RETURN_IF_ERROR(client->Flush(each));
  std::size_t turn = 0;
  auto measured_from = begin;
  for (;;) {
    const auto now = Time::now();
    if (!measuring && now >= begin && answered >= options.warm_up_calls) {
      measuring = true;
      measured_from = now;
      if (options.calls == 0) end = now + seconds(options.seconds);
      on_window(true);
    }
    const bool all = options.calls > 0 && result.calls >= options.calls;
    if (measuring && (all || now >= end)) {
      measuring = false;
      stopping = true;
      result.seconds = std::chrono::duration<double>(now - measured_from).count();
      on_window(false);
      return absl::OkStatus();
    }
    int timeout_ms = 10;
    if (options.calls_per_second > 0) {
      while (arrival <= now) {
        const std::size_t connection = turn++ % connections;
        Offer(connection, arrival);
        RETURN_IF_ERROR(client->Flush(connection));
        arrival += seconds(gap(random));
      }
      timeout_ms = arrival - now > std::chrono::milliseconds(1) ? 1 : 0;
    }
    RETURN_IF_ERROR(client->Wait(timeout_ms));
  }
}

double Quantile(std::vector<float>& values, double q) {
  if (values.empty()) return 0;
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options,
                                   const std::function<void(bool begins)>& on_window) {
  Generator generator(options);
  ASSIGN_OR_RETURN(generator.client,
                   Http2Client::Connect(options.host, options.port, options.authority_file,
                                        options.connections));
  RETURN_IF_ERROR(generator.Run(on_window));
  LoadResult result = generator.result;
  result.calls_per_second = static_cast<double>(result.calls) / result.seconds;
  result.p50_us = Quantile(generator.latencies_us, 0.50);
  result.p99_us = Quantile(generator.latencies_us, 0.99);
  result.good = generator.good_us.size();
  result.good_p50_us = Quantile(generator.good_us, 0.50);
  result.good_p99_us = Quantile(generator.good_us, 0.99);
  result.refused = generator.refused_us.size();
  result.refused_p50_us = Quantile(generator.refused_us, 0.50);
  result.refused_p99_us = Quantile(generator.refused_us, 0.99);
  return result;
}

}  // namespace rapport::bench
