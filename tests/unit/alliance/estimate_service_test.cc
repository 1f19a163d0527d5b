// Running estimates as they are shown: in time series, and beside the latest value in the map.
#include "unit/alliance/alliance_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class EstimateService : public AllianceTest {
 protected:
  std::string Next() {
    store_.clock.Advance(std::chrono::hours(24 * 7));
    return Hold(support::TestId("session-" + std::to_string(++held_)), {mother_, father_, child_});
  }
  v1::ListEstimatesResponse List(const v1::ListEstimatesRequest& filter = {}) {
    v1::ListEstimatesRequest request = filter;
    request.set_parent(names_.Family(family_));
    auto response = Run(ByTherapist(), &AllianceService::ListEstimates, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::ListEstimatesResponse();
  }
  v1::EstimateSeries Mothers() {
    v1::ListEstimatesRequest request;
    request.set_rater(names_.Member(family_, mother_));
    request.set_target(names_.Professional(therapist_));
    const auto response = List(request);
    EXPECT_THAT(response.series(), SizeIs(1));
    return response.series().empty() ? v1::EstimateSeries() : response.series(0);
  }
  int held_ = 0;
};

TEST_F(EstimateService, ASeriesHasAPointForEachSessionFromTheFirstRatingOn) {
  Next();
  ASSERT_TRUE(Rate(Next(), mother_, 80, 80).ok());
  Next();
  ASSERT_TRUE(Rate(Next(), mother_, 82, 80).ok());
  const v1::EstimateSeries series = Mothers();
  ASSERT_THAT(series.points(), SizeIs(3));
  EXPECT_EQ(series.ratings(), 2);
  EXPECT_EQ(series.points(0).session_number(), 2);
  EXPECT_TRUE(series.points(0).rated());
  EXPECT_FALSE(series.points(1).rated());
  EXPECT_GT(series.points(1).whole().standard_error(), series.points(0).whole().standard_error());
  EXPECT_LT(series.points(2).whole().standard_error(), series.points(1).whole().standard_error());
}

TEST_F(EstimateService, IsDrawnFromTheUsualTowardsWhatTheRaterSays) {
  double before = 10;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(Rate(Next(), mother_, 40, 40).ok());
    const v1::EstimateSeries series = Mothers();
    const double now = series.points(i).bond().value();
    EXPECT_LT(now, before);
    EXPECT_GT(now, 4.0);  // never further than what is said
    before = now;
  }
  EXPECT_LT(before, 5.0);
}

TEST_F(EstimateService, EveryonesSeriesIsThereAndTheFamilysToo) {
  const std::string session = Next();
  ASSERT_TRUE(Rate(session, mother_, 80, 80).ok());
  ASSERT_TRUE(Rate(session, father_, 70, 70).ok());
  const auto all = List();
  ASSERT_THAT(all.series(), SizeIs(4));  // of the helper and of working together, twice
  for (const v1::EstimateSeries& series : all.series()) {
    if (series.target() != names_.Family(family_)) continue;
    EXPECT_FALSE(series.points(0).has_task());
    EXPECT_TRUE(series.points(0).has_whole());
  }
}

TEST_F(EstimateService, TheMapHasEstimatesAndPathwayForProfessionalsOnly) {
  const std::string session = Next();
  ASSERT_TRUE(Rate(session, mother_, 80, 80).ok());
  const auto own_cell = [&](const v1::AllianceMap& map) -> v1::MapCell {
    for (const v1::MapRow& row : map.rows()) {
      if (row.member() == names_.Member(family_, mother_)) return row.cells(0);
    }
    return v1::MapCell();
  };
  const v1::AllianceView seen = own_cell(Map(ByTherapist())).member_view();
  const v1::EstimatePoint point = Mothers().points(0);
  ASSERT_TRUE(seen.bond().has_estimate());
  EXPECT_NEAR(seen.bond().estimate(), point.bond().value(), 1e-12);
  EXPECT_NEAR(seen.bond().estimate_standard_error(), point.bond().standard_error(), 1e-12);
  ASSERT_THAT(seen.pathway().steps(), SizeIs(4));
  EXPECT_EQ(seen.pathway().first_weak(), v1::PATHWAY_STAGE_UNSPECIFIED);
  EXPECT_FALSE(seen.pathway().low_overall());
  const v1::AllianceView own = own_cell(Map(ByMember(mother_))).member_view();
  EXPECT_FALSE(own.bond().has_estimate());
  EXPECT_FALSE(own.has_pathway());
}

TEST_F(EstimateService, ThePathwayNamesTheFirstStageThatIsBelowTheOthers) {
  const std::string session = Next();
  v1::SubmitRatingRequest pulse = Pulse(session, mother_, 90, 90);
  for (v1::RatingPart& part : *pulse.mutable_rating()->mutable_parts()) {
    for (v1::Answer& answer : *part.mutable_answers()) {
      if (answer.item() == 4) answer.set_steps(30);
    }
  }
  ASSERT_TRUE(Run(ByMember(mother_), &AllianceService::SubmitRating, pulse).ok());
  const v1::AllianceMap map = Map(ByTherapist());
  for (const v1::MapRow& row : map.rows()) {
    if (row.member() != names_.Member(family_, mother_)) continue;
    const v1::Pathway& pathway = row.cells(0).member_view().pathway();
    EXPECT_EQ(pathway.first_weak(), v1::PATHWAY_STAGE_TRUST);
    EXPECT_EQ(pathway.steps(1).state(), v1::STAGE_STATE_BELOW_OTHERS);
    EXPECT_NEAR(pathway.steps(1).value(), 3, 1e-12);
  }
}

}  // namespace
}  // namespace rapport::alliance
