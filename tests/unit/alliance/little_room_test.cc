// Who says that there is hardly any room for them is told in the caseload, signal or not.
#include "alliance/little_room.h"

#include "alliance/instruments/library.h"
#include "platform/schema/times.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr std::int64_t kDay = 86'400'000'000, kNow = 1'000 * kDay;
constexpr const char* kMira = "families/f/members/mira";
constexpr const char* kAnna = "professionals/anna";

struct Said {
  const char* session;
  double room = 0;  // of 10
  int days_ago = 0;
  const char* rater = kMira;
};

FamilyStanding StandingAfter(const std::vector<Said>& newest_first) {
  static const auto* const shipped =
      new std::vector<v1::Instrument>(LoadShippedInstruments().value());
  std::vector<v1::Rating> ratings;
  for (const Said& said : newest_first) {
    v1::Rating& rating = ratings.emplace_back();
    rating.set_rater(said.rater);
    rating.set_session(said.session);
    rating.set_instrument("instruments/pulse-adult.1");
    *rating.mutable_session_time() = schema::ToTimestamp(kNow - said.days_ago * kDay);
    v1::Score& score = *rating.add_parts()->add_scores();
    score.set_code("room");
    score.set_value(said.room);
  }
  FamilyStanding standing{
      .family = "families/f", .last_session_us = kNow - 3 * kDay, .now_us = kNow};
  standing.little_room = FindLittleRoom(
      ratings,
      [](const std::string& name) {
        const auto found = std::ranges::find(*shipped, name, &v1::Instrument::name);
        return found == shipped->end() ? nullptr : &*found;
      },
      kNow);
  return standing;
}

std::vector<std::string> ReasonsAfter(const std::vector<Said>& newest_first) {
  const v1::CaseloadEntry entry = EntryOf(StandingAfter(newest_first));
  return {entry.reasons().begin(), entry.reasons().end()};
}

// It raises no signal by itself: who says so of every session tells of no change.
TEST(CaseloadRules, HardlyAnyRoomTwiceRunningIsToldWithoutASignal) {
  const std::vector<Said> said = {{"s4", 2.5, 1}, {"s3", 3, 8}, {"s2", 9, 15}};
  EXPECT_THAT(ReasonsAfter(said),
              ElementsAre("families/f/members/mira said twice running that there "
                          "was hardly any room for them: 2.5 of 10, after 3."));
  FamilyStanding signalled = StandingAfter(said);
  EXPECT_EQ(EntryOf(signalled).attention(), v1::ATTENTION_WATCH);
  v1::Signal& signal = signalled.signals.emplace_back();
  signal.set_member(kMira);
  signal.set_state(v1::SIGNAL_STATE_OPEN);
  signal.set_level(v1::SIGNAL_LEVEL_WATCH);
  EXPECT_THAT(EntryOf(signalled).reasons(), SizeIs(1)) << "the signal says more";
}

TEST(CaseloadRules, RoomThatWasThereOnceOrLongAgoIsNotTold) {
  for (const auto& said : {std::vector<Said>{{"s2", 2, 1}, {"s1", 3.1, 8}},
                           {{"s2", 2, 1}, {"s2", 2, 1}},
                           {{"s2", 2, 31}, {"s1", 2, 38}},
                           {{"s2", 2, 1, kAnna}, {"s1", 2, 8, kAnna}}}) {
    EXPECT_THAT(ReasonsAfter(said), ElementsAre("Nothing stands out."));
  }
}

}  // namespace
}  // namespace rapport::alliance
