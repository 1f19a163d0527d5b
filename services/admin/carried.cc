#include "admin/carried.h"

#include "admin/chain_heads.h"
#include "platform/audit/checkpoint_file.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/erasure_list.h"
#include "platform/crypto/key_store.h"
#include "platform/crypto/signing_key.h"
#include "platform/db/run_sync.h"

#include <cstdio>
#include <map>
#include <string_view>
#include <vector>

namespace rapport::admin {
namespace {

absl::Status CarryChain(const Store& copy, const std::string& service, const std::string& agency,
                        audit::CheckpointFile& file) {
  for (;;) {
    std::vector<audit::Checkpoint> page;
    RETURN_IF_ERROR(db::RunSync(
        *copy.db, LongCall(),
        [&](db::Tx& tx) -> absl::Status {
          ASSIGN_OR_RETURN(page, audit::ReadCheckpoints(tx, service, agency, file.LastOf(agency)));
          return absl::OkStatus();
        },
        false));
    if (page.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(file.Append(page));
  }
}

absl::Status CarryCheckpointsOf(const Store& copy, const std::string& path,
                                const std::string& service, const crypto::SuiteSecret& suite) {
  const crypto::SigningKey key(suite.Key(crypto::SuiteKey::kCheckpoint, service));
  ASSIGN_OR_RETURN(const auto file,
                   audit::CheckpointFile::Open({.service = service, .path = path}, key));
  ASSIGN_OR_RETURN(const std::vector<ChainHead> there, HeadsOf(copy));
  std::map<std::string, std::int64_t> heads;
  for (const ChainHead& head : there) heads[head.agency] = head.sequence;
  std::string shorter;
  for (const auto& [agency, last] : file->last()) {
    if (heads[agency] < last.sequence) shorter = agency;
  }
  // What is wrong with one agency keeps no other from being carried.
  absl::Status first_failure;
  for (const auto& [agency, sequence] : heads) {
    first_failure.Update(CarryChain(copy, service, agency, *file));
  }
  RETURN_IF_ERROR(first_failure);
  if (shorter.empty()) return absl::OkStatus();
  constexpr std::string_view kWhy =
      " says it was: the database is older than an earlier backup, or was changed. After a restore "
      "`rapport-admin restore` puts that file aside; otherwise look";
  return absl::DataLossError(
      Concat({"the audit chain of agency ", shorter, " is shorter than ", path, kWhy}));
}

absl::Status CarryErasuresOf(const Store& copy, const std::string& path,
                             const crypto::SuiteSecret& suite) {
  ASSIGN_OR_RETURN(const auto list, crypto::ErasureList::Open({path}, suite));
  std::vector<crypto::ErasedFamily> erased;
  RETURN_IF_ERROR(db::RunSync(
      *copy.db, LongCall(),
      [&](db::Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(erased, crypto::SelectErasures(tx));
        return absl::OkStatus();
      },
      false));
  for (const crypto::ErasedFamily& one : erased) {
    RETURN_IF_ERROR(list->Add(one.agency, one.family, one.erased_us));
  }
  return absl::OkStatus();
}

}  // namespace

std::string CarriedCheckpoints(const std::string& folder, const std::string& service) {
  return Concat({folder, "/", service, ".checkpoints"});
}

std::string CarriedErasures(const std::string& folder, const std::string& service) {
  return Concat({folder, "/", service, ".erased"});
}

absl::Status Carry(const std::string& made, const std::string& folder, const std::string& service,
                   Holds holds, const crypto::SuiteSecret& suite) {
  ASSIGN_OR_RETURN(const Store copy, OpenCopy(Concat({made, "/", NameOf(holds), ".db"}), holds));
  if (holds == Holds::kKeys) return CarryErasuresOf(copy, CarriedErasures(folder, service), suite);
  return CarryCheckpointsOf(copy, CarriedCheckpoints(folder, service), service, suite);
}

}  // namespace rapport::admin
