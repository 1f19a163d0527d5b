// Ids are unique and grow, whoever asks and however fast.
#include "platform/crypto/new_id.h"

#include "platform/base/clock.h"
#include "platform/base/strings.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace rapport::crypto {
namespace {

TEST(NewId, GrowsWithEveryCall) {
  std::string before = NewId();
  for (int i = 0; i < 200'000; ++i) {  // more than a counter holds
    std::string id = NewId();
    ASSERT_EQ(id.size(), kIdBytes);
    ASSERT_LT(before, id);
    before = std::move(id);
  }
}

TEST(NewId, BeginsWithTheTimeInMilliseconds) {
  const auto before = static_cast<std::uint64_t>(RealMicros() / 1000);
  const std::uint64_t made = HexNumber(Hex(NewId()).substr(0, 12)).value();
  EXPECT_GE(made, before);
  // The test above may have run ahead of the clock by its 200,000 ids.
  EXPECT_LE(made, static_cast<std::uint64_t>(RealMicros() / 1000) + 10);
}

TEST(NewId, IsUniqueAcrossThreadsAndGrowsWithinEach) {
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < 5'000; ++i) mine.push_back(NewId());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> first_halves;
  for (const auto& mine : made) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    for (const std::string& id : mine) first_halves.insert(id.substr(0, 8));
  }
  EXPECT_EQ(first_halves.size(), 20'000u);
}

}  // namespace
}  // namespace rapport::crypto
