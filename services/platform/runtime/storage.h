// Storage: what a process keeps its data with, opened in order: keys, audit chain, database, and
// what writes through them. Made by the process before anything is served; thread-safe once open.
#pragma once

#include "platform/audit/audit_chain.h"
#include "platform/audit/checkpointer.h"
#include "platform/audit/disclosures.h"
#include "platform/audit/refusals.h"
#include "platform/base/clock.h"
#include "platform/crypto/agencies.h"
#include "platform/crypto/erasure_list.h"
#include "platform/crypto/key_ring_sql.h"
#include "platform/crypto/suite_secret.h"
#include "platform/db/open.h"
#include "platform/records/answers.h"
#include "platform/records/eraser.h"
#include "platform/records/outbox.h"
#include "platform/records/records.h"
#include "platform/runtime/config.h"
#include "platform/runtime/observe.h"

#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace rapport::runtime {

class Storage {
 public:
  using KeyClassOf = crypto::KeyClass (*)(int kind);
  // `clock` is domain time; `key_class` as in Records. All must outlive it. FAILED_PRECONDITION,
  // DATA_LOSS: what is on disk is not this service's, or newer than this program. A file gets the
  // schema of this program here; a schema of PostgreSQL must have it (`rapport-admin migrate`).
  static absl::StatusOr<std::unique_ptr<Storage>> Open(const std::string& service,
                                                       const Config& config,
                                                       const crypto::SuiteSecret& suite,
                                                       const Clock& clock,
                                                       KeyClassOf key_class = nullptr);

  // After the records' followers are known, before anything is served: a restored backup brings no
  // erased family back. How many it had brought back.
  absl::StatusOr<int> EraseAgain();
  // A line in the trail of every agency of `agencies`: domain time comes from a file.
  absl::Status AuditDemoClock(const crypto::Agencies& agencies);
  Observations Observe() const;

  // The longer of its databases' db::Db::LeastWait.
  std::chrono::nanoseconds LeastWait() const;

  // Whether no other process writes the same data.
  bool only_writer() const { return only_writer_; }

  audit::AuditChain chain;
  db::Db* db = nullptr;
  std::unique_ptr<crypto::SqlKeyRing> keys;
  records::Outbox outbox;
  std::unique_ptr<records::Records> records;
  std::unique_ptr<crypto::ErasureList> erased;
  std::unique_ptr<records::Eraser> eraser;
  std::unique_ptr<records::Answers> answers;
  std::unique_ptr<audit::Disclosures> disclosures;
  std::unique_ptr<audit::Refusals> refusals;
  // Null without a checkpoint file.
  std::unique_ptr<audit::Checkpointer> checkpointer;
  std::string checkpoint_key;  // public

 private:
  Storage(const std::string& service, const crypto::SuiteSecret& suite, const Clock& clock,
          bool only_writer)
      : chain(suite, service,
              only_writer ? audit::AuditChain::Writers::kOne : audit::AuditChain::Writers::kMany),
        outbox(service, suite),
        clock_(clock),
        only_writer_(only_writer) {}
  absl::Status OpenDatabases(const std::string& service, const Config& config);

  SystemClock machine_clock_;
  const Clock& clock_;
  const bool only_writer_;
  db::OpenedDb keys_database_, database_;
};

}  // namespace rapport::runtime
