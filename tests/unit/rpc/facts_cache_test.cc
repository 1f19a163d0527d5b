// FactsCache: what a decision rests on is never older than a change this process knows of.
#include "platform/rpc/facts_cache.h"

#include "platform/base/member_age.h"
#include "platform/crypto/public_ids.h"
#include "platform/schema/public_id_codec.h"
#include "support/service_store.h"

#include <gtest/gtest.h>

namespace rapport::rpc {
namespace {

using support::TestCall;
using support::TestId;

class FactsCacheTest : public testing::Test {
 protected:
  // Facts as they were at this sequence of the agency; their level says which.
  static FactsCache::Facts At(std::int64_t sequence) {
    AccessFacts facts;
    facts.family = TestId("family");
    facts.version = sequence;
    facts.taken_us = RealMicros();
    return std::make_shared<const AccessFacts>(std::move(facts));
  }
  static Task<absl::StatusOr<FactsCache::Facts>> Give(FactsCache::Facts facts) { co_return facts; }
  // 0: there was no such family.
  std::int64_t Load(std::int64_t sequence) {
    const auto load = [&](CallContext&) { return Give(sequence == 0 ? nullptr : At(sequence)); };
    const auto loaded = RunSync(cache.GetOrLoad(call, "a", TestId("family"), load));
    return loaded.ok() && *loaded ? (*loaded)->version : 0;
  }
  std::int64_t Known() {
    const auto facts = cache.Find("a", TestId("family"));
    return facts ? facts->version : 0;
  }

  support::ServiceStore store;
  crypto::PublicIds public_ids{store.suite};
  schema::PublicIdCodec ids{public_ids};
  const records::ServiceCaches caches{store.Caches(ids)};
  FactsCache cache{caches};
  TestCall call{"a", "clinician-1"};
};

TEST_F(FactsCacheTest, WhatWasLoadedIsGivenWithoutAsking) {
  EXPECT_EQ(Known(), 0);
  EXPECT_EQ(Load(5), 5);
  EXPECT_EQ(Known(), 5);
  EXPECT_EQ(Load(9), 5) << "nothing said that it changed";
}

TEST_F(FactsCacheTest, AChangeEndsTheCopyAndWhateverIsOlder) {
  EXPECT_EQ(Load(5), 5);
  cache.Changed("a", TestId("family"), 7);
  EXPECT_EQ(Known(), 0);
  EXPECT_EQ(Load(7), 7);
  EXPECT_EQ(Known(), 7);
}

TEST_F(FactsCacheTest, ALoadThatAChangeOvertookIsNotKept) {
  const auto load = [&](CallContext&) {
    cache.Changed("a", TestId("family"), 6);  // After the rows were read, before they are kept.
    return Give(At(5));
  };
  EXPECT_TRUE(RunSync(cache.GetOrLoad(call, "a", TestId("family"), load)).ok());
  EXPECT_EQ(Known(), 0);
}

TEST_F(FactsCacheTest, AnEventEndsTheCopyToo) {
  EXPECT_EQ(Load(5), 5);
  cache.Forget("a", TestId("family"));
  EXPECT_EQ(Known(), 0);
  EXPECT_EQ(Load(6), 6);
}

TEST_F(FactsCacheTest, AnUnknownFamilyIsNotRemembered) {
  EXPECT_EQ(Load(0), 0);
  EXPECT_EQ(Load(3), 3) << "it was made meanwhile";
}

TEST_F(FactsCacheTest, EveryFactSurvivesTheSharedCache) {
  AccessFacts facts;
  facts.family = TestId("family");
  facts.version = 3;
  facts.taken_us = 4;
  facts.state = CaseState::kOnHold;
  facts.level_of_need = 2;
  facts.helpers = {{TestId("h"), {"anna", "other"}, 6, true, true, {1, 2}}};
  facts.supervisors = {{TestId("s"), {"boss"}, TestId("h"), {3, 0}}};
  facts.members = {{TestId("m"), {"mum"}, true, 1980, 2, 29, {5, 6}, 14}};
  facts.consents = {{TestId("m"), 3, {7, 8}, true}};
  facts.break_glass = {{TestId("g"), TestId("h"), {"anna"}, {9, 10}}};
  facts.separated = {{TestId("m"), TestId("n"), 11}};
  facts.screens_due = {{TestId("m"), 12}};
  facts.secrets_policies = {{2, {13, 14}}};
  facts.reunited = {{TestId("m"), TestId("n"), 15}};
  const std::string bytes = FactsCodec::Encode(facts);
  const auto back = FactsCodec::Decode(bytes);
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(FactsCodec::Encode(*back), bytes);
  EXPECT_EQ(back->state, CaseState::kOnHold);
  EXPECT_EQ(back->helpers.at(0).subjects, (std::vector<std::string>{"anna", "other"}));
  EXPECT_TRUE(back->helpers.at(0).trainee);
  EXPECT_EQ(back->members.at(0).birth_day, 29);
  EXPECT_EQ(back->members.at(0).majority_us, 14);
  EXPECT_TRUE(back->consents.at(0).in_emergency);
  EXPECT_EQ(back->separated, facts.separated);
  EXPECT_EQ(back->reunited, facts.reunited);
  EXPECT_EQ(back->screens_due.at(0).due_us, 12);
  EXPECT_EQ(back->secrets_policies.at(0).option, 2);
  EXPECT_EQ(back->secrets_policies.at(0).period, (Period{13, 14}));
  EXPECT_EQ(back->break_glass.at(0).subjects, (std::vector<std::string>{"anna"}));
  EXPECT_EQ(back->break_glass.at(0).period, (Period{9, 10}));
  EXPECT_EQ(FactsCodec::Decode("\x01"), nullptr);
}

// What intake says counts; of an intake of the release before, the birth date does, in UTC.
TEST(MemberAge, ComingOfAgeIsWhatIntakeSays) {
  const std::int64_t june_us = 1'938'297'600'000'000;  // 4 June 2031
  AccessFacts::Member member{.birth_year = 2013, .birth_month = 6, .birth_day = 4};
  EXPECT_TRUE(IsMinorAt(member, june_us - 1));
  EXPECT_FALSE(IsMinorAt(member, june_us));
  member.majority_us = june_us + 7;
  EXPECT_TRUE(IsMinorAt(member, june_us + 6));
  EXPECT_FALSE(IsMinorAt(member, june_us + 7));
  EXPECT_TRUE(IsMinorAt({.majority_us = INT64_MAX}, june_us)) << "a child without a birth date";
  EXPECT_FALSE(IsMinorAt({.majority_us = INT64_MIN}, june_us)) << "an adult without one";
  EXPECT_FALSE(IsMinorAt({}, june_us)) << "of a release before";
}

}  // namespace
}  // namespace rapport::rpc
