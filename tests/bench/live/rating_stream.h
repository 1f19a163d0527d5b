// RatingStream: ratings that arrive at a rate, whatever the server does, and what became of each.
// For live_watch only.
//
// Families rate in groups: everybody's first member, then everybody's second, and so on. In some of
// the families the last member, who has rated 70 of 100 until now, rates 20: only that rating can
// raise a signal, so that it is known which one a signal follows.
#pragma once

#include "bench/http2_client.h"
#include "bench/population.h"

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>
#include <rapport/alliance/v1/instrument.pb.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace rapport::bench {

class RatingStream {
 public:
  struct Options {
    double a_second = 500;
    std::size_t group = 500;  // families
    std::size_t one_in = 10;  // ... of them raises a signal
    std::size_t ratings = 0;  // how many
    std::uint64_t seed = 1;
    int session = 0;  // which of the unrated sessions
  };
  // What the rating that can raise a signal went through.
  struct Low {
    std::int64_t handled_us = 0;   // create_time: shortly before the commit
    std::int64_t answered_us = 0;  // shortly after it; 0: not yet
  };

  // All but `options` must outlive it.
  RatingStream(const Options& options, const Population& population, const Tokens& clinicians,
               const alliance::v1::Instrument& instrument, Http2Client& client);

  // Sends what is due; false: everything has been answered.
  absl::StatusOr<bool> Continue(std::size_t connections);
  // Milliseconds until something is due, 0 to 10.
  int Pause() const;

  // By family name.
  const absl::flat_hash_map<std::string, Low>& lows() const { return lows_; }
  std::size_t sent() const { return sent_; }
  // From the intended moment to the answer.
  std::vector<double>& latencies_us() { return latencies_us_; }
  double seconds() const { return static_cast<double>(ended_us_ - began_us_) / 1e6; }

 private:
  struct Unary;
  void Send(std::size_t connection);

  const Options options_;
  const Population& population_;
  const Tokens& clinicians_;
  const alliance::v1::Instrument& instrument_;
  Http2Client& client_;
  std::mt19937_64 random_;
  std::size_t sent_ = 0, answered_ = 0;
  std::int64_t began_us_ = 0, ended_us_ = 0;
  double due_us_ = 0;
  absl::flat_hash_map<std::string, Low> lows_;
  std::vector<double> latencies_us_;
  absl::Status failed_;
};

}  // namespace rapport::bench
