// The figures behind estimates and signals, fitted to an agency's own ratings.
#include "alliance/signal_figures.h"
#include "alliance/signals/parameter_fit.h"
#include "alliance/signals/quiet_stretches.h"
#include "unit/alliance/alliance_fixture.h"
#include "unit/alliance/simulated_family.h"

#include <absl/strings/str_format.h>

#include <random>
#include <string>

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
  for (const auto& one : QuietFamilyOf(MonitorParameters(), "family", history).stretches) {
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

// A version of before movement and signs were fitted.
TEST(SignalFigures, WhatAVersionDoesNotSayIsAsAssumed) {
  v1::SignalFigures figures = FiguresOf(MonitorParameters());
  figures.set_day_sd(0.2);
  figures.clear_movement_sd();
  figures.clear_sign_rates();
  const MonitorParameters parameters = ParametersOf(figures);
  EXPECT_EQ(parameters.level.day_sd, 0.2);
  EXPECT_EQ(parameters.level.movement_sd, LevelParameters().movement_sd);
  EXPECT_EQ(parameters.isolation.absent_quiet, IsolationParameters().absent_quiet);
  EXPECT_EQ(parameters.isolation.absent_isolated, IsolationParameters().absent_isolated);
}

TEST(SignalFigures, WhatWasFittedComesBackFromWhatIsStored) {
  MonitorParameters fitted;
  fitted.level.movement_sd = 0.1;
  SetRate(0.5, fitted.isolation.no_work_quiet, fitted.isolation.no_work_isolated);
  const MonitorParameters back = ParametersOf(FiguresOf(fitted));
  EXPECT_EQ(back.level.movement_sd, 0.1);
  EXPECT_EQ(back.isolation.no_work_quiet, 0.5);
  EXPECT_NEAR(back.isolation.no_work_isolated, fitted.isolation.no_work_isolated, 1e-12);
}

TEST(SignalFigures, NoiseAndThresholdsComeBackFromWhatIsStored) {
  MonitorParameters fitted;
  fitted.noise_shares = {0.333, 0.333, 0.334};
  fitted.decision.raises = {.rupture = 0.09, .split = 0.06, .helper_split = 0.1, .isolation = 0.2};
  v1::SignalFigures stored = FiguresOf(fitted);
  Round(stored);
  const MonitorParameters back = ParametersOf(stored);
  EXPECT_NEAR(back.noise_shares[0] + back.noise_shares[1] + back.noise_shares[2], 1, 1e-12);
  EXPECT_NEAR(back.noise_shares[0], 0.333, 0.01);
  EXPECT_EQ(back.decision.raises.rupture, 0.09);
  EXPECT_EQ(back.decision.raises.split, 0.06);
  EXPECT_EQ(back.decision.raises.helper_split, 0.1);
  EXPECT_EQ(back.decision.raises.isolation, 0.2);
  stored.clear_noise_shares();
  stored.clear_raised_from();
  const MonitorParameters older = ParametersOf(stored);
  EXPECT_EQ(older.noise_shares, MonitorParameters().noise_shares);
  EXPECT_EQ(older.decision.raises.rupture, RaisingParameters().rupture);
}

TEST_F(FiguresService, NoRatingsFitNothing) {
  const auto fit = Fit();
  EXPECT_EQ(ReasonOf(fit.status()), "NOTHING_TO_FIT");
  EXPECT_THAT(Versions(), SizeIs(1));
}

TEST_F(FiguresService, WhatTenRatersGaveFitsNothing) {
  NoisyFamilies(5);
  EXPECT_EQ(ReasonOf(Fit().status()), "NOTHING_TO_FIT");
  EXPECT_THAT(Versions(), SizeIs(1));
}

TEST_F(FiguresService, CountsAreInWholeElevensAndFiguresHaveTwoDigits) {
  NoisyFamilies(8);
  const auto fit = Fit();
  ASSERT_TRUE(fit.ok()) << fit.status();
  const v1::SignalFigures& after = fit->after();
  EXPECT_EQ(after.raters(), 11) << "of 16";
  EXPECT_EQ(after.families(), 0) << "of 8";
  EXPECT_GT(after.ratings(), 0);
  EXPECT_EQ(after.ratings() % 11, 0);
  for (const double figure :
       {after.family_sd(), after.rater_sd(), after.part_sd(), after.day_sd(), after.family_day_sd(),
        after.movement_sd(), after.sign_rates().absent(), after.sign_rates().unrated()}) {
    EXPECT_EQ(figure, std::stod(absl::StrFormat("%.1e", figure))) << figure;
  }
}

TEST_F(FiguresService, FewRatingsMoveTheFiguresALittle) {
  NoisyFamilies(8);
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
  EXPECT_GT(fit->after().raised_from().rupture(), 0);
  EXPECT_NE(fit->after().raised_from().rupture(), fit->before().raised_from().rupture());
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

class AdjudicationService : public FiguresService {
 protected:
  // Signals of other families that were judged, with posteriors as they are raised with, confirmed
  // half as often as the posterior says.
  void Judge(int count, int rule_version = kMonitorRuleVersion,
             v1::SignalKind kind = v1::SIGNAL_KIND_RUPTURE) {
    support::TestCall call(kAgency, "test");
    records::Changes changes(call, store_.clock.NowMicros());
    for (int i = 0; i < count; ++i) {
      internal::v1::StoredSignal stored;
      const double posterior = 0.36 + 0.6 * random_.Uniform();
      stored.mutable_signal()->set_kind(kind);
      stored.mutable_signal()->mutable_adjudication()->set_verdict(
          random_.Uniform() < posterior / 2 ? v1::VERDICT_CONFIRMED : v1::VERDICT_NOT_CONFIRMED);
      stored.set_judged_posterior(posterior);
      stored.set_judged_rule_version(rule_version);
      records::Record record =
          NewRecord(kSignal, support::TestId("judged-" + std::to_string(judged_++ / 10)),
                    store_.clock.NowMicros());
      changes.Create(records::With(record, stored));
    }
    const auto committed = RunSync(deps_.records.Commit(call, std::move(changes), v1::Signal()));
    ASSERT_TRUE(committed.ok()) << committed.status();
  }
  // Of a fall that every reader of the ratings sees.
  v1::Signal Fallen() {
    for (int i = 0; i < 5; ++i) {
      store_.clock.Advance(std::chrono::hours(24 * 7));
      const std::string session =
          Hold(support::TestId("fall-" + std::to_string(i)), {mother_, father_, child_});
      EXPECT_TRUE(Rate(session, mother_, i < 4 ? 80 + i % 2 : 30, 80).ok());
      Relay();
    }
    for (const v1::Signal& signal : Signals()) {
      if (signal.kind() == v1::SIGNAL_KIND_RUPTURE) return signal;
    }
    ADD_FAILURE() << "no rupture was raised";
    return {};
  }
  std::mt19937 generator_{5};
  struct Random {
    std::mt19937& generator;
    double Uniform() { return std::uniform_real_distribution<double>(0, 1)(generator); }
  } random_{generator_};
  int judged_ = 0;
};

TEST_F(AdjudicationService, A7TwoHundredJudgedSignalsGiveAProbabilityWithItsBasis) {
  Judge(400);
  const auto fit = Fit();
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->after().day_sd(), LevelParameters().day_sd) << "no ratings, so as assumed";
  ASSERT_THAT(fit->after().calibrations(), SizeIs(1));
  const v1::SignalCalibration& calibration = fit->after().calibrations(0);
  EXPECT_EQ(calibration.kind(), v1::SIGNAL_KIND_RUPTURE);
  EXPECT_EQ(calibration.adjudicated_signals(), 400);
  EXPECT_TRUE(calibration.passed()) << calibration.DebugString();
  const v1::Signal signal = Fallen();
  ASSERT_TRUE(signal.has_probability());
  EXPECT_GT(signal.probability().value(), 0.3);
  EXPECT_LT(signal.probability().value(), 0.65) << "half as often as the method thinks";
  EXPECT_EQ(signal.probability().figures_version(), fit->after().version());
  EXPECT_EQ(signal.probability().adjudicated_signals(), 400);
  EXPECT_EQ(signal.probability().calibration_error(), calibration.calibration_error());
}

TEST_F(AdjudicationService, A7BelowTwoHundredThereIsNoNumber) {
  Judge(199);
  const auto fit = Fit();
  ASSERT_TRUE(fit.ok()) << fit.status();
  ASSERT_THAT(fit->after().calibrations(), SizeIs(1));
  EXPECT_EQ(fit->after().calibrations(0).adjudicated_signals(), 199);
  EXPECT_FALSE(fit->after().calibrations(0).has_slope());
  EXPECT_FALSE(fit->after().calibrations(0).passed());
  EXPECT_FALSE(Fallen().has_probability());
}

TEST_F(AdjudicationService, A7JudgementsOfAnotherKindOrOfEarlierRulesDontCount) {
  Judge(300, kMonitorRuleVersion - 1);
  Judge(300, kMonitorRuleVersion, v1::SIGNAL_KIND_SPLIT);
  Judge(300, kMonitorRuleVersion, v1::SIGNAL_KIND_UNSAFE);
  Judge(10, kMonitorRuleVersion, v1::SIGNAL_KIND_ISOLATION);
  const auto fit = Fit();
  ASSERT_TRUE(fit.ok()) << fit.status();
  ASSERT_THAT(fit->after().calibrations(), SizeIs(1)) << "of ten nothing is said";
  EXPECT_EQ(fit->after().calibrations(0).kind(), v1::SIGNAL_KIND_SPLIT);
  EXPECT_FALSE(Fallen().has_probability());
}

TEST_F(AdjudicationService, A7WhatIsJudgedThroughTheServiceIsWhatTheFitReads) {
  const v1::Signal signal = Fallen();
  v1::AdjudicateSignalRequest judge;
  judge.set_name(signal.name());
  judge.set_etag(signal.etag());
  judge.set_verdict(v1::VERDICT_CONFIRMED);
  ASSERT_TRUE(Run(ByTherapist(), &AllianceService::AdjudicateSignal, judge).ok());
  Judge(10);
  const auto fit = Fit();
  ASSERT_TRUE(fit.ok()) << fit.status();
  ASSERT_THAT(fit->after().calibrations(), SizeIs(1));
  EXPECT_EQ(fit->after().calibrations(0).adjudicated_signals(), 11);
}

TEST_F(FiguresService, APastMapShowsTheEstimatesOfTheFiguresThatWereInForceThen) {
  ASSERT_TRUE(Rate(Hold(support::TestId("session-a"), {mother_}), mother_, 70, 70).ok());
  store_.clock.Advance(std::chrono::hours(24 * 7));
  ASSERT_TRUE(Rate(Hold(support::TestId("session-b"), {mother_}), mother_, 50, 60).ok());
  const v1::AllianceMap shown = Map(ByTherapist());
  const std::int64_t then_us = store_.clock.NowMicros();
  EXPECT_EQ(shown.figures_version(), 1);
  store_.clock.Advance(std::chrono::hours(24));
  NoisyFamilies(20);
  ASSERT_TRUE(Fit().ok());
  store_.clock.Advance(std::chrono::hours(1));

  v1::AllianceMap again = Map(ByTherapist(), then_us);
  EXPECT_EQ(again.SerializeAsString(), shown.SerializeAsString());
  const v1::AllianceMap now = Map(ByTherapist());
  EXPECT_EQ(now.figures_version(), 2);
  EXPECT_NE(now.rows(0).SerializeAsString(), shown.rows(0).SerializeAsString());
}

}  // namespace
}  // namespace rapport::alliance
