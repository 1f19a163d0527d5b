// Batches: no two figures of an agency differ by what fewer than 11 people gave.
#include "alliance/publication.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kDay = 86'400'000'000;
constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
const std::int64_t kJanuary = MonthStart(1'770'000'000'000'000 - 5 * kDay);  // of 2026

// `people` of them, one a minute from `from_us` on, the first one of number `first`.
void Add(std::vector<Contribution>& all, std::int64_t from_us, int people, std::uint32_t first = 0,
         bool answered = true) {
  for (int i = 0; i < people; ++i) {
    all.push_back({.at_us = from_us + i * 60'000'000,
                   .person = first + static_cast<std::uint32_t>(i),
                   .answered = answered});
  }
  std::ranges::sort(all, {}, &Contribution::at_us);
}

TEST(A10Publication, KnowsMonths) {
  EXPECT_EQ(MonthStart(kJanuary + 30 * kDay), kJanuary);
  EXPECT_EQ(MonthStart(kJanuary), kJanuary);
  EXPECT_EQ(NextMonthStart(kJanuary), kJanuary + 31 * kDay);
  EXPECT_EQ(NextMonthStart(kJanuary + 31 * kDay), kJanuary + 59 * kDay) << "February of 2026";
}

TEST(A10Publication, TheFirstTimeEverythingIsPublishedThatIsEnough) {
  std::vector<Contribution> all;
  EXPECT_THAT(PublishedEnds(all, {}, kJanuary + kDay), IsEmpty());
  Add(all, kJanuary, 10);
  EXPECT_THAT(PublishedEnds(all, {}, kJanuary + kDay), IsEmpty());
  Add(all, kJanuary + kDay / 2, 1, 3);
  EXPECT_THAT(PublishedEnds(all, {}, kJanuary + kDay), IsEmpty()) << "one of the ten again";
  Add(all, kJanuary + kDay / 2, 1, 50);
  EXPECT_THAT(PublishedEnds(all, {}, kJanuary + kDay), ElementsAre(kJanuary + kDay));
}

TEST(A10Publication, WhatComesLaterWaitsForABatchOfItsOwn) {
  std::vector<Contribution> all;
  Add(all, kJanuary, 20);
  const auto first = PublishedEnds(all, {}, kJanuary + kDay);
  Add(all, kJanuary + 2 * kDay, 10);
  EXPECT_EQ(PublishedEnds(all, first, kJanuary + 3 * kDay), first);
  Add(all, kJanuary + 4 * kDay, 1, 10);
  EXPECT_THAT(PublishedEnds(all, first, kJanuary + 5 * kDay), ElementsAre(kJanuary + 5 * kDay))
      << "of the ends within a month the newest is all that windows need";
}

TEST(A10Publication, MonthsEndBatchesWhereTheyAreEnough) {
  std::vector<Contribution> all;
  const std::int64_t february = NextMonthStart(kJanuary), march = NextMonthStart(february);
  Add(all, kJanuary, 12);
  Add(all, february, 4);
  Add(all, march, 12);
  Add(all, NextMonthStart(march), 3);
  const std::int64_t now = NextMonthStart(march) + kDay;
  EXPECT_THAT(PublishedEnds(all, {}, now), ElementsAre(february - 1, now))
      << "February's four go with March's twelve, and so do April's three";
}

TEST(A10Publication, AShareNeedsEnoughOfBothOrNoneOfOne) {
  std::vector<Contribution> all;
  Add(all, kJanuary, 30);
  Add(all, kJanuary, 10, 100, /*answered=*/false);
  EXPECT_THAT(PublishedEnds(all, {}, kJanuary + kDay), IsEmpty());
  Add(all, kJanuary, 1, 200, /*answered=*/false);
  EXPECT_THAT(PublishedEnds(all, {}, kJanuary + kDay), ElementsAre(kJanuary + kDay));
}

TEST(A10Publication, ABatchThatErasureMadeTooSmallGoesWithItsNeighbour) {
  std::vector<Contribution> all;
  const std::int64_t february = NextMonthStart(kJanuary);
  Add(all, kJanuary, 20);
  Add(all, february, 11);
  const auto before = PublishedEnds(all, {}, february + kDay);
  ASSERT_THAT(before, ElementsAre(february - 1, february + kDay));
  all.pop_back();
  EXPECT_THAT(PublishedEnds(all, before, february + 2 * kDay), ElementsAre(february + kDay));
}

// People come and go at random, figures are asked for now and then, for windows of any months. Then
// all that anybody ever saw is compared, two by two.
TEST(A10Publication, ProofThatNoTwoWindowsEverSeenDifferByFewPeople) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&](int limit) {
      return static_cast<int>(random() % static_cast<unsigned>(limit));
    };
    std::vector<Contribution> all;
    std::vector<std::int64_t> ends;
    std::set<std::vector<bool>> seen;  // which contributions a figure was of
    std::int64_t now = kJanuary;
    std::set<std::pair<std::int64_t, std::int64_t>> windows;
    for (int step = 0; step < 60; ++step) {
      now += 1 + below(20) * kDay / 4;
      Add(all, now, below(9), static_cast<std::uint32_t>(below(40)));
      now += kDay / 8;
      if (below(3) != 0) continue;
      ends = PublishedEnds(all, ends, now);
      for (int from = 0; from < 8; ++from) {
        for (int to = from + 1; to <= 9; ++to) {
          const std::int64_t from_us = from == 0 ? kFirst : MonthStart(kJanuary + from * 31 * kDay);
          const std::int64_t to_us = to == 9 ? kLast : MonthStart(kJanuary + to * 31 * kDay);
          const auto window = WindowOf(all, ends, from_us, to_us);
          if (window) windows.emplace(window->after_us, window->end_us);
        }
      }
    }
    for (const auto& [after, end] : windows) {
      std::vector<bool> of(all.size());
      for (std::size_t i = 0; i < all.size(); ++i) {
        of[i] = PublishedWindow{after, end}.Contains(all[i].at_us);
      }
      seen.insert(of);
    }
    ASSERT_GT(seen.size(), 5u);
    for (const auto& a : seen) {
      for (const auto& b : seen) {
        std::set<std::uint32_t> people;
        for (std::size_t i = 0; i < all.size(); ++i) {
          if (a[i] && !b[i]) people.insert(all[i].person);
        }
        ASSERT_TRUE(people.empty() || people.size() >= 11) << people.size();
      }
    }
  }
}

}  // namespace
}  // namespace rapport::alliance
