// The pieces of a ratings import: the file part by part, columns by its own titles, calls that a
// second run repeats, what is said of each row.
#include "cli/column_map.h"
#include "cli/csv_file.h"
#include "cli/import_report.h"
#include "cli/rating_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace rapport::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const RatingsImport kAs{.system = "old", .instrument = "instruments/x.1", .columns = ""};

// A file of its own, gone with the test.
class FileOf {
 public:
  explicit FileOf(std::string_view text)
      : path_(testing::TempDir() + "rating_import_" +
              testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv") {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~FileOf() { std::filesystem::remove(path_); }
  FileOf(const FileOf&) = delete;
  FileOf& operator=(const FileOf&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

TEST(CsvFile, AFileOfAnyLengthIsReadInPartsInItsOrder) {
  std::string text =
      "\xEF\xBB\xBF"
      "family_id;text\n";
  for (int i = 0; i < 45'000; ++i) text += std::to_string(i) + ";\"a\nb\"\n";
  const FileOf file(text);
  const auto csv = CsvFile::Open(file.path());
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_EQ((*csv)->rows(), 45'000u);
  int next = 0;
  for (const std::size_t size : {20'000u, 20'000u, 5'000u, 0u}) {
    const Csv part = (*csv)->Next(kRowsPerCall);
    EXPECT_THAT(part.header, ElementsAre("family_id", "text"));
    ASSERT_THAT(part.rows, SizeIs(size));
    for (const CsvRow& row : part.rows) {
      ASSERT_EQ(row.cells[0], std::to_string(next));
      ASSERT_EQ(row.line, 2 + 2 * next++);
    }
  }
}

TEST(CsvFile, AQuoteThatNeverClosesIsToldBeforeAnythingIsRead) {
  const FileOf file("a,b\n1,2\n3,\"4\n");
  EXPECT_THAT(CsvFile::Open(file.path()).status().message(), HasSubstr("line 3: "));
}

TEST(CsvFile, WhatCannotBeReadTwiceIsRefused) {
  EXPECT_TRUE(absl::IsNotFound(CsvFile::Open("no/such/file").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(CsvFile::Open("/dev/null").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(CsvFile::Open(testing::TempDir()).status()));
}

TEST(CsvFile, ItsDigestIsThatOfEveryByte) {
  const auto digest = [](std::string_view text) {
    const FileOf file(text);
    return (*CsvFile::Open(file.path()))->digest();
  };
  const std::string rows(300'000, '1');
  EXPECT_EQ(digest("a,b\n" + rows), digest("a,b\n" + rows));
  EXPECT_NE(digest("a,b\n" + rows), digest("a,b\n" + rows + "2"));
  EXPECT_NE(digest("a,b\n" + rows), digest("a,c\n" + rows));
}

TEST(ColumnMap, TheFilesTitlesStandForTheNamesThatAreExpected) {
  Csv csv = ReadCsv("Client;Person;Nr;Q1;Q2\nF1;M1;1;3;4\n");
  ASSERT_TRUE(NameColumns("family_id=Client, member_id=Person,session=Nr,i01=Q1,i02=Q2", csv).ok());
  EXPECT_THAT(csv.header, ElementsAre("family_id", "member_id", "session", "i01", "i02"));
  alliance::v1::Scale scale;
  scale.set_step_thousandths(1000);
  const auto read = ReadRatings(csv, scale);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_THAT(read->rows, SizeIs(1));
  EXPECT_EQ(read->rows[0].family(), "F1");
  EXPECT_EQ(read->rows[0].answers(1).steps(), 4);
}

TEST(ColumnMap, WithoutOneTheTitlesStay) {
  Csv csv = ReadCsv("family_id,x\n");
  ASSERT_TRUE(NameColumns("", csv).ok());
  EXPECT_THAT(csv.header, ElementsAre("family_id", "x"));
}

// Two columns of one name would leave it to chance which is read.
TEST(ColumnMap, ATitleThatIsNowAnothersNameIsReadNoMore) {
  Csv csv = ReadCsv("session,Nr\n9,1\n");
  ASSERT_TRUE(NameColumns("session=Nr", csv).ok());
  EXPECT_EQ(csv.Cell(csv.rows[0], csv.Column("session")), "1");
}

TEST(ColumnMap, SaysWhatIsWrongWithIt) {
  const auto fault = [](std::string_view mapping) {
    Csv csv = ReadCsv("a,b\n");
    return std::string(NameColumns(mapping, csv).message());
  };
  EXPECT_THAT(fault("family_id"), HasSubstr("NAME=TITLE"));
  EXPECT_THAT(fault("family_id=Client"), HasSubstr("no column 'Client'"));
  EXPECT_THAT(fault("i01=a,i01=b"), HasSubstr("i01 is named twice"));
}

TEST(RatingCalls, TheHeaderComesFirstAndEveryRowOnce) {
  std::vector<alliance::v1::ImportRow> rows(1'200);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].set_line(static_cast<int>(i));
  const auto messages = MessagesOf(rows, "id", kAs);
  ASSERT_THAT(messages, SizeIs(3));
  int next = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    alliance::v1::ImportRatingsRequest message;
    ASSERT_TRUE(message.ParseFromString(messages[i]));
    EXPECT_EQ(message.has_header(), i == 0);
    for (const auto& row : message.rows()) EXPECT_EQ(row.line(), next++);
  }
  EXPECT_EQ(next, 1'200);
}

// What was recorded under a request id is answered as it was: a second run must have the same ones,
// and nothing else may.
TEST(RatingCalls, TheSameFileInTheSameWayHasTheSameRequestIds) {
  EXPECT_EQ(CallId("digest", kAs, 2), CallId("digest", kAs, 2));
  std::set<std::string> ids{CallId("digest", kAs, 2), CallId("digest", kAs, 20'002),
                            CallId("another", kAs, 2)};
  for (std::string RatingsImport::* part :
       {&RatingsImport::system, &RatingsImport::instrument, &RatingsImport::columns}) {
    RatingsImport as = kAs;
    as.*part += "x";
    ids.insert(CallId("digest", as, 2));
  }
  EXPECT_THAT(ids, SizeIs(6));
  for (const std::string& id : ids) {
    EXPECT_THAT(id, testing::MatchesRegex(
                        "[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"));
  }
}

TEST(RatingCalls, TheBarIsFullAtTheEnd) {
  EXPECT_EQ(ProgressBar(40'000, 80'000),
            "  [###############...............]  40,000 of 80,000 rows");
  EXPECT_THAT(ProgressBar(5, 5), HasSubstr("[##############################]"));
  EXPECT_THAT(ProgressBar(0, 1'234'567), HasSubstr("0 of 1,234,567"));
}

TEST(Ratings, WhoIsRatedIsTheTherapistUnlessTheFileSays) {
  alliance::v1::Scale scale;
  scale.set_step_thousandths(1000);
  const auto read = ReadRatings(
      ReadCsv("family_id,member_id,session,professional_id,i01\nF1,M1,1,T2,5\nF1,M1,2,,5\n"),
      scale);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->rows[0].professional(), "T2");
  EXPECT_EQ(read->rows[1].professional(), "");
}

alliance::v1::ImportRatingsResponse Answer() {
  alliance::v1::ImportRatingsResponse response;
  alliance::v1::ImportOutcome& good = *response.add_outcomes();
  good.set_line(2);
  good.set_rating("families/f/ratings/r");
  alliance::v1::ImportOutcome& bad = *response.add_outcomes();
  bad.set_line(4);
  bad.mutable_error()->set_reason("INVALID_ARGUMENT");
  for (const char* field : {"member", "answers[0].steps"}) {
    type::v1::RowError& error = *bad.add_errors();
    error.set_reason("INVALID_ARGUMENT");
    error.set_field(field);
    error.set_message("1, \"2\"");
  }
  alliance::v1::ImportOutcome& known = *response.add_outcomes();
  known.set_line(5);
  known.mutable_error()->set_reason("ALREADY_EXISTS");
  return response;
}

std::string Reported(ReportAs as) {
  std::ostringstream out;
  ImportReport report("f.csv", as, out);
  report.Add({{3, "i01 is no number of the instrument's scale"}}, Answer());
  EXPECT_EQ(report.Summary(), "1 ratings recorded, 2 refused, 1 known");
  EXPECT_TRUE(report.any_refused());
  return out.str();
}

TEST(ImportReport, WhatIsOnRecordOtherwiseIsToldAndCountedApart) {
  alliance::v1::ImportRatingsResponse response;
  alliance::v1::ImportOutcome& known = *response.add_outcomes();
  known.set_line(2);
  known.set_rating("families/f/ratings/r");
  known.set_known(true);
  alliance::v1::ImportOutcome& other = *response.add_outcomes();
  other.set_line(3);
  type::v1::RowError& error = *other.add_errors();
  error.set_reason("RATING_DIFFERS");
  error.set_field("answers[4].steps");
  error.set_message("as it is on record");
  other.mutable_error()->set_reason(error.reason());
  std::ostringstream out;
  ImportReport report("f.csv", ReportAs::kText, out);
  report.Add({}, response);
  EXPECT_EQ(report.Summary(),
            "0 ratings recorded, 0 refused, 1 known, 1 on record with other answers, which stay");
  EXPECT_EQ(out.str(), "  f.csv:3: RATING_DIFFERS answers[4].steps: as it is on record\n");
  EXPECT_TRUE(report.any_refused());
}

TEST(ImportReport, APersonReadsEveryBadRowWithItsLineAndAllThatIsWrongInTheOrderOfTheFile) {
  EXPECT_EQ(Reported(ReportAs::kText),
            "  f.csv:3: i01 is no number of the instrument's scale\n"
            "  f.csv:4: INVALID_ARGUMENT member: 1, \"2\"; INVALID_ARGUMENT answers[0].steps: 1, "
            "\"2\"\n");
}

TEST(ImportReport, AProgramReadsAnObjectALineForEveryRow) {
  std::istringstream lines(Reported(ReportAs::kJson));
  std::vector<std::string> reasons;
  for (std::string line; std::getline(lines, line);) {
    const auto tree = nlohmann::json::parse(line);
    reasons.push_back(tree.contains("rating") ? tree["rating"] : tree["error"]["reason"]);
  }
  EXPECT_THAT(reasons, ElementsAre("families/f/ratings/r", "ROW_UNREADABLE", "INVALID_ARGUMENT",
                                   "ALREADY_EXISTS"));
}

TEST(ImportReport, OrATableWithARowForEachFault) {
  const Csv csv = ReadCsv(Reported(ReportAs::kCsv));
  EXPECT_THAT(csv.header, ElementsAre("line", "rating", "reason", "field", "message"));
  ASSERT_THAT(csv.rows, SizeIs(5));
  EXPECT_THAT(csv.rows[0].cells, ElementsAre("2", "families/f/ratings/r", "", "", ""));
  EXPECT_THAT(csv.rows[2].cells, ElementsAre("4", "", "INVALID_ARGUMENT", "member", "1, \"2\""));
  EXPECT_THAT(csv.rows[3].cells[3], "answers[0].steps");
}

}  // namespace
}  // namespace rapport::cli
