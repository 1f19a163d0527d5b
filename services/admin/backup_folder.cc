#include "admin/backup_folder.h"

#include "admin/whole_files.h"
#include "platform/base/clock.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/files.h"
#include "platform/db/open.h"
#include "platform/db/sqlite_snapshot.h"

#include <absl/cleanup/cleanup.h>
#include <absl/time/time.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

namespace rapport::admin {
namespace {

namespace fs = std::filesystem;

constexpr char kManifest[] = "manifest.json";
constexpr std::size_t kMostManifestBytes = 64u << 20;

std::string FileOf(const std::string& folder, Holds holds) {
  return Concat({folder, "/", NameOf(holds), ".db"});
}
std::string Prefix(const BackupOptions& options) {
  return Concat({options.service, "-", NameOf(options.holds), "-"});
}
// Of one width, so that names are in order of time.
std::string NameAt(const BackupOptions& options, std::int64_t at_us) {
  return Prefix(options) +
         absl::FormatTime("%Y%m%dT%H%M%E6SZ", absl::FromUnixMicros(at_us), absl::UTCTimeZone());
}

// Rows of PostgreSQL as of one snapshot; pages of SQLite as of one snapshot.
absl::Status CopyStore(const BackupOptions& options, const std::string& file) {
  if (!db::IsPostgres(options.where)) return db::CopySqlite(options.where, file);
  ASSIGN_OR_RETURN(const Store from, OpenStore(options.where, options.service, options.holds));
  const std::string rows = file + ".rows";
  {
    ASSIGN_OR_RETURN(const Store to, MakeStore(rows, options.holds, from.schema));
    RETURN_IF_ERROR(CopyInto(from, to).status());
  }
  return db::CopySqlite(rows, file);
}

absl::StatusOr<Manifest> Describe(const BackupOptions& options, const std::string& file,
                                  std::int64_t made_us) {
  Manifest manifest{.service = options.service, .holds = options.holds, .made_us = made_us};
  ASSIGN_OR_RETURN(const Store copy, OpenCopy(file, options.holds));
  manifest.schema = copy.schema;
  ASSIGN_OR_RETURN(manifest.tables, SumsOf(copy));
  if (options.holds == Holds::kData) {
    ASSIGN_OR_RETURN(manifest.heads, HeadsOf(copy));
  }
  ASSIGN_OR_RETURN(manifest.sha256, Sha256OfFile(file));
  manifest.bytes = static_cast<std::int64_t>(fs::file_size(file));
  return manifest;
}

absl::Status Fill(const BackupOptions& options, const crypto::SuiteSecret& suite,
                  const std::string& part, std::int64_t made_us) {
  const std::string file = FileOf(part, options.holds);
  RETURN_IF_ERROR(CopyStore(options, file));
  ASSIGN_OR_RETURN(const Manifest manifest, Describe(options, file, made_us));
  RETURN_IF_ERROR(
      crypto::ReplaceFile(Concat({part, "/", kManifest}), ToText(manifest, suite), 0600));
  // What was needed on the way.
  for (const auto& entry : fs::directory_iterator(part)) {
    if (entry.path() != file && entry.path().filename() != kManifest) fs::remove(entry.path());
  }
  return SyncPath(part);
}

}  // namespace

absl::StatusOr<std::string> MakeBackup(const BackupOptions& options,
                                       const crypto::SuiteSecret& suite) {
  std::error_code error;
  fs::create_directories(options.folder, error);
  const int folder = ::open(options.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return Refuse(options.folder, "is no folder that can be written");
  const auto unlocked = absl::MakeCleanup([folder] { ::close(folder); });
  if (::flock(folder, LOCK_EX | LOCK_NB) != 0) {
    return Refuse(options.folder, "another backup is being made there");
  }
  const std::string part = Concat({options.folder, "/.", Prefix(options), "part"});
  fs::remove_all(part, error);  // of one that was killed
  if (::mkdir(part.c_str(), 0700) != 0) return Refuse(part, "can't be made");
  const std::int64_t made_us = RealMicros();
  if (absl::Status filled = Fill(options, suite, part, made_us); !filled.ok()) {
    fs::remove_all(part, error);
    return filled;
  }
  std::string complete = Concat({options.folder, "/", NameAt(options, made_us)});
  fs::rename(part, complete, error);
  if (error) return Refuse(complete, "can't be given its name");
  RETURN_IF_ERROR(SyncPath(options.folder));
  return complete;
}

int DeleteOlder(const BackupOptions& options, int days) {
  const std::string oldest =
      NameAt(options, RealMicros() - std::int64_t{days} * 86'400 * 1'000'000);
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(options.folder)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(Prefix(options)) && name < oldest) old.push_back(entry.path());
  }
  for (const fs::path& path : old) fs::remove_all(path);
  return static_cast<int>(old.size());
}

bool IsBackup(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

absl::StatusOr<Backup> OpenBackup(const std::string& folder, const std::string& service,
                                  Holds holds, const crypto::SuiteSecret& suite) {
  Backup backup{.path = FileOf(folder, holds)};
  const auto text = crypto::ReadFile(Concat({folder, "/", kManifest}), kMostManifestBytes);
  if (!text.ok()) return Refuse(folder, "is no complete backup: it has no manifest");
  auto manifest = ManifestOf(text->text, suite);
  if (!manifest.ok()) {
    return absl::Status(manifest.status().code(),
                        Absl(Concat({folder, ": ", Std(manifest.status().message())})));
  }
  backup.manifest = *std::move(manifest);
  const Manifest& m = backup.manifest;
  if (m.service != service || m.holds != holds) {
    return Refuse(folder, Concat({"is of ", m.service, "'s ", NameOf(m.holds)}));
  }
  ASSIGN_OR_RETURN(const std::string sha256, Sha256OfFile(backup.path));
  if (sha256 != m.sha256) {
    return absl::DataLossError(Concat({backup.path, ": is not the file that was backed up"}));
  }
  ASSIGN_OR_RETURN(backup.store, OpenCopy(backup.path, holds));
  ASSIGN_OR_RETURN(const Sums sums, SumsOf(backup.store));
  if (sums != m.tables || backup.store.schema != m.schema) {
    return absl::DataLossError(Concat({backup.path, ": does not hold what its manifest says"}));
  }
  return backup;
}

}  // namespace rapport::admin
