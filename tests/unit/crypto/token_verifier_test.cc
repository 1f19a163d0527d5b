// What an accepted token gives, how long its verification is remembered, and what ends it sooner.
#include "platform/crypto/token_verifier.h"

#include "platform/crypto/invitation.h"
#include "platform/crypto/invitation_code.h"
#include "platform/crypto/key_set_file.h"
#include "platform/crypto/token_claims.h"
#include "rapport/internal/v1/sealed.pb.h"
#include "rapport/options/v1/options.pb.h"
#include "signing_keys.h"
#include "support/cpu_time.h"
#include "token_fixture.h"

#include <absl/strings/ascii.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <random>
#include <thread>

namespace rapport::crypto {
namespace {

using nlohmann::json;
using rapport::internal::v1::InvitationToken;
namespace options = rapport::options::v1;

using Tokens = TokenFixture;

TEST_F(Tokens, GiveAPrincipal) {
  const auto principal = Accepted(harbour_->Token(
      {.agency = "harbour", .subject = "user-1", .roles = {"clinician", "privacy_officer"}}, kNow));
  ASSERT_NE(principal, nullptr);
  EXPECT_EQ(principal->agency, "harbour");
  EXPECT_EQ(principal->subject, "user-1");
  EXPECT_EQ(principal->expires_unix, kNow + 900);
  EXPECT_EQ(principal->invitation, nullptr);
  for (int role = 0; role < options::Role_ARRAYSIZE; ++role) {
    EXPECT_EQ(principal->roles.Has(role),
              role == options::ROLE_CLINICIAN || role == options::ROLE_PRIVACY_OFFICER);
  }
}

TEST_F(Tokens, GiveEveryRoleThereIsButInvitation) {
  for (int role = 1; role < options::Role_ARRAYSIZE; ++role) {
    std::string name = options::Role_Name(role).substr(5);
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(RoleNumber(name), role == options::ROLE_INVITATION ? 0 : role) << name;
  }
  EXPECT_EQ(RoleNumber("unspecified"), 0);
}

// RFC 9068: one string. Those of other systems are kept and mean nothing here.
TEST_F(Tokens, GiveScopes) {
  const auto principal = Accepted(harbour_->Token(
      {.agency = "harbour", .subject = "user-1", .scopes = {"psychotherapy_notes", "email"}},
      kNow));
  ASSERT_NE(principal, nullptr);
  EXPECT_EQ(principal->scopes, (std::vector<std::string>{"psychotherapy_notes", "email"}));
  EXPECT_TRUE(Accepted(WithClaim("scope", "\"\""))->scopes.empty());
  EXPECT_EQ(Accepted(WithClaim("scope", "\"  one  two \""))->scopes.size(), 2u);
  std::string many = "\"";
  for (int i = 0; i < 33; ++i) many += "s" + std::to_string(i) + " ";
  for (const std::string& wrong :
       {std::string("[\"psychotherapy_notes\"]"), std::string("7"), many + "\""}) {
    EXPECT_NE(Refusal(WithClaim("scope", wrong)), "ACCEPTED") << wrong;
  }
}

TEST_F(Tokens, WithoutRolesAreStillSomebody) {
  EXPECT_TRUE(Accepted(WithClaim("roles", ""))->roles.empty());
}

TEST_F(Tokens, OfEveryAlgorithmAreAccepted) {
  const KeyPair ed25519 = NewEd25519Key(), rsa = NewRsaKey(2'048);
  WriteText(harbour_->jwks_path(),
            KeySetOf({Ed25519Jwk(ed25519.get(), "d"), RsaJwk(rsa.get(), "r")}).dump());
  clock_.Advance(std::chrono::seconds(10));
  const auto token = [&](EVP_PKEY* key, const char* alg, const char* kid) {
    const std::string text =
        SignedText(json({{"alg", alg}, {"kid", kid}, {"typ", "at+jwt"}}).dump(), Claims().dump());
    return WithSignature(text, LibrarySignature(key, text, alg == std::string("EdDSA")));
  };
  EXPECT_NE(Accepted(token(ed25519.get(), "EdDSA", "d")), nullptr);
  EXPECT_NE(Accepted(token(rsa.get(), "RS256", "r")), nullptr);
  EXPECT_EQ(Refusal(token(rsa.get(), "RS256", "d")), "names another algorithm");
}

TEST_F(Tokens, AreVerifiedOnceAndThenKnown) {
  const std::string token = Sign(Header(), Claims());
  const auto first = Accepted(token);
  EXPECT_EQ(Accepted(token), first) << "the same object: from memory";
}

TEST_F(Tokens, ExpireAlsoFromMemory) {
  const std::string token = Sign(Header(), Claims());
  ASSERT_NE(Accepted(token), nullptr);
  clock_.Set((kNow + 900 + 59) * 1'000'000);
  EXPECT_NE(Accepted(token), nullptr);
  clock_.Set((kNow + 900 + 60) * 1'000'000);
  EXPECT_EQ(Refusal(token), "expired");
}

TEST_F(Tokens, AreRevokedAlsoFromMemory) {
  const std::string token = WithClaim("sub", "\"revoked\"");
  ASSERT_NE(Accepted(token), nullptr);
  revoked_before_ = kNow;
  EXPECT_NE(Accepted(token), nullptr) << "issued at that second, not before it";
  revoked_before_ = kNow + 1;
  EXPECT_EQ(Refusal(token), "revoked");
  EXPECT_NE(Accepted(Sign(Header(), Claims())), nullptr) << "others are not concerned";
}

TEST_F(Tokens, OfAWithdrawnKeyAreForgotten) {
  const std::string token = Sign(Header(), Claims());
  ASSERT_NE(Accepted(token), nullptr);
  const KeyPair next = NewP256Key();
  WriteText(harbour_->jwks_path(), KeySetOf({P256Jwk(next.get(), "next")}).dump());
  clock_.Advance(std::chrono::seconds(KeySetFile::kLookSeconds));
  EXPECT_EQ(Refusal(token), "signed by an unknown key");
}

TEST_F(Tokens, OfAnotherAgencyAreNotForgottenWithThem) {
  json header = Header(), claims = Claims();
  header["kid"] = meadow_->key_id();
  claims["agency"] = "meadow";
  claims["iss"] = meadow_->url();
  const std::string token = meadow_->Sign(header.dump(), claims.dump());
  const auto first = Accepted(token);
  const KeyPair next = NewP256Key();
  WriteText(harbour_->jwks_path(), KeySetOf({P256Jwk(next.get(), "next")}).dump());
  clock_.Advance(std::chrono::seconds(10));
  EXPECT_EQ(Accepted(token), first);
}

TEST_F(Tokens, OfANewKeyAreAcceptedAtOnce) {
  ASSERT_NE(Accepted(Sign(Header(), Claims())), nullptr);
  const auto next = LocalIssuer::Create(folder_ / "next", harbour_->url());
  ASSERT_TRUE(next.ok());
  WriteText(harbour_->jwks_path(), ReadText(next->jwks_path()));
  // No time passes: the unknown key id makes the verifier look.
  json header = Header();
  header["kid"] = next->key_id();
  EXPECT_NE(Accepted(next->Sign(header.dump(), Claims().dump())), nullptr);
}

TEST_F(Tokens, OnOneThreadNeverShowAsThoseOfAnother) {
  std::vector<std::string> headers;
  for (int user = 0; user < 8; ++user) {
    headers.push_back("Bearer " + WithClaim("sub", "\"user-" + std::to_string(user) + "\""));
  }
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int call = 0; call < 400; ++call) {
        const int user = (t + call) % 8;
        const auto found = verifier_->Authenticate(headers[static_cast<std::size_t>(user)]);
        wrong += !found.ok() || (*found)->subject != "user-" + std::to_string(user);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(Tokens, AKeySetThatIsMissingConcernsItsAgencyOnly) {
  std::filesystem::remove(meadow_->jwks_path());
  std::vector<std::string> problems;
  TokenVerifier::Hooks hooks;
  hooks.on_key_problem = [&](std::string_view agency, const absl::Status&) {
    problems.emplace_back(agency);
  };
  verifier_ = std::make_unique<TokenVerifier>(agencies_, secret_, clock_, hooks);
  EXPECT_EQ(problems, std::vector<std::string>{"meadow"});
  const std::string token = Sign(Header(), Claims());
  EXPECT_TRUE(verifier_->Authenticate("Bearer " + token).ok());
  clock_.Advance(std::chrono::seconds(120));
  EXPECT_TRUE(verifier_->Authenticate("Bearer " + token).ok());
  EXPECT_EQ(verifier_->KeySetAgeSeconds("harbour"), 0);
  EXPECT_EQ(verifier_->KeySetAgeSeconds("meadow"), 120);
  EXPECT_EQ(verifier_->KeySetAgeSeconds("nowhere"), 0);
}

class Invitations : public TokenFixture {
 protected:
  InvitationToken Invitation() const {
    InvitationToken token;
    token.set_agency("harbour");
    token.set_invitation("0123456789abcdef");
    token.set_family("family-of-16-byt");
    token.set_session("session-16-bytes");
    token.set_member("member--16-bytes");
    token.set_expires_unix(kNow + 3'600);
    return token;
  }
};

TEST_F(Invitations, GiveAPrincipalForOneForm) {
  const std::string minted = MintInvitation(secret_, Invitation());
  EXPECT_EQ(minted.find("family"), std::string::npos);
  const auto found = verifier_->Authenticate("Invitation " + minted);
  ASSERT_TRUE(found.ok()) << found.status();
  const Principal& principal = **found;
  EXPECT_EQ(principal.agency, "harbour");
  EXPECT_EQ(principal.subject, "invitation/30313233343536373839616263646566");
  EXPECT_EQ(principal.expires_unix, kNow + 3'600);
  for (int role = 0; role < options::Role_ARRAYSIZE; ++role) {
    EXPECT_EQ(principal.roles.Has(role), role == options::ROLE_INVITATION);
  }
  ASSERT_NE(principal.invitation, nullptr);
  EXPECT_EQ(principal.invitation->id, "0123456789abcdef");
  EXPECT_EQ(principal.invitation->family, "family-of-16-byt");
  EXPECT_EQ(principal.invitation->session, "session-16-bytes");
  EXPECT_EQ(principal.invitation->member, "member--16-bytes");
}

TEST_F(Invitations, ExpireToTheSecond) {
  const std::string header = "Invitation " + MintInvitation(secret_, Invitation());
  clock_.Set((kNow + 3'599) * 1'000'000);
  EXPECT_EQ(RefusalOfHeader(header), "ACCEPTED");
  clock_.Set((kNow + 3'600) * 1'000'000);
  EXPECT_EQ(RefusalOfHeader(header), "expired");
}

TEST_F(Invitations, OfAnotherSuiteOrAgencyAreRefused) {
  constexpr const char* kReason = "no invitation of ours";
  const SuiteSecret other(NewSecret());
  EXPECT_EQ(RefusalOfHeader("Invitation " + MintInvitation(other, Invitation())), kReason);
  const std::string minted = MintInvitation(secret_, Invitation());
  EXPECT_EQ(RefusalOfHeader("Invitation meadow" + minted.substr(minted.find('.'))), kReason);
  EXPECT_EQ(RefusalOfHeader("Invitation nowhere" + minted.substr(minted.find('.'))), kReason);
  InvitationToken closed = Invitation();
  closed.set_agency("closed");
  EXPECT_EQ(RefusalOfHeader("Invitation " + MintInvitation(secret_, closed)), kReason);
}

TEST_F(Invitations, ThatWereChangedOrCutAreRefused) {
  const std::string minted = MintInvitation(secret_, Invitation());
  for (std::size_t at = 0; at < minted.size(); ++at) {
    std::string changed = minted;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_NE(RefusalOfHeader("Invitation " + changed), "ACCEPTED") << at;
    EXPECT_NE(RefusalOfHeader("Invitation " + minted.substr(0, at)), "ACCEPTED") << at;
  }
  EXPECT_NE(RefusalOfHeader("Invitation " + minted + "A"), "ACCEPTED");
  EXPECT_NE(RefusalOfHeader("Invitation harbour." + std::string(10'000, 'A')), "ACCEPTED");
  EXPECT_NE(RefusalOfHeader("Invitation "), "ACCEPTED");
  EXPECT_NE(RefusalOfHeader("invitation " + minted), "ACCEPTED");
  EXPECT_NE(RefusalOfHeader("Bearer " + minted), "ACCEPTED");
}

TEST_F(Invitations, OtherSealedValuesOfTheSuiteAreNone) {
  const std::string sealed =
      secret_.SealerFor(SuiteKey::kEvent, "harbour")
          ->Seal(Identity({"invitation token", "harbour"}), Invitation().SerializeAsString());
  EXPECT_NE(RefusalOfHeader("Invitation harbour." + EncodeBase64Url(sealed)), "ACCEPTED");
}

TEST_F(Tokens, SpeedIsPrinted) {
  const std::string known = "Bearer " + Sign(Header(), Claims());
  std::vector<std::string> fresh;
  for (int i = 0; i < 300; ++i) {
    fresh.push_back("Bearer " + WithClaim("sub", "\"user-" + std::to_string(i) + "\""));
  }
  std::size_t accepted = 0;
  const double first = support::CpuNanoseconds(
      fresh.size(), [&](std::size_t i) { accepted += verifier_->Authenticate(fresh[i]).ok(); });
  const double again = support::CpuNanoseconds(
      20'000, [&](std::size_t) { accepted += verifier_->Authenticate(known).ok(); });
  std::printf("first sight of a token %.0f us, known token %.0f ns\n", first / 1e3, again);
  EXPECT_EQ(accepted, fresh.size() + 20'000);
}

// What a person types instead of an invitation.
class InvitationCodes : public TokenFixture {};

TEST_F(InvitationCodes, AreOfTheAgencyAndOfNobodyYet) {
  const auto found =
      verifier_->Authenticate("Invitation-Code " + NewInvitationCode(secret_, "harbour"));
  ASSERT_TRUE(found.ok()) << reasons_.back();
  EXPECT_EQ((*found)->agency, "harbour");
  EXPECT_TRUE((*found)->roles.Has(options::ROLE_INVITATION));
  EXPECT_EQ((*found)->invitation, nullptr);
}

TEST_F(InvitationCodes, AreReadHoweverTheyAreTyped) {
  const std::string code = NewInvitationCode(secret_, "harbour");
  ASSERT_EQ(code.size(), std::string("harbour-7KQF-2MTX-9B3D").size());
  const std::string letters = LettersOfCode(code);
  EXPECT_EQ(letters.size(), 12u);
  std::string lower, spoken = code;
  for (const char c : code) lower += absl::ascii_tolower(static_cast<unsigned char>(c));
  std::string bare = lower;
  std::erase(bare, '-');
  for (char& c : spoken) c = c == '-' ? ' ' : c == '0' ? 'o' : c == '1' ? 'l' : c;
  for (const std::string& typed : {code, lower, bare, spoken, "  " + code + "\r"}) {
    EXPECT_EQ(LettersOfCode(typed), letters) << typed;
    EXPECT_EQ(AgencyOfCode(secret_, *agencies_, typed), "harbour") << typed;
  }
}

TEST_F(InvitationCodes, OfAnotherSuiteOrAgencyAreRefused) {
  const std::string code = NewInvitationCode(secret_, "harbour");
  const std::string letters = code.substr(7);
  for (const std::string& other :
       {"meadow" + letters, "nowhere" + letters, letters, std::string(), std::string("harbour"),
        "harbour" + std::string(200, '-') + letters, code + "7"}) {
    EXPECT_NE(RefusalOfHeader("Invitation-Code " + other), "ACCEPTED") << other;
  }
  EXPECT_NE(RefusalOfHeader("Invitation-Code " + NewInvitationCode(secret_, "closed")), "ACCEPTED");
  EXPECT_NE(RefusalOfHeader("Invitation " + code), "ACCEPTED") << "it is no token";
}

// So that nobody's guesses, nor a wrong letter, cost a look at what is stored.
TEST_F(InvitationCodes, NearlyAllThatNobodyGaveOutAreKnownWithoutALook) {
  constexpr char kLetters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::mt19937 random(1);
  int passed = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string guess = "harbour";
    for (int at = 0; at < 12; ++at) guess += kLetters[random() % 32];
    passed += AgencyOfCode(secret_, *agencies_, guess) ? 1 : 0;
  }
  EXPECT_LT(passed, 50) << "one in 1,024";
}

}  // namespace
}  // namespace rapport::crypto
