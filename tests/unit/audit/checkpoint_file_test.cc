// A checkpoint file of many years: opening it costs its newest segment, and whatever is done to an
// old one is found.
#include "platform/audit/checkpoint_file.h"

#include "platform/base/strings.h"
#include "platform/crypto/key_file.h"
#include "platform/crypto/suite_secret.h"
#include "support/cpu_time.h"
#include "support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace rapport::audit {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class CheckpointFileTest : public testing::Test {
 protected:
  static constexpr std::size_t kSegment = 4'096;

  std::unique_ptr<CheckpointFile> Open(std::size_t segment_bytes = kSegment) {
    auto file = CheckpointFile::Open(
        {.service = "notes", .path = path_, .segment_bytes = segment_bytes}, key_);
    EXPECT_TRUE(file.ok()) << file.status();
    return *std::move(file);
  }
  absl::Status Refused() {
    return CheckpointFile::Open({.service = "notes", .path = path_}, key_).status();
  }
  // The next checkpoint of an agency, as a Checkpointer signs it.
  Checkpoint Next(const std::string& agency) {
    Checkpoint& last = last_[agency];
    Checkpoint next{.service = "notes",
                    .agency = agency,
                    .sequence = last.sequence + 1,
                    .mac = std::string(32, 'm'),
                    .at_us = last.at_us + 60'000'000,
                    .previous = last.sequence == 0 ? "" : DigestOf(last)};
    Sign(key_, next);
    return last = next;
  }
  void Fill(CheckpointFile& file, int rounds) {
    for (int i = 0; i < rounds; ++i) {
      ASSERT_TRUE(file.Append({Next("a"), Next("b")}).ok());
    }
  }
  absl::StatusOr<int> Walk(const std::string& path) {
    int seen = 0;
    const absl::Status walked =
        WalkCheckpoints(path, "notes", key_.public_key(), [&](const Checkpoint&) {
          ++seen;
          return absl::OkStatus();
        });
    if (!walked.ok()) return walked;
    return seen;
  }
  std::string Fault() { return std::string(Walk(path_).status().message()); }
  std::string Segment(int number) const { return SegmentPath(path_, number); }

  const ScratchFolder folder_;
  const std::string path_ = folder_ / "checkpoints";
  crypto::SigningKey key_{
      crypto::SuiteSecret(crypto::NewSecret()).Key(crypto::SuiteKey::kCheckpoint, "notes")};
  std::map<std::string, Checkpoint> last_;
};

TEST_F(CheckpointFileTest, IsWalkedInOrderThroughAllItsSegments) {
  Fill(*Open(), 100);
  ASSERT_TRUE(fs::exists(Segment(10)));
  std::vector<std::int64_t> sequences;
  const absl::Status walked =
      WalkCheckpoints(path_, "notes", key_.public_key(), [&](const Checkpoint& one) {
        if (one.agency == "b") sequences.push_back(one.sequence);
        return absl::OkStatus();
      });
  ASSERT_TRUE(walked.ok()) << walked;
  ASSERT_EQ(sequences.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(sequences[i], i + 1);
}

TEST_F(CheckpointFileTest, ASegmentThatIsClosedWhileAllAreReadIsNoFault) {
  auto file = Open();
  Fill(*file, 100);
  int seen = 0;
  const absl::Status walked =
      WalkCheckpoints(path_, "notes", key_.public_key(), [&](const Checkpoint&) {
        if (++seen == 1) Fill(*file, 30);
        return absl::OkStatus();
      });
  EXPECT_TRUE(walked.ok()) << walked;
  EXPECT_EQ(seen, 200) << "what there was when it began";
}

// A start that read more would fail here: nothing of the old segments can be read any more.
TEST_F(CheckpointFileTest, OpeningReadsTheNewestSegmentAlone) {
  auto file = Open();
  ASSERT_TRUE(file->Append({Next("seldom")}).ok());
  Fill(*file, 200);
  file.reset();
  int segments = 1;
  for (; fs::exists(Segment(segments)); ++segments) WriteText(Segment(segments), "gone");
  ASSERT_GT(segments, 20);
  EXPECT_LT(fs::file_size(path_), 2 * kSegment);
  file = Open();
  EXPECT_EQ(file->LastOf("a"), 200);
  EXPECT_EQ(file->LastOf("seldom"), 1) << "the link says so";
  EXPECT_EQ(file->LastOf("never"), 0);
}

// As large as a month of a busy service: 20,000 lines of 100 agencies.
TEST_F(CheckpointFileTest, OpeningALongHistoryCostsWhatAShortOneDoes) {
  constexpr int kRounds = 200, kAgencies = 100;
  auto file = Open(1u << 20);
  for (int i = 0; i < kRounds; ++i) {
    std::vector<Checkpoint> round;
    for (int a = 0; a < kAgencies; ++a) round.push_back(Next("agency-" + std::to_string(a)));
    ASSERT_TRUE(file->Append(round).ok());
  }
  file.reset();
  ASSERT_TRUE(fs::exists(Segment(5)));
  const double ns = support::CpuNanoseconds(1, [&](std::size_t) { file = Open(1u << 20); });
  EXPECT_EQ(file->LastOf("agency-7"), kRounds);
  EXPECT_LT(fs::file_size(path_), 5u << 18);
  std::printf("opened after %d checkpoints: %.1f ms of CPU time\n", kRounds * kAgencies, ns / 1e6);
}

TEST_F(CheckpointFileTest, ASegmentThatIsGoneChangedOrInAnothersPlaceIsNamed) {
  Fill(*Open(), 60);
  ASSERT_EQ(*Walk(path_), 120);
  const std::string third = ReadText(Segment(3)), newest = ReadText(path_);

  fs::remove(Segment(3));
  EXPECT_THAT(Fault(), HasSubstr("checkpoints.000003: is missing"));
  WriteText(Segment(3), third.substr(0, third.rfind('\n', third.size() - 2) + 1));
  EXPECT_THAT(Fault(), HasSubstr("checkpoints.000004: the segment before it was changed"));
  WriteText(Segment(3), ReadText(Segment(2)));
  EXPECT_THAT(Fault(), HasSubstr("checkpoints.000003: is another segment"));
  WriteText(Segment(3), third.substr(third.find('\n') + 1));
  EXPECT_THAT(Fault(), HasSubstr("checkpoints.000003: its link is not of this suite"));
  WriteText(Segment(3), third);
  ASSERT_EQ(*Walk(path_), 120);

  WriteText(path_, third);
  EXPECT_THAT(Fault(), HasSubstr("checkpoints: is older than"));
  EXPECT_THAT(Refused().message(), HasSubstr("an older one lies in its place"));
  fs::remove(path_);
  EXPECT_FALSE(Walk(path_).ok());
  EXPECT_THAT(Refused().message(), HasSubstr("an older one lies in its place"));
  WriteText(path_, newest);
  EXPECT_EQ(*Walk(path_), 120);
}

TEST_F(CheckpointFileTest, ALineThatIsGoneOrMadeUpIsFoundInTheNewestSegmentToo) {
  Fill(*Open(1u << 20), 4);
  const std::string whole = ReadText(path_);
  const std::size_t second = whole.find('\n') + 1, third = whole.find('\n', second) + 1;
  WriteText(path_, whole.substr(0, second) + whole.substr(third));
  EXPECT_THAT(Fault(), HasSubstr("a line before sequence 2 of agency b is missing"));
  Checkpoint forged = last_["a"];
  ++forged.sequence;
  WriteText(path_, whole + ToLine(forged) + "\n");
  EXPECT_THAT(Fault(), HasSubstr("a line is not a checkpoint of this suite"));
  EXPECT_TRUE(absl::IsFailedPrecondition(Refused()));
}

// The database was put back and went on past what the file knows.
TEST_F(CheckpointFileTest, ACheckpointOfAnotherChainIsNotAppended) {
  auto file = Open();
  ASSERT_TRUE(file->Append({Next("seldom")}).ok());
  Fill(*file, 30);
  file = Open();
  for (const char* agency : {"a", "seldom"}) {
    const auto here = last_;
    last_[agency].mac = std::string(32, 'x');
    const absl::Status refused = file->Append({Next("b"), Next(agency)});
    EXPECT_TRUE(absl::IsDataLoss(refused)) << agency << refused;
    EXPECT_THAT(refused.message(), HasSubstr("put aside"));
    EXPECT_EQ(file->LastOf("b"), 30) << "all or none";
    last_ = here;
    EXPECT_TRUE(file->Append({Next(agency), Next(agency)}).ok());
  }
  EXPECT_EQ(*Walk(path_), 65);
}

TEST_F(CheckpointFileTest, ACrashAnywhereLeavesAFileThatGoesOn) {
  Fill(*Open(), 30);
  const std::string newest = ReadText(path_);
  // Half a line, and a segment that was given its number but not followed yet.
  WriteText(path_, newest + "{\"service\":\"no");
  int number = 1;
  while (fs::exists(Segment(number))) ++number;
  fs::create_hard_link(path_, Segment(number));
  EXPECT_EQ(*Walk(path_), 60);
  Fill(*Open(), 30);
  EXPECT_EQ(*Walk(path_), 120);
  EXPECT_TRUE(fs::exists(Segment(number)));
}

// A volume that was copied without its hard links.
TEST_F(CheckpointFileTest, ACopyOfASegmentUnderItsNumberIsTheSameSegment) {
  Fill(*Open(), 30);
  int number = 1;
  while (fs::exists(Segment(number))) ++number;
  fs::copy_file(path_, Segment(number));
  EXPECT_EQ(*Walk(path_), 60);
  Fill(*Open(), 30);
  EXPECT_EQ(*Walk(path_), 120);
}

// Files of before had no segments, and grew.
TEST_F(CheckpointFileTest, AFileWithoutSegmentsBecomesTheFirst) {
  Fill(*Open(1u << 30), 100);
  Fill(*Open(), 100);
  EXPECT_GT(fs::file_size(Segment(1)), 10 * kSegment);
  EXPECT_EQ(*Walk(path_), 400);
}

TEST_F(CheckpointFileTest, SetAsideItIsWholeElsewhereAndAnotherMayBegin) {
  EXPECT_EQ(*SetAside(path_, 1), "");
  Fill(*Open(), 40);
  // A call that was killed had moved one of them.
  fs::create_directory(path_ + ".moving");
  fs::rename(Segment(1), path_ + ".moving/checkpoints.000001");
  const auto aside = SetAside(path_, 1'900'000'000'000'000);
  ASSERT_TRUE(aside.ok()) << aside.status();
  EXPECT_EQ(*aside, path_ + ".aside-20300317T174640.000000Z");
  EXPECT_EQ(*Walk(*aside + "/checkpoints"), 80);
  last_.clear();
  Fill(*Open(), 1);
  EXPECT_EQ(*Walk(path_), 2);
}

// Killed when all was moved but the folder had not its last name; then the service began anew.
TEST_F(CheckpointFileTest, WhatBeganAfterAKilledSetAsideIsNotMixedWithTheOld) {
  Fill(*Open(), 40);
  fs::rename(*SetAside(path_, 1), path_ + ".moving");
  last_.clear();
  Fill(*Open(), 1);
  const auto old = FinishSetAside(path_, 1'900'000'000'000'000);
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_EQ(*Walk(*old + "/checkpoints"), 80);
  EXPECT_EQ(*Walk(path_), 2) << "nobody asked for this one";
  fs::rename(*old, path_ + ".moving");
  const auto aside = SetAside(path_, 1'900'000'000'000'000);
  ASSERT_TRUE(aside.ok()) << aside.status();
  EXPECT_EQ(*Walk(*aside + "/checkpoints"), 2);
  EXPECT_EQ(*Walk(*old + "/checkpoints"), 80);
  EXPECT_FALSE(fs::exists(path_) || fs::exists(path_ + ".moving"));
}

}  // namespace
}  // namespace rapport::audit
