#include "platform/records/records.h"

#include "platform/base/status_macros.h"
#include "platform/records/records_impl.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::records {

Records::Records(Options options, db::Db& db, crypto::KeyRing& keys, audit::AuditChain& chain)
    : impl_(std::make_unique<const Impl>(std::move(options), db, keys, chain)) {}

Records::~Records() = default;

Task<> Records::TellFollowers(std::string agency, std::string family, std::int64_t sequence) const {
  for (const Follower& follower : followers_) co_await follower(agency, family, sequence);
}

Task<> Records::TellOfCommit(const Changes::Impl& changes, std::int64_t sequence) const {
  std::vector<std::string_view> told;
  for (const Changes::Impl::Write& write : changes.writes) {
    const std::string& family = write.record.family;
    if (std::ranges::find(told, family) != told.end()) continue;
    told.push_back(family);
    co_await TellFollowers(changes.agency, family, sequence);
  }
}

Task<absl::StatusOr<Committed>> Records::Commit(CallContext& context, Changes changes,
                                                const google::protobuf::MessageLite& answer) {
  const Changes::Impl& what = *changes.impl();
  CO_ASSIGN_OR_RETURN(const SealedChanges sealed, co_await impl_->Seal(context, what, answer));
  Committed committed;
  const absl::Status done = co_await impl_->db.Write(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(committed.sequence, Apply(tx, impl_->chain, sealed));
    return absl::OkStatus();
  });
  // It may have been done: what was computed before ends. The caller's repetition finds it done and
  // comes no more this way.
  if (db::IsCommitUnknown(done)) co_await TellOfCommit(what, committed.sequence);
  CO_RETURN_IF_ERROR(done);
  context.answer_stored = sealed.answer.has_value();
  if (!what.events.empty()) {
    std::vector<int> types;
    types.reserve(what.events.size());
    for (const Event& event : what.events) types.push_back(event.type);
    impl_->options.outbox->Committed(what.agency, types);
  }
  if (!followers_.empty()) co_await TellOfCommit(what, committed.sequence);
  co_return committed;
}

}  // namespace rapport::records
