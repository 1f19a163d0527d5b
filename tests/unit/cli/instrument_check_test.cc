// `instrument check`: what it prints, as text and as JSON, and when it is content. What a fault
// looks like: unit_alliance.
#include "cli/instrument_check.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <sstream>

namespace rapport::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string Source(const std::string& path) {
  const char* source = std::getenv("RAPPORT_SOURCE");
  return std::string(source == nullptr ? "." : source) + "/" + path;
}

struct Said {
  absl::StatusOr<bool> sound;
  std::string text;
};
Said Check(const std::vector<std::string>& files, bool json) {
  std::ostringstream out;
  auto sound = CheckInstruments(files, json, out);
  return {std::move(sound), out.str()};
}

const std::string kSound = Source("services/alliance/instruments/wai_36.textproto");
const std::string kBroken = Source("tests/data/instruments/broken/values.textproto");

TEST(A1InstrumentCheck, SaysWhatASoundDefinitionHolds) {
  const Said said = Check({kSound}, false);
  ASSERT_TRUE(said.sound.ok());
  EXPECT_TRUE(*said.sound);
  EXPECT_THAT(said.text, EndsWith("nothing is wrong: wai-36 version 1, 36 items, 4 scores\n"));
}

TEST(A1InstrumentCheck, ExplainsEveryFaultAndCountsThem) {
  const Said said = Check({kSound, kBroken}, false);
  ASSERT_TRUE(said.sound.ok());
  EXPECT_FALSE(*said.sound);
  EXPECT_THAT(said.text, HasSubstr(kBroken + ":3:10: error: version: found 0, expected 1 to 9999"));
  EXPECT_THAT(said.text, HasSubstr("errors in " + kBroken));
}

TEST(A1InstrumentCheck, HasTheSameAsJson) {
  const Said said = Check({kSound, kBroken}, true);
  ASSERT_TRUE(said.sound.ok());
  EXPECT_FALSE(*said.sound);
  const auto json = nlohmann::json::parse(said.text);
  ASSERT_EQ(json.size(), 2u);
  EXPECT_TRUE(json[0]["faults"].empty());
  bool found = false;
  for (const auto& fault : json[1]["faults"]) {
    if (fault["path"] != "version") continue;
    found = true;
    EXPECT_EQ(fault["line"], 3);
    EXPECT_EQ(fault["column"], 10);
    EXPECT_EQ(fault["found"], "0");
    EXPECT_EQ(fault["expected"], "1 to 9999");
  }
  EXPECT_TRUE(found);
}

TEST(A1InstrumentCheck, BytesThatAreNoTextAreStillJson) {
  const Said said = Check({Source("tests/data/instruments/broken/binary.textproto")}, true);
  EXPECT_TRUE(nlohmann::json::accept(said.text));
}

TEST(A1InstrumentCheck, NamesAFileThatIsNotThere) {
  const Said said = Check({"no-such-file.textproto"}, false);
  EXPECT_TRUE(absl::IsNotFound(said.sound.status()));
  EXPECT_THAT(std::string(said.sound.status().message()), HasSubstr("no-such-file.textproto"));
}

}  // namespace
}  // namespace rapport::cli
