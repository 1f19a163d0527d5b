// A sealed value opens only whole, under its own key, as what it was sealed as.
#include "platform/crypto/sealer.h"

#include "platform/crypto/key_file.h"

#include "support/cpu_time.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace rapport::crypto {
namespace {

const std::string kIdentity = Identity({"notes", "agency-one", "row", "1"});

std::string KeyOf(char fill) { return std::string(32, fill); }

bool Opens(const Sealer& sealer, std::string_view identity, std::string_view sealed) {
  const auto opened = sealer.Open(identity, sealed);
  EXPECT_TRUE(opened.ok() || absl::IsDataLoss(opened.status())) << opened.status();
  return opened.ok();
}

TEST(Sealer, OpensWhatItSealed) {
  const Sealer sealer(7, KeyOf('k'));
  for (const std::size_t size : {0u, 1u, 15u, 16u, 17u, 1'000u, 1'000'000u}) {
    const std::string plain(size, 'p');
    const std::string sealed = sealer.Seal(kIdentity, plain);
    EXPECT_EQ(sealed.size(), plain.size() + Sealer::kOverhead);
    EXPECT_EQ(*sealer.Open(kIdentity, sealed), plain);
  }
  EXPECT_EQ(*sealer.Open("", sealer.Seal("", "x")), "x");
}

TEST(Sealer, WritesVersionAndKeyIdInFront) {
  const std::string sealed = Sealer(0x01020304, KeyOf('k')).Seal(kIdentity, "plain");
  EXPECT_EQ(sealed.substr(0, 5), "\x01\x01\x02\x03\x04");
  EXPECT_EQ(SealedKeyId(sealed), 0x01020304u);
  EXPECT_EQ(sealed.find("plain"), std::string::npos);
  EXPECT_EQ(SealedKeyId("\x01\x01\x02\x03\x04"), std::nullopt);
  EXPECT_EQ(SealedKeyId("\x02" + sealed.substr(1)), std::nullopt);
}

TEST(Sealer, OpensTheFormOfTheFirstRelease) {
  // Made with Python's cryptography package. Rows of every installation
  // look like this: a change that breaks it loses their data.
  const std::string sealed(
      "\x01\x00\x00\x00\x07"
      "nonce-of-row"
      "\x6f\xcc\xd5\x71\xa6"
      "\x46\x8f\xbe\xb5\xc9\x9d\x80\xe5\x44\xca\x25\x4e\x3b\x8b\x08\xba",
      5 + 12 + 5 + 16);
  EXPECT_EQ(*Sealer(7, KeyOf('k')).Open(kIdentity, sealed), "plain");
}

TEST(Sealer, EveryFlippedBitKeepsItShut) {
  const Sealer sealer(7, KeyOf('k'));
  const std::string sealed = sealer.Seal(kIdentity, "some plain text");
  ASSERT_TRUE(Opens(sealer, kIdentity, sealed));
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    std::string flipped = sealed;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(Opens(sealer, kIdentity, flipped)) << "bit " << bit;
  }
}

TEST(Sealer, EveryTruncationAndExtensionKeepsItShut) {
  const Sealer sealer(7, KeyOf('k'));
  const std::string sealed = sealer.Seal(kIdentity, "some plain text");
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(Opens(sealer, kIdentity, sealed.substr(0, size))) << size;
    EXPECT_FALSE(Opens(sealer, kIdentity, sealed.substr(sealed.size() - size))) << size;
  }
  EXPECT_FALSE(Opens(sealer, kIdentity, sealed + '\0'));
}

TEST(Sealer, AnotherIdentityKeyOrKeyIdKeepsItShut) {
  const Sealer sealer(7, KeyOf('k'));
  const std::string sealed = sealer.Seal(kIdentity, "plain");
  EXPECT_FALSE(Opens(sealer, Identity({"notes", "agency-one", "row", "2"}), sealed));
  EXPECT_FALSE(Opens(sealer, "", sealed));
  EXPECT_FALSE(Opens(Sealer(7, KeyOf('l')), kIdentity, sealed));
  EXPECT_FALSE(Opens(Sealer(8, KeyOf('k')), kIdentity, sealed));
  std::string renamed = sealed;  // the id alone is changed, also by who holds the key
  renamed[4] = 8;
  EXPECT_FALSE(Opens(Sealer(8, KeyOf('k')), kIdentity, renamed));
}

TEST(Sealer, AFailureLeavesTheThreadsNextCallsIntact) {
  const Sealer sealer(7, KeyOf('k'));
  const std::string sealed = sealer.Seal(kIdentity, "plain");
  EXPECT_FALSE(Opens(sealer, "other", sealed));
  EXPECT_TRUE(Opens(sealer, kIdentity, sealed));
}

TEST(Sealer, NeverUsesANonceTwice) {
  const Sealer sealer(7, KeyOf('k'));
  std::set<std::string> nonces;
  for (int i = 0; i < 10'000; ++i) nonces.insert(sealer.Seal("", "").substr(5, 12));
  EXPECT_EQ(nonces.size(), 10'000u);
}

TEST(Sealer, RefusesAWornOutKeyButStillOpens) {
  const Sealer sealer(7, KeyOf('k'), Sealer::kMostSeals - 1);
  const std::string last = sealer.Seal(kIdentity, "plain");
  EXPECT_THROW(sealer.Seal(kIdentity, "plain"), std::length_error);
  EXPECT_TRUE(Opens(sealer, kIdentity, last));
}

TEST(Sealer, ThreadsAndKeysDoNotMix) {
  std::vector<std::unique_ptr<Sealer>> sealers;
  for (char key = 'a'; key < 'i'; ++key) {
    sealers.push_back(std::make_unique<Sealer>(7, KeyOf(key)));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 4'000; ++i) {
        const std::size_t own = (i + static_cast<std::size_t>(t)) % sealers.size();
        const std::string sealed = sealers[own]->Seal(kIdentity, "plain");
        ASSERT_TRUE(sealers[own]->Open(kIdentity, sealed).ok());
        ASSERT_FALSE(sealers[(own + 1) % sealers.size()]->Open(kIdentity, sealed).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sealers.front()->seals(), 2'000u);
}

TEST(Identity, DifferentListsOfPartsNeverAgree) {
  const std::set<std::string> identities = {
      Identity({}),         Identity({""}),       Identity({"", ""}),   Identity({"ab"}),
      Identity({"a", "b"}), Identity({"ab", ""}), Identity({"", "ab"}), Identity({"a", "", "b"})};
  EXPECT_EQ(identities.size(), 8u);
}

// Prints; only a gross loss fails, since machines differ.
TEST(SealerSpeed, AlternatingKeysCostLittleMoreThanOne) {
  std::vector<std::unique_ptr<Sealer>> sealers;
  for (int i = 0; i < 1'000; ++i) {
    sealers.push_back(std::make_unique<Sealer>(7, NewSecret().view()));
  }
  const std::string plain(200, 'p');
  std::vector<std::string> sealed;
  for (const auto& sealer : sealers) sealed.push_back(sealer->Seal(kIdentity, plain));
  const double seal = support::CpuNanoseconds(
      50'000, [&](std::size_t i) { sealers[i % 1'000]->Seal(kIdentity, plain); });
  const double open = support::CpuNanoseconds(50'000, [&](std::size_t i) {
    ASSERT_TRUE(sealers[i % 1'000]->Open(kIdentity, sealed[i % 1'000]).ok());
  });
  std::printf("1,000 keys alternating, 200 bytes: seal %.0f ns, open %.0f ns\n", seal, open);
  EXPECT_LT(seal, 50'000);
  EXPECT_LT(open, 50'000);
}

}  // namespace
}  // namespace rapport::crypto
