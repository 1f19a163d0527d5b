// Ratings and a roster from one CSV: what is taken, and what is said of a row that is not.
#include "cli/ratings_file.h"

#include "platform/schema/times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kFirstUs = 1'900'000'000'000'000, kWeekUs = 7LL * 86'400'000'000;

alliance::v1::Scale OneToSeven() {
  alliance::v1::Scale scale;
  scale.set_min(1);
  scale.set_max(7);
  scale.set_step_thousandths(1000);
  return scale;
}

RosterSettings Weekly() {
  return {.system = "old", .therapist = "T1", .first_session_us = kFirstUs};
}

TEST(Ratings, AnswersAreStepsOfTheScaleAndAnEmptyCellIsNoAnswer) {
  alliance::v1::Scale slider = OneToSeven();
  slider.set_step_thousandths(100);
  const auto read =
      ReadRatings(ReadCsv("family_id,member_id,session,i01,i02,i12\nF1,M1,3,5,,6.5\n"), slider);
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->faults, IsEmpty());
  ASSERT_THAT(read->rows, SizeIs(1));
  const auto& row = read->rows[0];
  EXPECT_EQ(row.line(), 2);
  EXPECT_EQ(row.family(), "F1");
  EXPECT_EQ(row.member(), "M1");
  EXPECT_EQ(row.session(), "F1/3");
  ASSERT_EQ(row.answers_size(), 2);
  EXPECT_EQ(row.answers(0).item(), 1);
  EXPECT_EQ(row.answers(0).steps(), 50);
  EXPECT_EQ(row.answers(1).item(), 12);
  EXPECT_EQ(row.answers(1).steps(), 65);
}

TEST(Ratings, ABadRowIsNamedByItsLineAndTheGoodOnesStay) {
  const auto read = ReadRatings(ReadCsv("family_id,member_id,session,i01\n"
                                        "F1,M1,1,5\n"
                                        "F1,M1,2,five\n"
                                        "F1,,3,5\n"
                                        "F1,M1,4\n"
                                        "F1,M1,5,4.5\n"
                                        "F1,M1,6,7\n"),
                                OneToSeven());
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->rows, SizeIs(2));
  std::vector<int> lines;
  for (const RowFault& fault : read->faults) lines.push_back(fault.line);
  EXPECT_THAT(lines, ElementsAre(3, 4, 5, 6));
  EXPECT_THAT(read->faults[0].what, HasSubstr("i01"));
  EXPECT_THAT(read->faults[0].what, testing::Not(HasSubstr("five")));
  EXPECT_THAT(read->faults[1].what, HasSubstr("member_id"));
}

TEST(Ratings, AndRostersAreNotReadPastAQuoteThatNeverCloses) {
  const Csv csv =
      ReadCsv("family_id,member_id,role,session,i01\nF1,\"M1,parent,1,5\nF1,M2,child,1,5\n");
  EXPECT_THAT(ReadRatings(csv, OneToSeven()).status().message(), HasSubstr("line 2: "));
  EXPECT_THAT(ReadRoster(csv, Weekly()).status().message(), HasSubstr("line 2: "));
}

TEST(Ratings, OffTheScaleIsForTheServiceToRefuse) {
  const auto read =
      ReadRatings(ReadCsv("family_id,member_id,session,i01\nF1,M1,1,9\n"), OneToSeven());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->rows[0].answers(0).steps(), 9);
}

TEST(Ratings, AnItemWithoutAColumnIsNoneThatNobodyAnswered) {
  alliance::v1::Instrument form;
  form.set_code("d1");
  for (const int number : {1, 2, 5}) form.add_items()->set_number(number);
  form.mutable_items(1)->set_asked(alliance::v1::ASKED_ONCE);
  const auto said = [&](const char* header) {
    return std::string(
        CheckItems(ReadCsv(std::string(header) + "\nF1,M1,3,5,5,5\n"), form).message());
  };
  EXPECT_EQ(said("family_id,member_id,session,i01,i02,i05"), "");
  EXPECT_EQ(said("family_id,member_id,session,i01,i05,role"), "")
      << "one is asked once, not of a target";
  EXPECT_THAT(said("family_id,member_id,session,i01,i5x,i02"),
              HasSubstr("no column for item 5 of d1"));
  EXPECT_THAT(said("family_id,member_id,session,i01,i05,i13"), HasSubstr("d1 has no item 13"));
}

TEST(Ratings, AFileWithOtherColumnsIsNone) {
  EXPECT_FALSE(ReadRatings(ReadCsv("a,b\n1,2\n"), OneToSeven()).ok());
  EXPECT_FALSE(ReadRatings(ReadCsv("family_id,member_id,session\nF1,M1,1\n"), OneToSeven()).ok());
}

TEST(Roster, FamiliesMembersAndWeeklySessionsComeFromTheRatings) {
  const auto read = ReadRoster(ReadCsv("family_id,member_id,role,session\n"
                                       "F1,M1,parent,1\nF1,M1,parent,2\nF1,M2,child,1\n"
                                       "F2,M1,parent,2\n"),
                               Weekly());
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->faults, IsEmpty());
  ASSERT_THAT(read->families, SizeIs(2));
  EXPECT_EQ(read->families[0].members_size(), 2);
  EXPECT_EQ(read->families[0].members(1).role(), intake::v1::MEMBER_ROLE_CHILD);
  EXPECT_EQ(read->families[0].therapist().value(), "T1");
  EXPECT_EQ(schema::ToMicros(read->families[0].open_time()), kFirstUs);
  EXPECT_EQ(schema::ToMicros(read->families[1].open_time()), kFirstUs + kWeekUs);
  ASSERT_THAT(read->sessions, SizeIs(3));
  EXPECT_EQ(read->sessions[0].external_id().value(), "F1/1");
  EXPECT_EQ(read->sessions[0].members_size(), 2);
  EXPECT_EQ(read->sessions[0].format(), notes::v1::SESSION_FORMAT_WHOLE_FAMILY);
  EXPECT_EQ(read->sessions[1].format(), notes::v1::SESSION_FORMAT_INDIVIDUAL);
  EXPECT_EQ(schema::ToMicros(read->sessions[1].start_time()), kFirstUs + kWeekUs);
}

TEST(Roster, AColumnOfTimesIsTakenBeforeWeeks) {
  const auto read = ReadRoster(ReadCsv("family_id,member_id,role,session,session_time\n"
                                       "F1,M1,parent,a,2030-09-02T10:00:00Z\n"),
                               {.system = "old", .therapist = "T1"});
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->faults, IsEmpty());
  EXPECT_EQ(read->sessions[0].start_time().seconds(), 1914573600);
}

TEST(Roster, EachFaultIsNamedByItsLine) {
  const auto read = ReadRoster(ReadCsv("family_id,member_id,role,session\n"
                                       "F1,M1,parent,1\n"
                                       "F1,M1,parent,1\n"
                                       "F1,M2,lodger,1\n"
                                       "F1,M3,child,first\n"),
                               Weekly());
  ASSERT_TRUE(read.ok());
  std::vector<int> lines;
  for (const RowFault& fault : read->faults) lines.push_back(fault.line);
  EXPECT_THAT(lines, ElementsAre(3, 4, 5));
}

TEST(Roster, WithoutTimesTheFirstSessionMustBeSaid) {
  EXPECT_FALSE(ReadRoster(ReadCsv("family_id,member_id,role,session\nF1,M1,parent,1\n"),
                          {.system = "old", .therapist = "T1"})
                   .ok());
}

TEST(SessionKey, ComesBackToTheSessionOfItsFamily) {
  EXPECT_EQ(SessionOfKey("F1", SessionKey("F1", "3")), "3");
  EXPECT_EQ(SessionOfKey("F1", "F10/3"), "F10/3");
}

TEST(RatingsFile, ARowWithOtherBytesThanUtf8IsToldAndTheOthersStay) {
  alliance::v1::Scale scale;
  scale.set_max(7);
  scale.set_step_thousandths(1000);
  const auto read = ReadRatings(
      ReadCsv("family_id,member_id,session,i01\nF1,M1,1,5\nF1,M\xFC,1,5\nF1,M3,1,5\n"), scale);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->rows.size(), 2u);
  ASSERT_EQ(read->faults.size(), 1u);
  EXPECT_EQ(read->faults[0].line, 3);
  EXPECT_NE(read->faults[0].what.find("UTF-8"), std::string::npos);
}

}  // namespace
}  // namespace rapport::cli
