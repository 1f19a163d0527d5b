#include "platform/records/answers.h"

#include "platform/base/status_macros.h"
#include "platform/records/sealing.h"
#include "platform/schema/errors.h"

#include <utility>
#include <vector>

namespace rapport::records {
namespace {

using db::Blob;

constexpr char kSelect[] =
    "SELECT family_id, reply, key_class FROM answer"
    " WHERE agency_id = $1 AND caller_hmac = $2 AND request_id = $3";
constexpr char kSelectExpired[] =
    "SELECT caller_hmac, request_id FROM answer WHERE agency_id = $1 AND expires_us < $2"
    " ORDER BY expires_us LIMIT 200";
// Only if it still is: another replica may have deleted it, and the same id been answered anew.
constexpr char kDelete[] =
    "DELETE FROM answer"
    " WHERE agency_id = $1 AND caller_hmac = $2 AND request_id = $3 AND expires_us < $4";

struct Sealed {
  std::string family, reply;
  crypto::KeyClass key_class;
};

}  // namespace

Answers::Answers(std::string service, db::Db& db, crypto::KeyRing& keys,
                 const crypto::SuiteSecret& suite)
    : service_(std::move(service)),
      db_(db),
      keys_(keys),
      index_keys_(suite, crypto::SuiteKey::kIndex, service_) {}

Task<absl::StatusOr<std::optional<std::string>>> Answers::Find(CallContext& context) const {
  if (context.request_id.empty() || !context.principal) co_return std::nullopt;
  const std::string& agency = context.principal->agency;
  const std::string caller = CallerHmac(index_keys_, context);
  std::optional<Sealed> sealed;
  std::shared_ptr<const crypto::Sealer> sealer;
  CO_RETURN_IF_ERROR(co_await db_.Read(context, [&](db::Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(
        tx.Run(kSelect, {agency, Blob{caller}, context.request_id}, [&](const db::Row& row) {
            sealed = Sealed{std::string(row.Bytes(0)), std::string(row.Bytes(1)),
                            static_cast<crypto::KeyClass>(row.Int(2))};
          }).status());
    if (!sealed) return absl::OkStatus();
    // Here, where a driver has its own thread for what waits.
    ASSIGN_OR_RETURN(sealer, keys_.Find(agency, sealed->family, sealed->key_class));
    return absl::OkStatus();
  }));
  if (!sealed) co_return std::nullopt;
  CO_ASSIGN_OR_RETURN(
      const std::string plain,
      sealer->Open(AnswerIdentity(service_, agency, caller, context.request_id), sealed->reply));
  CO_ASSIGN_OR_RETURN(OpenAnswer answer, ParseAnswer(plain));
  if (answer.request_hash != context.request_hash) co_return schema::RequestIdReused();
  co_return std::move(answer.reply);
}

Task<absl::StatusOr<int>> Answers::DeleteExpired(CallContext& context, std::string agency,
                                                 std::int64_t now_us) const {
  // Looked for by a read: most of the time there is nothing, and a write would wait for the disk.
  std::vector<std::pair<std::string, std::string>> keys;
  CO_RETURN_IF_ERROR(co_await db_.Read(context, [&](db::Tx& tx) {
    keys.clear();
    return tx
        .Run(kSelectExpired, {agency, now_us},
             [&](const db::Row& row) { keys.emplace_back(row.Bytes(0), row.Bytes(1)); })
        .status();
  }));
  if (keys.empty()) co_return 0;
  std::int64_t deleted = 0;
  CO_RETURN_IF_ERROR(co_await db_.Write(context, [&](db::Tx& tx) -> absl::Status {
    deleted = 0;
    for (const auto& [caller, request_id] : keys) {
      ASSIGN_OR_RETURN(const std::int64_t rows,
                       tx.Run(kDelete, {agency, Blob{caller}, request_id, now_us}));
      deleted += rows;
    }
    return absl::OkStatus();
  }));
  co_return static_cast<int>(deleted);
}

}  // namespace rapport::records
