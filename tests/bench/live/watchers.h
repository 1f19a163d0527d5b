// Watchers: WatchSignals streams that note what arrives when. For live_watch only.
//
// One thread, that of its client. Every watcher is a clinician; many share one's token, as one
// person with several devices would.
#pragma once

#include "bench/http2_client.h"
#include "bench/population.h"

#include <absl/container/flat_hash_set.h>
#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rapport::bench {

// Microseconds of the machine's clock, as the server stamps its records with.
std::int64_t NowMicros();

// One change of one signal, as one watcher got it.
struct Arrival {
  std::uint64_t change = 0;  // of the signal's name and etag
  std::string family;        // name
  bool raised = false;       // the change is the signal's first
  std::int64_t at_us = 0;
  std::int64_t evaluated_us = 0;  // when the server decided
};

class Watchers {
 public:
  // `client` must outlive it.
  Watchers(Http2Client& client, Tokens clinicians);
  ~Watchers();

  // Opens `count` streams over the client's connections in turn and waits until each has told where
  // it begins.
  absl::Status Open(std::size_t count, std::size_t connections);
  // Every change behind what the watchers began with, by a stream that begins there now with the
  // `token` of a system that sees all: what those who watched all along must have got together.
  absl::Status ReadAgain(const std::string& token, std::vector<Arrival>* changes);

  // Since when nothing but heartbeats came.
  std::int64_t last_arrival_us() const { return last_arrival_us_; }
  // Of which anything came.
  const absl::flat_hash_set<std::string>& families() const { return families_; }
  // The first error of a stream that ended before the client does.
  const absl::Status& status() const { return failed_; }
  // By watcher; watcher N has the token of clinician N modulo their number.
  std::vector<const std::vector<Arrival>*> arrivals() const;

 private:
  struct Stream;
  absl::Status Await(std::size_t begun, int seconds);
  std::unique_ptr<Stream> Start(const std::string& token, std::size_t connection,
                                const std::string& after);

  Http2Client& client_;
  const Tokens clinicians_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::unique_ptr<Stream> again_;
  std::size_t begun_ = 0;
  std::int64_t last_arrival_us_ = 0;
  absl::flat_hash_set<std::string> families_;
  absl::Status failed_;
};

}  // namespace rapport::bench
