// Points of a series and what the alliance map shows of them.
#include "alliance/scoring/series.h"
#include "unit/alliance/builders.h"

namespace rapport::alliance::testing {
namespace {

ScorePoint Point(int session, double value, std::string instrument = "instruments/pulse-adult.1") {
  return {.session_number = session,
          .instrument = std::move(instrument),
          .value = value,
          .lowest = 0,
          .highest = 10,
          .sd = 1.8,
          .standard_error = 0.7,
          .reliable_change = 1.93};
}

TEST(PointOf, CarriesWhatIsKnownOfTheScore) {
  const v1::Instrument pulse = Shipped("pulse-adult");
  const Scores scores =
      ScorePart(pulse, v1::ASKED_PER_TARGET, AnswerInOrder({80, 70, 0, 60, 70, 80, 90, 100}), {});
  const auto bond =
      PointOf(pulse, scores, v1::CONTENT_BOND, v1::INTERPERSONAL_SELF, 3, kAgeUnknown);
  ASSERT_TRUE(bond.has_value());
  EXPECT_EQ(bond->value, 8);
  EXPECT_EQ(bond->instrument, "instruments/pulse-adult.1");
  EXPECT_EQ(bond->session_number, 3);
  EXPECT_EQ(bond->lowest, 0);
  EXPECT_EQ(bond->highest, 10);
  EXPECT_EQ(bond->sd, 1.8);
  EXPECT_TRUE(bond->standard_error.has_value());
  EXPECT_TRUE(bond->provisional);
  EXPECT_FALSE(bond->lower_better);
}

TEST(PointOf, IsAbsentForWhatIsNotMeasuredOrNotDefined) {
  const v1::Instrument pulse = Shipped("pulse-adult");
  const Scores scores = ScorePart(pulse, v1::ASKED_PER_TARGET, AnswerInOrder({80}), {});
  EXPECT_TRUE(PointOf(pulse, scores, v1::CONTENT_GOAL, v1::INTERPERSONAL_SELF, 1, 30).has_value());
  EXPECT_FALSE(PointOf(pulse, scores, v1::CONTENT_BOND, v1::INTERPERSONAL_SELF, 1, 30).has_value());
  EXPECT_FALSE(
      PointOf(pulse, scores, v1::CONTENT_ENGAGEMENT, v1::INTERPERSONAL_SELF, 1, 30).has_value());
  // Room is asked once: it is not among the scores about a helper.
  EXPECT_FALSE(
      PointOf(pulse, scores, v1::CONTENT_ROOM, v1::INTERPERSONAL_GROUP, 1, 30).has_value());
}

TEST(Estimate, OfNothingIsNothing) { EXPECT_FALSE(Estimate({}).has_value()); }

TEST(Estimate, OfOneRatingIsItsValueWithoutASlope) {
  const auto value = Estimate(std::vector{Point(1, 6)});
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->value(), 6);
  EXPECT_EQ(value->highest(), 10);
  EXPECT_EQ(value->standard_error(), 0.7);
  EXPECT_FALSE(value->has_slope());
  EXPECT_EQ(value->slope_ratings(), 0);
}

TEST(Estimate, SlopeIsPerSessionHeldNotPerRating) {
  const auto value = Estimate(std::vector{Point(1, 8), Point(3, 6), Point(5, 4)});
  ASSERT_TRUE(value->has_slope());
  EXPECT_DOUBLE_EQ(value->slope(), -1);
  EXPECT_EQ(value->slope_ratings(), 3);
}

TEST(Estimate, SlopeRestsOnTheLastSixRatings) {
  std::vector<ScorePoint> series = {Point(1, 10), Point(2, 0)};
  for (int session = 3; session <= 8; ++session) series.push_back(Point(session, 5));
  const auto value = Estimate(series);
  EXPECT_EQ(value->slope(), 0);
  EXPECT_EQ(value->slope_ratings(), 6);
}

TEST(Estimate, NeverMixesInstruments) {
  const auto value = Estimate(
      std::vector{Point(1, 8), Point(2, 7), Point(3, 6, "instruments/srs.1"), Point(4, 5)});
  EXPECT_EQ(value->value(), 5);
  ASSERT_TRUE(value->has_slope());
  EXPECT_EQ(value->slope_ratings(), 3);
  EXPECT_FALSE(Estimate(std::vector{Point(1, 8), Point(2, 7), Point(3, 6, "instruments/srs.1")})
                   ->has_slope());
}

}  // namespace
}  // namespace rapport::alliance::testing
