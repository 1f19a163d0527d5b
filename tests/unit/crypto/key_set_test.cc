// Key sets: which keys are taken, what they verify, and that nothing else does.
#include "platform/crypto/key_set.h"

#include "signing_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

namespace rapport::crypto {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::string_view kText = "header.claims";

std::string Problem(const json& set) {
  const auto keys = KeySet::Parse(set.dump());
  EXPECT_TRUE(absl::IsInvalidArgument(keys.status())) << set;
  return std::string(keys.status().message());
}

class Keys : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    p256 = NewP256Key();
    ed25519 = NewEd25519Key();
    rsa = NewRsaKey(2'048);
  }
  static void TearDownTestSuite() {
    p256.reset();
    ed25519.reset();
    rsa.reset();
  }
  static inline KeyPair p256, ed25519, rsa;
};

TEST_F(Keys, EveryKindVerifiesItsOwnSignature) {
  const auto keys = KeySet::Parse(
      KeySetOf({P256Jwk(p256.get(), "e"), Ed25519Jwk(ed25519.get(), "d"), RsaJwk(rsa.get(), "r")})
          .dump());
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->size(), 3u);
  EXPECT_EQ(NameOf(keys->Find("e")->algorithm), "ES256");
  EXPECT_EQ(NameOf(keys->Find("d")->algorithm), "EdDSA");
  EXPECT_EQ(NameOf(keys->Find("r")->algorithm), "RS256");
  EXPECT_EQ(keys->Find("x"), nullptr);

  const std::string by_ed25519 = LibrarySignature(ed25519.get(), kText, true);
  const std::string by_rsa = LibrarySignature(rsa.get(), kText, false);
  EXPECT_TRUE(SignatureHolds(*keys->Find("d"), kText, by_ed25519));
  EXPECT_TRUE(SignatureHolds(*keys->Find("r"), kText, by_rsa));
  EXPECT_FALSE(SignatureHolds(*keys->Find("d"), "header.other", by_ed25519));
  EXPECT_FALSE(SignatureHolds(*keys->Find("r"), "header.other", by_rsa));
  for (const char* other : {"e", "d", "r"}) {
    EXPECT_EQ(SignatureHolds(*keys->Find(other), kText, by_rsa), other == std::string("r"));
  }
}

TEST_F(Keys, VerifiesThePublishedExampleOfEs256) {
  // RFC 7515, appendix A.3.
  const json jwk = {{"kty", "EC"},
                    {"crv", "P-256"},
                    {"kid", "rfc"},
                    {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
                    {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}};
  const auto keys = KeySet::Parse(KeySetOf({jwk}).dump());
  ASSERT_TRUE(keys.ok()) << keys.status();
  constexpr std::string_view kSigned =
      "eyJhbGciOiJFUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"
      "VlfQ";
  const std::string signature = *DecodeBase64Url(
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  EXPECT_TRUE(SignatureHolds(*keys->Find("rfc"), kSigned, signature));
  EXPECT_FALSE(SignatureHolds(*keys->Find("rfc"), kSigned.substr(1), signature));
}

TEST_F(Keys, AnEs256SignatureIsTwoNumbersOf32BytesAndNothingElse) {
  const auto keys = KeySet::Parse(KeySetOf({P256Jwk(p256.get(), "e")}).dump());
  ASSERT_TRUE(keys.ok());
  const VerificationKey& key = *keys->Find("e");
  const std::string der = LibrarySignature(p256.get(), kText, false);
  EXPECT_FALSE(SignatureHolds(key, kText, der)) << "DER is not the form of tokens";
  EXPECT_FALSE(SignatureHolds(key, kText, ""));
  EXPECT_FALSE(SignatureHolds(key, kText, std::string(64, '\0'))) << "CVE-2022-21449";
  EXPECT_FALSE(SignatureHolds(key, kText, std::string(64, '\xff')));
  EXPECT_FALSE(SignatureHolds(key, kText, std::string(63, '\1')));
  EXPECT_FALSE(SignatureHolds(key, kText, std::string(65, '\1')));
}

TEST_F(Keys, AFailureLeavesNoErrorForTheThreadsTls) {
  const auto keys = KeySet::Parse(KeySetOf({P256Jwk(p256.get(), "e")}).dump());
  ASSERT_TRUE(keys.ok());
  EXPECT_FALSE(SignatureHolds(*keys->Find("e"), kText, std::string(64, '\xff')));
  EXPECT_EQ(ERR_peek_error(), 0u);
  json broken = P256Jwk(p256.get(), "e");
  broken["x"] = broken["y"];  // no point of the curve
  Problem(KeySetOf({broken}));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(Keys, LeavesOutWhatItCannotUse) {
  const json usable = P256Jwk(p256.get(), "e");
  const auto with = [&](const char* name, const json& value) {
    json jwk = P256Jwk(p256.get(), "other");
    jwk[name] = value;
    return jwk;
  };
  json nameless = P256Jwk(p256.get(), "other");
  nameless.erase("kid");
  for (const json& jwk :
       {nameless, with("kid", "../other"), with("kid", std::string(65, 'a')), with("kid", ""),
        with("kid", 7), with("use", "enc"), with("use", 1), with("key_ops", {"encrypt"}),
        with("alg", "RS256"), with("alg", "none"), with("alg", 1), with("crv", "P-384"),
        with("kty", "oct"), with("x", "AA"), with("x", 5), with("y", "not base64url!"),
        json("text"), RsaJwk(NewRsaKey(1'024).get(), "other")}) {
    const auto keys = KeySet::Parse(KeySetOf({usable, jwk}).dump());
    ASSERT_TRUE(keys.ok()) << keys.status() << jwk;
    EXPECT_EQ(keys->size(), 1u) << jwk;
    EXPECT_NE(keys->Find("e"), nullptr);
  }
  json rsa_with_exponent_one = RsaJwk(rsa.get(), "other");
  rsa_with_exponent_one["e"] = "AQ";
  EXPECT_EQ(KeySet::Parse(KeySetOf({usable, rsa_with_exponent_one}).dump())->size(), 1u);
}

TEST_F(Keys, TakesWhatIssuersReallyPublish) {
  json jwk = P256Jwk(p256.get(), "e.2-a_B");
  jwk["use"] = "sig";
  jwk["alg"] = "ES256";
  jwk["key_ops"] = {"verify"};
  jwk["x5c"] = {"a certificate"};
  jwk["x5t#S256"] = "a digest";
  EXPECT_TRUE(KeySet::Parse(KeySetOf({jwk}).dump()).ok());
}

TEST_F(Keys, RefusesASetThatIsAmbiguousEmptyOrPrivate) {
  const json jwk = P256Jwk(p256.get(), "e");
  json private_jwk = jwk;
  private_jwk["d"] = "AA";
  const json symmetric = {{"kty", "oct"}, {"kid", "k"}, {"k", "AA"}};
  EXPECT_THAT(Problem(KeySetOf({jwk, jwk})), HasSubstr("twice"));
  EXPECT_THAT(Problem(KeySetOf({private_jwk})), HasSubstr("private"));
  EXPECT_THAT(Problem(KeySetOf({jwk, symmetric})), HasSubstr("private"));
  EXPECT_THAT(Problem(KeySetOf({})), HasSubstr("no ES256"));
  EXPECT_THAT(Problem({{"keys", "none"}}), HasSubstr("no list"));
  EXPECT_THAT(Problem(json::object()), HasSubstr("no list"));
  EXPECT_FALSE(KeySet::Parse("").ok());
  EXPECT_FALSE(KeySet::Parse("garbage").ok());
  EXPECT_FALSE(KeySet::Parse(R"({"keys": [], "keys": []})").ok());
}

TEST(KeyId, IsAShortWordWithoutPathsOrQuotes) {
  EXPECT_TRUE(IsKeyId("a"));
  EXPECT_TRUE(IsKeyId(std::string(64, 'Z')));
  EXPECT_TRUE(IsKeyId("A-z_0.9"));
  for (const std::string& kid : {std::string(), std::string(65, 'a'), std::string("a/b"),
                                 std::string("' OR 1"), std::string("a\0b", 3), std::string("ä")}) {
    EXPECT_FALSE(IsKeyId(kid)) << kid;
  }
}

}  // namespace
}  // namespace rapport::crypto
