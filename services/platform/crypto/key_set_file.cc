#include "platform/crypto/key_set_file.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"

#include <utility>

namespace rapport::crypto {
namespace {

// An issuer publishes a handful of keys; a certificate chain beside each stays far below this.
constexpr std::size_t kMostBytes = 256 * 1024;

}  // namespace

KeySetFile::KeySetFile(std::string path, std::int64_t now_unix, OnProblem on_problem)
    : path_(std::move(path)),
      on_problem_(std::move(on_problem)),
      next_look_(now_unix + kLookSeconds),
      last_good_(now_unix) {
  std::lock_guard lock(mutex_);
  Read(now_unix, /*also_unchanged=*/true);
}

void KeySetFile::Look(std::int64_t now_unix) {
  std::int64_t due = next_look_.load(std::memory_order_relaxed);
  // The winner of the exchange looks; the others go on with what there is.
  if (now_unix < due || !next_look_.compare_exchange_strong(due, now_unix + kLookSeconds)) return;
  std::lock_guard lock(mutex_);
  Read(now_unix, /*also_unchanged=*/false);
}

void KeySetFile::LookForUnknown(std::int64_t now_unix) {
  std::lock_guard lock(mutex_);
  if (now_unix < next_unknown_) return;
  next_unknown_ = now_unix + kUnknownSeconds;
  Read(now_unix, /*also_unchanged=*/true);
}

void KeySetFile::Read(std::int64_t now_unix, bool also_unchanged) {
  const absl::Status before = std::exchange(state_, ReadContent(also_unchanged));
  if (state_.ok()) last_good_ = now_unix;
  if (!state_.ok() && state_ != before && on_problem_) on_problem_(state_);
  if (now_unix - last_good_ >= kLastGoodSeconds && keys_ != nullptr) Use(nullptr);
}

absl::Status KeySetFile::ReadContent(bool also_unchanged) {
  const absl::StatusOr<FileStamp> stamp = StampOf(path_);
  if (stamp.ok() && *stamp == seen_ && !also_unchanged) return state_;
  absl::StatusOr<FileText> file = ReadFile(path_, kMostBytes);
  seen_ = file.ok() ? file->stamp : FileStamp{};
  RETURN_IF_ERROR(file.status());
  absl::StatusOr<KeySet> keys = KeySet::Parse(file->text);
  if (!keys.ok())
    return absl::InvalidArgumentError(Concat({path_, ": ", Std(keys.status().message())}));
  // The same keys again, read for the sake of an unknown key id, must not cost everybody's cached
  // verification.
  std::string hash = Sha256({file->text});
  if (keys_ == nullptr || hash != good_hash_) Use(std::make_shared<const KeySet>(*std::move(keys)));
  good_hash_ = std::move(hash);
  return absl::OkStatus();
}

void KeySetFile::Use(std::shared_ptr<const KeySet> keys) {
  keys_ = std::move(keys);
  generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const KeySet> KeySetFile::keys() const {
  std::lock_guard lock(mutex_);
  return keys_;
}

std::int64_t KeySetFile::AgeSeconds(std::int64_t now_unix) const {
  std::lock_guard lock(mutex_);
  return now_unix - last_good_;
}

}  // namespace rapport::crypto
