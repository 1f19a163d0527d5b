// Load: sends unary gRPC calls over HTTP/2 (nghttp2, OpenSSL) and reads the gRPC status of every
// reply.
//
// Closed loop: `in_flight` calls per connection, each replaced when it ends. Open loop: calls
// arrive as a Poisson process whatever the server does, and a latency counts from the moment the
// call was meant to be sent. One thread, 2 to 6 us of CPU a call: it is not what is measured.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rapport::bench {

struct LoadOptions {
  std::string host = "127.0.0.1";
  int port = 0;
  std::string authority_file;  // PEM; empty: plaintext
  std::string path;            // "/rapport.bench.v1.EchoService/Echo"
  int connections = 8;
  int in_flight = 10;           // per connection; closed loop
  double calls_per_second = 0;  // > 0: open loop
  double warm_up_seconds = 0.5;
  std::uint64_t warm_up_calls = 0;  // the measured time begins only after so many answers
  double seconds = 2;
  std::uint64_t calls = 0;  // > 0: closed loop of exactly so many measured calls, for all it takes
  std::uint64_t seed = 1;
  // > 0: an answer counts as good only so soon after it was meant to be asked for; the server is
  // told the deadline. For loads that are too much for it.
  int deadline_ms = 0;
  // The request body and the authorization header of the n-th call.
  std::function<std::string(std::uint64_t n)> body;
  std::function<std::string(std::uint64_t n)> authorization;
};

struct LoadResult {
  std::uint64_t calls = 0;    // answered in the measured time
  std::uint64_t failed = 0;   // of these, with another grpc-status than 0, or cut off
  std::string first_failure;  // its status and message
  double seconds = 0;
  double calls_per_second = 0;
  double p50_us = 0, p99_us = 0;
  // With a deadline: calls with status 0 in time, and their latencies; those that were refused with
  // UNAVAILABLE, and theirs. The others were late or failed otherwise.
  std::uint64_t good = 0, refused = 0;
  double good_p50_us = 0, good_p99_us = 0, refused_p50_us = 0, refused_p99_us = 0;
  // The moments the measured window began and ended, for CPU readings by the caller.
};

// `on_window(true)` is called when the measured window begins and `on_window(false)` when it ends.
absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options,
                                   const std::function<void(bool begins)>& on_window);

}  // namespace rapport::bench
