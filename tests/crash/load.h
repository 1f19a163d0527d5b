// Load: people who write and read while services die, and a ledger of what they were told. One
// object a test; its threads end with Finish().
#pragma once

#include "support/suite.h"

#include <rapport/alliance/v1/instrument.pb.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace rapport::crash {

// What is known of one write: whose name is in no other.
struct Entry {
  std::string label;                 // stands in what was written
  std::string resource;              // as the answer named it; empty: never acknowledged
  std::int64_t acknowledged_ns = 0;  // CLOCK_MONOTONIC
};

struct Ledger {
  std::vector<Entry> families, sessions, notes, goals, instruments, ratings;
  // (reader, family) of every read that was answered.
  std::set<std::pair<std::string, std::string>> reads;
};

class Load {
 public:
  struct Options {
    std::string family;      // open, with `anna` on its therapist system
    std::string anna;        // her name as a professional
    std::string mira;        // her name as a member, whom Anna sees
    std::string session;     // held, with both
    std::int64_t now = 0;    // seconds of domain time, which stands still
    std::string instrument;  // text format of one that `ida` may create
    int threads = 4;
    bool all_services = true;  // false: intake alone
  };
  Load(support::Suite& suite, Options options);
  ~Load() { Finish(); }

  // Every write is repeated with its request id until it is answered; ends when all are.
  void Finish();
  const Ledger& ledger() const { return ledger_; }
  int acknowledged() const { return acknowledged_; }
  // Answers that are neither OK nor one that a client may repeat: a test expects none.
  const std::vector<std::string>& wrong() const { return wrong_; }

 private:
  void Run(int thread);
  void CreateFamily(const std::string& label);
  // Planned, begun, ended, and its note signed.
  void HoldSession(const std::string& label);
  void ProposeGoal(const std::string& label);
  // The instrument, and a rating with it.
  void RateAnew(const std::string& label);
  void ReadFamily(const std::string& reader);
  // The answer to `request`; empty when the load ends and it still has none.
  support::Reply Insist(const std::string& as, const std::string& method,
                        const google::protobuf::Message& request);
  // The same with a request id of its own; an empty answer where there is none.
  template <typename Response, typename Request>
  Response Write(const std::string& as, const std::string& method, Request request);
  void Add(std::vector<Entry>& entries, Entry entry);

  support::Suite& suite_;
  const Options options_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> acknowledged_{0};
  std::mutex mutex_;
  Ledger ledger_;                   // guarded by mutex_ until Finish
  std::vector<std::string> wrong_;  // guarded by mutex_ until Finish
  std::vector<std::thread> threads_;
};

}  // namespace rapport::crash
