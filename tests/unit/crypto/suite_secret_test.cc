// Keys derived from the suite secret: apart for each use and agency, the same in every service.
#include "platform/crypto/suite_secret.h"

#include "platform/base/clock.h"
#include "platform/base/strings.h"
#include "platform/crypto/key_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

namespace rapport::crypto {
namespace {

constexpr SuiteKey kUses[] = {SuiteKey::kId,    SuiteKey::kCache,      SuiteKey::kEvent,
                              SuiteKey::kEtag,  SuiteKey::kInvitation, SuiteKey::kPageToken,
                              SuiteKey::kIndex, SuiteKey::kAudit,      SuiteKey::kCheckpoint,
                              SuiteKey::kLog};

SuiteSecret FixedSecret() {
  Secret secret;
  std::memset(secret.data(), 's', Secret::kBytes);
  return SuiteSecret(std::move(secret));
}

TEST(SuiteSecret, GivesEveryUseAndAgencyAKeyOfItsOwn) {
  const SuiteSecret secret = FixedSecret();
  std::set<std::string> keys;
  for (const SuiteKey use : kUses) {
    for (const char* agency : {"agency-one", "agency-two", ""}) {
      keys.insert(std::string(secret.Key(use, agency).view()));
    }
  }
  EXPECT_EQ(keys.size(), 30u);
}

TEST(SuiteSecret, DerivesTheSameKeysForEver) {
  // Computed with Python's cryptography package.
  EXPECT_EQ(Hex(FixedSecret().Key(SuiteKey::kId, "agency-one").view()),
            "fccea96844865af614f12d273f767edee281b8ad8b0073603abac295ed19aa39");
  EXPECT_EQ(Hex(FixedSecret().Key(SuiteKey::kEvent, "agency-one").view()),
            "e2b8584c01f89a1712177f537a4ac0b6508a7581689fc8f8de4274f31a08cfe1");
}

TEST(SuiteSecret, WhatOneServiceSealsAnotherOpens) {
  const SuiteSecret here = FixedSecret(), there = FixedSecret();
  for (const SuiteKey use : kUses) {
    const std::string sealed = here.SealerFor(use, "agency-one")->Seal("identity", "plain");
    EXPECT_EQ(*there.SealerFor(use, "agency-one")->Open("identity", sealed), "plain");
    EXPECT_FALSE(there.SealerFor(use, "agency-two")->Open("identity", sealed).ok());
  }
}

TEST(SuiteSecret, MakesASealerOnceSoThatItsSealsAreCounted) {
  const SuiteSecret secret = FixedSecret();
  secret.SealerFor(SuiteKey::kEvent, "agency-one")->Seal("", "");
  secret.SealerFor(SuiteKey::kEvent, "agency-one")->Seal("", "");
  EXPECT_EQ(secret.SealerFor(SuiteKey::kEvent, "agency-one")->seals(), 2u);
}

TEST(SuiteSecret, CacheKeysAreOfTheDay) {
  const auto today = static_cast<std::uint32_t>(RealMicros() / 86'400'000'000);
  const std::uint32_t id = FixedSecret().SealerFor(SuiteKey::kCache, "agency-one")->key_id();
  EXPECT_TRUE(id == today || id == today + 1) << "midnight may pass meanwhile";
}

TEST(SuiteSecret, LoadsExactlyOneKey) {
  const std::string path = testing::TempDir() + "suite_secret_test.key";
  std::vector<Secret> keys(2);
  ASSERT_TRUE(WriteKeyFile(path, std::span(keys).first(1)).ok());
  const auto loaded = SuiteSecret::Load(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ((*loaded)->Key(SuiteKey::kId, "a").view(),
            SuiteSecret(Secret()).Key(SuiteKey::kId, "a").view());
  ASSERT_TRUE(WriteKeyFile(path, keys).ok());
  EXPECT_FALSE(SuiteSecret::Load(path).ok());
}

}  // namespace
}  // namespace rapport::crypto
