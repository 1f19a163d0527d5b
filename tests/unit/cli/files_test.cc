// Files of the command line: what can't be read is said, never thrown.
#include "cli/files.h"

#include "cli/client.h"
#include "support/scratch_folder.h"

#include <gtest/gtest.h>

namespace rapport::cli {
namespace {

TEST(Files, WhatWasWrittenIsReadWhole) {
  const ScratchFolder folder;
  const std::string text("a\0b\n\n", 5);
  ASSERT_TRUE(WriteFile(folder / "file", text).ok());
  const auto read = ReadFile(folder / "file");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, text);
}

TEST(Files, AMissingFileAndAFolderAreNotFoundByName) {
  const ScratchFolder folder;
  for (const std::string& path : {folder / "none", folder.path()}) {
    const auto read = ReadFile(path);
    EXPECT_TRUE(absl::IsNotFound(read.status())) << path;
    EXPECT_EQ(read.status().message(), "cannot read " + path);
  }
}

TEST(Files, ACallOfNobodyAsksForAPerson) {
  const ScratchFolder folder;
  ASSERT_TRUE(WriteFile(folder / "ca.pem", "").ok());
  ASSERT_TRUE(WriteFile(folder / "client.yaml", "authority: ca.pem\nendpoints: {}\n").ok());
  const auto client = Client::Open(folder.path());
  ASSERT_TRUE(client.ok()) << client.status();
  const auto caller = (*client)->As("");
  EXPECT_TRUE(absl::IsInvalidArgument(caller.status()));
  EXPECT_NE(caller.status().message().find("--as NAME"), absl::string_view::npos);
}

}  // namespace
}  // namespace rapport::cli
