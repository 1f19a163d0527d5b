// BackupFolder: one backup of a service's data, or of its keys, in a folder of its own:
//
//   notes-data-20261126T010203.456789Z/
//     data.db         a SQLite file, whichever engine it was taken of (DECISIONS 40)
//     manifest.json   what it holds: schema, rows and sum of every table, heads of the audit
//     chains,
//                     the file's digest, and a MAC of the suite over all of that
//
// Complete when it has its name: until then it is called .notes-data-part. Never in it: the erasure
// list, secrets. One thread.
#pragma once

#include "admin/chain_heads.h"
#include "admin/stores.h"
#include "platform/crypto/suite_secret.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::admin {

struct Manifest {
  std::string service;
  Holds holds = Holds::kData;
  std::int64_t made_us = 0;
  std::int64_t bytes = 0;  // of the file
  std::string sha256;      // ... in hex
  std::vector<db::AppliedStep> schema;
  Sums tables;
  std::vector<ChainHead> heads;  // of the data's audit chains, by agency
};

// As JSON with its MAC. `suite` is what signs and checks it.
std::string ToText(const Manifest& manifest, const crypto::SuiteSecret& suite);
// DATA_LOSS: it is no manifest of this suite, or was changed.
absl::StatusOr<Manifest> ManifestOf(std::string_view text, const crypto::SuiteSecret& suite);

// Makes a backup of `where` (a file or URL, in use or not) in `folder`; its path.
// FAILED_PRECONDITION: another backup is being made there. Nothing stays of one that fails.
struct BackupOptions {
  std::string service, where, folder;
  Holds holds = Holds::kData;
};
absl::StatusOr<std::string> MakeBackup(const BackupOptions& options,
                                       const crypto::SuiteSecret& suite);
// Deletes the complete backups of this service in `folder` that are older than `days`; how many.
int DeleteOlder(const BackupOptions& options, int days);

struct Backup {
  std::string path;  // of the file
  Manifest manifest;
  Store store;
};
// After its file and every table were compared with the manifest. DATA_LOSS: they differ.
// FAILED_PRECONDITION: it is no backup of this.
absl::StatusOr<Backup> OpenBackup(const std::string& folder, const std::string& service,
                                  Holds holds, const crypto::SuiteSecret& suite);
bool IsBackup(const std::string& path);

}  // namespace rapport::admin
