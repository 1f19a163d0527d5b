#include "platform/audit/checkpointer.h"

#include "platform/audit/audit_chain.h"
#include "platform/base/agency_work.h"
#include "platform/base/status_macros.h"

#include <algorithm>
#include <utility>

namespace rapport::audit {
namespace {

using db::Blob;

constexpr char kSelectHead[] = "SELECT audit_sequence, mac FROM audit_head WHERE agency_id = $1";
constexpr char kSelectLast[] =
    "SELECT sequence FROM audit_checkpoint WHERE agency_id = $1 ORDER BY sequence DESC LIMIT 1";
// Makes checkpoints of an agency wait for each other, whichever replica writes them.
constexpr char kTakeHead[] =
    "UPDATE audit_head SET audit_sequence = audit_sequence WHERE agency_id = $1";
constexpr char kInsert[] =
    "INSERT INTO audit_checkpoint (agency_id, sequence, mac, at_us, previous, signature)"
    " VALUES ($1, $2, $3, $4, $5, $6)";

}  // namespace

Checkpointer::Checkpointer(Options options, db::Db& db, crypto::SigningKey key)
    : options_(std::move(options)), db_(db), key_(std::move(key)) {}

absl::StatusOr<std::unique_ptr<Checkpointer>> Checkpointer::Open(Options options, db::Db& db,
                                                                 crypto::SigningKey key) {
  std::unique_ptr<Checkpointer> self(new Checkpointer(std::move(options), db, std::move(key)));
  ASSIGN_OR_RETURN(self->file_, CheckpointFile::Open({.service = self->options_.service,
                                                      .path = self->options_.path},
                                                     self->key_));
  return self;
}

Task<absl::StatusOr<int>> Checkpointer::WriteDue(CallContext& context, std::int64_t now_us) {
  CO_RETURN_IF_ERROR(co_await LoadOnce(context));
  CO_ASSIGN_OR_RETURN(const std::vector<Head> heads, co_await Heads(context));
  int written = 0;
  // What is wrong with one agency keeps no other from its checkpoint.
  absl::Status first_failure;
  for (const Head& head : heads) {
    const absl::StatusOr<bool> wrote = co_await WriteOne(context, head, now_us);
    first_failure.Update(wrote.status());
    written += wrote.value_or(false) ? 1 : 0;
  }
  context.principal.reset();
  MeasureWaiting(heads, now_us);
  if (!first_failure.ok()) co_return first_failure;
  co_return written;
}

Task<absl::StatusOr<bool>> Checkpointer::WriteOne(CallContext& context, const Head& head,
                                                  std::int64_t now_us) {
  context.principal = WorkFor(head.agency, "system");
  const auto last = last_.find(head.agency);
  const std::int64_t sequence = last == last_.end() ? 0 : last->second.sequence;
  const std::int64_t at_us = last == last_.end() ? 0 : last->second.at_us;
  if (head.sequence < file_->LastOf(head.agency)) {
    co_return absl::DataLossError("an audit chain is shorter than a checkpoint of it");
  }
  bool wrote = false;
  const std::int64_t rows = head.sequence - sequence;
  if (rows >= options_.rows || (rows > 0 && now_us - at_us >= options_.interval.count())) {
    CO_ASSIGN_OR_RETURN(wrote, co_await Write(context, head, now_us));
  }
  CO_RETURN_IF_ERROR(co_await CopyToFile(context, head.agency));
  co_return wrote;
}

Task<absl::StatusOr<std::vector<Checkpointer::Head>>> Checkpointer::Heads(CallContext& context) {
  std::vector<Head> heads;
  CO_RETURN_IF_ERROR(co_await db_.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<std::string> agencies, AuditChain::Agencies(tx));
    for (const std::string& agency : agencies) {
      RETURN_IF_ERROR(tx.Run(kSelectHead, {agency}, [&](const db::Row& row) {
                          heads.push_back({.agency = agency,
                                           .sequence = row.Int(0),
                                           .mac = std::string(row.Bytes(1))});
                        }).status());
    }
    return absl::OkStatus();
  }));
  co_return heads;
}

Task<absl::Status> Checkpointer::LoadOnce(CallContext& context) {
  if (loaded_) co_return absl::OkStatus();
  CO_ASSIGN_OR_RETURN(const std::vector<Head> heads, co_await Heads(context));
  CO_RETURN_IF_ERROR(co_await db_.Read(context, [&](db::Tx& tx) -> absl::Status {
    for (const Head& head : heads) {
      std::int64_t last = 0;
      RETURN_IF_ERROR(tx.Run(kSelectLast, {head.agency}, [&](const db::Row& row) {
                          last = row.Int(0);
                        }).status());
      if (last == 0) continue;
      ASSIGN_OR_RETURN(auto found, ReadCheckpoints(tx, options_.service, head.agency, last - 1));
      last_[head.agency] = std::move(found.front());
    }
    return absl::OkStatus();
  }));
  loaded_ = true;
  co_return absl::OkStatus();
}

Task<absl::StatusOr<bool>> Checkpointer::Write(CallContext& context, const Head& head,
                                               std::int64_t now_us) {
  const auto last = last_.find(head.agency);
  Checkpoint c{.service = options_.service,
               .agency = head.agency,
               .sequence = head.sequence,
               .mac = head.mac,
               .at_us = now_us,
               .previous = last == last_.end() ? "" : DigestOf(last->second)};
  Sign(key_, c);
  const std::int64_t before = last == last_.end() ? 0 : last->second.sequence;
  const absl::Status written = co_await db_.Write(context, [&](db::Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Run(kTakeHead, {c.agency}).status());
    std::int64_t newest = 0;
    RETURN_IF_ERROR(
        tx.Run(kSelectLast, {c.agency}, [&](const db::Row& row) { newest = row.Int(0); }).status());
    if (newest != before) return absl::AlreadyExistsError("another replica wrote a checkpoint");
    return tx
        .Run(kInsert,
             {c.agency, c.sequence, Blob{c.mac}, c.at_us, Blob{c.previous}, Blob{c.signature}})
        .status();
  });
  // Another replica was faster: load what it wrote before the next turn.
  if (absl::IsAlreadyExists(written)) loaded_ = false;
  if (absl::IsAlreadyExists(written)) co_return false;
  CO_RETURN_IF_ERROR(written);
  last_[c.agency] = std::move(c);
  co_return true;
}

Task<absl::Status> Checkpointer::CopyToFile(CallContext& context, std::string agency) {
  const auto last = last_.find(agency);
  while (last != last_.end() && file_->LastOf(agency) < last->second.sequence) {
    std::vector<Checkpoint> missing;
    CO_RETURN_IF_ERROR(co_await db_.Read(context, [&](db::Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(missing,
                       ReadCheckpoints(tx, options_.service, agency, file_->LastOf(agency)));
      return absl::OkStatus();
    }));
    if (missing.empty()) break;
    CO_RETURN_IF_ERROR(file_->Append(missing));
  }
  co_return absl::OkStatus();
}

// A chain that is shorter than the file says waits as well: for somebody to look.
void Checkpointer::MeasureWaiting(const std::vector<Head>& heads, std::int64_t now_us) {
  std::int64_t since_us = 0, lines = 0;
  for (const Head& head : heads) {
    const std::int64_t last = file_->LastOf(head.agency);
    const std::int64_t behind = head.sequence - last;
    if (behind == 0) {
      waiting_.erase(head.agency);
      continue;
    }
    const Waiting now{.last = last, .since_us = now_us};
    Waiting& waiting = waiting_.try_emplace(head.agency, now).first->second;
    // What waited before is covered, by another replica's checkpoint perhaps.
    if (waiting.last != last) waiting = now;
    since_us = since_us == 0 ? waiting.since_us : std::min(since_us, waiting.since_us);
    lines += std::max<std::int64_t>(behind, 0);
  }
  waiting_since_us_.store(since_us, std::memory_order_relaxed);
  waiting_rows_.store(lines, std::memory_order_relaxed);
}

}  // namespace rapport::audit
