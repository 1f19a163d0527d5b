// A key set on disk that rotates, breaks, vanishes and comes back.
#include "platform/crypto/key_set_file.h"

#include "signing_keys.h"
#include "support/scratch_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace rapport::crypto {
namespace {

constexpr std::int64_t kStart = 1'800'000'000;
constexpr std::int64_t kHour = 3'600;

class KeySetFileTest : public testing::Test {
 protected:
  // In one step and with a new inode, as mounts and rapport-admin do it.
  void Publish(const std::string& text) { ASSERT_TRUE(ReplaceFile(path_, text, 0644).ok()); }
  void PublishKey(const std::string& kid) { Publish(KeySetOf({P256Jwk(key_.get(), kid)}).dump()); }
  std::unique_ptr<KeySetFile> Open() {
    return std::make_unique<KeySetFile>(path_, kStart, [this](const absl::Status& problem) {
      problems_.emplace_back(problem.message());
    });
  }
  static bool Has(const KeySetFile& file, const std::string& kid) {
    return file.keys() != nullptr && file.keys()->Find(kid) != nullptr;
  }

  ScratchFolder folder_;
  const std::string path_ = folder_ / "jwks.json";
  const KeyPair key_ = NewP256Key();
  std::vector<std::string> problems_;
};

TEST_F(KeySetFileTest, IsReadAtOnce) {
  PublishKey("one");
  EXPECT_TRUE(Has(*Open(), "one"));
  EXPECT_TRUE(problems_.empty());
}

TEST_F(KeySetFileTest, IsReadAgainWhenItChangesAndALookIsDue) {
  PublishKey("one");
  const auto file = Open();
  PublishKey("two");
  const auto before = file->generation();
  file->Look(kStart + KeySetFile::kLookSeconds - 1);
  EXPECT_TRUE(Has(*file, "one"));
  EXPECT_EQ(file->generation(), before);
  file->Look(kStart + KeySetFile::kLookSeconds);
  EXPECT_TRUE(Has(*file, "two"));
  EXPECT_FALSE(Has(*file, "one")) << "a withdrawn key must not go on";
  EXPECT_NE(file->generation(), before);
}

TEST_F(KeySetFileTest, AnUnknownKeyIdReadsAtOnceButNotOften) {
  PublishKey("one");
  const auto file = Open();
  PublishKey("two");
  file->LookForUnknown(kStart + 1);
  EXPECT_TRUE(Has(*file, "two"));
  PublishKey("three");
  file->LookForUnknown(kStart + KeySetFile::kUnknownSeconds);
  EXPECT_FALSE(Has(*file, "three"));
  file->LookForUnknown(kStart + 1 + KeySetFile::kUnknownSeconds);
  EXPECT_TRUE(Has(*file, "three"));
}

TEST_F(KeySetFileTest, TheSameContentIsTheSameGeneration) {
  PublishKey("one");
  const auto file = Open();
  const auto before = file->generation();
  file->LookForUnknown(kStart + 1);
  PublishKey("one");
  file->Look(kStart + 100);
  EXPECT_EQ(file->generation(), before) << "strangers could empty the cache of verified tokens";
}

TEST_F(KeySetFileTest, KeepsTheLastGoodKeysThroughGarbage) {
  PublishKey("one");
  const auto file = Open();
  for (const std::string& garbage :
       {std::string("garbage"), std::string("{\"keys\":[]}"), std::string(),
        "{\"keys\":[" + std::string(10 << 20, ' ') + "]}"}) {
    Publish(garbage);
    file->LookForUnknown(kStart + 100);
    EXPECT_TRUE(Has(*file, "one"));
    EXPECT_FALSE(problems_.empty());
  }
  PublishKey("two");
  file->Look(kStart + 1'000);
  EXPECT_TRUE(Has(*file, "two"));
}

TEST_F(KeySetFileTest, TellsAProblemOnce) {
  PublishKey("one");
  const auto file = Open();
  Publish("garbage");
  for (int look = 1; look < 5; ++look) file->Look(kStart + look * 10);
  ASSERT_EQ(problems_.size(), 1u);
  EXPECT_NE(problems_[0].find(path_), std::string::npos);
  EXPECT_EQ(problems_[0].find("garbage"), std::string::npos);
  PublishKey("two");
  file->Look(kStart + 100);
  Publish("garbage");
  file->Look(kStart + 200);
  EXPECT_EQ(problems_.size(), 2u) << "after it was good, the same problem is news";
}

TEST_F(KeySetFileTest, ForgetsTheLastGoodKeysAfterADay) {
  PublishKey("one");
  const auto file = Open();
  const std::string away = folder_ / "away";
  std::filesystem::rename(path_, away);
  file->Look(kStart + 23 * kHour);
  EXPECT_TRUE(Has(*file, "one"));
  EXPECT_EQ(file->AgeSeconds(kStart + 23 * kHour), 23 * kHour);
  const auto before = file->generation();
  file->Look(kStart + 24 * kHour);
  EXPECT_EQ(file->keys(), nullptr);
  EXPECT_NE(file->generation(), before) << "tokens verified before must be refused too";
  std::filesystem::rename(away, path_);  // the same file, unchanged
  file->Look(kStart + 25 * kHour);
  EXPECT_TRUE(Has(*file, "one"));
  EXPECT_EQ(file->AgeSeconds(kStart + 25 * kHour), 0);
}

TEST_F(KeySetFileTest, AnUnchangedFileStaysGoodForEver) {
  PublishKey("one");
  const auto file = Open();
  file->Look(kStart + 1'000 * kHour);
  EXPECT_TRUE(Has(*file, "one"));
}

TEST_F(KeySetFileTest, MayComeLater) {
  const auto file = Open();
  EXPECT_EQ(file->keys(), nullptr);
  EXPECT_EQ(problems_.size(), 1u);
  PublishKey("one");
  file->Look(kStart + 10);
  EXPECT_TRUE(Has(*file, "one"));
}

}  // namespace
}  // namespace rapport::crypto
