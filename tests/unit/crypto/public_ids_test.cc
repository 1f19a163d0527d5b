// The ids people see: a permutation per agency that shows nothing and is never another's.
#include "platform/crypto/public_ids.h"

#include "platform/crypto/key_file.h"
#include "platform/crypto/new_id.h"

#include "support/cpu_time.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

namespace rapport::crypto {
namespace {

SuiteSecret FixedSecret(char fill) {
  Secret secret;
  std::memset(secret.data(), fill, Secret::kBytes);
  return SuiteSecret(std::move(secret));
}

TEST(PublicIds, ReadsBackWhatItShowed) {
  const SuiteSecret secret(NewSecret());
  const PublicIds ids(secret);
  for (int i = 0; i < 100; ++i) {
    const std::string id = NewId();
    const std::string shown = ids.Show("agency-one", id);
    EXPECT_EQ(shown.size(), 32u);
    EXPECT_EQ(ids.Read("agency-one", shown), id);
  }
}

TEST(PublicIds, StayTheSameForEver) {
  // Computed with Python's cryptography package.
  const SuiteSecret secret = FixedSecret('s');
  EXPECT_EQ(PublicIds(secret).Show("agency-one", "0123456789abcdef"),
            "73476f5a9ac2b0408fb55165ea43a972");
}

TEST(PublicIds, NeighboursInTimeLookUnrelated) {
  const SuiteSecret secret(NewSecret());
  const PublicIds ids(secret);
  const std::string first = ids.Show("agency-one", "0123456789abcde0");
  const std::string second = ids.Show("agency-one", "0123456789abcde1");
  int same = 0;
  for (int i = 0; i < 32; ++i) same += first[i] == second[i];
  EXPECT_LT(same, 16);
}

TEST(PublicIds, AnotherAgencySeesAndMeansSomethingElse) {
  const SuiteSecret secret(NewSecret());
  const PublicIds ids(secret);
  const std::string id = NewId();
  for (int i = 0; i < 3; ++i) {  // alternating: the kept key schedule must follow
    const std::string shown = ids.Show("agency-one", id);
    EXPECT_NE(ids.Show("agency-two", id), shown);
    EXPECT_NE(ids.Read("agency-two", shown), id);
    EXPECT_EQ(ids.Read("agency-one", shown), id);
  }
}

TEST(PublicIds, AnInstanceNeverUsesTheKeysOfAnother) {
  const SuiteSecret one = FixedSecret('a'), two = FixedSecret('b');
  std::string before;
  for (int i = 0; i < 4; ++i) {  // the stack reuses the address
    const PublicIds ids(i % 2 == 0 ? one : two);
    const std::string shown = ids.Show("agency-one", "0123456789abcdef");
    EXPECT_NE(shown, before);
    before = shown;
  }
}

TEST(PublicIds, RefusesWhatIsNoId) {
  const SuiteSecret secret(NewSecret());
  const PublicIds ids(secret);
  const std::string shown = ids.Show("agency-one", NewId());
  for (const std::string& text :
       {std::string(), shown.substr(1), shown + "0", std::string(32, 'A'), std::string(32, 'g'),
        std::string(31, '0') + " ", std::string(31, '0') + '\0', "-" + shown.substr(1)}) {
    EXPECT_EQ(ids.Read("agency-one", text), std::nullopt) << text;
  }
  EXPECT_EQ(ids.Show("agency-one", "short"), "");
  EXPECT_EQ(ids.Show("agency-one", ""), "");
}

TEST(PublicIds, ThreadsWithDifferentAgenciesDoNotMix) {
  const SuiteSecret secret(NewSecret());
  const PublicIds ids(secret);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&ids, t] {
      const std::string agencies[] = {"agency-" + std::to_string(t), "agency-shared"};
      for (int i = 0; i < 2'000; ++i) {
        const std::string& agency = agencies[i % 2];
        const std::string id = NewId();
        ASSERT_EQ(ids.Read(agency, ids.Show(agency, id)), id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(PublicIdsSpeed, Prints) {
  const SuiteSecret secret(NewSecret());
  const PublicIds ids(secret);
  const std::string id = NewId();
  constexpr std::size_t kCalls = 100'000;
  std::size_t length = 0;
  const double each = support::CpuNanoseconds(
      kCalls, [&](std::size_t) { length += ids.Show("agency-one", id).size(); });
  std::printf("show an id: %.0f ns\n", each);
  EXPECT_EQ(length, 32u * kCalls);
}

}  // namespace
}  // namespace rapport::crypto
