#include "goals/consensus_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace rapport::goals {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kEndorses = v1::STANCE_KIND_ENDORSES, kAccepts = v1::STANCE_KIND_ACCEPTS,
               kNeutral = v1::STANCE_KIND_NEUTRAL, kObjects = v1::STANCE_KIND_OBJECTS,
               kUnaware = v1::STANCE_KIND_UNAWARE, kUnknown = v1::STANCE_KIND_UNSPECIFIED;

struct Vector {
  std::vector<v1::StanceKind> members;
  std::optional<double> index, coverage;
  bool shared;
};

TEST(G2GoalConsensus, FollowsTheFormula) {
  const Vector vectors[] = {
      {{}, std::nullopt, std::nullopt, false},
      {{kUnknown}, std::nullopt, 0.0, false},
      {{kUnaware, kUnaware}, std::nullopt, 0.0, false},
      {{kEndorses}, 1.0, 1.0, true},
      {{kAccepts}, 0.75, 1.0, true},
      {{kNeutral}, 0.5, 1.0, false},
      {{kObjects}, 0.0, 1.0, false},
      {{kEndorses, kAccepts, kNeutral}, 0.75, 1.0, true},               // exactly the threshold
      {{kEndorses, kNeutral, kNeutral}, 2.0 / 3, 1.0, false},           // below it
      {{kEndorses, kEndorses, kEndorses, kObjects}, 0.75, 1.0, false},  // an objection
      {{kEndorses, kEndorses, kUnaware}, 1.0, 2.0 / 3, false},          // not everybody is known
      {{kEndorses, kEndorses, kUnknown, kUnknown}, 1.0, 0.5, false},
      {{kObjects, kObjects, kEndorses, kNeutral}, 0.375, 1.0, false},
  };
  for (const Vector& vector : vectors) {
    const Consensus consensus = ConsensusOf(vector.members);
    EXPECT_EQ(consensus.index, vector.index);
    EXPECT_EQ(consensus.coverage, vector.coverage);
    EXPECT_EQ(consensus.shared, vector.shared);
  }
}

TEST(G2GoalConsensus, IsInRangeWhateverTheOrder) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 1'000; ++round) {
    std::vector<v1::StanceKind> members(random() % 12);
    for (auto& kind : members) kind = static_cast<v1::StanceKind>(random() % 6);
    const Consensus one = ConsensusOf(members);
    std::shuffle(members.begin(), members.end(), random);
    const Consensus other = ConsensusOf(members);
    EXPECT_EQ(one.index, other.index);
    EXPECT_EQ(one.coverage, other.coverage);
    EXPECT_EQ(one.shared, other.shared);
    EXPECT_TRUE(!one.index || (*one.index >= 0 && *one.index <= 1));
    EXPECT_TRUE(!one.coverage || (*one.coverage >= 0 && *one.coverage <= 1));
    EXPECT_EQ(one.index.has_value(), one.coverage.value_or(0) > 0);
  }
}

TEST(G2GoalConsensus, AnObjectionMoreNeverMakesAGoalShared) {
  for (int kind = 0; kind < 6; ++kind) {
    std::vector<v1::StanceKind> members(8, kEndorses);
    members[3] = static_cast<v1::StanceKind>(kind);
    members.push_back(kObjects);
    EXPECT_FALSE(ConsensusOf(members).shared);
  }
}

v1::Stance StanceOf(const char* holder, v1::StanceKind kind) {
  v1::Stance stance;
  stance.set_holder(holder);
  stance.set_kind(kind);
  return stance;
}

void Believe(v1::Stance& stance, const char* person, v1::StanceKind kind) {
  auto& belief = *stance.add_perceived();
  belief.set_person(person);
  belief.set_kind(kind);
}

constexpr char kMother[] = "families/f/members/m", kFather[] = "families/f/members/v",
               kTherapist[] = "professionals/t";

TEST(G2Misreadings, AreErrorsOfMoreThanAHalf) {
  // Perceived against actual; whether it is a misreading, and its error.
  const struct {
    v1::StanceKind perceived, actual;
    bool misread;
    double error;
  } rows[] = {
      {kEndorses, kObjects, true, 1},     {kObjects, kEndorses, true, 1},
      {kAccepts, kObjects, true, 0.75},   {kObjects, kAccepts, true, 0.75},
      {kEndorses, kNeutral, false, 0.5},  {kNeutral, kObjects, false, 0.5},
      {kEndorses, kAccepts, false, 0.25}, {kEndorses, kEndorses, false, 0},
      {kUnaware, kObjects, false, 0},     {kEndorses, kUnaware, false, 0},
      {kEndorses, kUnknown, false, 0},
  };
  for (const auto& row : rows) {
    v1::Stance mother = StanceOf(kMother, kEndorses);
    Believe(mother, kFather, row.perceived);
    const v1::Stance father = StanceOf(kFather, row.actual);
    const auto found = MisreadingsOf(std::vector{&std::as_const(mother), &father});
    ASSERT_THAT(found, SizeIs(row.misread ? 1 : 0)) << row.perceived << " of " << row.actual;
    if (!row.misread) continue;
    EXPECT_EQ(found[0].member(), kMother);
    EXPECT_EQ(found[0].about(), kFather);
    EXPECT_EQ(found[0].perceived(), row.perceived);
    EXPECT_EQ(found[0].actual(), row.actual);
    EXPECT_DOUBLE_EQ(found[0].error(), row.error);
  }
}

TEST(G2Misreadings, AreOfMembersAboutAnybodyWhoseStanceIsKnown) {
  v1::Stance mother = StanceOf(kMother, kEndorses);
  Believe(mother, kTherapist, kObjects);
  Believe(mother, "families/f/members/nobody", kObjects);
  v1::Stance therapist = StanceOf(kTherapist, kEndorses);
  Believe(therapist, kMother, kObjects);  // what a professional believes is not the family's
  const auto found = MisreadingsOf(std::vector<const v1::Stance*>{&mother, &therapist});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].about(), kTherapist);
  EXPECT_THAT(MisreadingsOf({}), IsEmpty());
}

}  // namespace
}  // namespace rapport::goals
