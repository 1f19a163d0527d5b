// The figures behind estimates and signals, fitted to an agency's own quiet ratings.
#include "alliance/signals/quiet_stretches.h"
#include "unit/alliance/alliance_fixture.h"
#include "unit/alliance/simulated_family.h"

namespace rapport::alliance {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::SizeIs;

SessionFacts Rated(int number, double value, const std::string& form = "form") {
  SessionFacts session{.number = number};
  for (const auto content : {v1::CONTENT_TASK, v1::CONTENT_GOAL, v1::CONTENT_BOND}) {
    session.observations.push_back({.rater = "member",
                                    .target = "helper",
                                    .content = content,
                                    .value = value,
                                    .lowest = 0,
                                    .highest = 10,
                                    .step = .1,
                                    .sd = 1.8,
                                    .standard_error = .9,
                                    .instrument = form});
  }
  return session;
}

std::vector<std::size_t> Lengths(const std::vector<SessionFacts>& history) {
  std::vector<std::size_t> lengths;
  for (const auto& one : QuietStretchesOf(MonitorParameters(), "family", history)) {
    lengths.push_back(one.ratings.size());
  }
  return lengths;
}

TEST(QuietStretches, OneSeriesWithNothingGoingOnIsOneStretch) {
  std::vector<SessionFacts> history;
  for (int i = 1; i <= 6; ++i) history.push_back(Rated(i, 7.5 + .1 * (i % 2)));
  EXPECT_THAT(Lengths(history), ::testing::ElementsAre(6u));
}

TEST(QuietStretches, AFallAnotherFormAndTheEndOfTheScaleEndIt) {
  std::vector<SessionFacts> history;
  for (int i = 1; i <= 6; ++i) history.push_back(Rated(i, 7.5 + .1 * (i % 2)));
  auto fallen = history;
  fallen.push_back(Rated(7, 2));
  EXPECT_THAT(Lengths(fallen), ::testing::ElementsAre(6u));
  auto other = history;
  for (int i = 7; i <= 9; ++i) other.push_back(Rated(i, 7.5, "other form"));
  EXPECT_THAT(Lengths(other), ::testing::UnorderedElementsAre(6u, 3u));
  auto full = history;
  full.push_back(Rated(7, 10));
  full.push_back(Rated(8, 7.5));
  EXPECT_THAT(Lengths(full), ::testing::ElementsAre(6u)) << "one rating is no stretch";
}

class FiguresService : public AllianceTest {
 protected:
  absl::StatusOr<v1::FitSignalFiguresResponse> Fit() {
    return Run(ByService(), &AllianceService::FitSignalFigures, v1::FitSignalFiguresRequest());
  }
  std::vector<v1::SignalFigures> Versions() {
    auto response =
        Run(ByService(), &AllianceService::ListSignalFigures, v1::ListSignalFiguresRequest());
    EXPECT_TRUE(response.ok()) << response.status();
    return {response->signal_figures().begin(), response->signal_figures().end()};
  }
  // Families of two whose raters' days are far noisier than is assumed.
  void NoisyFamilies(int families) {
    const std::string own = family_;
    testing::Simulator random(11);
    for (const int last = made_ + families; made_ < last; ++made_) {
      family_ = support::TestId("family-" + std::to_string(made_));
      facts_.family = family_;
      store_.clock.Advance(std::chrono::hours(24));
      for (int i = 0; i < 6; ++i) {
        store_.clock.Advance(std::chrono::hours(24 * 7));
        const std::string session =
            Hold(support::TestId(Concat({"s", std::to_string(made_), "-", std::to_string(i)})),
                 {mother_, father_});
        for (const std::string& rater : {mother_, father_}) {
          const int steps = static_cast<int>(std::clamp(70 + random.Noise(90), 30., 95.));
          ASSERT_TRUE(Rate(session, rater, steps, 70).ok());
        }
      }
    }
    family_ = own;
    facts_.family = own;
  }
  int made_ = 0;
};

TEST_F(FiguresService, AtFirstTheAssumedOnesAreInForce) {
  const auto versions = Versions();
  ASSERT_THAT(versions, SizeIs(1));
  EXPECT_EQ(versions[0].version(), 1);
  EXPECT_EQ(versions[0].day_sd(), LevelParameters().day_sd);
  EXPECT_EQ(versions[0].raters(), 0);
}

TEST_F(FiguresService, NoRatingsFitNothing) {
  const auto fit = Fit();
  EXPECT_EQ(ReasonOf(fit.status()), "NOTHING_TO_FIT");
  EXPECT_THAT(Versions(), SizeIs(1));
}

TEST_F(FiguresService, FewRatingsMoveTheFiguresALittle) {
  NoisyFamilies(1);
  const auto few = Fit();
  ASSERT_TRUE(few.ok()) << few.status();
  NoisyFamilies(20);
  const auto many = Fit();
  ASSERT_TRUE(many.ok()) << many.status();
  const double assumed = LevelParameters().day_sd;
  EXPECT_LT(std::abs(few->after().day_sd() - assumed), std::abs(many->after().day_sd() - assumed));
}

TEST_F(FiguresService, NoisyDaysAreLearnedKeptAndInForceForEveryFamily) {
  NoisyFamilies(20);
  const auto fit = Fit();
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->before().version(), 1);
  EXPECT_EQ(fit->after().version(), 2);
  EXPECT_GE(fit->after().raters(), 30);
  EXPECT_GT(fit->after().day_sd(), fit->before().day_sd());
  const auto again = Fit();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->after().version(), 3);
  const auto versions = Versions();
  ASSERT_THAT(versions, SizeIs(3));
  EXPECT_EQ(versions[0].version(), 3);
  EXPECT_EQ(versions[2].version(), 1);

  const std::string session = Hold(support::TestId("own"), {mother_, father_});
  v1::SubmitRatingRequest pulse = Pulse(session, mother_, 80, 10);
  for (v1::RatingPart& part : *pulse.mutable_rating()->mutable_parts()) {
    for (v1::Answer& answer : *part.mutable_answers()) {
      if (answer.item() == 9) answer.set_steps(10);
    }
  }
  ASSERT_TRUE(Run(ByMember(mother_), &AllianceService::SubmitRating, pulse).ok());
  Relay();
  const auto signals = Signals();
  ASSERT_THAT(signals, ::testing::Not(IsEmpty()));
  EXPECT_EQ(signals[0].parameters_version(), 3);
}

}  // namespace
}  // namespace rapport::alliance
