// Ed25519 against a published vector; nothing but the signed bytes verifies.
#include "platform/crypto/signing_key.h"

#include "platform/base/strings.h"
#include "platform/crypto/key_file.h"

#include <absl/strings/escaping.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace rapport::crypto {
namespace {

std::string FromHex(const char* text) { return absl::HexStringToBytes(text); }

TEST(SigningKey, EqualsRfc8032Test2) {
  Secret seed;
  std::ranges::copy(FromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
                    seed.data());
  const SigningKey key(seed);
  EXPECT_EQ(Hex(key.public_key()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  EXPECT_EQ(Hex(key.Sign("\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(SigningKey, OnlyWhatWasSignedByThisKeyVerifies) {
  const SigningKey key(NewSecret()), other(NewSecret());
  const std::string signature = key.Sign("checkpoint");
  EXPECT_TRUE(IsSignedBy(key.public_key(), "checkpoint", signature));
  EXPECT_FALSE(IsSignedBy(key.public_key(), "checkpoint!", signature));
  EXPECT_FALSE(IsSignedBy(other.public_key(), "checkpoint", signature));
  EXPECT_FALSE(IsSignedBy(key.public_key(), "checkpoint", ""));
  EXPECT_FALSE(IsSignedBy("", "checkpoint", signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(IsSignedBy(key.public_key(), "checkpoint", changed)) << i;
  }
}

}  // namespace
}  // namespace rapport::crypto
