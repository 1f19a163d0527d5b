// KeySetFile: an issuer's JWKS on disk, read again when it changes. Something else fetches it.
//
// A file that is missing or broken changes nothing for a day: the keys read last stay good. Used by
// TokenVerifier. Times are machine time, seconds since 1970. Thread-safe.
#pragma once

#include "platform/crypto/files.h"
#include "platform/crypto/key_set.h"

#include <absl/status/status.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace rapport::crypto {

class KeySetFile {
 public:
  // A reload is tried this often: looking costs a system call.
  static constexpr std::int64_t kLookSeconds = 5;
  // A token with an unknown key id makes us read at once, but no oftener than this: else strangers
  // could keep the disk busy.
  static constexpr std::int64_t kUnknownSeconds = 30;
  static constexpr std::int64_t kLastGoodSeconds = 24 * 3600;

  using OnProblem = std::function<void(const absl::Status&)>;

  // Reads it. `on_problem` is told why a file can't be used, once while the reason stays the same.
  // It must be thread-safe and not call back.
  KeySetFile(std::string path, std::int64_t now_unix, OnProblem on_problem);

  // Looks at the file when that is due. Costs one atomic read otherwise.
  void Look(std::int64_t now_unix);
  // Looks when Look has not done so for kUnknownSeconds on behalf of an unknown key id.
  void LookForUnknown(std::int64_t now_unix);

  // Null when no good file was seen, or the last one longer than kLastGoodSeconds ago.
  std::shared_ptr<const KeySet> keys() const;
  // Changes whenever keys() does: what was verified under another generation is verified again.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  // Seconds since the file was last seen good; since construction when it never was.
  std::int64_t AgeSeconds(std::int64_t now_unix) const;

 private:
  void Read(std::int64_t now_unix, bool also_unchanged);  // holds mutex_
  absl::Status ReadContent(bool also_unchanged);          // holds mutex_
  void Use(std::shared_ptr<const KeySet> keys);           // holds mutex_

  const std::string path_;
  const OnProblem on_problem_;
  std::atomic<std::int64_t> next_look_;
  std::atomic<std::uint64_t> generation_{0};
  mutable std::mutex mutex_;
  std::int64_t next_unknown_ = 0;
  std::int64_t last_good_;
  FileStamp seen_;         // of the content that `state_` is about
  absl::Status state_;     // what is wrong with it
  std::string good_hash_;  // of the content that `keys_` is
  std::shared_ptr<const KeySet> keys_;
};

}  // namespace rapport::crypto
