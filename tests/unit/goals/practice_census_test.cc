// What the metrics show of the practice: how far homework came.
#include "goals/practice_census.h"

#include "unit/goals/goals_fixture.h"

namespace rapport::goals {
namespace {

using ::testing::ElementsAre;

class PracticeCensus : public GoalsTest {
 protected:
  // Proposed, agreed, reviewed.
  records::Census::Numbers Counted() {
    auto numbers = CountPractice(deps_, kAgency);
    EXPECT_TRUE(numbers.ok()) << numbers.status();
    return numbers.ok() ? *std::move(numbers) : records::Census::Numbers();
  }
};

TEST_F(PracticeCensus, CountsWhatCameAtLeastSoFar) {
  EXPECT_THAT(Counted(), ElementsAre(0, 0, 0));
  MakeGoal();
  const v1::Homework refused = Task(therapist_, Terms(goal_, {mother_}));
  ASSERT_TRUE(Respond(mother_, refused, false).ok());
  EXPECT_THAT(Counted(), ElementsAre(1, 0, 0));
  const v1::Homework agreed = Agreed({mother_});
  EXPECT_THAT(Counted(), ElementsAre(2, 1, 0));
  ASSERT_TRUE(Report(mother_, agreed, 5).ok());
  EXPECT_THAT(Counted(), ElementsAre(2, 1, 0));
  store_.clock.Advance(std::chrono::hours(48));
  ASSERT_TRUE(Hold("now").ok());
  const auto reviewed = Review(Get(therapist_, agreed), v1::HOMEWORK_OUTCOME_DONE);
  ASSERT_TRUE(reviewed.ok()) << reviewed.status();
  EXPECT_THAT(Counted(), ElementsAre(2, 1, 1));
  store_.clock.Advance(std::chrono::hours(24 * 91));
  EXPECT_THAT(Counted(), ElementsAre(0, 0, 0)) << "of 90 days";
}

}  // namespace
}  // namespace rapport::goals
