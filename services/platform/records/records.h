// Records: how every service stores its resources: keys, state, times, and a sealed payload.
//
// One table `record` per service holds all kinds of resource. A row's payload is the protobuf
// message of the resource, sealed with the family's key for exactly that row and version; what
// stands clear beside it is keys, a state, times and numbers without a person in them. Superseded
// versions move to `record_history` in the same transaction, so that every version stays readable.
//
// Reading: inside Db::Read or Db::Write, by Get and List. Writing: build a Changes at home (it
// seals there), then await Records::Commit, which writes rows, history, audit row, stored answer
// and events in one transaction. Thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/strings.h"
#include "platform/base/task.h"
#include "platform/base/turns.h"
#include "platform/crypto/key_ring.h"
#include "platform/db/db.h"

#include <absl/status/statusor.h>
#include <google/protobuf/message_lite.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::audit {
class AuditChain;
}
namespace rapport::crypto {
class SuiteSecret;
}

namespace rapport::records {

class Outbox;

// One stored version of a resource.
struct Record {
  int kind = 0;              // the service's own enum; one per resource type
  std::string family;        // inner id; empty: belongs to the agency, sealed with the agency's key
  std::string id;            // inner id
  std::string parent;        // inner id of the resource it hangs on (note: its session), or empty
  std::int64_t state = 0;    // the service's own enum
  std::int64_t sort_us = 0;  // what lists are ordered by: a time in microseconds
  std::int64_t version = 0;  // 1, 2, ...; set by Changes
  std::int64_t created_us = 0;
  std::int64_t updated_us = 0;
  std::string payload;  // serialised message, open
};

// Which records List gives. Ordered by (sort_us, id), descending when `newest_first`.
struct ListQuery {
  int kind = 0;
  std::string_view family;            // empty: the whole agency
  std::string_view parent;            // empty: any
  std::optional<std::int64_t> state;  // absent: any
  // Of an agency-wide list without `state`: any of these; empty: any.
  std::vector<std::int64_t> states;
  std::int64_t from_us = INT64_MIN;  // sort_us in [from_us, to_us)
  std::int64_t to_us = INT64_MAX;
  // Keyset: strictly behind this (sort_us, id); an empty id starts at the beginning.
  std::int64_t after_us = 0;
  std::string_view after_id;
  bool newest_first = false;
  int limit = 1'000;
};

// An event for other services and for the change feed.
struct Event {
  int type = 0;          // rapport.internal.v1.EventType
  std::string family;    // inner id
  std::string resource;  // public resource name
  std::int64_t version = 0;
  std::string body;  // serialised event message; empty: the feed only
};

// Everything one use case changes. Built on the home thread, applied once.
class Changes {
 public:
  // `who` is where actor, method, request id and domain time come from.
  Changes(const CallContext& who, std::int64_t now_us);

  // A new record: version 1. Fails with ALREADY_EXISTS at commit when the id is taken.
  void Create(Record record);
  // The next version of `before`: version + 1. Conflict at commit when `before` is no longer
  // newest.
  void Update(const Record& before, Record after);
  // The family is as it was when `revision` was read (see Records::Revision), and moves on by one.
  // Makes read-check-write over several records of a family safe. Conflict otherwise.
  void Guard(std::string family, std::int64_t revision);
  // A unique key of the agency, for example an external id: HMAC-indexed, never stored open.
  // ALREADY_EXISTS at commit when taken by another record.
  void Claim(std::string_view index, std::string_view value, const Record& record);
  void Release(std::string_view index, std::string_view value);
  // Extra words of the audit row. Every commit writes one audit row; this says what was done to
  // what.
  void Audit(std::string_view action, const Record& record, std::vector<std::string> members = {},
             std::string reason_code = {});
  void Emit(Event event);

  struct Impl;
  const std::shared_ptr<Impl>& impl() const { return impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

// Whose a claimed value is. Inner ids.
struct ClaimOwner {
  std::string family, id;
};

// What a commit was.
struct Committed {
  // Position of the change in the agency's sequence. Grows in commit order: order numbers of cache
  // fences (2 * sequence) and of cursors rest on it.
  std::int64_t sequence = 0;  // of the last audit row
};

class Records {
 public:
  struct Options {
    std::string service;  // "intake": part of what every payload is sealed for
    // Gives the keys of unique indexes. Outlives this.
    const crypto::SuiteSecret* suite = nullptr;
    // Takes the events; null: Changes::Emit fails the commit. Outlives this.
    Outbox* outbox = nullptr;
    // Which class a kind is of: each has a key of its own in every family, and tables of its own.
    // Null: kRecord for all.
    crypto::KeyClass (*key_class)(int kind) = nullptr;
  };
  Records(Options options, db::Db& db, crypto::KeyRing& keys, audit::AuditChain& chain);
  ~Records();

  // `follower` is awaited after every commit that wrote records, or may have (COMMIT_UNKNOWN), once
  // for each of their families, before Commit returns: caches of what was computed from them end
  // there. Set before the first commit; it must live until the last one.
  using Follower =
      std::function<Task<>(std::string agency, std::string family, std::int64_t sequence)>;
  void Follow(Follower follower) { followers_.push_back(std::move(follower)); }
  // For those who write a family's rows without Commit: the Eraser.
  Task<> TellFollowers(std::string agency, std::string family, std::int64_t sequence) const;

  // Reading, inside a transaction. List and Family never give records of a class but kRecord unless
  // asked for that kind alone, inside one family. NOT_FOUND: no such record (or its keys are gone:
  // erased). Lists leave erased records out; fewer than the limit are given at the end of a list
  // only. DATA_LOSS: a payload is not what was stored.
  absl::StatusOr<Record> Get(db::Tx& tx, std::string_view agency, std::string_view family, int kind,
                             std::string_view id) const;
  absl::StatusOr<std::vector<Record>> List(db::Tx& tx, std::string_view agency,
                                           const ListQuery& query) const;
  // All records of a family of the kinds in [first_kind, last_kind], ordered by (kind, sort_us,
  // id).
  absl::StatusOr<std::vector<Record>> Family(db::Tx& tx, std::string_view agency,
                                             std::string_view family, int first_kind,
                                             int last_kind) const;
  // Superseded versions of a record, oldest first; the newest is Get's.
  absl::StatusOr<std::vector<Record>> History(db::Tx& tx, std::string_view agency,
                                              std::string_view family, int kind,
                                              std::string_view id) const;
  // For Changes::Guard. 0: the family was never guarded.
  absl::StatusOr<std::int64_t> Revision(db::Tx& tx, std::string_view agency,
                                        std::string_view family) const;
  // The agency's sequence as of this snapshot: the version of whatever is computed from it.
  absl::StatusOr<std::int64_t> Sequence(db::Tx& tx, std::string_view agency) const;
  // Inner id of the record that claimed `value`; nullopt: nobody did.
  absl::StatusOr<std::optional<std::string>> FindClaim(db::Tx& tx, std::string_view agency,
                                                       std::string_view index,
                                                       std::string_view value) const;
  // The same with the record's family, for claims that are unique beyond one family.
  absl::StatusOr<std::optional<ClaimOwner>> FindOwner(db::Tx& tx, std::string_view agency,
                                                      std::string_view index,
                                                      std::string_view value) const;

  // One transaction: records, history, audit row, events, and `answer` under the call's request id
  // (nothing is stored for calls without one; with one, context.answer_stored is set). ABORTED with
  // reason CONFLICT: somebody else changed what this rests on; load again and retry (RetryConflicts
  // does). IsDuplicateRequest: an equal request was faster; Answers::Find has its answer.
  // FAILED_PRECONDITION: the family was erased. Other outcomes as Db::Write.
  Task<absl::StatusOr<Committed>> Commit(CallContext& context, Changes changes,
                                         const google::protobuf::MessageLite& answer);

  // Of this process's writers of one family after a conflict; see RetryConflicts.
  Turns& turns() const { return *turns_; }

 private:
  struct Impl;
  absl::StatusOr<std::vector<Record>> OpenAll(std::string_view agency,
                                              std::vector<Record> sealed) const;

  Task<> TellOfCommit(const Changes::Impl& changes, std::int64_t sequence) const;

  const std::unique_ptr<const Impl> impl_;
  const std::unique_ptr<Turns> turns_ = std::make_unique<Turns>();
  std::vector<Follower> followers_;
};

// True for the status that Commit gives when the read set was outdated.
bool IsConflict(const absl::Status& status);

// True for the status that Commit gives when the request id was used meanwhile: by the same
// request, or by another one, which Answers::Find tells apart.
bool IsDuplicateRequest(const absl::Status& status);

// The index of the claim that a commit found taken; empty for every other status.
std::string TakenIndex(const absl::Status& status);

// Runs `attempt` (a callable returning Task<StatusOr<R>>) again while it ends in a conflict, not
// beyond the deadline. `attempt` loads anew each time. From the first conflict on the writers of
// one family in this process go one at a time, so that n of them need about n attempts; other
// processes and those who come new may still be faster. The limit is for a defect.
inline constexpr int kMostTries = 1'000;
template <typename Attempt>
auto RetryConflicts(const Records& records, CallContext& context, Attempt attempt)
    -> decltype(attempt()) {
  Turns::Turn turn;
  for (int tries = 1;; ++tries) {
    auto result = co_await attempt();
    if (result.ok() || !IsConflict(result.status()) || tries == kMostTries || context.Expired()) {
      co_return result;
    }
    if (!turn.held()) {
      turn = co_await records.turns().Take(
          Concat({context.principal->agency, context.access.family}), context);
    }
  }
}

}  // namespace rapport::records
