// CSV as people and spreadsheets write it.
#include "cli/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

namespace rapport::cli {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(Csv, QuotesHoldCommasQuotesAndLineBreaks) {
  const Csv csv = ReadCsv("id,text\n1,\"a, \"\"b\"\"\nc\"\n2,d\n");
  EXPECT_THAT(csv.header, ElementsAre("id", "text"));
  ASSERT_THAT(csv.rows, SizeIs(2));
  EXPECT_THAT(csv.rows[0].cells, ElementsAre("1", "a, \"b\"\nc"));
  EXPECT_THAT(csv.rows[1].cells, ElementsAre("2", "d"));
}

TEST(Csv, RowsKnowTheirLineEvenAfterABreakInsideACell) {
  const Csv csv = ReadCsv("id,text\n1,\"a\nb\"\n\n2,c\n");
  ASSERT_THAT(csv.rows, SizeIs(2));
  EXPECT_EQ(csv.rows[0].line, 2);
  EXPECT_EQ(csv.rows[1].line, 5);
}

TEST(Csv, SpreadsheetsWriteAByteOrderMarkAndCarriageReturns) {
  const Csv csv = ReadCsv("\xEF\xBB\xBFid,text\r\n1,a\r\n");
  EXPECT_EQ(csv.Column("id"), 0);
  ASSERT_THAT(csv.rows, SizeIs(1));
  EXPECT_THAT(csv.rows[0].cells, ElementsAre("1", "a"));
}

TEST(Csv, AFileThatEndsInsideARowKeepsTheRow) {
  const Csv csv = ReadCsv("id,text\n1,a");
  ASSERT_THAT(csv.rows, SizeIs(1));
  EXPECT_THAT(csv.rows[0].cells, ElementsAre("1", "a"));
  EXPECT_TRUE(Whole(csv).ok());
}

TEST(Csv, AQuoteThatNeverClosesIsNamedByTheLineItBeginsIn) {
  for (const std::string text :
       {"id,text\n1,\"a\nb\"\n2,\"c\n3,d\n4,e\n", "id,text\n\n\n2,\"", "id\n1\n2\n\"a\"\"b"}) {
    const Csv csv = ReadCsv(text);
    EXPECT_EQ(csv.unclosed_line, 4) << text;
    EXPECT_EQ(Whole(csv).message(), "line 4: a quote begins that never closes") << text;
  }
}

TEST(Csv, AColumnThatIsMissingIsAnEmptyCell) {
  const Csv csv = ReadCsv("id,text\n1\n");
  EXPECT_EQ(csv.Column("role"), -1);
  EXPECT_EQ(csv.Cell(csv.rows[0], csv.Column("role")), "");
  EXPECT_EQ(csv.Cell(csv.rows[0], csv.Column("text")), "");
}

TEST(Csv, ACellComesBackAsItWent) {
  for (const std::string text : {"plain", "a,b", "say \"a\"", "two\nlines", ""}) {
    const Csv csv = ReadCsv("x,y\n" + CsvCell(text) + ",end\n");
    ASSERT_THAT(csv.rows, SizeIs(1)) << text;
    EXPECT_THAT(csv.rows[0].cells, ElementsAre(text, "end"));
  }
}

TEST(ShortestDouble, IsShortAndReadsBackToTheSame) {
  EXPECT_EQ(ShortestDouble(4), "4");
  EXPECT_EQ(ShortestDouble(4.25), "4.25");
  const unsigned seed = 20310303;
  std::mt19937_64 random(seed);
  for (int i = 0; i < 1000; ++i) {
    const double value = std::uniform_real_distribution<>(-100, 100)(random);
    EXPECT_EQ(std::strtod(ShortestDouble(value).c_str(), nullptr), value) << "seed " << seed;
  }
}

TEST(Csv, SemicolonsAndTabsPartCellsWhereTheFirstLineSaysSo) {
  for (const char* text : {"a;b\n1,5;2\n", "a\tb\n1,5\t2\n"}) {
    const Csv csv = ReadCsv(text);
    ASSERT_EQ(csv.rows.size(), 1u) << text;
    EXPECT_EQ(csv.Cell(csv.rows[0], csv.Column("a")), "1,5");
    EXPECT_EQ(csv.Cell(csv.rows[0], csv.Column("b")), "2");
  }
  EXPECT_EQ(ReadCsv("a,b\n1;5,2\n").rows[0].cells[0], "1;5");
}

}  // namespace
}  // namespace rapport::cli
