// Etags: equal exactly for the same version of the same thing, and refused otherwise.
#include "platform/schema/etag.h"

#include "platform/schema/errors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

namespace rapport::schema {
namespace {

crypto::Secret Key(char fill) {
  crypto::Secret secret;
  std::memset(secret.data(), fill, crypto::Secret::kBytes);
  return secret;
}

class EtagTest : public ::testing::Test {
 protected:
  const Etags etags_{Key('k')};
  const std::string id_ = "0123456789abcdef";
};

TEST_F(EtagTest, IsTheSameForTheSameVersion) {
  EXPECT_EQ(etags_.Show("north", id_, 7), etags_.Show("north", id_, 7));
  EXPECT_EQ(Etags(Key('k')).Show("north", id_, 7), etags_.Show("north", id_, 7)) << "any replica";
}

TEST_F(EtagTest, StaysTheSameForEver) {
  // Python: hmac over the length-prefixed parts "etag", "north", id, "7"; first 9 bytes, base64url.
  EXPECT_EQ(etags_.Show("north", id_, 7), "\"X2jFgy4lRNRz\"");
}

TEST_F(EtagTest, DiffersInEveryPart) {
  std::set<std::string> seen = {
      etags_.Show("north", id_, 1),          etags_.Show("south", id_, 1),
      etags_.Show("north", id_, 2),          etags_.Show("north", id_, 11),
      etags_.Show("north", id_ + "x", 1),    etags_.Show("north", "fedcba9876543210", 1),
      Etags(Key('l')).Show("north", id_, 1), etags_.Show("nort", "h" + id_, 1),
  };
  EXPECT_EQ(seen.size(), 8u);
}

TEST_F(EtagTest, HasItsOwnShape) {
  for (int version = 0; version < 200; ++version) {
    const std::string etag = etags_.Show("north", id_, version);
    EXPECT_TRUE(IsEtag(etag)) << etag;
    EXPECT_EQ(etag.size(), 14u);
  }
  for (const char* bad : {"", "\"\"", "*", "\"abcdefghijk\"", "\"abcdefghijklm\"",
                          "abcdefghijk=", "W/\"abcdefghijkl\"", "\"abcdefghijkl", "abcdefghijkl\"",
                          "'abcdefghijkl'", "abcdefghij\xc3\xa9"}) {
    EXPECT_FALSE(IsEtag(bad)) << bad;
  }
}

TEST_F(EtagTest, TheCurrentOnePassesWithOrWithoutQuotes) {
  const std::string etag = etags_.Show("north", id_, 3);
  EXPECT_TRUE(etags_.Check(etag, "north", id_, 3).ok());
  EXPECT_TRUE(etags_.Check(etag.substr(1, 12), "north", id_, 3).ok());
}

TEST_F(EtagTest, AnyOtherIsAMismatchThatTellsTheCurrentOne) {
  const std::string current = etags_.Show("north", id_, 3);
  for (const std::string& given :
       {etags_.Show("north", id_, 2), etags_.Show("north", "fedcba9876543210", 3), std::string("*"),
        std::string("3"), std::string("garbage"), current + "x"}) {
    EXPECT_EQ(etags_.Check(given, "north", id_, 3), EtagMismatch(current)) << given;
  }
}

TEST_F(EtagTest, NoneIsAskedFor) { EXPECT_EQ(etags_.Check("", "north", id_, 3), EtagRequired()); }

}  // namespace
}  // namespace rapport::schema
