// ErasureList: which families were erased, in a file that no restore of a database brings back.
//
// An erasure is written here before anything is destroyed. At start a service destroys again what
// the list names: an older backup of its databases, the one of the keys included, brings no family
// back. A line is `1 AGENCY FAMILY MICROSECONDS MAC`; the MAC is of the suite, so that lists of
// several services or days may be put together by concatenation, and nobody without the suite
// secret can have a family destroyed. Each file named to Open has all of it: one beside the keys,
// one that leaves the machine with the audit checkpoints. Nothing in it says who a family was.
//
// A line is appended, however long the list is: first it stands in PATH.next, which a start after a
// crash ends. In memory a family takes 24 bytes, so a million of them 24 MB. Thread-safe.
#pragma once

#include "platform/crypto/new_id.h"
#include "platform/crypto/suite_secret.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::crypto {

struct ErasedFamily {
  std::string agency;
  std::string family;          // inner id
  std::int64_t erased_us = 0;  // machine time
  friend bool operator==(const ErasedFamily&, const ErasedFamily&) = default;
};

class ErasureList {
 public:
  // The lists of all files, put together; an absent file is an empty list. What one of them lacks
  // is written to it. DATA_LOSS: a line is not of this suite, or damaged; the service must not
  // start on it. `suite` must outlive it. A family's id has kIdBytes, here and below.
  static absl::StatusOr<std::unique_ptr<ErasureList>> Open(std::vector<std::string> paths,
                                                           const SuiteSecret& suite);

  // What Open of this file alone has, with nothing written: the file may lie where it can't be.
  static absl::StatusOr<std::vector<ErasedFamily>> Read(const std::string& path,
                                                        const SuiteSecret& suite);

  // Durable in every file when it returns OK; blocks for that, and holds up no reader. Nothing
  // happens when the family is in it. UNAVAILABLE: a file can't be written now; to be called again.
  absl::Status Add(std::string_view agency, std::string_view family, std::int64_t now_us);
  bool Contains(std::string_view agency, std::string_view family) const;
  std::vector<ErasedFamily> All() const;

 private:
  using Family = std::array<char, kIdBytes>;
  struct Entry {
    Family family;
    std::int64_t erased_us;
  };
  using Entries = std::map<std::string, std::vector<Entry>, std::less<>>;  // by agency, in order

  ErasureList(std::vector<std::string> paths, const SuiteSecret& suite)
      : paths_(std::move(paths)), suite_(suite) {}
  absl::Status ReadLines(const std::string& path, std::string_view lines, Entries& entries);
  absl::StatusOr<Entry> ReadLine(std::string_view line, std::string& agency);
  absl::Status Append(const std::string& path, std::string_view line);
  absl::Status EndAppend(const std::string& path);
  std::string LineOf(const std::string& agency, const Entry& entry);

  // An Add that failed: in the first `files` files is its line.
  struct Begun {
    Entry entry;
    std::size_t files = 0;
  };

  const std::vector<std::string> paths_;
  const SuiteSecret& suite_;
  std::mutex writing_;                  // of the files; before mutex_
  std::map<std::string, Secret> keys_;  // of the MACs, by agency; guarded by writing_
  std::map<std::pair<std::string, Family>, Begun> begun_;  // guarded by writing_
  mutable std::mutex mutex_;
  Entries erased_;  // guarded by mutex_
};

}  // namespace rapport::crypto
