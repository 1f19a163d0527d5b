// What an agency learns of a measure from all its ratings, and what it never learns.
#include "alliance/agency_reports.h"
#include "alliance/scoring/score.h"
#include "platform/base/continue_on.h"
#include "support/missing_rpc.h"
#include "unit/alliance/report_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace rapport::alliance {
namespace {

class InsightServiceTest : public ReportWorld {
 protected:
  absl::StatusOr<v1::AgencyInsight> Ask(const v1::GetAgencyInsightRequest& request,
                                        std::string_view agency = kAgency) {
    support::TestCall call(agency, "director");
    RETURN_IF_ERROR(support::MissingRpc<v1::GetAgencyInsightRequest>());
    auto response = RunSync(reports_.GetAgencyInsight(call, request));
    if (!response.ok()) return response.status();
    return response->insight();
  }
  v1::AgencyInsight Insight(std::int64_t from_us = 0, std::int64_t to_us = 0,
                            std::string_view agency = kAgency) {
    v1::GetAgencyInsightRequest request;
    request.set_instrument(kPulse);
    if (from_us != 0) *request.mutable_from_time() = schema::ToTimestamp(from_us);
    if (to_us != 0) *request.mutable_to_time() = schema::ToTimestamp(to_us);
    auto insight = Ask(request, agency);
    EXPECT_TRUE(insight.ok()) << insight.status();
    return insight.ok() ? *insight : v1::AgencyInsight();
  }
  v1::ScoreInsight Bond(std::int64_t from_us = 0, std::int64_t to_us = 0) {
    return Score(Insight(from_us, to_us), "bond");
  }
  static v1::ScoreInsight Score(const v1::AgencyInsight& insight, std::string_view code) {
    for (const v1::ScoreInsight& score : insight.scores()) {
      if (score.code() == code) return score;
    }
    ADD_FAILURE() << code;
    return {};
  }
  // One rating each of `people` members, from number `first` on, three to a family.
  void Rate(int people, int first = 0, int session = 1) {
    for (int i = first; i < first + people; ++i) {
      Give({.family = i / 3, .member = i % 3, .session = session, .level = 50 + i % 40});
    }
    Commit();
  }
  // A form that somebody was asked for and that ran out, or was answered in time.
  void AskFor(int family, int member, int session, bool answered) {
    const std::int64_t now_us = store_.clock.NowMicros();
    Ask(family, member, session, v1::RATING_REQUEST_STATE_DUE,
        answered ? now_us + kDay : now_us - kHour);
    if (answered) Give({.family = family, .member = member, .session = session});
  }
  // A form that was skipped or withdrawn while it waited.
  void AskFor(int family, int member, int session, v1::RatingRequestState state) {
    Ask(family, member, session, state, store_.clock.NowMicros() + kDay);
  }
  void Ask(int family, int member, int session, v1::RatingRequestState state,
           std::int64_t expires_us) {
    internal::v1::StoredRatingRequest stored;
    stored.mutable_request()->set_rater(
        deps_.NamesOf(agency_).Member(FamilyId(family), MemberId(family, member)));
    stored.mutable_request()->set_instrument(kPulse);
    *stored.mutable_request()->mutable_expire_time() = schema::ToTimestamp(expires_us);
    records::Record record = NewRecord(kRequest, FamilyId(family), store_.clock.NowMicros());
    record.parent = SessionId(family, session);
    record.state = state;
    Create(records::With(record, stored));
  }
};

TEST_F(InsightServiceTest, A10FiguresAreThoseOfThePureFunctions) {
  std::mt19937 random(20'261'126);
  std::normal_distribution<double> normal;
  const v1::Instrument& instrument = *shelf_.Find(kPulse);
  const v1::ScoreDefinition& bond = *FindScore(instrument, "bond");
  std::vector<InsightRating> expected;
  std::vector<std::vector<std::optional<double>>> answers;
  for (int family = 0; family < 40; ++family) {
    const double level = 60 + 8 * normal(random) + 5 * std::sin(family % 12);
    for (int member = 0; member < 3; ++member) {
      const double own = level + 8 * normal(random);
      for (int session = 1; session <= 4; ++session) {
        const double now = own + 6 * normal(random);
        std::vector<int> steps;
        for (int item = 0; item < instrument.items_size(); ++item) {
          steps.push_back(static_cast<int>(std::clamp(now + 6 * normal(random), 0.0, 100.0)));
        }
        const v1::Rating rating = Give({.family = family,
                                        .member = member,
                                        .session = session,
                                        .helper = family % 12,
                                        .steps = steps});
        InsightRating& row = expected.emplace_back();
        row.therapist = static_cast<std::uint32_t>(family % 12);
        row.family = static_cast<std::uint32_t>(family);
        row.member = static_cast<std::uint32_t>(member);
        row.session_number = session;
        row.value = row.published = FindScored(rating.parts(0).scores(), "bond")->value();
        auto& items = answers.emplace_back();
        for (const std::size_t item : ItemsOf(instrument, bond)) {
          items.emplace_back(steps[item] * instrument.scale().step_thousandths() / 1000.0);
        }
      }
    }
  }
  Commit();
  const auto pure = InsightOf(
      expected, [&](std::size_t place) { return answers[place]; }, MeasureOf(instrument, bond));
  ASSERT_TRUE(pure && pure->consistency && pure->families_apart && pure->variance);
  const v1::ScoreInsight shown = Bond();
  EXPECT_FALSE(shown.hidden());
  EXPECT_EQ(shown.lowest(), 0);
  EXPECT_EQ(shown.highest(), 10);
  EXPECT_EQ(shown.ratings(), 480);
  EXPECT_EQ(shown.raters(), 110) << "120, in whole elevens";
  EXPECT_EQ(shown.families(), 33) << "40";
  EXPECT_NEAR(shown.mean(), *pure->mean, 1e-9);
  EXPECT_NEAR(shown.standard_deviation(), *pure->deviation, 1e-9);
  ASSERT_EQ(shown.distribution_size(), 10);
  for (int i = 0; i < 10; ++i) {
    const InsightBin& bin = pure->distribution[static_cast<std::size_t>(i)];
    EXPECT_EQ(shown.distribution(i).has_raters(), bin.raters.has_value()) << i;
    EXPECT_EQ(shown.distribution(i).raters(), bin.raters.value_or(0)) << i;
  }
  EXPECT_EQ(shown.consistency().raters(), 110);
  EXPECT_EQ(shown.consistency().items(), 5);
  EXPECT_NEAR(shown.consistency().alpha(), *pure->consistency->alpha, 1e-9);
  EXPECT_NEAR(shown.consistency().omega(), *pure->omega, 1e-9);
  EXPECT_EQ(shown.consistency().item_figures(0).item(), 4) << "bond is items 4 to 8";
  EXPECT_EQ(shown.agreement().families(), 33);
  EXPECT_NEAR(shown.agreement().icc1(), *pure->families_apart->icc1, 1e-9);
  EXPECT_NEAR(shown.agreement().icc2(), *pure->families_apart->icc2, 1e-9);
  EXPECT_NEAR(shown.agreement().median_rwg(), *pure->median_rwg, 1e-9);
  ASSERT_EQ(shown.variance().levels_size(), 3);
  EXPECT_EQ(shown.variance().levels(0).kind(), v1::VARIANCE_LEVEL_KIND_THERAPIST);
  EXPECT_EQ(shown.variance().levels(0).groups(), 11) << "12";
  double shares = shown.variance().session_share();
  for (int i = 0; i < 3; ++i) {
    shares += shown.variance().levels(i).share();
    EXPECT_NEAR(shown.variance().levels(i).share(),
                pure->variance->share(static_cast<std::size_t>(i)), 1e-6);
  }
  EXPECT_NEAR(shares, 1, 1e-9);
}

TEST_F(InsightServiceTest, A10TenRatersShowNothing) {
  Rate(10);
  Rate(10, 0, 2);
  for (int i = 0; i < 10; ++i) AskFor(i / 3, i % 3, 3, /*answered=*/true);
  Commit();
  const v1::AgencyInsight insight = Insight();
  EXPECT_FALSE(insight.has_response_rate());
  ASSERT_GT(insight.scores_size(), 5);
  for (const v1::ScoreInsight& score : insight.scores()) {
    v1::ScoreInsight nothing;
    nothing.set_code(score.code());
    nothing.set_lowest(score.lowest());
    nothing.set_highest(score.highest());
    nothing.set_hidden(true);
    EXPECT_EQ(score.DebugString(), nothing.DebugString());
  }
  Later();
  Rate(1, 10);
  EXPECT_EQ(Bond().raters(), 11);
}

TEST_F(InsightServiceTest, A10OneMoreRaterIsNotSeenBySubtraction) {
  Rate(15);
  const v1::ScoreInsight before = Bond();
  EXPECT_EQ(before.raters(), 11) << "15, in whole elevens";
  EXPECT_EQ(before.ratings(), 15);
  for (int more = 1; more <= 10; ++more) {
    Later();
    Rate(1, 14 + more);
    EXPECT_EQ(Bond().DebugString(), before.DebugString()) << more;
  }
  Later();
  Rate(1, 25);
  EXPECT_EQ(Bond().raters(), 22);
  EXPECT_EQ(Bond().ratings(), 26);
}

TEST_F(InsightServiceTest, A10WhatWasPublishedSurvivesARestart) {
  Rate(15);
  const v1::ScoreInsight before = Bond();
  Later();
  Rate(3, 15);
  AgencyReports restarted(deps_, records_, cases_);
  v1::GetAgencyInsightRequest request;
  request.set_instrument(kPulse);
  support::TestCall call(kAgency, "director");
  const auto response = RunSync(restarted.GetAgencyInsight(call, request));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(Score(response->insight(), "bond").DebugString(), before.DebugString());
}

TEST_F(InsightServiceTest, A10WindowsOfMonthsDifferByElevenRatersOrByNone) {
  // Where people rated, month after month.
  const int people[] = {20, 4, 20, 3, 2, 12, 1};
  std::int64_t month = NextMonthStart(store_.clock.NowMicros());
  std::vector<std::int64_t> months;
  int next = 0;
  for (const int count : people) {
    months.push_back(month);
    store_.clock.Set(month + kDay);
    Rate(count, next);
    next += count;
    month = NextMonthStart(month);
  }
  months.push_back(month);
  store_.clock.Set(month + kDay);
  EXPECT_EQ(Bond(months[0], months[1]).ratings(), 20);
  EXPECT_TRUE(Bond(months[1], months[2]).hidden());
  EXPECT_EQ(Bond(months[0], months[2]).DebugString(), Bond(months[0], months[1]).DebugString());
  EXPECT_EQ(Bond(months[1], months[3]).ratings(), 24) << "the four show among the others";
  EXPECT_EQ(Bond().ratings(), 62);
  for (std::size_t from = 0; from < months.size(); ++from) {
    std::int64_t last = 0;
    for (std::size_t to = from + 1; to < months.size(); ++to) {
      // Everybody rated once.
      const v1::ScoreInsight bond = Bond(months[from], months[to]);
      EXPECT_TRUE(bond.ratings() == last || bond.ratings() >= last + 11) << from << " " << to;
      EXPECT_EQ(bond.raters() % 11, 0);
      last = bond.ratings();
    }
  }
}

// January's raters but one rate again in February: the two months together less February alone
// would be that one.
TEST_F(InsightServiceTest, A10WhoDidNotComeAgainIsNotLeftOverBySubtraction) {
  const std::int64_t january = NextMonthStart(store_.clock.NowMicros());
  const std::int64_t february = NextMonthStart(january), march = NextMonthStart(february);
  store_.clock.Set(january + kDay);
  for (int i = 0; i < 12; ++i) Give({.family = i, .member = 0, .session = 1, .level = 50 + i});
  Commit();
  store_.clock.Set(february + kDay);
  for (int i = 1; i < 12; ++i) Give({.family = i, .member = 0, .session = 2, .level = 70});
  Commit();
  store_.clock.Set(march + kDay);
  const v1::ScoreInsight both = Bond(january, march), second = Bond(february, march);
  EXPECT_EQ(both.ratings(), 23);
  EXPECT_EQ(both.raters(), second.raters());
  EXPECT_NEAR(23 * both.mean() - 11 * second.mean(), 12 * Bond(january, february).mean(), 1e-9);
}

TEST_F(InsightServiceTest, A10ACorrectionShowsWithTheNextBatch) {
  Rate(15);
  const v1::Rating wrong = Give({.family = 20, .member = 0, .session = 1, .level = 10});
  Commit();
  const double before = Bond().mean();
  Later();
  Correct(20, wrong, 90);
  EXPECT_EQ(Bond().mean(), before);
  Later();
  Rate(11, 90);
  const v1::ScoreInsight after = Bond();
  EXPECT_EQ(after.ratings(), 27);
  double sum = 9.0;
  for (int i = 0; i < 15; ++i) sum += (50 + i % 40) / 10.0;
  for (int i = 90; i < 101; ++i) sum += (50 + i % 40) / 10.0;
  EXPECT_NEAR(after.mean(), sum / 27, 1e-9);
}

TEST_F(InsightServiceTest, A10ACorrectionMovesNobodyBetweenBinsThatWerePublished) {
  for (int family = 0; family < 30; ++family) {
    Give({.family = family, .member = 0, .session = 1, .level = family < 15 ? 55 : 85});
  }
  const v1::Rating wrong = Give({.family = 40, .member = 0, .session = 1, .level = 55});
  Commit();
  ASSERT_EQ(Bond().distribution(5).raters(), 16);
  Later();
  Correct(40, wrong, 85);
  for (int family = 50; family < 61; ++family) {
    Give({.family = family, .member = 0, .session = 1, .level = 85});
  }
  Commit();
  Later();
  EXPECT_EQ(Bond().ratings(), 42);
  EXPECT_EQ(Bond().distribution(8).raters(), 15) << "its batch must not grow";
  store_.clock.Set(NextMonthStart(store_.clock.NowMicros()) + kDay);
  EXPECT_EQ(Bond().distribution(5).raters(), 16);
  EXPECT_EQ(Bond().distribution(8).raters(), 26);
}

// Windows, times of asking and people at random. Whoever keeps what they saw can subtract.
TEST_F(InsightServiceTest, A10ProofThatNoBinEverSeenDiffersByFewPeople) {
  std::mt19937 random(20'261'127);
  const std::int64_t begin = NextMonthStart(store_.clock.NowMicros());
  std::vector<std::int64_t> months = {begin};
  for (int i = 0; i < 3; ++i) months.push_back(NextMonthStart(months.back()));
  struct Seen {
    std::int64_t from_us, to_us;
    v1::ScoreInsight bond;
  };
  std::vector<Seen> all;
  int family = 0;
  for (std::int64_t now = begin + kDay; now < months.back(); now += kDay * (4 + random() % 9)) {
    store_.clock.Set(now);
    for (auto people = random() % 3 == 0 ? random() % 9 : 40 + random() % 30; people > 0;
         --people) {
      Give({.family = ++family, .member = 0, .session = 1, .level = random() % 2 == 0 ? 55 : 75});
    }
    Commit();
    Later();
    for (std::size_t from = 0; from + 1 < months.size(); ++from) {
      for (std::size_t to = from + 1; to < months.size(); ++to) {
        all.push_back({months[from], months[to], Bond(months[from], months[to])});
      }
    }
  }
  int compared = 0;
  for (const Seen& larger : all) {
    for (const Seen& smaller : all) {
      if (smaller.from_us < larger.from_us || smaller.to_us > larger.to_us) continue;
      if (smaller.bond.distribution_size() == 0 || larger.bond.distribution_size() == 0) continue;
      if (smaller.bond.distribution_until_time().seconds() >
          larger.bond.distribution_until_time().seconds()) {
        continue;
      }
      for (const int bin : {5, 7}) {
        if (!smaller.bond.distribution(bin).has_raters()) continue;
        if (!larger.bond.distribution(bin).has_raters()) continue;
        const auto difference =
            larger.bond.distribution(bin).raters() - smaller.bond.distribution(bin).raters();
        EXPECT_TRUE(difference == 0 || difference >= 11) << difference;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 100);
}

TEST_F(InsightServiceTest, A10AnotherAgencysRatingsNeverEnter) {
  Rate(12);
  const v1::ScoreInsight own = Bond();
  agency_ = "agency-b";
  Rate(30, 100);
  Later();
  EXPECT_EQ(Bond().DebugString(), own.DebugString());
  EXPECT_EQ(Score(Insight(0, 0, "agency-b"), "bond").ratings(), 30);
  EXPECT_TRUE(Score(Insight(0, 0, "agency-c"), "bond").hidden());
}

TEST_F(InsightServiceTest, A10TheResponseRateIsOfFormsThatAreSettled) {
  for (int i = 0; i < 24; ++i) AskFor(i / 3, i % 3, 1, /*answered=*/i % 2 == 0);
  Commit();
  const v1::ResponseRate rate = Insight().response_rate();
  EXPECT_EQ(rate.asked_requests(), 24);
  EXPECT_EQ(rate.answered_share(), .5);
}

TEST_F(InsightServiceTest, A10FewWhoDidNotAnswerAreNotTold) {
  for (int i = 0; i < 30; ++i) AskFor(i / 3, i % 3, 1, /*answered=*/i >= 10);
  Commit();
  EXPECT_FALSE(Insight().has_response_rate());
}

TEST_F(InsightServiceTest, A10WhoPassedWasAskedAndWhoseFormWasWithdrawnWasNot) {
  for (int i = 0; i < 12; ++i) AskFor(i / 3, i % 3, 1, /*answered=*/true);
  for (int i = 12; i < 24; ++i) AskFor(i / 3, i % 3, 1, v1::RATING_REQUEST_STATE_SKIPPED);
  for (int i = 24; i < 40; ++i) AskFor(i / 3, i % 3, 1, v1::RATING_REQUEST_STATE_EXPIRED);
  Commit();
  const v1::ResponseRate rate = Insight().response_rate();
  EXPECT_EQ(rate.asked_requests(), 24);
  EXPECT_EQ(rate.answered_share(), .5);
}

// As a server does: the call begins on a thread of its own, and ends there.
Task<absl::StatusOr<v1::GetAgencyInsightResponse>> AskOn(Executor& home, AgencyReports& reports,
                                                         CallContext& call,
                                                         const v1::GetAgencyInsightRequest& asked) {
  co_await ContinueOn{&home};
  auto response = co_await reports.GetAgencyInsight(call, asked);
  if (Executor::Current() != &home) co_return absl::InternalError("ended on another thread");
  co_return response;
}

TEST_F(InsightServiceTest, A10IsWorkedOutBesideTheThreadOfTheCall) {
  Rate(12);
  ThreadExecutor home;
  support::TestCall call(kAgency, "director");
  v1::GetAgencyInsightRequest request;
  request.set_instrument(kPulse);
  const auto response = RunSync(AskOn(home, reports_, call, request));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(Score(response->insight(), "bond").ratings(), 12);
}

TEST_F(InsightServiceTest, A10AHelperCountsOnceWhateverTheFamily) {
  const std::string form = "instruments/pulse-therapist.1";
  v1::GetAgencyInsightRequest request;
  request.set_instrument(form);
  for (int i = 0; i < 60; ++i) {
    Give({.family = i,
          .member = 0,
          .session = 1,
          .helper = i % 10,
          .own_view = true,
          .instrument = form});
  }
  Commit();
  auto insight = Ask(request);
  ASSERT_TRUE(insight.ok()) << insight.status();
  for (const v1::ScoreInsight& score : insight->scores()) EXPECT_TRUE(score.hidden());
  Later();
  for (int i = 60; i < 72; ++i) {
    Give({.family = i,
          .member = 0,
          .session = 1,
          .helper = i - 50,
          .own_view = true,
          .instrument = form});
  }
  Commit();
  insight = Ask(request);
  ASSERT_TRUE(insight.ok()) << insight.status();
  const v1::ScoreInsight& score = insight->scores(0);
  EXPECT_EQ(score.ratings(), 72);
  EXPECT_EQ(score.raters(), 22);
  EXPECT_EQ(score.families(), 0);
  EXPECT_FALSE(score.has_agreement());
  EXPECT_FALSE(score.has_variance());
}

TEST_F(InsightServiceTest, A10IsWorkedOutAtMostEveryTenMinutes) {
  Rate(12);
  const v1::AgencyInsight first = Insight();
  store_.clock.Advance(std::chrono::microseconds(9 * 60'000'000LL));
  Rate(12, 12);
  EXPECT_EQ(Insight().DebugString(), first.DebugString());
  store_.clock.Advance(std::chrono::microseconds(2 * 60'000'000LL));
  EXPECT_EQ(Score(Insight(), "bond").ratings(), 24);
  EXPECT_EQ(schema::ToMicros(Insight().as_of_time()), store_.clock.NowMicros());
}

TEST_F(InsightServiceTest, A10RefusesWhatItCantTell) {
  v1::GetAgencyInsightRequest request;
  request.set_instrument("instruments/no-such.1");
  EXPECT_TRUE(absl::IsNotFound(Ask(request).status()));
  request.set_instrument(kPulse);
  *request.mutable_from_time() = schema::ToTimestamp(store_.clock.NowMicros());
  *request.mutable_to_time() = request.from_time();
  EXPECT_TRUE(absl::IsInvalidArgument(Ask(request).status()));
  Rate(6);
  AgencyReports narrow(deps_, records_, cases_, /*most_ratings=*/5);
  support::TestCall call(kAgency, "director");
  v1::GetAgencyInsightRequest all;
  all.set_instrument(kPulse);
  EXPECT_EQ(schema::ReasonOf(RunSync(narrow.GetAgencyInsight(call, all)).status()),
            "TOO_MANY_RATINGS");
}

}  // namespace
}  // namespace rapport::alliance
