// What is kept of a family between events is what reading everything gives: the file, and the
// history made of it.
#include "alliance/family_memory.h"
#include "unit/alliance/alliance_fixture.h"

#include <iostream>
#include <random>

namespace rapport::alliance {
namespace {

using ::testing::ElementsAreArray;

// Of every record in the file: what it is, how new, and what it says.
template <typename Stored>
void Tell(const std::vector<Stored>& all, std::vector<std::string>& told) {
  for (const Stored& one : all) {
    told.push_back(
        Concat({std::to_string(one.record.kind), " ", Hex(one.record.id), " ",
                std::to_string(one.record.version), " ", std::to_string(one.record.state), " ",
                Hex(one.message.SerializeAsString())}));
  }
}

std::vector<std::string> Told(const FamilyFile& file) {
  std::vector<std::string> told = {std::to_string(file.revision), std::to_string(file.sequence),
                                   std::to_string(file.version)};
  Tell(file.sessions, told);
  Tell(file.ratings, told);
  Tell(file.requests, told);
  Tell(file.invitations, told);
  Tell(file.signals, told);
  Tell(file.notes, told);
  if (file.work) Tell(std::vector{*file.work}, told);
  return told;
}

std::vector<std::uint64_t> Digests(const std::vector<SessionFacts>& history) {
  std::vector<std::uint64_t> digests;
  for (const SessionFacts& one : history) digests.push_back(DigestOf(one, 0));
  return digests;
}

class FamilyMemoryTest : public AllianceTest {
 protected:
  // Brings the memory up to date and compares it with everything read anew.
  void Compare() {
    FileChanges changes;
    absl::StatusOr<FamilyFile> all = absl::UnknownError("not loaded");
    ASSERT_TRUE(store_
                    .Read([&](db::Tx& tx) -> absl::Status {
                      auto changed = records_.Refresh(tx, kAgency, family_, memory_.file);
                      if (!changed.ok()) return changed.status();
                      changes = *std::move(changed);
                      all = records_.Load(tx, kAgency, family_);
                      return all.status();
                    })
                    .ok());
    EXPECT_THAT(Told(memory_.file), ElementsAreArray(Told(*all)));
    const FileView view{*all, facts_, shelf_, names_, store_.clock.NowMicros()};
    const std::vector<std::uint64_t> before = Digests(memory_.history.sessions);
    const std::size_t unchanged = UpdateHistory(view, changes, memory_.history);
    const std::vector<std::uint64_t> now = Digests(memory_.history.sessions);
    EXPECT_THAT(now, ElementsAreArray(Digests(HistoryOf(view))));
    ASSERT_LE(unchanged, now.size());
    for (std::size_t i = 0; i < unchanged; ++i) EXPECT_EQ(now[i], before.at(i)) << i;
    partly_ += changes.any && !changes.all && unchanged > 0 ? 1 : 0;
  }
  // Held now, or in the middle of what was held.
  void HoldOne(std::mt19937& random) {
    auto held =
        Held(support::TestId("session-" + std::to_string(sessions_.size())), {mother_, father_});
    if (random() % 4 == 0) {
      held.set_started_us(held.started_us() - 10 * kDay);
      held.set_ended_us(held.ended_us() - 10 * kDay);
    }
    ASSERT_TRUE(
        Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 1, held.SerializeAsString()))
            .ok());
    sessions_.push_back(held.session());
  }
  void AgreeHomework() {
    internal::v1::WorkChanged work;
    auto& member = *work.add_members();
    member.set_member(mother_);
    member.set_has_goal(true);
    member.set_homework_agreed_us(store_.clock.NowMicros());
    ASSERT_TRUE(Deliver(Event("goals", internal::v1::EVENT_TYPE_HOMEWORK_CHANGED, 1,
                              work.SerializeAsString()))
                    .ok());
  }

  FamilyMemory memory_;
  std::vector<std::string> sessions_;
  int partly_ = 0;  // how often only a part was made anew
};

TEST_F(FamilyMemoryTest, IsWhatReadingEverythingGivesWhateverHappens) {
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  ASSERT_NO_FATAL_FAILURE(HoldOne(random));
  for (int step = 0; step < 60; ++step) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", step " + std::to_string(step));
    const std::string& session = sessions_[random() % sessions_.size()];
    switch (random() % 8) {
      case 0:
        store_.clock.Advance(std::chrono::hours(24 * (1 + random() % 5)));
        ASSERT_NO_FATAL_FAILURE(HoldOne(random));
        break;
      case 1:
        ASSERT_NO_FATAL_FAILURE(AgreeHomework());
        break;
      case 2:  // forms expire
        store_.clock.Advance(std::chrono::hours(24 * 3));
        break;
      case 3:
        ASSERT_NO_FATAL_FAILURE(Relay());
        break;
      default:  // refused where it was rated before
        (void)Rate(session, random() % 2 == 0 ? mother_ : father_, 20 + random() % 70, 80);
        break;
    }
    if (random() % 3 > 0) ASSERT_NO_FATAL_FAILURE(Compare());
  }
  ASSERT_NO_FATAL_FAILURE(Compare());
  EXPECT_GT(partly_, 0) << "nothing was read in part";
}

TEST_F(FamilyMemoryTest, ARecordChangedByHandIsReadAgain) {
  std::mt19937 random(1);
  ASSERT_NO_FATAL_FAILURE(HoldOne(random));
  ASSERT_NO_FATAL_FAILURE(Compare());
  memory_.file.requests.front().record.version = 0;
  memory_.file.requests.front().message.clear_request();
  ASSERT_NO_FATAL_FAILURE(Compare());
  // One that was added and never stored.
  memory_.file.ratings.emplace_back().record = NewRecord(kRating, family_, 1);
  ASSERT_NO_FATAL_FAILURE(Compare());
}

TEST(FamilyMemories, OneAtATimeHasAFamily) {
  FamilyMemories memories;
  const auto first = memories.Take("agency", "f");
  first->file.id = "f";
  memories.GiveBack("agency", "f", first);
  const auto again = memories.Take("agency", "f");
  EXPECT_EQ(again, first);
  EXPECT_EQ(memories.Take("agency", "f")->file.id, "");
  EXPECT_EQ(memories.Take("other", "f")->file.id, "");
}

TEST(FamilyMemories, AnErasedFamilyIsForgotten) {
  FamilyMemories memories;
  auto memory = memories.Take("agency", "f");
  memory->file.id = "f";
  memories.GiveBack("agency", "f", std::move(memory));
  memories.AtRest("agency", "f", 9);
  memories.Forget("agency", "f");
  EXPECT_EQ(memories.Take("agency", "f")->file.id, "");
  EXPECT_FALSE(memories.SawAtRest("agency", "f", 1));
}

TEST(FamilyMemories, ALookThatFoundNothingToDoIsOneForAllEventsItSaw) {
  FamilyMemories memories;
  EXPECT_FALSE(memories.SawAtRest("agency", "f", 7));
  memories.AtRest("agency", "f", 7);
  EXPECT_TRUE(memories.SawAtRest("agency", "f", 6));
  EXPECT_TRUE(memories.SawAtRest("agency", "f", 7));
  EXPECT_FALSE(memories.SawAtRest("agency", "f", 8));
  EXPECT_FALSE(memories.SawAtRest("agency", "g", 7));
  EXPECT_FALSE(memories.SawAtRest("other", "f", 7));
}

}  // namespace
}  // namespace rapport::alliance
