#include "platform/db/sqlite_db.h"

#include "platform/base/status_macros.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace rapport::db {
namespace {

using std::chrono_literals::operator""ms;

// EX_TEMPFAIL: a restart may find the truth.
constexpr int kExitFatal = 75;
// The writer asks again while somebody waits; a reader's thread serves others.
constexpr std::chrono::milliseconds kWriterBusy = 20ms;
constexpr std::chrono::milliseconds kReaderBusy = 1'000ms;

std::atomic<std::uint64_t> next_serial{1};

void EndProcess(const absl::Status& why) {
  std::fprintf(stderr, "database: stopped, its file must be read anew: %s\n",
               why.ToString().c_str());
  _exit(kExitFatal);
}

absl::Status QuickCheck(SqliteConnection& connection) {
  std::string answer;
  RETURN_IF_ERROR(
      connection.Run("PRAGMA quick_check(1)", {}, [&](const Row& row) { answer = row.Bytes(0); })
          .status());
  return answer == "ok" ? absl::OkStatus() : absl::DataLossError("the database is damaged");
}

}  // namespace

SqliteDb::SqliteDb(Options options)
    : options_(std::move(options)),
      serial_(next_serial++),
      fail_stop_(options_.on_fatal ? options_.on_fatal : EndProcess) {}

absl::StatusOr<std::unique_ptr<SqliteDb>> SqliteDb::Open(Options options) {
  std::unique_ptr<SqliteDb> db(new SqliteDb(std::move(options)));
  RETURN_IF_ERROR(db->Lock());
  RETURN_IF_ERROR(db->Connect());
  return db;
}

SqliteDb::~SqliteDb() {
  writer_.reset();
  checkpointer_.reset();
  readers_.clear();
  if (lock_ >= 0) close(lock_);
}

// SQLite would let two processes share the file; each would believe it is the only writer.
absl::Status SqliteDb::Lock() {
  const auto cannot = [this] {
    return absl::UnavailableError(absl::StrCat("cannot open the database ", options_.path));
  };
  constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC;
  lock_ = open((options_.path + ".lock").c_str(), kFlags, 0600);
  if (lock_ < 0) return cannot();
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    return absl::UnavailableError(absl::StrCat("another process has the database ", options_.path));
  }
  // SQLite takes over an empty file, and gives its log the permissions of the file.
  const int file = open(options_.path.c_str(), kFlags, 0600);
  if (file < 0) return cannot();
  close(file);
  return absl::OkStatus();
}

absl::Status SqliteDb::Connect() {
  ASSIGN_OR_RETURN(auto writer, SqliteConnection::Open(ConnectionOptions()));
  if (options_.quick_check) RETURN_IF_ERROR(QuickCheck(*writer));
  ASSIGN_OR_RETURN(auto checkpoints, SqliteConnection::Open(ConnectionOptions()));
  checkpointer_.emplace(std::move(checkpoints), options_.checkpoint_pages, fail_stop_);
  writer_.emplace(GroupCommit::Options{options_.max_batch, options_.participant}, std::move(writer),
                  *checkpointer_, fail_stop_);
  return absl::OkStatus();
}

SqliteConnection::Options SqliteDb::ConnectionOptions() const {
  return {.path = options_.path, .synchronous = options_.synchronous, .busy_timeout = kWriterBusy};
}

SqliteDb::Stats SqliteDb::stats() const {
  const GroupCommit::Stats writer = writer_->stats();
  return {writer.commits,
          writer.transactions,
          writer.rollbacks,
          writer.expired,
          writer.queued,
          checkpointer_->checkpoints(),
          static_cast<std::uint64_t>(checkpointer_->log_pages())};
}

bool SqliteDb::Start(Awaiter& awaiter, bool write) {
  if (write) {
    writer_->Enqueue(awaiter);
    return false;
  }
  awaiter.set_status(Read(awaiter));
  return true;
}

absl::Status SqliteDb::Read(const Awaiter& awaiter) {
  if (!healthy()) return absl::UnavailableError("the database stopped");
  if (awaiter.context().Expired()) {
    return absl::DeadlineExceededError("nobody waits for this read any more");
  }
  ASSIGN_OR_RETURN(SqliteConnection * reader, Reader());
  RETURN_IF_ERROR(reader->Run("BEGIN"));
  absl::Status status = SqliteTx::Perform(awaiter, *reader);
  // It changed nothing, so there is nothing that could fail to be committed.
  reader->Run("COMMIT").IgnoreError();
  return status;
}

// The thread's own connection, made at its first read. The database owns it: a thread may outlive
// the database, and an entry of a closed one is never looked up again.
absl::StatusOr<SqliteConnection*> SqliteDb::Reader() {
  thread_local absl::flat_hash_map<std::uint64_t, SqliteConnection*> mine;
  SqliteConnection*& reader = mine[serial_];
  if (reader == nullptr) {
    SqliteConnection::Options options = ConnectionOptions();
    options.busy_timeout = kReaderBusy;
    options.read_only = true;
    ASSIGN_OR_RETURN(auto opened, SqliteConnection::Open(options));
    reader = opened.get();
    std::lock_guard lock(mutex_);
    readers_.push_back(std::move(opened));
  }
  return reader;
}

}  // namespace rapport::db
