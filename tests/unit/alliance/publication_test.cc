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

// Some who did not answer, of one part.
void AddPart(std::vector<Contribution>& all, std::int64_t from_us, int people, std::uint32_t first,
             std::uint8_t part) {
  for (int i = 0; i < people; ++i) {
    all.push_back({.at_us = from_us + i,
                   .person = first + static_cast<std::uint32_t>(i),
                   .answered = false,
                   .part = part});
  }
  std::ranges::sort(all, {}, &Contribution::at_us);
}

TEST(A10Publication, PartsAreToldApartOnlyWhereEachIsEnough) {
  std::vector<Contribution> all;
  Add(all, kJanuary, 20);
  AddPart(all, kJanuary, 9, 100, 0);
  AddPart(all, kJanuary, 5, 200, 1);
  const auto first = PublishedEnds(all, {}, kJanuary + kDay);
  ASSERT_THAT(first, ElementsAre(kJanuary + kDay)) << "fourteen did not answer";
  EXPECT_THAT(DividedEnds(all, {}, first), IsEmpty());
  Add(all, kJanuary + 2 * kDay, 11, 300);
  AddPart(all, kJanuary + 2 * kDay, 5, 400, 0);
  AddPart(all, kJanuary + 2 * kDay, 6, 500, 1);
  const auto second = PublishedEnds(all, first, kJanuary + 3 * kDay);
  ASSERT_THAT(second, ElementsAre(kJanuary + 3 * kDay));
  const auto divided = DividedEnds(all, {}, second);
  EXPECT_THAT(divided, ElementsAre(kJanuary + 3 * kDay)) << "14 and 11";
  // Eleven more, all of one part: published, and told apart, since the other part has nobody.
  Add(all, kJanuary + 4 * kDay, 11, 600);
  AddPart(all, kJanuary + 4 * kDay, 11, 700, 1);
  const auto third = PublishedEnds(all, second, kJanuary + 5 * kDay);
  EXPECT_THAT(DividedEnds(all, divided, third),
              ElementsAre(kJanuary + 3 * kDay, kJanuary + 5 * kDay));
}

// Whatever was shown of both divisions, no part of any difference is of 1 to 10 people.
TEST(A10Publication, ProofThatPartsOfTwoDivisionsTellOfNobody) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&](int limit) {
      return static_cast<int>(random() % static_cast<unsigned>(limit));
    };
    std::vector<Contribution> all;
    std::vector<std::int64_t> whole, divided;
    std::set<std::int64_t> whole_seen = {kFirst}, divided_seen = {kFirst};
    std::int64_t now = kJanuary;
    for (int step = 0; step < 80; ++step) {
      now += 1 + below(8) * kDay / 4;
      Add(all, now, below(9), static_cast<std::uint32_t>(below(400)));
      AddPart(all, now, below(5), static_cast<std::uint32_t>(below(400)), 0);
      AddPart(all, now, below(4), static_cast<std::uint32_t>(below(400)), 1);
      now += kDay / 8;
      if (below(3) != 0) continue;
      whole = PublishedEnds(all, whole, now);
      divided = DividedEnds(all, divided, whole);
      whole_seen.insert(whole.begin(), whole.end());
      divided_seen.insert(divided.begin(), divided.end());
    }
    ASSERT_GT(divided_seen.size(), 2u);
    for (const std::int64_t end : divided_seen) {
      EXPECT_TRUE(whole_seen.contains(end)) << "no end between two of the other division";
    }
    // What figures are sums of: from one end that was ever shown to any later one.
    const auto few = [&](std::int64_t after, std::int64_t end, int part) {
      std::set<std::uint32_t> people;
      for (const Contribution& one : all) {
        if (!PublishedWindow{after, end}.Contains(one.at_us)) continue;
        if (part == 2 ? one.answered : !one.answered && (part == 3 || one.part == part)) {
          people.insert(one.person);
        }
      }
      return !people.empty() && people.size() < 11;
    };
    for (const std::int64_t after : whole_seen) {
      for (const std::int64_t end : whole_seen) {
        if (end <= after) continue;
        EXPECT_FALSE(few(after, end, 2));
        EXPECT_FALSE(few(after, end, 3));
      }
    }
    for (const std::int64_t after : divided_seen) {
      for (const std::int64_t end : divided_seen) {
        if (end <= after) continue;
        EXPECT_FALSE(few(after, end, 0));
        EXPECT_FALSE(few(after, end, 1));
      }
    }
  }
}

}  // namespace
}  // namespace rapport::alliance
