// Eraser: makes a family unreadable in one service, for ever.
//
//   erasure list (a file) -> keys -> rows
//
// The list comes first: whatever happens after it, also a restore of an older backup of every
// database, the next start destroys what is left. What stays are audit and disclosure lines, which
// say that a family of this id was there and who saw it, the erasure's own events, and a revision
// that no write from before can build on. Caches of what was computed from the rows end as after a
// commit, by Records::Follow. Called by ErasureEvents and, in intake, by the use
// case; at start by the process. Knows no transport. Thread-safe.
#pragma once

#include "platform/audit/audit_chain.h"
#include "platform/base/clock.h"
#include "platform/base/task.h"
#include "platform/crypto/erasure_list.h"
#include "platform/crypto/key_ring_sql.h"
#include "platform/records/records.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace rapport::records {

class Eraser {
 public:
  struct Deps {
    db::Db& db;
    crypto::SqlKeyRing& keys;
    crypto::ErasureList& list;
    audit::AuditChain& chain;
    const Records& records;  // whose followers forget the family
    const Clock& clock;      // domain time
    const Clock& machine;    // of the list
    // Before rows are deleted: the database's log must not keep them. Empty: it has none.
    std::function<void()> empty_log;
  };
  explicit Eraser(Deps deps) : deps_(std::move(deps)) {}

  // Durable when it returns OK; anything else: call it again, repeating is harmless. The keys may
  // be gone already then. The trail has one line of it, however often it was called and by how many
  // replicas. UNAVAILABLE: a file or database can't be written now.
  Task<absl::Status> Erase(CallContext& context, std::string agency, std::string family);

  // Whether the family was erased here, or is being: from memory.
  bool IsErased(std::string_view agency, std::string_view family) const {
    return deps_.list.Contains(agency, family);
  }

  // At start, before anything is served: erases again what the list or the key store names. How
  // many families had come back.
  Task<absl::StatusOr<int>> EraseAgain(CallContext& context);

 private:
  Task<absl::StatusOr<bool>> TrailTells(CallContext& context, std::string agency,
                                        std::string family) const;
  Task<absl::StatusOr<bool>> DeleteRows(CallContext& context, std::string agency,
                                        std::string family, bool always);

  const Deps deps_;
};

}  // namespace rapport::records
