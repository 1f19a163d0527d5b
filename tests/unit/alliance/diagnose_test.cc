// How faults of an instrument's text are explained: golden texts, and the parts of a diagnosis.
#include "alliance/instruments/diagnose.h"

#include "unit/alliance/builders.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>

namespace rapport::alliance::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

constexpr std::string_view kFolder = "tests/data/instruments/broken";

std::string Explained(const std::string& file) {
  const std::string text = ReadSource(std::string(kFolder) + "/" + file);
  return ShowDiagnoses(file, text, DiagnoseInstrument(text).diagnoses);
}

// RAPPORT_UPDATE_GOLDEN=1 writes them anew: look at the difference before you keep it.
TEST(Diagnose, EveryBrokenFileIsExplainedAsItsGoldenTextSays) {
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(SourcePath(kFolder))) {
    if (entry.path().extension() == ".textproto") files.insert(entry.path().filename());
  }
  EXPECT_EQ(files.size(), 8u);
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    const fs::path golden =
        fs::path(SourcePath(kFolder)) / fs::path(file).replace_extension(".txt");
    const std::string explained = Explained(file);
    EXPECT_NE(explained, "") << "nothing is wrong with it";
    if (std::getenv("RAPPORT_UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << explained;
    std::ifstream in(golden);
    const std::string expected((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(explained, expected);
  }
}

TEST(Diagnose, NothingIsWrongWithWhatIsShippedButStructureAlone) {
  for (const EmbeddedText& one : EmbeddedInstruments()) {
    const DiagnosedInstrument read = DiagnoseInstrument(one.text);
    if (read.instrument.key_from_licence()) {
      EXPECT_THAT(read.diagnoses, ElementsAre(Field(&Diagnosis::path, "key_from_licence")));
    } else {
      EXPECT_THAT(read.diagnoses, IsEmpty()) << one.file;
    }
  }
}

TEST(Diagnose, SaysWhereInCodePointsWhatStandsThereAndWhatShould) {
  std::string text(EmbeddedInstruments()[0].text);
  for (const EmbeddedText& one : EmbeddedInstruments()) {
    if (one.file == "srs.textproto") text = one.text;
  }
  const std::string sound = "min_answered_percent: 100";
  const std::size_t at = text.find(sound);
  ASSERT_NE(at, std::string::npos);
  const int line = static_cast<int>(std::count(text.begin(), text.begin() + at, '\n')) + 1;
  text.replace(at, sound.size(), "/* ü */ min_answered_percent: 101");
  // The text format has no such comments: the slash is the first thing that can't be read.
  EXPECT_EQ(DiagnoseInstrument(text).diagnoses.at(0).line, line);
  text.replace(text.find("/* ü */"), std::string("/* ü */").size(), "");
  const auto diagnoses = DiagnoseInstrument(text).diagnoses;
  EXPECT_THAT(diagnoses,
              ElementsAre(AllOf(Field(&Diagnosis::path, "min_answered_percent"),
                                Field(&Diagnosis::line, line), Field(&Diagnosis::column, 24),
                                Field(&Diagnosis::length, 3), Field(&Diagnosis::found, "101"),
                                Field(&Diagnosis::expected, HasSubstr("1 to 100")))));
}

TEST(Diagnose, CutsLongLinesAndNeverMovesTheCursor) {
  const std::string text = "code: \"" + std::string(5'000, 'x') + "\033[2J\"\n";
  const std::string shown = ShowDiagnoses("f", text, DiagnoseInstrument(text).diagnoses);
  EXPECT_EQ(shown.find('\033'), std::string::npos);
  EXPECT_LT(shown.size(), 10'000u);
}

TEST(Diagnose, StopsAtTheMostThatSomebodyReads) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "wrong" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(DiagnoseInstrument(text).diagnoses.size(), kMostDiagnoses);
}

}  // namespace
}  // namespace rapport::alliance::testing
