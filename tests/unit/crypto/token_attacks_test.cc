// Tokens of attackers: each is refused, for the reason that was meant to refuse it, and the caller
// learns nothing of it. After reliability.md 2.6 and D1.
#include "rapport/options/v1/options.pb.h"
#include "signing_keys.h"
#include "token_fixture.h"

#include "platform/crypto/digest.h"

#include <openssl/pem.h>

namespace rapport::crypto {
namespace {

using nlohmann::json;

using TokenAttacks = TokenFixture;

TEST_F(TokenAttacks, TheHonestTokenIsAccepted) {
  ASSERT_NE(Accepted(Sign(Header(), Claims())), nullptr);
}

TEST_F(TokenAttacks, NoAlgorithmIsNoSignature) {
  using namespace std::string_literals;
  for (const std::string& alg :
       {"none"s, "None"s, "nOnE"s, "NONE"s, ""s, " ES256"s, "es256"s, "ES256\0"s}) {
    json header = Header();
    header["alg"] = alg;
    const std::string text = SignedText(header.dump(), Claims().dump());
    EXPECT_EQ(Refusal(text + "."), "names another algorithm") << alg;
    EXPECT_EQ(Refusal(Sign(header, Claims())), "names another algorithm") << alg;
  }
  EXPECT_EQ(Refusal(SignedText(Header().dump(), Claims().dump()) + "."), "signature does not hold");
}

TEST_F(TokenAttacks, ThePublicKeyIsNoHmacSecret) {
  // An issuer with an RSA key; its public key in every form an attacker may have it.
  const KeyPair rsa = NewRsaKey(2'048);
  WriteText(harbour_->jwks_path(), KeySetOf({RsaJwk(rsa.get(), "rsa")}).dump());
  clock_.Advance(std::chrono::seconds(10));
  const json honest = {{"alg", "RS256"}, {"kid", "rsa"}};
  const std::string honest_text = SignedText(honest.dump(), Claims().dump());
  ASSERT_NE(Accepted(WithSignature(honest_text, LibrarySignature(rsa.get(), honest_text, false))),
            nullptr);

  // PEM with and without its last newline, DER and PKCS #1, PKCS #1 in PEM, the JWK.
  std::vector<std::string> secrets;
  const Bio pem(BIO_new(BIO_s_mem())), pkcs1_pem(BIO_new(BIO_s_mem()));
  Must(PEM_write_bio_PUBKEY(pem.get(), rsa.get()));
  secrets.push_back(Text(pem.get()));
  secrets.push_back(secrets[0].substr(0, secrets[0].size() - 1));
  for (const auto encode : {i2d_PUBKEY, i2d_PublicKey}) {
    unsigned char* der = nullptr;
    const int size = encode(rsa.get(), &der);
    secrets.emplace_back(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
  }
  Must(PEM_write_bio(pkcs1_pem.get(), "RSA PUBLIC KEY", "", Bytes(secrets.back().c_str()),
                     static_cast<long>(secrets.back().size())) > 0);
  secrets.push_back(Text(pkcs1_pem.get()));
  secrets.push_back(RsaJwk(rsa.get(), "rsa").dump());
  for (const std::string& secret : secrets) {
    for (const auto& [alg, reason] : {std::pair("HS256", "names another algorithm"),
                                      std::pair("RS256", "signature does not hold")}) {
      const std::string text =
          SignedText(json({{"alg", alg}, {"kid", "rsa"}}).dump(), Claims().dump());
      EXPECT_EQ(Refusal(WithSignature(text, HmacSha256(secret, {text}))), reason);
    }
  }
}

TEST_F(TokenAttacks, AHeaderBringsNoKeyOrRuleOfItsOwn) {
  const KeyPair mine = NewP256Key();
  const std::pair<const char*, json> forbidden[] = {
      {"jwk", P256Jwk(mine.get(), "mine")},
      {"jku", "https://attacker.example.org/jwks.json"},
      {"x5u", "https://attacker.example.org/chain.pem"},
      {"x5c", {"MIIB"}},
      {"crit", {"exp"}},
      {"crit", json::array()},
      {"b64", false},
      {"b64", true},
      {"zip", "DEF"},
      {"jwk", nullptr},
  };
  for (const auto& [name, value] : forbidden) {
    json header = Header();
    header[name] = value;
    EXPECT_EQ(Refusal(Sign(header, Claims())), "header has a forbidden parameter") << name;
  }
}

TEST_F(TokenAttacks, AHeaderHasAlgAndKidAndNoOtherType) {
  for (const char* name : {"alg", "kid"}) {
    json header = Header();
    header.erase(name);
    EXPECT_EQ(Refusal(Sign(header, Claims())), "header lacks alg or kid");
    header[name] = 5;
    EXPECT_EQ(Refusal(Sign(header, Claims())), "header lacks alg or kid");
  }
  json header = Header();
  for (const json& typ : {json("JWE"), json("jwt"), json("dpop+jwt"), json(7)}) {
    header["typ"] = typ;
    EXPECT_EQ(Refusal(Sign(header, Claims())), "header has another typ");
  }
}

TEST_F(TokenAttacks, AKeyIdIsLookedUpAndNothingElse) {
  const auto with = [&](const json& kid) {
    json header = Header();
    header["kid"] = kid;
    return Sign(header, Claims());
  };
  for (const char* kid : {"../../dev/null", "' OR 1=1 --", "", "a b", "|/bin/true", "a\n"}) {
    EXPECT_EQ(Refusal(with(kid)), "has no usable key id") << kid;
  }
  EXPECT_EQ(Refusal(with(std::string(65, 'a'))), "has no usable key id");
  EXPECT_EQ(Refusal(with(std::string(10'000, 'a'))), "is too long");
  EXPECT_EQ(Refusal(with("unknown")), "signed by an unknown key");
  EXPECT_EQ(Refusal(with(meadow_->key_id())), "signed by an unknown key");
}

TEST_F(TokenAttacks, AnIssuerSpeaksForItsOwnAgencyOnly) {
  json claims = Claims();
  json header = Header();
  header["kid"] = meadow_->key_id();
  // meadow's issuer signs a harbour token, under its own name and under harbour's
  EXPECT_EQ(Refusal(meadow_->Sign(header.dump(), claims.dump())), "signed by an unknown key");
  claims["agency"] = "meadow";
  EXPECT_EQ(Refusal(meadow_->Sign(header.dump(), claims.dump())), "of another issuer");
  claims["iss"] = meadow_->url();
  EXPECT_NE(Accepted(meadow_->Sign(header.dump(), claims.dump())), nullptr);
  header["kid"] = harbour_->key_id();
  EXPECT_EQ(Refusal(Sign(header, claims)), "signed by an unknown key");
}

TEST_F(TokenAttacks, AnUnknownOrClosedAgencyHasNoTokens) {
  EXPECT_EQ(Refusal(WithClaim("agency", "\"nowhere\"")), "of no agency");
  EXPECT_EQ(Refusal(WithClaim("agency", "")), "of no agency");
  EXPECT_EQ(Refusal(WithClaim("agency", "[\"harbour\"]")), "of no agency");
  EXPECT_EQ(Refusal(WithClaim("agency", "\"closed\"")), "of a closed agency");
}

TEST_F(TokenAttacks, IssuerAndAudienceAreExact) {
  const std::string url = harbour_->url();
  for (const std::string& iss : {url + "/", url + " ", url.substr(1), "HTTPS" + url.substr(5)}) {
    EXPECT_EQ(Refusal(WithClaim("iss", json(iss).dump())), "of another issuer") << iss;
  }
  EXPECT_EQ(Refusal(WithClaim("iss", "")), "of another issuer");
  for (const char* aud : {"\"other\"", "\"Rapport\"", "[\"other\"]", "[]", "[\"rapport\", 1]", "{}",
                          "\"rapport \"", "null"}) {
    EXPECT_EQ(Refusal(WithClaim("aud", aud)), "for another audience") << aud;
  }
  EXPECT_EQ(Refusal(WithClaim("aud", "")), "for another audience");
  EXPECT_NE(Accepted(WithClaim("aud", "[\"other\", \"rapport\"]")), nullptr);
}

TEST_F(TokenAttacks, TimesHoldWithinASkewOfAMinute) {
  const auto at = [&](std::int64_t iat, std::int64_t exp) {
    json claims = Claims();
    claims["iat"] = iat;
    claims["exp"] = exp;
    return Sign(Header(), claims);
  };
  EXPECT_EQ(Refusal(at(kNow - 600, kNow - 61)), "expired");
  EXPECT_EQ(Refusal(at(kNow - 600, kNow - 60)), "expired");
  EXPECT_EQ(Refusal(at(kNow - 600, kNow - 59)), "ACCEPTED");
  EXPECT_EQ(Refusal(at(kNow + 61, kNow + 100)), "issued in the future");
  EXPECT_EQ(Refusal(at(kNow + 60, kNow + 100)), "ACCEPTED");
  EXPECT_EQ(Refusal(WithClaim("nbf", std::to_string(kNow + 61))), "not valid yet");
  EXPECT_EQ(Refusal(WithClaim("nbf", std::to_string(kNow + 60))), "ACCEPTED");
}

TEST_F(TokenAttacks, ATokenLivesAQuarterOfAnHourAtMost) {
  const auto living = [&](std::int64_t seconds) {
    return WithClaim("exp", std::to_string(kNow + seconds));
  };
  EXPECT_EQ(Refusal(living(901)), "lives longer than the agency allows");
  EXPECT_EQ(Refusal(living(86'400)), "lives longer than the agency allows");
  EXPECT_EQ(Refusal(living(0)), "lives longer than the agency allows") << "ends as it begins";
  EXPECT_EQ(Refusal(living(900)), "ACCEPTED");
}

TEST_F(TokenAttacks, TimesAreWholeNumbers) {
  for (const char* name : {"exp", "iat"}) {
    for (const char* value :
         {"", "\"1800000900\"", "1800000900.0", "1800000900.5", "1.8e9", "-1", "null",
          "[1800000900]", "true", "253402300800", "18446744073709551615"}) {
      EXPECT_EQ(Refusal(WithClaim(name, value)), "exp or iat is no whole number") << name << value;
    }
    for (const char* value : {"1e400", "18446744073709551616e400", "0x10", "NaN", "Infinity"}) {
      EXPECT_EQ(Refusal(WithClaim(name, value)), "is not well formed") << name << value;
    }
  }
  EXPECT_EQ(Refusal(WithClaim("nbf", "\"1\"")), "nbf is no whole number");
  EXPECT_EQ(Refusal(WithClaim("nbf", "null")), "nbf is no whole number");
}

TEST_F(TokenAttacks, AClaimIsMadeOnceAndNotDeeply) {
  std::string twice = Claims().dump();
  twice.insert(1, "\"sub\":\"user-2\",");
  EXPECT_EQ(Refusal(harbour_->Sign(Header().dump(), twice)), "is not well formed");
  std::string header_twice = Header().dump();
  header_twice.insert(1, "\"alg\":\"none\",");
  EXPECT_EQ(Refusal(harbour_->Sign(header_twice, Claims().dump())), "is not well formed");
  for (const int depth : {4, 100, 1'000}) {
    const auto levels = static_cast<std::size_t>(depth);
    EXPECT_EQ(Refusal(WithClaim("x", std::string(levels, '[') + std::string(levels, ']'))),
              "is not well formed");
  }
  EXPECT_EQ(Refusal(WithClaim("x", "[[[]]]")), "ACCEPTED");
  EXPECT_EQ(Refusal(harbour_->Sign(Header().dump(), "[]")), "is not well formed");
  EXPECT_EQ(Refusal(harbour_->Sign(Header().dump(), "")), "is not well formed");
}

TEST_F(TokenAttacks, ASubjectIsPlainAndNobodyOfTheAuditTrail) {
  for (const char* sub : {"", "\"\"", "7", "\"a\\u0000b\"", "\"a\\nb\"", "\"\xc3\xa4\"",
                          "\"system\"", "\"service/notes\"", "\"invitation/00\""}) {
    EXPECT_EQ(Refusal(WithClaim("sub", sub)), "has no usable subject") << sub;
  }
  EXPECT_EQ(Refusal(WithClaim("sub", json(std::string(256, 'a')).dump())), "has no usable subject");
  EXPECT_EQ(Accepted(WithClaim("sub", "\"auth0|7 b\""))->subject, "auth0|7 b");
}

TEST_F(TokenAttacks, RolesAreWordsAndInvitationIsNone) {
  for (const char* roles : {"\"clinician\"", "[1]", "{}", "null"}) {
    EXPECT_EQ(Refusal(WithClaim("roles", roles)), "roles is no list of strings") << roles;
  }
  const RoleSet roles =
      Accepted(
          WithClaim("roles",
                    R"(["member", "invitation", "unspecified", "ROLE_ADMIN", "Admin", "wizard"])"))
          ->roles;
  for (int role = 0; role < options::v1::Role_ARRAYSIZE; ++role) {
    EXPECT_EQ(roles.Has(role), role == options::v1::ROLE_MEMBER) << role;
  }
}

TEST_F(TokenAttacks, StaffNeedASecondFactor) {
  for (const char* amr : {"", "[]", "[\"pwd\"]", "\"mfa\"", "[\"MFA\"]", "[1, \"mfa\"]"}) {
    EXPECT_EQ(Refusal(WithClaim("amr", amr)), "staff without a second factor") << amr;
  }
  for (const char* role : {"member", "service", "wizard"}) {
    json claims = Claims();
    claims.erase("amr");
    claims["roles"] = {role};
    EXPECT_EQ(Refusal(Sign(Header(), claims)), "ACCEPTED") << role;
    claims["roles"] = {role, "privacy_officer"};
    EXPECT_EQ(Refusal(Sign(Header(), claims)), "staff without a second factor");
  }
}

TEST_F(TokenAttacks, ASignatureOfAnotherFormKeyOrTextIsNone) {
  const std::string text = SignedText(Header().dump(), Claims().dump());
  const KeyPair mine = NewP256Key();
  const std::string honest = Sign(Header(), Claims());
  EXPECT_EQ(Refusal(WithSignature(text, LibrarySignature(mine.get(), text, false))),
            "signature does not hold");
  EXPECT_EQ(Refusal(WithSignature(text, std::string(64, '\0'))), "signature does not hold");
  const std::string signature = honest.substr(honest.rfind('.'));
  json claims = Claims();
  claims["sub"] = "user-2";
  EXPECT_EQ(Refusal(SignedText(Header().dump(), claims.dump()) + signature),
            "signature does not hold");
}

TEST_F(TokenAttacks, EveryTruncationIsRefused) {
  const std::string honest = Sign(Header(), Claims());
  for (std::size_t size = 0; size < honest.size(); size += 7) {
    EXPECT_NE(Refusal(honest.substr(0, size)), "ACCEPTED") << size;
  }
  EXPECT_NE(Refusal(honest.substr(0, honest.size() - 1)), "ACCEPTED");
}

TEST_F(TokenAttacks, OnlyTheCompactFormIsRead) {
  const std::string honest = Sign(Header(), Claims());
  EXPECT_EQ(Refusal(honest + ".x"), "is no compact token");
  EXPECT_EQ(Refusal("a.b"), "is no compact token");
  EXPECT_EQ(Refusal("a"), "is no compact token");
  EXPECT_EQ(Refusal(""), "is no compact token");
  EXPECT_EQ(Refusal(".."), "is not well formed");
  for (const char* tail : {"=", "==", " ", "\n", "/"}) {
    EXPECT_EQ(Refusal(honest + tail), "is not well formed") << tail;
  }
  EXPECT_EQ(Refusal(" " + honest), "is not well formed");
  EXPECT_EQ(Refusal(json({{"payload", "a"}, {"signatures", json::array()}}).dump()),
            "is no compact token");
}

TEST_F(TokenAttacks, ATokenIsAtMost4096Bytes) {
  const std::string fits = WithClaim("x", json(std::string(2'500, 'x')).dump());
  ASSERT_LE(fits.size(), 4'096u);
  EXPECT_EQ(Refusal(fits), "ACCEPTED");
  const std::string long_one = WithClaim("x", json(std::string(3'500, 'x')).dump());
  ASSERT_GT(long_one.size(), 4'096u);
  EXPECT_EQ(Refusal(long_one), "is too long");
}

// RFC 9110: names of schemes have no case. Everything else about the header is as it is written.
TEST_F(TokenAttacks, TheSchemeIsBearerInLettersOfAnySize) {
  const std::string honest = Sign(Header(), Claims());
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER ", "bEARER "}) {
    EXPECT_EQ(RefusalOfHeader(scheme + honest), "ACCEPTED") << scheme;
  }
  for (const std::string& header : {std::string(), honest, "Bearer" + honest, "bearer\t" + honest,
                                    "Basic " + honest, " Bearer " + honest, "beare " + honest}) {
    EXPECT_EQ(RefusalOfHeader(header), "has no known scheme");
  }
  EXPECT_EQ(RefusalOfHeader("Bearer"), "has no known scheme");
  EXPECT_EQ(RefusalOfHeader("Bearer "), "is no compact token");
  EXPECT_EQ(RefusalOfHeader("Bearer  " + honest), "is not well formed");
  EXPECT_EQ(RefusalOfHeader("Bearer " + honest + "," + honest), "is no compact token");
}

}  // namespace
}  // namespace rapport::crypto
