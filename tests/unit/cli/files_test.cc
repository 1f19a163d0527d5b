// Files of the command line: what can't be read is said, never thrown.
#include "cli/files.h"

#include "cli/client.h"
#include "platform/schema/errors.h"
#include "support/scratch_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <sstream>

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

TEST(Files, OnlyARegularFileIsReplaced) {
  const ScratchFolder folder;
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  std::filesystem::create_directory(folder / "folder");
  std::filesystem::create_symlink("fifo", folder / "link-to-fifo");
  std::filesystem::create_symlink("nothing", folder / "dangling");
  for (const char* name : {"fifo", "folder", "link-to-fifo", "dangling"}) {
    const auto before = std::filesystem::symlink_status(folder / name).type();
    EXPECT_TRUE(absl::IsInvalidArgument(WriteFile(folder / name, "text"))) << name;
    EXPECT_EQ(std::filesystem::symlink_status(folder / name).type(), before) << name;
  }
}

TEST(Files, ALinkStaysOneAndItsFileIsWritten) {
  const ScratchFolder folder;
  WriteText(folder / "file", "before");
  std::filesystem::create_symlink("file", folder / "link");
  ASSERT_TRUE(WriteFile(folder / "link", "after").ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(ReadText(folder / "file"), "after");
}

TEST(Files, WhatCouldNotBePrintedIsSaid) {
  std::ostringstream out;
  out << "text";
  EXPECT_TRUE(Printed(out).ok());
  out.setstate(std::ios::badbit);
  EXPECT_TRUE(absl::IsUnavailable(Printed(out)));
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

TEST(Explain, CallsWhatAConditionIsAboutAsPeopleDo) {
  const absl::Status unmet = schema::Unmet(
      "SAFETY_SCREEN_DUE", "not yet", {{"SAFETY_SCREEN_DUE", "families/1/members/2", "a screen"}});
  EXPECT_NE(Explain(unmet).find("(families/1/members/2): a screen"), std::string::npos);
  EXPECT_NE(Explain(unmet, [](std::string_view) { return "Zoë"; }).find("(Zoë): a screen"),
            std::string::npos);
  EXPECT_NE(Explain(schema::Unmet("USED", "no", {{"USED", "", "once"}})).find("unmet USED: once"),
            std::string::npos);
}

TEST(Explain, NamesWhatIsThereAlready) {
  EXPECT_NE(Explain(schema::AlreadyExists("families/1")).find("\n  resource: families/1"),
            std::string::npos);
}

TEST(Reached, SaysWhichServiceIsDownAndNoCommandThatDeletesData) {
  const absl::Status down =
      Reached(absl::UnavailableError("failed to connect to all addresses"), "goals", "host:1");
  EXPECT_TRUE(absl::IsUnavailable(down));
  EXPECT_NE(down.message().find("the goals service does not answer at host:1"), std::string::npos);
  EXPECT_EQ(down.message().find("demo"), std::string::npos);
  EXPECT_EQ(Reached(absl::NotFoundError("x"), "goals", "host:1"), absl::NotFoundError("x"));
}

}  // namespace
}  // namespace rapport::cli
