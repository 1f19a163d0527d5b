// Reading of small files: whole, bounded, and with no more memory than the file needs.
#include "platform/crypto/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <string>

namespace rapport::crypto {
namespace {

using testing::HasSubstr;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = testing::TempDir() + "files_XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    path_ = folder + "/file";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_, path_;
};

// A pod with a limit of 384 MiB was killed at its start by a bound of 1 GiB on a file of no bytes.
TEST_F(Files, AWideBoundCostsNoMemory) {
  for (const std::string& text : {std::string(), std::string("short"), std::string(100'000, 'x')}) {
    ASSERT_TRUE(ReplaceFile(path_, text, 0600).ok());
    const auto read = ReadFile(path_, std::numeric_limits<std::size_t>::max());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->text, text);
  }
}

TEST_F(Files, TheBoundIsTheLongestThatIsRead) {
  ASSERT_TRUE(ReplaceFile(path_, "12345", 0600).ok());
  EXPECT_EQ(ReadFile(path_, 5)->text, "12345");
  const auto refused = ReadFile(path_, 4);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status())) << refused.status();
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("longer than 4 bytes"));
}

// Files of /proc say that they are empty and are not.
TEST_F(Files, AFileThatIsLongerThanItSaysIsReadWhole) {
  const auto read = ReadFile("/proc/self/maps", 1 << 20);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->text, HasSubstr("[stack]"));
}

}  // namespace
}  // namespace rapport::crypto
