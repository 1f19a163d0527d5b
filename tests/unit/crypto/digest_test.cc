// SHA-256, HMAC, HKDF against published vectors; base64url accepts exactly one text per value.
#include "platform/crypto/digest.h"

#include "platform/base/strings.h"
#include "platform/crypto/base64url.h"

#include <absl/strings/escaping.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace rapport::crypto {
namespace {

TEST(Sha256, EqualsFips180Example) {
  EXPECT_EQ(Hex(Sha256({"abc"})),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(Sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, PartsAreHashedOneAfterTheOther) {
  EXPECT_EQ(Sha256({"a", "", "bc"}), Sha256({"abc"}));
}

TEST(HmacSha256, EqualsRfc4231Cases) {
  EXPECT_EQ(Hex(HmacSha256(std::string(20, '\x0b'), {"Hi ", "There"})),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(Hex(HmacSha256("Jefe", {"what do ya want for nothing?"})),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(Hex(HmacSha256(std::string(131, '\xaa'),
                           {"Test Using Larger Than Block-Size Key - Hash Key First"})),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, ThreadsDoNotDisturbEachOther) {
  const std::string expected = HmacSha256("key of one", {"text"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2'000; ++i) {
        const std::string other = HmacSha256(std::string(1 + t, 'k'), {"other"});
        ASSERT_NE(other, expected);
        ASSERT_EQ(HmacSha256("key of one", {"text"}), expected);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Hkdf, EqualsRfc5869CaseWithoutSalt) {
  // Test case 3, with the first 32 of its 42 bytes.
  const std::string secret(22, '\x0b');
  EXPECT_EQ(Hex(Hkdf(secret, "").view()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
  EXPECT_NE(Hkdf(secret, "a").view(), Hkdf(secret, "b").view());
}

TEST(ConstantTimeEqual, ComparesContentAndLength) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual("same", "same"));
  EXPECT_FALSE(ConstantTimeEqual("same", "sama"));
  EXPECT_FALSE(ConstantTimeEqual("same", "same1"));
}

TEST(Base64Url, EveryLengthRoundTrips) {
  std::string bytes;
  for (int size = 0; size < 300; ++size) {
    const std::string text = EncodeBase64Url(bytes);
    EXPECT_EQ(text.find_first_of("+/="), std::string::npos);
    EXPECT_EQ(DecodeBase64Url(text), bytes);
    bytes += static_cast<char>(size * 7 + 3);
  }
}

TEST(Base64Url, EqualsRfc4648Examples) {
  EXPECT_EQ(EncodeBase64Url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(EncodeBase64Url("foob"), "Zm9vYg");
  EXPECT_EQ(EncodeBase64Url("\xfb\xff"), "-_8");
}

TEST(Base64Url, RefusesEverythingItWouldNotHaveWritten) {
  for (const char* text :
       {"Zm9vYg==", "Zm9v Yg", "Zm9vYg\n", "Zm9vY", "+/8", "Zm9vYh", "Zm.9", "Zg="}) {
    EXPECT_EQ(DecodeBase64Url(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace rapport::crypto
