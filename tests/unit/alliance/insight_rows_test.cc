// Figures of an agency hold the numbers of all its ratings at once, so a rating may take little:
// a report of a million must fit beside everything else that its service does.
#include "alliance/insight_rows.h"
#include "alliance/instruments/library.h"
#include "alliance/scoring/score.h"
#include "platform/base/strings.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <iostream>
#include <limits>
#include <string>

// There when the program runs under AddressSanitizer, whose allocator mallinfo2 knows nothing of.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

namespace rapport::alliance {
namespace {

constexpr int kFamilies = 500, kMembers = 4, kSessions = 10;
constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();

std::size_t Allocated() {
  if (__sanitizer_get_current_allocated_bytes != nullptr) {
    return __sanitizer_get_current_allocated_bytes();
  }
  const auto heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

class InsightRowsTest : public testing::Test {
 protected:
  // What the member answered about the therapist and about the session: item i with i + 1 steps,
  // score i as i.
  v1::Rating RatingBy(int family, int member) const {
    v1::Rating rating;
    rating.set_rater(Concat({"families/", Id('f', family), "/members/", Id('m', member)}));
    rating.set_instrument(instrument_.name());
    for (const v1::Asked asked : {v1::ASKED_PER_TARGET, v1::ASKED_ONCE}) {
      v1::RatingPart& part = *rating.add_parts();
      part.set_target(asked == v1::ASKED_ONCE
                          ? Concat({"families/", Id('f', family), "/sessions/", Id('s', 1)})
                          : Concat({"professionals/", Id('t', family % 20)}));
      for (int i = 0; i < instrument_.items_size(); ++i) {
        if (instrument_.items(i).asked() != asked) continue;
        v1::Answer& answer = *part.add_answers();
        answer.set_item(instrument_.items(i).number());
        answer.set_steps(i + 1);
      }
      for (int i = 0; i < instrument_.scores_size(); ++i) {
        if (AskedOf(instrument_, instrument_.scores(i)) != asked) continue;
        v1::Score& score = *part.add_scores();
        score.set_code(instrument_.scores(i).code());
        score.set_value(i);
      }
    }
    return rating;
  }

  // All ratings of some large agency's families.
  void Fill(InsightRows& rows) const {
    for (int family = 0; family < kFamilies; ++family) {
      for (int session = 0; session < kSessions; ++session) {
        const std::string of_session = Id('s', family * kSessions + session);
        for (int member = 0; member < kMembers; ++member) {
          const v1::Rating rating = RatingBy(family, member);
          rows.Add({.family = Id('f', family),
                    .session = of_session,
                    .session_us = session,
                    .recorded_us = 1'000 + session},
                   {{.since_us = 1'000 + session, .rating = &rating}});
        }
      }
    }
  }

  static std::string Id(char kind, int number) {
    std::string id = std::to_string(number);
    return Concat({std::string(16 - id.size(), kind), id});
  }

  const v1::Instrument instrument_ = [] {
    const auto shipped = LoadShippedInstruments();
    return *std::ranges::find(*shipped, "instruments/pulse-adult.1", &v1::Instrument::name);
  }();
};

TEST_F(InsightRowsTest, A10EachScoreAndAnswerIsOfThePartThatIsAskedForIt) {
  InsightRows rows(instrument_, -kEver, kEver);
  const v1::Rating rating = RatingBy(1, 1);
  rows.Add({.family = "f", .session = "s", .session_us = 1, .recorded_us = 2},
           {{.since_us = 2, .rating = &rating}});
  const VersionRow& version = rows.First(rows.all().front());
  for (int i = 0; i < instrument_.scores_size(); ++i) {
    const v1::Asked asked = AskedOf(instrument_, instrument_.scores(i));
    const auto part = rows.PartOf(version, asked, 0);
    ASSERT_TRUE(part);
    EXPECT_EQ(rows.Part(*part).once, asked == v1::ASKED_ONCE);
    EXPECT_EQ(rows.Value(*part, static_cast<std::size_t>(i)), i);
  }
  for (int i = 0; i < instrument_.items_size(); ++i) {
    const bool once = instrument_.items(i).asked() == v1::ASKED_ONCE;
    const auto place = static_cast<std::size_t>(i);
    EXPECT_EQ(rows.Answer(0, place), once ? std::nullopt : std::optional(i + 1));
    EXPECT_EQ(rows.Answer(1, place), once ? std::optional(i + 1) : std::nullopt);
  }
}

TEST_F(InsightRowsTest, A12CoursesHoldOneScoreAlone) {
  const auto bond = std::ranges::find(instrument_.scores(), "bond", &v1::ScoreDefinition::code) -
                    instrument_.scores().begin();
  const auto score = static_cast<std::size_t>(bond);
  InsightRows rows(instrument_, score);
  Fill(rows);
  const auto courses =
      CoursesOf(rows, score, {{.family = rows.FamilyNumber(Id('f', 7)), .close_us = kSessions}});
  ASSERT_EQ(courses.size(), kMembers);
  EXPECT_EQ(courses.front().values, std::vector<double>(kSessions, static_cast<double>(bond)));
}

TEST_F(InsightRowsTest, A10ARatingTakesLittle) {
  constexpr std::size_t kRatings = kFamilies * kSessions * kMembers;
  const std::size_t before = Allocated();
  InsightRows rows(instrument_, -kEver, kEver);
  Fill(rows);
  const std::size_t insight = (Allocated() - before) / kRatings;
  InsightRows courses(instrument_, 0);
  const std::size_t between = Allocated();
  Fill(courses);
  const std::size_t of_course = (Allocated() - between) / kRatings;
  std::cout << insight << " bytes a rating, " << of_course << " for the courses of a score\n";
  EXPECT_EQ(rows.rows(), kRatings);
  EXPECT_LE(insight, 300u);
  EXPECT_LE(of_course, 180u);
}

}  // namespace
}  // namespace rapport::alliance
