// Key files: read strictly, refused with a reason that never shows their content.
#include "platform/crypto/key_file.h"

#include "platform/crypto/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace rapport::crypto {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kDigits(64, 'a');

class KeyFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = testing::TempDir() + "key_file_XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    path_ = folder + "/key";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Refusal(const std::string& text, mode_t mode = 0600) {
    EXPECT_TRUE(ReplaceFile(path_, text, mode).ok());
    const auto keys = ReadKeyFile(path_, 2);
    EXPECT_TRUE(absl::IsFailedPrecondition(keys.status())) << keys.status();
    EXPECT_THAT(std::string(keys.status().message()), HasSubstr(path_));
    EXPECT_THAT(std::string(keys.status().message()), Not(HasSubstr("aaaaaaaa")));
    return std::string(keys.status().message());
  }

  std::string folder_, path_;
};

TEST_F(KeyFile, GivesBackTheKeysWritten) {
  std::vector<Secret> keys;
  keys.push_back(NewSecret());
  keys.push_back(NewSecret());
  ASSERT_TRUE(WriteKeyFile(path_, keys).ok());
  const auto read = ReadKeyFile(path_, 2);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].view(), keys[0].view());
  EXPECT_EQ((*read)[1].view(), keys[1].view());
  EXPECT_NE(keys[0].view(), keys[1].view());
}

TEST_F(KeyFile, IsWrittenForItsOwnerOnly) {
  ASSERT_TRUE(WriteKeyFile(path_, std::vector<Secret>(1)).ok());
  struct stat facts{};
  ASSERT_EQ(stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  int files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(folder_)) ++files;
  EXPECT_EQ(files, 1) << "a temporary file stays behind";
}

TEST_F(KeyFile, AcceptsWhatAClusterMounts) {
  ASSERT_TRUE(ReplaceFile(path_, std::string(64, 'A'), 0440).ok());  // no newline, group may read
  EXPECT_TRUE(ReadKeyFile(path_, 1).ok());
}

TEST_F(KeyFile, IsRefusedWhenEverybodyMayOpenIt) {
  for (const mode_t mode : {0604, 0602, 0666}) {
    EXPECT_THAT(Refusal(kDigits, mode), HasSubstr("chmod 600"));
  }
}

TEST_F(KeyFile, IsRefusedWithItsLineAndLength) {
  EXPECT_THAT(Refusal(kDigits.substr(1)), HasSubstr("line 1 is not 64 hex digits (it has 63"));
  EXPECT_THAT(Refusal(kDigits + "\n" + kDigits + "0\n"), HasSubstr("line 2 is not 64 hex digits"));
  EXPECT_THAT(Refusal("g" + kDigits.substr(1)), HasSubstr("line 1 is not 64 hex digits"));
  EXPECT_THAT(Refusal(kDigits + "\r\n"), HasSubstr("it has 65"));
}

TEST_F(KeyFile, IsRefusedWithNoOrTooManyKeys) {
  EXPECT_THAT(Refusal(""), HasSubstr("holds 0 keys"));
  EXPECT_THAT(Refusal(kDigits + "\n" + kDigits + "\n" + kDigits), HasSubstr("holds 3 keys"));
  EXPECT_THAT(Refusal(std::string(100'000, '\n')), HasSubstr("longer than"));
}

TEST_F(KeyFile, SaysWhyItCannotBeOpened) {
  const auto missing = ReadKeyFile(folder_ + "/none", 1);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("No such file"));
  EXPECT_TRUE(absl::IsFailedPrecondition(missing.status()));
  const auto folder = ReadKeyFile(folder_, 1);
  EXPECT_THAT(std::string(folder.status().message()), HasSubstr("is no file"));
  EXPECT_FALSE(WriteKeyFile(folder_ + "/none/key", std::vector<Secret>(1)).ok());
}

}  // namespace
}  // namespace rapport::crypto
