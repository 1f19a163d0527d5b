// AuditChain: appends audit rows, each carrying a MAC over itself and the row before it. A head row
// per agency holds the last MAC and gives the sequences of audit rows and of events, without gaps.
//
// Commits and disclosures append, inside their transactions and on the transaction's thread (only
// the MAC is computed there; rows come sealed). The database driver tells it of savepoints and
// commits; heads are written once per commit, by compare-and-set. With one writer they stay in
// memory between commits, and a second writer of the same database is found and never forks a
// chain. With many (the connections of several replicas) nothing is kept: each transaction takes an
// agency's head for itself from its first line to its commit, so an agency's lines and events are
// in commit order. Then several threads may use it, each with a transaction of its own; otherwise
// it is not thread-safe.
#pragma once

#include "platform/crypto/agency_keys.h"
#include "platform/db/db.h"

#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rapport::audit {

class AuditChain final : public db::Participant {
 public:
  // Of the database's transactions that append: all on one thread of one process, or not.
  enum class Writers { kOne, kMany };
  // `suite` must outlive it.
  AuditChain(const crypto::SuiteSecret& suite, std::string service,
             Writers writers = Writers::kOne);

  // A record that is ready to be appended.
  struct Entry {
    std::string family;            // inner id, or empty
    std::int64_t at_us = 0;        // domain time, as in the record
    std::int64_t recorded_us = 0;  // machine time, as in the record
    std::string sealed;            // see SealRecord
  };
  // The sequence it got: 1 for the agency's first. DATA_LOSS: the head does not belong to the last
  // row; nothing is appended to a chain that was tampered with.
  absl::StatusOr<std::int64_t> Append(db::Tx& tx, std::string_view agency, const Entry& entry);

  // The next sequence of the agency's outbox.
  absl::StatusOr<std::int64_t> NextEvent(db::Tx& tx, std::string_view agency);

  // Every agency that has a chain or an outbox here.
  static absl::StatusOr<std::vector<std::string>> Agencies(db::Tx& tx);

  const std::string& service() const { return service_; }
  // Lines since the start, also those whose transaction was rolled back. Any thread.
  std::uint64_t appended() const { return appended_.load(std::memory_order_relaxed); }

  void OnSavepoint() override;
  void OnRollback() override;
  absl::Status BeforeCommit(db::Tx& tx) override;

 private:
  struct Position {
    std::int64_t audit = 0;   // sequence of the last row
    std::int64_t outbox = 0;  // sequence of the last event
    std::int64_t at_us = 0, recorded_us = 0;
    std::string mac;
  };
  struct Head {
    Position now, stored, before;  // `before`: at the savepoint, when touched since
    const crypto::Secret* key = nullptr;
    bool in_database = false;
    bool touched = false;  // since the savepoint
    bool changed = false;  // since the commit
  };
  using Heads = std::map<std::string, Head, std::less<>>;  // nodes never move
  // What one writer knows.
  struct Known {
    Heads heads;
    std::vector<Head*> touched;
    std::vector<Heads::value_type*> changed;
    void Clear() { *this = {}; }
    void Untouch();
  };
  Known& Mine();
  absl::StatusOr<Head*> Touch(db::Tx& tx, std::string_view agency);
  absl::Status Load(db::Tx& tx, std::string_view agency, Head& head) const;
  static absl::StatusOr<bool> Take(db::Tx& tx, std::string_view agency, Position& at);
  static absl::StatusOr<bool> Store(db::Tx& tx, std::string_view agency, Head& head);
  static absl::Status StoreAll(db::Tx& tx, Known& mine);

  const std::string service_;
  const crypto::AgencyKeys keys_;
  const Writers writers_;
  std::atomic<std::uint64_t> appended_{0};
  Known only_;  // with one writer
  std::mutex mutex_;
  std::map<std::thread::id, std::unique_ptr<Known>> of_thread_;  // with many; guarded by mutex_
};

}  // namespace rapport::audit
