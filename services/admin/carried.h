// What backups carry beside the databases, in their folder, growing from one backup to the next:
//
//   SERVICE.checkpoints   beside those of the data: every checkpoint of the audit chains that a
//                         database ever showed (audit/checkpoint_file.h)
//   SERVICE.erased        beside those of the keys: every family that the keys' database ever
//                         called erased (crypto/erasure_list.h). Not deleted with the old backups
//
// A service can't write there, so who changes its databases and volumes does not change these.
// One thread.
#pragma once

#include "admin/stores.h"
#include "platform/crypto/suite_secret.h"

#include <absl/status/status.h>

#include <string>

namespace rapport::admin {

// `folder`: of the backups of this kind.
std::string CarriedCheckpoints(const std::string& folder, const std::string& service);
std::string CarriedErasures(const std::string& folder, const std::string& service);

// Adds what the backup `made` of `service` (its folder) knows. DATA_LOSS: an audit chain is shorter
// in it than a checkpoint says that was carried before, or does not go through it, so the database
// is older than it was, or was written anew; or what is carried is damaged.
absl::Status Carry(const std::string& made, const std::string& folder, const std::string& service,
                   Holds holds, const crypto::SuiteSecret& suite);

}  // namespace rapport::admin
