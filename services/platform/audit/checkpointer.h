// Checkpointer: signs a checkpoint of each agency's audit chain every 1,000 rows, and after 60 s
// when there is any new row, into the database and then into a file that an operator ships
// elsewhere.
//
// A background job calls WriteDue about once a second. The file holds what the database holds: what
// a crash kept out of it is appended by the next call. It blocks its thread for the file's sync.
// Not thread-safe.
#pragma once

#include "platform/audit/checkpoint.h"
#include "platform/base/call_context.h"
#include "platform/base/task.h"

#include <absl/status/statusor.h>

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
    std::string path;  // appended to; made when absent
    std::int64_t rows = 1'000;
    std::chrono::microseconds interval = std::chrono::seconds(60);
  };
  // FAILED_PRECONDITION: the file can't be used, or has a line that `key` did not sign. `db` must
  // outlive it.
  static absl::StatusOr<std::unique_ptr<Checkpointer>> Open(Options options, db::Db& db,
                                                            crypto::SigningKey key);
  ~Checkpointer();

  // How many checkpoints were written. `now_us`: machine time. DATA_LOSS: a chain is shorter than a
  // checkpoint in the file says it was; somebody must look.
  Task<absl::StatusOr<int>> WriteDue(CallContext& context, std::int64_t now_us);

 private:
  struct Head {
    std::string agency;
    std::int64_t sequence = 0;
    std::string mac;
  };
  Checkpointer(Options options, db::Db& db, crypto::SigningKey key);
  absl::Status OpenFile();
  Task<absl::Status> LoadOnce(CallContext& context);
  Task<absl::StatusOr<std::vector<Head>>> Heads(CallContext& context);
  // Whether one was due and written.
  Task<absl::StatusOr<bool>> WriteOne(CallContext& context, const Head& head, std::int64_t now_us);
  Task<absl::StatusOr<bool>> Write(CallContext& context, const Head& head, std::int64_t now_us);
  Task<absl::Status> CopyToFile(CallContext& context, std::string agency);
  absl::Status Append(const std::string& lines);

  const Options options_;
  db::Db& db_;
  const crypto::SigningKey key_;
  int file_ = -1;
  bool loaded_ = false;
  std::map<std::string, Checkpoint> last_;            // of each agency, in the database
  std::map<std::string, std::int64_t> last_in_file_;  // sequence
};

}  // namespace rapport::audit
