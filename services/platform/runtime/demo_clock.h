// FileClock: domain time from a file, for demonstrations in which weeks pass in seconds.
//
// Whoever holds the file moves time for every service that reads it; between two changes the clock
// stands still. Accepted only by CheckDemoClock. Deadlines, tokens and TLS never ask it.
// Thread-safe.
#pragma once

#include "platform/base/clock.h"
#include "platform/crypto/files.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace rapport::runtime {

class FileClock final : public Clock {
 public:
  // `path` holds one RFC 3339 time in UTC or with an offset, like 2026-03-02T14:00:00Z; white space
  // around it is ignored. FAILED_PRECONDITION: it can't be read. INVALID_ARGUMENT: it is no time.
  // Replace the file, don't write into it, so that nobody reads half a time.
  static absl::StatusOr<std::unique_ptr<FileClock>> Open(std::string path);

  // A stat() a call (about 1 us); the file is read when it changed. A file that is gone, is no time
  // or goes back keeps the time as it was and says so in the log.
  std::int64_t NowMicros() const override;

 private:
  explicit FileClock(std::string path) : path_(std::move(path)) {}
  absl::Status Refresh() const;

  const std::string path_;
  mutable std::mutex mutex_;
  mutable crypto::FileStamp stamp_;
  mutable std::int64_t micros_ = 0;
};

// Whether the demo clock may be used at all: every listener's address is a loopback address or a
// Unix socket, and the issuer of every agency is the local one. FAILED_PRECONDITION says what is
// in the way.
absl::Status CheckDemoClock(std::span<const std::string> listen_addresses, bool all_issuers_local);

// "127.0.0.1:8443", "[::1]:8443", "unix:/run/x". A name is not one: it means what a resolver says.
bool IsLoopback(std::string_view address);

}  // namespace rapport::runtime
