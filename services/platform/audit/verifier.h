// Verifier: recomputes an agency's audit chain and says where it first does not hold, and how.
//
// What it compares with: the MACs of the rows, the head, the signed checkpoints in the database,
// and places that the caller kept elsewhere. Only the last find a chain that was cut or written
// anew together with its head and checkpoints by somebody who has the keys. Reads in slices, gives
// way between them, has one slice in memory, and sees the rows that there were when it started.
// Thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/task.h"
#include "platform/crypto/agency_keys.h"
#include "platform/crypto/key_ring.h"
#include "platform/db/db.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rapport::audit {

// A place in a chain: after the row `sequence`, whose MAC is `mac`. Sequence 0 is the beginning.
struct ChainPlace {
  std::int64_t sequence = 0;
  std::string mac;
  friend bool operator==(const ChainPlace&, const ChainPlace&) = default;
};

// Numbers of rapport.audit.v1.AuditFault, which says what each means.
enum class Fault : std::uint8_t {
  kNone = 0,
  kEdited = 1,
  kMissing = 2,
  kReordered = 3,
  kTruncated = 4,
  kForked = 5,
  kForeign = 6,
};

struct VerifyOptions {
  ChainPlace after;                  // begin here; taken as right
  std::vector<ChainPlace> expected;  // the chain must go through these
  std::int64_t max_rows = INT64_MAX;
};

struct VerifyReport {
  Fault fault = Fault::kNone;
  std::int64_t first_bad = 0;  // 0: nothing is wrong. Of a fork: where it shows
  std::int64_t rows = 0;       // read
  ChainPlace verified;         // the last that holds
  ChainPlace head;             // what the service keeps; equal to `verified`: all was read
};

class Verifier {
 public:
  // `public_key` checks the checkpoints in the database. The others must outlive it.
  Verifier(std::string service, db::Db& db, crypto::KeyRing& keys, const crypto::SuiteSecret& suite,
           std::string public_key);

  // What is wrong is an answer, not an error. NOT_FOUND: no key of this agency.
  Task<absl::StatusOr<VerifyReport>> Verify(CallContext& context, std::string agency,
                                            VerifyOptions options) const;

 private:
  struct Walk;
  struct Suspect;
  absl::Status Begin(db::Tx& tx, Walk& walk) const;
  absl::Status ReadSlice(db::Tx& tx, Walk& walk) const;
  absl::StatusOr<Fault> Diagnose(db::Tx& tx, const Walk& walk) const;
  absl::StatusOr<bool> IsForeign(db::Tx& tx, const Walk& walk) const;
  absl::Status LoadPlaces(db::Tx& tx, Walk& walk, std::int64_t after, std::int64_t until) const;
  absl::Status CompareEnd(db::Tx& tx, Walk& walk) const;

  const std::string service_;
  db::Db& db_;
  crypto::KeyRing& keys_;
  const crypto::AgencyKeys mac_keys_;
  const std::string public_key_;
};

}  // namespace rapport::audit
