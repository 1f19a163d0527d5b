#include "platform/records/records.h"

#include "platform/base/status_macros.h"
#include "platform/records/records_impl.h"

#include <utility>
#include <vector>

namespace rapport::records {

Records::Records(Options options, db::Db& db, crypto::KeyRing& keys, audit::AuditChain& chain)
    : impl_(std::make_unique<const Impl>(std::move(options), db, keys, chain)) {}

Records::~Records() = default;

Task<absl::StatusOr<Committed>> Records::Commit(CallContext& context, Changes changes,
                                                const google::protobuf::MessageLite& answer) {
  const Changes::Impl& what = *changes.impl();
  CO_ASSIGN_OR_RETURN(const SealedChanges sealed, co_await impl_->Seal(context, what, answer));
  Committed committed;
  CO_RETURN_IF_ERROR(co_await impl_->db.Write(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(committed.sequence, Apply(tx, impl_->chain, sealed));
    return absl::OkStatus();
  }));
  context.answer_stored = sealed.answer.has_value();
  if (!what.events.empty()) {
    std::vector<int> types;
    for (const Event& event : what.events) types.push_back(event.type);
    impl_->options.outbox->Committed(what.agency, types);
  }
  co_return committed;
}

}  // namespace rapport::records
