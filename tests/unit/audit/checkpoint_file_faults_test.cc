// A checkpoint file on a disk that fails: whatever the failing call left there, the next one goes
// on.
#include "platform/audit/checkpoint_file.h"
#include "platform/crypto/key_file.h"
#include "platform/crypto/suite_secret.h"
#include "support/scratch_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace {

// What fails while it is true. Of this program alone: it links these instead of the C library's.
bool no_links = false, no_folder_syncs = false, no_cuts = false;

int Fail(int reason) {
  errno = reason;
  return -1;
}

}  // namespace

extern "C" int link(const char* from, const char* to) noexcept {
  return no_links ? Fail(EPERM) : linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}
extern "C" int fsync(int file) {
  struct stat facts{};
  if (no_folder_syncs && fstat(file, &facts) == 0 && S_ISDIR(facts.st_mode)) return Fail(EIO);
  return static_cast<int>(syscall(SYS_fsync, file));
}
extern "C" int ftruncate(int file, off_t size) noexcept {
  return no_cuts ? Fail(EIO) : static_cast<int>(syscall(SYS_ftruncate, file, size));
}

namespace rapport::audit {
namespace {

class CheckpointFileFaultsTest : public testing::Test {
 protected:
  ~CheckpointFileFaultsTest() override { no_links = no_folder_syncs = no_cuts = false; }

  // A checkpoint of about 250 bytes; a segment takes a few.
  absl::Status AppendNext() {
    Checkpoint next = last_;
    next.service = "notes";
    next.agency = "a";
    next.mac = std::string(32, 'm');
    ++next.sequence;
    next.previous = last_.sequence == 0 ? "" : DigestOf(last_);
    Sign(key_, next);
    const absl::Status appended = file_->Append({next});
    if (appended.ok()) last_ = next;
    return appended;
  }
  std::unique_ptr<CheckpointFile> Open() {
    auto file =
        CheckpointFile::Open({.service = "notes", .path = path_, .segment_bytes = 1'024}, key_);
    EXPECT_TRUE(file.ok()) << file.status();
    return *std::move(file);
  }
  // Up to the first that fails; whether one did.
  bool AppendUntilOneFails() {
    for (int i = 0; i < 20; ++i) {
      if (!AppendNext().ok()) return true;
    }
    return false;
  }
  void ExpectToGoOn() {
    for (int i = 0; i < 20; ++i) {
      const absl::Status appended = AppendNext();
      ASSERT_TRUE(appended.ok()) << appended;
    }
    EXPECT_EQ(Open()->LastOf("a"), last_.sequence);
    std::int64_t seen = 0;
    const absl::Status walked =
        WalkCheckpoints(path_, "notes", key_.public_key(), [&](const Checkpoint& one) {
          EXPECT_EQ(one.sequence, ++seen);
          return absl::OkStatus();
        });
    EXPECT_TRUE(walked.ok()) << walked;
    EXPECT_EQ(seen, last_.sequence);
  }

  const ScratchFolder folder_;
  const std::string path_ = folder_ / "checkpoints";
  const crypto::SigningKey key_{
      crypto::SuiteSecret(crypto::NewSecret()).Key(crypto::SuiteKey::kCheckpoint, "notes")};
  std::unique_ptr<CheckpointFile> file_ = Open();
  Checkpoint last_;
};

TEST_F(CheckpointFileFaultsTest, AVolumeWithoutLinksHasItsSegmentsCopied) {
  no_links = true;
  ExpectToGoOn();
}

TEST_F(CheckpointFileFaultsTest, ASegmentWhoseSuccessorIsNotDurableYetIsReadAnew) {
  no_folder_syncs = true;
  ASSERT_TRUE(AppendUntilOneFails());
  no_folder_syncs = false;
  ExpectToGoOn();
}

TEST_F(CheckpointFileFaultsTest, ASegmentThatWasCopiedButNotFollowedIsReadAnew) {
  no_links = no_folder_syncs = true;
  ASSERT_TRUE(AppendUntilOneFails());
  no_folder_syncs = false;
  ExpectToGoOn();
}

// As on a disk that became full in the middle of a line, and then read-only for a while.
TEST_F(CheckpointFileFaultsTest, HalfALineThatCantBeCutIsCutBeforeTheNext) {
  ASSERT_TRUE(AppendNext().ok());
  struct stat facts{};
  ASSERT_EQ(stat(path_.c_str(), &facts), 0);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handled = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit full{.rlim_cur = static_cast<rlim_t>(facts.st_size) + 10,
                    .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  no_cuts = true;
  EXPECT_FALSE(AppendNext().ok());
  EXPECT_FALSE(AppendNext().ok());
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handled);
  EXPECT_FALSE(AppendNext().ok()) << "not behind half a line";
  no_cuts = false;
  ExpectToGoOn();
}

}  // namespace
}  // namespace rapport::audit
