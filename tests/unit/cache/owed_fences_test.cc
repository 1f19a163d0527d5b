// No fence is forgotten while it matters, and memory stays bounded.
#include "platform/cache/owed_fences.h"

#include <gtest/gtest.h>

#include <map>

namespace rapport::cache {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kMinute{60'000};

std::map<std::string, std::int64_t> TakeAll(OwedFences& fences, std::size_t most = 1'000) {
  std::map<std::string, std::int64_t> taken;
  fences.Take(most, [&](std::string key, const OwedFences::Fence& fence) {
    taken.emplace(std::move(key), fence.order);
  });
  return taken;
}

TEST(OwedFences, KeepsTheLargestOrderOfAKey) {
  OwedFences fences(10);
  EXPECT_TRUE(fences.Add("a", 8, kMinute));
  EXPECT_TRUE(fences.Add("a", 4, kMinute));
  EXPECT_TRUE(fences.Add("b", 2, kMinute));
  EXPECT_TRUE(fences.Add("b", 6, kMinute));
  EXPECT_EQ(TakeAll(fences), (std::map<std::string, std::int64_t>{{"a", 8}, {"b", 6}}));
  EXPECT_TRUE(fences.empty());
}

TEST(OwedFences, IsBoundedAndSaysWhatItLost) {
  OwedFences fences(2);
  EXPECT_TRUE(fences.Add("a", 2, kMinute));
  EXPECT_TRUE(fences.Add("b", 2, kMinute));
  EXPECT_FALSE(fences.Add("c", 2, kMinute));
  EXPECT_TRUE(fences.Add("a", 4, kMinute)) << "a key it knows needs no room";
  EXPECT_EQ(TakeAll(fences).size(), 2u);
}

TEST(OwedFences, MakesRoomByForgettingWhatMattersNoMore) {
  OwedFences fences(1);
  EXPECT_TRUE(fences.Add("old", 2, milliseconds(-1)));
  EXPECT_TRUE(fences.Add("new", 2, kMinute));
  EXPECT_EQ(TakeAll(fences), (std::map<std::string, std::int64_t>{{"new", 2}}));
}

TEST(OwedFences, AreTakenInPortionsWithoutThoseThatMatterNoMore) {
  OwedFences fences(10);
  for (int i = 0; i < 5; ++i) fences.Add(std::to_string(i), 2, kMinute);
  fences.Add("old", 2, milliseconds(-1));
  EXPECT_EQ(TakeAll(fences, 3).size(), 3u);
  EXPECT_EQ(TakeAll(fences, 3).size(), 2u);
  EXPECT_TRUE(fences.empty());
}

}  // namespace
}  // namespace rapport::cache
