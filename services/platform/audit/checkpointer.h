// Checkpointer: signs a checkpoint of each agency's audit chain every 1,000 rows, and after 60 s
// when there is any new row, into the database and then into a file that an operator ships
// elsewhere.
//
// A background job calls WriteDue about once a second. The file holds what the database holds: what
// a crash kept out of it is appended by the next call. It blocks its thread for the file's sync.
// Not thread-safe, but waiting_since_us() is.
#pragma once

#include "platform/audit/checkpoint_file.h"
#include "platform/base/call_context.h"
#include "platform/base/task.h"

#include <absl/status/statusor.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace rapport::audit {

class Checkpointer {
 public:
  struct Options {
    std::string service;
    std::string path;  // of a CheckpointFile
    std::int64_t rows = 1'000;
    std::chrono::microseconds interval = std::chrono::seconds(60);
  };
  // FAILED_PRECONDITION: the file can't be used, as CheckpointFile says. `db` must outlive it.
  static absl::StatusOr<std::unique_ptr<Checkpointer>> Open(Options options, db::Db& db,
                                                            crypto::SigningKey key);

  // How many checkpoints were written. `now_us`: machine time. DATA_LOSS: a chain is shorter than a
  // checkpoint in the file says it was; somebody must look.
  Task<absl::StatusOr<int>> WriteDue(CallContext& context, std::int64_t now_us);

  // Since when some agency has rows that no checkpoint in the file covers; 0: none has any.
  std::int64_t waiting_since_us() const {
    return waiting_since_us_.load(std::memory_order_relaxed);
  }
  // How many such rows there were after the last round, of all agencies.
  std::int64_t waiting_rows() const { return waiting_rows_.load(std::memory_order_relaxed); }

 private:
  struct Head {
    std::string agency;
    std::int64_t sequence = 0;
    std::string mac;
  };
  // Rows behind the file's last checkpoint, `last`, and when they were first seen.
  struct Waiting {
    std::int64_t last = 0, since_us = 0;
  };
  Checkpointer(Options options, db::Db& db, crypto::SigningKey key);
  Task<absl::Status> LoadOnce(CallContext& context);
  Task<absl::StatusOr<std::vector<Head>>> Heads(CallContext& context);
  // Whether one was due and written.
  Task<absl::StatusOr<bool>> WriteOne(CallContext& context, const Head& head, std::int64_t now_us);
  Task<absl::StatusOr<bool>> Write(CallContext& context, const Head& head, std::int64_t now_us);
  Task<absl::Status> CopyToFile(CallContext& context, std::string agency);
  void MeasureWaiting(const std::vector<Head>& heads, std::int64_t now_us);

  const Options options_;
  db::Db& db_;
  const crypto::SigningKey key_;
  std::unique_ptr<CheckpointFile> file_;
  bool loaded_ = false;
  std::map<std::string, Checkpoint> last_;  // of each agency, in the database
  std::map<std::string, Waiting> waiting_;  // by agency
  std::atomic<std::int64_t> waiting_since_us_{0}, waiting_rows_{0};
};

}  // namespace rapport::audit
