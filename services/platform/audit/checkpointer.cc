#include "platform/audit/checkpointer.h"

#include "platform/audit/audit_chain.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/files.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace rapport::audit {
namespace {

using db::Blob;

constexpr std::size_t kMostFileBytes = 1u << 30;

constexpr char kSelectHead[] = "SELECT audit_sequence, mac FROM audit_head WHERE agency_id = $1";
constexpr char kSelectLast[] =
    "SELECT sequence FROM audit_checkpoint WHERE agency_id = $1 ORDER BY sequence DESC LIMIT 1";
// Makes checkpoints of an agency wait for each other, whichever replica writes them.
constexpr char kTakeHead[] =
    "UPDATE audit_head SET audit_sequence = audit_sequence WHERE agency_id = $1";
constexpr char kInsert[] =
    "INSERT INTO audit_checkpoint (agency_id, sequence, mac, at_us, previous, signature)"
    " VALUES ($1, $2, $3, $4, $5, $6)";

absl::Status FileError(const std::string& path, std::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", Absl(what)));
}

}  // namespace

Checkpointer::Checkpointer(Options options, db::Db& db, crypto::SigningKey key)
    : options_(std::move(options)), db_(db), key_(std::move(key)) {}

Checkpointer::~Checkpointer() {
  if (file_ >= 0) close(file_);
}

absl::StatusOr<std::unique_ptr<Checkpointer>> Checkpointer::Open(Options options, db::Db& db,
                                                                 crypto::SigningKey key) {
  std::unique_ptr<Checkpointer> self(new Checkpointer(std::move(options), db, std::move(key)));
  RETURN_IF_ERROR(self->OpenFile());
  return self;
}

absl::Status Checkpointer::OpenFile() {
  const std::string& path = options_.path;
  file_ = open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (file_ < 0) return FileError(path, std::strerror(errno));
  ASSIGN_OR_RETURN(const crypto::FileText file, crypto::ReadFile(path, kMostFileBytes));
  std::string_view rest = file.text;
  for (std::size_t end; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
    const auto checkpoint = FromLine(rest.substr(0, end));
    if (!checkpoint.ok() || !IsSigned(*checkpoint, key_.public_key())) {
      return FileError(path, "a line is not a checkpoint of this service");
    }
    last_in_file_[checkpoint->agency] = checkpoint->sequence;
  }
  // A crash may leave half a line; its checkpoint is in the database and is appended again.
  const auto whole = static_cast<off_t>(file.text.size() - rest.size());
  if (!rest.empty() && ftruncate(file_, whole) != 0) return FileError(path, std::strerror(errno));
  return absl::OkStatus();
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
  if (!first_failure.ok()) co_return first_failure;
  co_return written;
}

Task<absl::StatusOr<bool>> Checkpointer::WriteOne(CallContext& context, const Head& head,
                                                  std::int64_t now_us) {
  const auto last = last_.find(head.agency);
  const std::int64_t sequence = last == last_.end() ? 0 : last->second.sequence;
  const std::int64_t at_us = last == last_.end() ? 0 : last->second.at_us;
  if (head.sequence < last_in_file_[head.agency]) {
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
  std::int64_t& in_file = last_in_file_[agency];
  while (last != last_.end() && in_file < last->second.sequence) {
    std::vector<Checkpoint> missing;
    CO_RETURN_IF_ERROR(co_await db_.Read(context, [&](db::Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(missing, ReadCheckpoints(tx, options_.service, agency, in_file));
      return absl::OkStatus();
    }));
    if (missing.empty()) break;
    std::string lines;
    for (const Checkpoint& checkpoint : missing) lines += ToLine(checkpoint) + "\n";
    CO_RETURN_IF_ERROR(Append(lines));
    in_file = missing.back().sequence;
  }
  co_return absl::OkStatus();
}

absl::Status Checkpointer::Append(const std::string& lines) {
  const off_t end = lseek(file_, 0, SEEK_END);
  const ssize_t written = write(file_, lines.data(), lines.size());
  if (written == static_cast<ssize_t>(lines.size()) && fdatasync(file_) == 0) {
    return absl::OkStatus();
  }
  // Half a line would spoil the next one; these come again with the next turn.
  if (end < 0 || ftruncate(file_, end) != 0) return FileError(options_.path, "can't be cut");
  return FileError(options_.path, "can't be appended to");
}

}  // namespace rapport::audit
