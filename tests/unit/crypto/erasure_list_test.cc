#include "platform/crypto/erasure_list.h"

#include "platform/crypto/files.h"
#include "platform/crypto/key_file.h"
#include "support/eventually.h"
#include "support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>

namespace rapport::crypto {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ErasureListTest : public testing::Test {
 protected:
  std::unique_ptr<ErasureList> Open() {
    auto list = ErasureList::Open({path_}, suite_);
    EXPECT_TRUE(list.ok()) << list.status();
    return *std::move(list);
  }
  std::string Text() { return ReadFile(path_, 1 << 20)->text; }

  const ScratchFolder folder_;
  const std::string path_ = folder_ / "notes.keys.db.erased";
  const SuiteSecret suite_{NewSecret()};
  const std::string one_ = std::string(16, '\1'), two_ = std::string(16, '\2');
};

TEST_F(ErasureListTest, RemembersAcrossARestart) {
  auto list = Open();
  EXPECT_FALSE(list->Contains("harbour", one_));
  ASSERT_TRUE(list->Add("harbour", one_, 7).ok());
  ASSERT_TRUE(list->Add("harbour", two_, 8).ok());
  ASSERT_TRUE(list->Add("harbour", one_, 9).ok()) << "adding again changes nothing";
  EXPECT_TRUE(list->Contains("harbour", one_));
  EXPECT_FALSE(list->Contains("lighthouse", one_)) << "an id is one agency's";
  EXPECT_THAT(Open()->All(),
              ElementsAre(ErasedFamily{"harbour", one_, 7}, ErasedFamily{"harbour", two_, 8}));
}

TEST_F(ErasureListTest, ListsPutTogetherAreOne) {
  const std::string other = folder_ / "other.erased";
  {
    auto list = ErasureList::Open({other}, suite_);
    ASSERT_TRUE((*list)->Add("harbour", two_, 8).ok());
  }
  ASSERT_TRUE(Open()->Add("harbour", one_, 7).ok());
  const std::string both = Text() + ReadFile(other, 1 << 20)->text + Text();
  ASSERT_TRUE(ReplaceFile(path_, both, 0600).ok());
  EXPECT_EQ(Open()->All().size(), 2u);
}

TEST_F(ErasureListTest, ALostFileIsMadeGoodFromTheOther) {
  const std::string copy = folder_ / "checkpoints.erased";
  {
    auto list = ErasureList::Open({path_, copy}, suite_);
    ASSERT_TRUE((*list)->Add("harbour", one_, 7).ok());
  }
  EXPECT_EQ(ReadFile(copy, 1 << 20)->text, Text());
  ASSERT_TRUE(ReplaceFile(path_, "", 0600).ok());
  const auto list = ErasureList::Open({path_, copy}, suite_);
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_TRUE((*list)->Contains("harbour", one_));
  EXPECT_EQ(ReadFile(copy, 1 << 20)->text, Text());
}

// A line that somebody made up would destroy a family; a line that went missing in part would let
// one come back.
TEST_F(ErasureListTest, ALineThatIsNotTheSuitesKeepsTheServiceFromStarting) {
  ASSERT_TRUE(Open()->Add("harbour", one_, 7).ok());
  const std::string good = Text();
  std::string forged = good;
  forged[forged.find("01")] = '2';
  for (const std::string& bad : {forged, good.substr(0, good.size() - 1), good + "1 harbour\n",
                                 good + "\n", std::string("no list\n")}) {
    ASSERT_TRUE(ReplaceFile(path_, bad, 0600).ok());
    const auto opened = ErasureList::Open({path_}, suite_);
    EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss) << bad;
  }
  ASSERT_TRUE(ReplaceFile(path_, good, 0600).ok());
  const SuiteSecret stranger{NewSecret()};
  EXPECT_EQ(ErasureList::Open({path_}, stranger).status().code(), absl::StatusCode::kDataLoss);
}

// A line that a crash cut is made whole from the one that stands beside the list; nothing else is.
TEST_F(ErasureListTest, ALineThatACrashCutIsEndedAtTheNextStart) {
  ASSERT_TRUE(Open()->Add("harbour", one_, 7).ok());
  const std::string before = Text();
  ASSERT_TRUE(Open()->Add("harbour", two_, 8).ok());
  const std::string after = Text(), line = after.substr(before.size());
  for (std::size_t written = 0; written <= line.size(); written += written == 0 ? 1 : 7) {
    ASSERT_TRUE(ReplaceFile(path_, before + line.substr(0, written), 0600).ok());
    ASSERT_TRUE(ReplaceFile(path_ + ".next", line, 0600).ok());
    const auto read = ErasureList::Read(path_, suite_);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->size(), 2u) << written;
    EXPECT_EQ(Text(), before + line.substr(0, written)) << "reading writes nothing";
    EXPECT_TRUE(std::filesystem::exists(path_ + ".next"));
    EXPECT_TRUE(Open()->Contains("harbour", two_));
    EXPECT_EQ(Text(), after) << written;
    EXPECT_FALSE(std::filesystem::exists(path_ + ".next"));
  }
  ASSERT_TRUE(ReplaceFile(path_, before + "1 harb", 0600).ok());
  ASSERT_TRUE(ReplaceFile(path_ + ".next", "1 meadow\n", 0600).ok());
  EXPECT_TRUE(absl::IsDataLoss(ErasureList::Read(path_, suite_).status()));
  EXPECT_TRUE(absl::IsDataLoss(ErasureList::Open({path_}, suite_).status()));
}

// Longer than 64 MiB, at which a list once stopped every start.
TEST_F(ErasureListTest, HasNoLengthAtWhichItFails) {
  ASSERT_TRUE(Open()->Add("harbour", one_, 7).ok());
  std::string many;
  const std::string line = Text();
  while (many.size() <= 64u << 20) many += line;
  ASSERT_TRUE(ReplaceFile(path_, many, 0600).ok());
  EXPECT_THAT(Open()->All(), ElementsAre(ErasedFamily{"harbour", one_, 7}));
}

TEST_F(ErasureListTest, AddingCostsALineHoweverManyThereAre) {
  std::string many = [&] {
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(Open()->Add("harbour", std::string(15, 'f') + static_cast<char>(i), 7).ok());
    }
    return Text();
  }();
  auto list = Open();
  const auto inode = StampOf(path_)->inode;
  ASSERT_TRUE(list->Add("harbour", one_, 8).ok());
  EXPECT_EQ(StampOf(path_)->inode, inode) << "appended to, not written anew";
  EXPECT_TRUE(Text().starts_with(many));
  EXPECT_EQ(Open()->All().size(), 51u);
}

// Every event that comes in asks, on a thread that has calls to serve.
TEST_F(ErasureListTest, WhoAsksWaitsForNoDisk) {
  auto list = Open();
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);  // to open it waits until somebody writes
  auto adding = std::async(std::launch::async, [&] { return list->Add("harbour", one_, 7); });
  const bool begun = support::Eventually([&] { return std::filesystem::exists(path_ + ".next"); });
  auto asked = std::async(std::launch::async, [&] { return list->Contains("harbour", two_); });
  const auto answered = asked.wait_for(std::chrono::seconds(20));
  std::ofstream(path_) << "";
  EXPECT_TRUE(begun);
  EXPECT_EQ(answered, std::future_status::ready);
  // A pipe takes a line as well, once somebody reads.
  std::ifstream(path_).get();
  adding.get().IgnoreError();
}

// Again and again until the disk has room: the relay does so for ever with what passes.
TEST_F(ErasureListTest, AFileThatCantBeWrittenIsMadeGoodByCallingAgain) {
  const std::string elsewhere = folder_ / "elsewhere", copy = elsewhere + "/erased";
  auto list = *ErasureList::Open({path_, copy}, suite_);
  for (const int now : {7, 8, 9}) {
    EXPECT_TRUE(absl::IsUnavailable(list->Add("harbour", one_, now)));
    EXPECT_FALSE(list->Contains("harbour", one_));
  }
  EXPECT_FALSE(list->Add("harbour", two_, 9).ok());
  std::filesystem::create_directory(elsewhere);
  ASSERT_TRUE(list->Add("harbour", one_, 10).ok());
  ASSERT_TRUE(list->Add("harbour", two_, 10).ok());
  EXPECT_THAT(list->All(),
              ElementsAre(ErasedFamily{"harbour", one_, 7}, ErasedFamily{"harbour", two_, 9}));
  EXPECT_EQ(std::ranges::count(Text(), '\n'), 2);
  EXPECT_EQ(ReadFile(copy, 1 << 20)->text, Text());
}

TEST_F(ErasureListTest, IsReadableByItsOwnerOnly) {
  ASSERT_TRUE(Open()->Add("harbour", one_, 7).ok());
  EXPECT_EQ(ReadFile(path_, 1 << 20)->mode & 0777, 0600u);
}

}  // namespace
}  // namespace rapport::crypto
