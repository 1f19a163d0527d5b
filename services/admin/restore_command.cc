#include "admin/backup_folder.h"
#include "admin/carried.h"
#include "admin/chain_heads.h"
#include "admin/commands.h"
#include "admin/service_option.h"
#include "admin/verification.h"
#include "admin/whole_files.h"
#include "platform/audit/checkpoint_file.h"
#include "platform/base/clock.h"
#include "platform/base/run_sync.h"
#include "platform/base/services.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/erasure_list.h"
#include "platform/crypto/key_ring_sql.h"
#include "platform/db/open.h"

#include <fcntl.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace rapport::admin {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string suite_secret, from, database, keys_from, keys_database, erasure_list, checkpoint_file;
  std::vector<std::string> checkpoint_copies;
  bool nothing_erased = false, replicas_follow = false;
  VerifyRequest request;

  // Otherwise a backup was restored before, and this is what a replica has beside it.
  bool of_backup() const { return !from.empty(); }
};

// Whether the backup is there: put by a run that was killed afterwards, or of another replica.
absl::StatusOr<bool> IsThere(const Backup& backup, const std::string& where,
                             const std::string& service) {
  const Holds holds = backup.manifest.holds;
  std::error_code error;
  const bool file = !db::IsPostgres(where);
  if (file && !fs::exists(where, error)) return false;
  if (file && holds == Holds::kKeys) {
    ASSIGN_OR_RETURN(const std::string sha256, Sha256OfFile(where));
    return sha256 == backup.manifest.sha256;
  }
  const auto store = OpenStore(where, service, holds);
  if (file && !store.ok()) return false;  // something else, or in use
  RETURN_IF_ERROR(store.status());
  if (holds == Holds::kData) return IsRestored(backup.store, backup.manifest.tables, *store);
  ASSIGN_OR_RETURN(const Sums sums, SumsOf(*store));
  return store->schema == backup.manifest.schema && sums == backup.manifest.tables;
}

// What SQLite, and the lock of who opened it, leave beside a file.
constexpr const char* kBeside[] = {"-wal", "-shm", "-journal", ".lock"};

void RemoveBeside(const std::string& path) {
  std::error_code error;
  for (const char* suffix : kBeside) fs::remove(path + suffix, error);
}

// The file beside its place, then there in one step that replaces nothing.
absl::Status PutFile(const Backup& backup, const std::string& path, const std::string& service,
                     const std::set<std::string>& agencies) {
  std::error_code error;
  if (fs::exists(path, error)) {
    return Refuse(path, "is there already; a backup is restored into an empty system only");
  }
  // SQLite would take what is left of another database for changes of this one.
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    if (fs::exists(path + suffix, error)) return Refuse(path + suffix, "is there already");
  }
  const std::string beside = path + ".restoring";
  RemoveBeside(beside);
  fs::copy_file(backup.path, beside, fs::copy_options::overwrite_existing, error);
  if (error) return absl::UnavailableError(Concat({beside, ": ", error.message()}));
  fs::permissions(beside, fs::perms::owner_read | fs::perms::owner_write, error);
  if (backup.manifest.holds == Holds::kData) {
    ASSIGN_OR_RETURN(const Store store, OpenStore(beside, service, Holds::kData));
    RETURN_IF_ERROR(BeginHistory(store, agencies));
  }
  if (fs::exists(beside + "-wal", error)) return Refuse(beside, "is not whole without its log");
  RemoveBeside(beside);
  RETURN_IF_ERROR(SyncPath(beside));
  if (::renameat2(AT_FDCWD, beside.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
    return Refuse(path, "can't be put in its place");
  }
  return SyncPath(fs::path(path).parent_path().string());
}

absl::Status Put(const Backup& backup, const std::string& where, const std::string& service,
                 const std::set<std::string>& agencies) {
  const Holds holds = backup.manifest.holds;
  ASSIGN_OR_RETURN(const bool there, IsThere(backup, where, service));
  if (!there && db::IsPostgres(where)) {
    ASSIGN_OR_RETURN(const Store to, OpenStore(where, service, holds));
    RETURN_IF_ERROR(holds == Holds::kData ? RestoreInto(backup.store, to, agencies)
                                          : CopyInto(backup.store, to).status());
  } else if (!there) {
    RETURN_IF_ERROR(PutFile(backup, where, service, agencies));
  }
  std::printf("%s restored from %s\n", std::string(NameOf(holds)).c_str(), backup.path.c_str());
  return absl::OkStatus();
}

// The others' events are delivered once: what was applied here since the backup has to come again.
void SayWhatToDoNext(const std::string& service) {
  std::printf(
      "What the other services told %s since this backup is not in it. Before %s starts, let each "
      "of them tell it again (one that keeps files: while it is stopped), with its own database, "
      "keys and secrets:\n",
      service.c_str(), service.c_str());
  for (const char* other : kServices) {
    if (other == service) continue;
    std::printf("  rapport-admin outbox again --service %s --destination %s ...\n", other,
                service.c_str());
  }
}

// The folder that this backup lies in, and what is carried there.
std::string FolderOf(const std::string& backup) {
  return fs::weakly_canonical(fs::path(backup)).parent_path().string();
}

// The service's own, which go on after the restore, and copies kept elsewhere.
absl::StatusOr<std::vector<std::string>> OwnCheckpointFiles(const Options& options) {
  std::vector<std::string> own;
  std::error_code error;
  std::vector<std::string> known = {options.checkpoint_file};
  if (options.of_backup()) {
    known.push_back(CarriedCheckpoints(FolderOf(options.from), options.request.service));
  }
  for (const std::string& path : known) {
    if (path.empty()) continue;
    // Verified by a run that was killed while it put it aside.
    RETURN_IF_ERROR(audit::FinishSetAside(path, RealMicros()).status());
    if (fs::exists(path, error)) {
      own.push_back(path);
    } else {
      std::printf("%s is not there: nothing of it to verify with\n", path.c_str());
    }
  }
  return own;
}

// A file that knows of lines that are gone now would keep the service, or the next backup, from
// going on; it stays for whoever asks what they were.
absl::Status PutAside(const std::vector<std::string>& own, const VerifiedFiles& verified) {
  for (const std::string& path : own) {
    if (!verified.later.contains(path)) continue;
    ASSIGN_OR_RETURN(const std::string aside, audit::SetAside(path, RealMicros()));
    std::printf("%s knows of more than this backup and was put aside: %s\n", path.c_str(),
                aside.c_str());
  }
  return absl::OkStatus();
}

// Every family that a list at hand names: the replica's own, which takes what is carried beside the
// backups, or that alone.
absl::StatusOr<std::vector<crypto::ErasedFamily>> ErasedOf(const Options& options,
                                                           const crypto::SuiteSecret& suite) {
  std::vector<crypto::ErasedFamily> carried;
  if (options.of_backup()) {
    // Backups may be mounted so that nothing can be written there.
    ASSIGN_OR_RETURN(
        carried, crypto::ErasureList::Read(
                     CarriedErasures(FolderOf(options.keys_from), options.request.service), suite));
  }
  if (options.replicas_follow) return carried;
  std::error_code error;
  if (!fs::exists(options.erasure_list, error) && !options.nothing_erased) {
    return Refuse(
        options.erasure_list,
        "is not there. It names the families that were erased, and is in no database: copy "
        "it there first (copies are beside the checkpoint file and the backups of the "
        "keys), or say that no family ever was: --nothing-was-erased");
  }
  ASSIGN_OR_RETURN(const auto list, crypto::ErasureList::Open({options.erasure_list}, suite));
  for (const crypto::ErasedFamily& one : carried) {
    RETURN_IF_ERROR(list->Add(one.agency, one.family, one.erased_us));
  }
  return list->All();
}

// What was erased since the backup: its keys go again before anything can read with them. The rows
// go when the service starts, by the same list.
absl::Status EraseAgain(const Options& options, const std::vector<crypto::ErasedFamily>& list) {
  ASSIGN_OR_RETURN(const Store keys,
                   OpenStore(options.keys_database, options.request.service, Holds::kKeys));
  ASSIGN_OR_RETURN(auto wrapping,
                   crypto::KeyWrapping::Load(options.request.service, options.request.kek));
  const SystemClock clock;
  crypto::SqlKeyRing ring(std::move(wrapping), *keys.db, clock);
  LongCall call;
  int came_back = 0;
  for (const crypto::ErasedFamily& one : list) {
    ASSIGN_OR_RETURN(const bool back, RunSync(ring.DestroyAgain(call, one.agency, one.family)));
    came_back += back ? 1 : 0;
  }
  std::printf(
      "%zu families are on the list of erased ones; keys of %d had come back and are "
      "destroyed\n",
      list.size(), came_back);
  return absl::OkStatus();
}

absl::StatusOr<VerifiedFiles> PutBackup(const Options& options, const VerifyRequest& request,
                                        const crypto::SuiteSecret& suite) {
  const std::string& service = request.service;
  ASSIGN_OR_RETURN(const Backup data, OpenBackup(options.from, service, Holds::kData, suite));
  ASSIGN_OR_RETURN(const Backup keys, OpenBackup(options.keys_from, service, Holds::kKeys, suite));
  ASSIGN_OR_RETURN(VerifiedFiles verified, Verify(request, data.store, keys.store, suite));
  // Data last: where it is, the keys were there as a whole, whatever was erased of them since.
  ASSIGN_OR_RETURN(const bool done, IsThere(data, options.database, service));
  if (!done) RETURN_IF_ERROR(Put(keys, options.keys_database, service, {}));
  RETURN_IF_ERROR(Put(data, options.database, service, verified.agencies));
  return verified;
}

// What was put there before, with what this replica knows of it.
absl::StatusOr<VerifiedFiles> VerifyRestored(const Options& options, const VerifyRequest& request,
                                             const crypto::SuiteSecret& suite) {
  const std::string& service = request.service;
  ASSIGN_OR_RETURN(const Store data, OpenStore(options.database, service, Holds::kData));
  ASSIGN_OR_RETURN(const Store keys, OpenStore(options.keys_database, service, Holds::kKeys));
  ASSIGN_OR_RETURN(VerifiedFiles verified, Verify(request, data, keys, suite));
  ASSIGN_OR_RETURN(const std::vector<ChainHead> heads, HeadsOf(data));
  std::set<std::string> unknown = verified.agencies;
  for (const ChainHead& head : heads) unknown.erase(head.agency);
  // An agency that came after the backup: its events must not have the numbers of those it told.
  if (!unknown.empty()) RETURN_IF_ERROR(BeginHistory(data, unknown));
  return verified;
}

absl::Status Restore(const Options& options) {
  ASSIGN_OR_RETURN(const auto suite, crypto::SuiteSecret::Load(options.suite_secret));
  ASSIGN_OR_RETURN(const auto erased, ErasedOf(options, *suite));
  VerifyRequest request = options.request;
  request.of_backup = true;
  for (const crypto::ErasedFamily& one : erased) request.erased.emplace(one.agency, one.family);
  ASSIGN_OR_RETURN(const std::vector<std::string> own, OwnCheckpointFiles(options));
  request.checkpoint_files = own;
  request.checkpoint_files.insert(request.checkpoint_files.end(), options.checkpoint_copies.begin(),
                                  options.checkpoint_copies.end());
  ASSIGN_OR_RETURN(const VerifiedFiles verified, options.of_backup()
                                                     ? PutBackup(options, request, *suite)
                                                     : VerifyRestored(options, request, *suite));
  RETURN_IF_ERROR(EraseAgain(options, erased));
  RETURN_IF_ERROR(PutAside(own, verified));
  if (options.of_backup()) SayWhatToDoNext(request.service);
  return absl::OkStatus();
}

}  // namespace

void AddRestoreCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("restore",
                                         "Verifies a backup as `verify` does and puts it where a "
                                         "service will look: files that are not\n"
                                         "there yet, or empty schemas of PostgreSQL. What was "
                                         "erased since then stays erased. After a\n"
                                         "kill run it again. Without --from it does the rest of "
                                         "that for another replica: what was\n"
                                         "restored is verified with its checkpoint file, and what "
                                         "its list names is erased.");
  AddServiceOption(command, options->request.service);
  command->add_option("--suite-secret", options->suite_secret, "The suite secret's file")
      ->required();
  command->add_option("--kek", options->request.kek, "Its file of key encryption keys")->required();
  CLI::Option* from = command->add_option("--from", options->from, "A backup's folder")
                          ->check(CLI::ExistingDirectory);
  command->add_option("--database", options->database, "Where to: a file, or postgres://...")
      ->required();
  CLI::Option* keys_from =
      command->add_option("--keys-from", options->keys_from, "The same of its keys")
          ->check(CLI::ExistingDirectory)
          ->needs(from);
  from->needs(keys_from);
  command->add_option("--keys-database", options->keys_database, "Where to")->required();
  CLI::Option_group* lists = command->add_option_group("erased families");
  lists->require_option(1, 2);
  CLI::Option* list =
      lists->add_option("--erasure-list", options->erasure_list,
                        "The list of erased families, where the service will look for it");
  lists
      ->add_flag("--nothing-was-erased", options->nothing_erased,
                 "There is no such list, since no family was ever erased")
      ->needs(list);
  CLI::Option* file = command->add_option(
      "--checkpoint-file", options->checkpoint_file,
      "The service's checkpoint file, where it will look for it. Verified with, and "
      "put\naside when it knows of more than the backup, so that the service starts "
      "a new one.\nSo is the one that backups carry");
  lists
      ->add_flag("--replicas-follow", options->replicas_follow,
                 "Lists and checkpoint files lie with the replicas: before the service starts, run "
                 "this\nfor each of them, without --from and --keys-from")
      ->needs(from)
      ->excludes(list)
      ->excludes(file);
  command
      ->add_option("--checkpoint-copy", options->checkpoint_copies,
                   "Checkpoint files kept elsewhere, to verify with alone")
      ->check(CLI::ExistingFile);
  command->callback([&chosen, options] { chosen = [options] { return Restore(*options); }; });
}

}  // namespace rapport::admin
