// Verification: whether a service's data is whole, and opens with the keys beside it.
//
// For each agency the audit chain from its first line to its head, through the signed checkpoints
// of the database and those kept in a file elsewhere; then every sealed row. Says on standard
// output what it looked at, with counts. One thread.
#pragma once

#include "admin/stores.h"
#include "platform/crypto/suite_secret.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rapport::admin {

struct VerifyRequest {
  std::string service;
  std::string kek;                            // file of key encryption keys
  std::vector<std::string> checkpoint_files;  // the service's, and those kept elsewhere
  // A backup is of an earlier moment: checkpoints of later ones are counted, not missed.
  bool of_backup = false;
  // Agency and inner id of families whose keys may be gone, beside those that the keys say.
  std::set<std::pair<std::string, std::string>> erased;
};

struct VerifiedFiles {
  // Those that know of later lines than a backup has.
  std::set<std::string> later;
  // Those that the files or the keys know, whether the data does or not.
  std::set<std::string> agencies;
};

// DATA_LOSS: something does not hold; says what and where. UNAVAILABLE: keys can't be unwrapped.
absl::StatusOr<VerifiedFiles> Verify(const VerifyRequest& request, const Store& data,
                                     const Store& keys, const crypto::SuiteSecret& suite);

}  // namespace rapport::admin
