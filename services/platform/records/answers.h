// Answers: what repeated requests are answered with. Records::Commit stores an answer in the
// transaction of its effect; the pipeline asks here before it runs a use case, and again after one
// ended with IsDuplicateRequest or a refusal that a faster equal request may have caused. Nothing
// is ever marked as "being processed". Thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/task.h"
#include "platform/crypto/agency_keys.h"
#include "platform/crypto/key_ring.h"
#include "platform/db/db.h"

#include <absl/status/statusor.h>

#include <optional>
#include <string>

namespace rapport::records {

class Answers {
 public:
  // `service` as Records has it. The others must outlive it.
  Answers(std::string service, db::Db& db, crypto::KeyRing& keys, const crypto::SuiteSecret& suite);

  // The bytes of the answer that the caller's request id got; nullopt: it is new (or there is
  // none). INVALID_ARGUMENT REQUEST_ID_REUSED: it was used with another request. NOT_FOUND: the
  // answer was about a family that was erased. Call it only after the caller was authorised again.
  Task<absl::StatusOr<std::optional<std::string>>> Find(CallContext& context) const;

  // Deletes answers of `agency` that expired, oldest first, at most 200 in one transaction; how
  // many. Answers are kept at least limits::kAnswersKept by the machine's clock.
  Task<absl::StatusOr<int>> DeleteExpired(CallContext& context, std::string agency,
                                          std::int64_t now_us) const;

 private:
  const std::string service_;
  db::Db& db_;
  crypto::KeyRing& keys_;
  const crypto::AgencyKeys index_keys_;
};

}  // namespace rapport::records
