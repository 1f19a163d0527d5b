// Who is let in: the same for every method of every service.
#include "conformance/world.h"
#include "platform/base/clock.h"
#include "platform/base/strings.h"
#include "platform/crypto/base64url.h"
#include "platform/crypto/digest.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace rapport::conformance {
namespace {

using nlohmann::json;
using support::Reply;

constexpr int kUnauthenticated = 16, kPermissionDenied = 7, kNotFound = 5;

// Methods that only other services may call are not there for anybody else.
TEST(Access, WhatIsForServicesAloneIsRefusedToPeople) {
  World& world = World::Get();
  EXPECT_FALSE(world.for_services.empty());
  for (const PublicMethod& method : world.for_services) {
    for (const char* person : {"ida", "anna", "sam", "max"}) {
      const Reply reply = world.Call(person, method, *world.RequestFor(method));
      EXPECT_EQ(reply.reason(), "PEER_NOT_PERMITTED") << method.name << " " << reply.Text();
      EXPECT_EQ(reply.message, "the method is for other services of the suite alone");
    }
  }
}

// What a caller can tell two answers apart by.
auto Seen(const Reply& reply) { return std::tuple(reply.code, reply.message, reply.details); }

Reply SendWith(const PublicMethod& method, const std::vector<std::string>& headers) {
  World& world = World::Get();
  support::ExchangeOptions options;
  for (const std::string& header : headers) options.metadata.emplace_back("authorization", header);
  return world.suite.Send(method.name, world.RequestFor(method)->SerializeAsString(), options);
}

TEST(Access, EveryMethodOfEveryServiceIsKnown) { EXPECT_GT(World::Get().methods.size(), 70u); }

TEST(Access, WithoutATokenNothingIsAnswered) {
  for (const PublicMethod& method : World::Get().methods) {
    const Reply reply = SendWith(method, {});
    EXPECT_EQ(reply.code, kUnauthenticated) << method.name << " " << reply.Text();
    EXPECT_EQ(reply.reason(), "UNAUTHENTICATED") << method.name;
  }
}

TEST(Access, TwoTokensAreNone) {
  World& world = World::Get();
  for (const PublicMethod& method : world.methods) {
    const std::string good = world.suite.header(world.CallerOf(method));
    EXPECT_EQ(Seen(SendWith(method, {good, good})), Seen(SendWith(method, {}))) << method.name;
  }
}

// Tokens of somebody who has no key: by every way of getting round the signature.
class Forger {
 public:
  explicit Forger(const crypto::LocalIssuer& issuer) : issuer_(issuer) {
    now_s_ = RealMicros() / 1'000'000;
    header_ = {{"alg", "ES256"}, {"kid", issuer.key_id()}, {"typ", "JWT"}};
    claims_ = {{"iss", issuer.url()}, {"aud", "rapport"},       {"sub", "ida"},
               {"agency", "harbour"}, {"roles", {"admin"}},     {"amr", {"pwd", "mfa"}},
               {"iat", now_s_},       {"exp", now_s_ + 10 * 60}};
  }

  std::string Honest() const { return issuer_.Sign(header_.dump(), claims_.dump()); }

  std::vector<std::pair<std::string, std::string>> All() const {
    std::vector<std::pair<std::string, std::string>> all;
    for (const char* alg : {"none", "None", "NONE", "nOnE", "", "es256"}) {
      all.emplace_back(Concat({"alg ", alg}), Text(With(header_, "alg", alg), claims_) + ".");
    }
    all.emplace_back("no signature", Text(header_, claims_) + ".");
    all.emplace_back("no third part", Text(header_, claims_));
    const std::string keys = ReadText(issuer_.jwks_path());
    for (const std::string& secret : {keys, std::string(1, '0'), issuer_.key_id()}) {
      for (const char* alg : {"HS256", "ES256"}) {
        const std::string text = Text(With(header_, "alg", alg), claims_);
        all.emplace_back("HMAC with what is public",
                         text + "." + crypto::EncodeBase64Url(crypto::HmacSha256(secret, {text})));
      }
    }
    const std::string honest = Honest();
    const std::string signature = honest.substr(honest.rfind('.'));
    all.emplace_back("other claims", Text(header_, With(claims_, "sub", "sam")) + signature);
    all.emplace_back("one byte less", honest.substr(0, honest.size() - 1));
    all.emplace_back("zero signature",
                     Text(header_, claims_) + "." + crypto::EncodeBase64Url(std::string(64, '\0')));
    const auto signed_by_issuer = [&](const char* what, const json& header, const json& claims) {
      all.emplace_back(what, issuer_.Sign(header.dump(), claims.dump()));
    };
    signed_by_issuer("a key of its own", With(header_, "jwk", json::parse(keys)["keys"][0]),
                     claims_);
    signed_by_issuer("another place of keys", With(header_, "jku", "https://attacker.example.org"),
                     claims_);
    signed_by_issuer("crit", With(header_, "crit", {"exp"}), claims_);
    signed_by_issuer("a path as key id", With(header_, "kid", "../../dev/null"), claims_);
    signed_by_issuer("another agency", header_, With(claims_, "agency", "meadow"));
    signed_by_issuer("another audience", header_, With(claims_, "aud", "other"));
    signed_by_issuer("another issuer", header_, With(claims_, "iss", "https://other.localhost"));
    signed_by_issuer("expired", header_,
                     With(With(claims_, "iat", now_s_ - 1'200), "exp", now_s_ - 600));
    signed_by_issuer("not yet valid", header_, With(claims_, "nbf", now_s_ + 600));
    signed_by_issuer("for a day", header_, With(claims_, "exp", now_s_ + 86'400));
    return all;
  }

 private:
  static json With(json object, const char* name, json value) {
    object[name] = std::move(value);
    return object;
  }
  static std::string Text(const json& header, const json& claims) {
    return crypto::EncodeBase64Url(header.dump()) + "." + crypto::EncodeBase64Url(claims.dump());
  }

  const crypto::LocalIssuer& issuer_;
  std::int64_t now_s_ = 0;
  json header_, claims_;
};

TEST(Access, TheForgersPatternIsAGoodToken) {
  World& world = World::Get();
  const Forger forger(world.suite.issuer("harbour"));
  for (const PublicMethod& method : world.methods) {
    EXPECT_NE(SendWith(method, {"Bearer " + forger.Honest()}).code, kUnauthenticated)
        << method.name;
    return;
  }
}

TEST(Access, AForgedTokenIsNone) {
  World& world = World::Get();
  const auto forged = Forger(world.suite.issuer("harbour")).All();
  std::size_t turn = 0;
  // Every method sees some forgeries, every forgery meets some methods of each service.
  for (const PublicMethod& method : world.methods) {
    const auto without = Seen(SendWith(method, {}));
    for (int i = 0; i < 4; ++i, ++turn) {
      const auto& [what, token] = forged[turn % forged.size()];
      EXPECT_EQ(Seen(SendWith(method, {"Bearer " + token})), without) << method.name << " " << what;
    }
  }
  EXPECT_GT(turn, 3 * forged.size());
}

// A token that names the role of an invitation, by the issuer's own hand, gives nothing: only an
// invitation is one.
TEST(Access, ATokenGivesNoRoleOfInvitations) {
  World& world = World::Get();
  world.suite.AddPerson("intruder", {"invitation"});
  for (const PublicMethod& method : world.methods) {
    if (method.policy.open) continue;
    const Reply reply = SendWith(method, {world.suite.header("intruder")});
    EXPECT_TRUE(reply.code == kPermissionDenied || reply.code == kUnauthenticated)
        << method.name << " " << reply.Text();
  }
}

TEST(Access, AnotherSchemeIsNoToken) {
  World& world = World::Get();
  for (const PublicMethod& method : world.methods) {
    const std::string token = world.suite.header(world.CallerOf(method)).substr(7);
    const auto without = Seen(SendWith(method, {}));
    EXPECT_EQ(Seen(SendWith(method, {"Basic " + token})), without) << method.name;
    EXPECT_EQ(Seen(SendWith(method, {token})), without) << method.name;
    EXPECT_EQ(Seen(SendWith(method, {"Invitation " + std::string(43, 'A')})), without)
        << method.name;
  }
}

TEST(Access, EveryOtherRoleIsRefused) {
  World& world = World::Get();
  int refused = 0;
  for (const PublicMethod& method : world.methods) {
    if (method.policy.open) continue;
    for (const char* role : {"intake", "clinician", "trainee", "supervisor", "admin", "director",
                             "privacy_officer", "auditor", "observer", "member"}) {
      options::v1::Role number{};
      std::string upper = Concat({"ROLE_", role});
      std::transform(upper.begin(), upper.end(), upper.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      ASSERT_TRUE(options::v1::Role_Parse(upper, &number)) << role;
      const auto& grants = method.policy.grants;
      if (std::any_of(grants.begin(), grants.end(),
                      [&](const auto& grant) { return grant.role() == number; })) {
        continue;
      }
      const Reply reply = SendWith(method, {world.suite.header(Concat({"only-", role}))});
      EXPECT_EQ(reply.code, kPermissionDenied) << method.name << " as " << role;
      EXPECT_EQ(reply.reason(), "ROLE_NOT_PERMITTED") << method.name << " " << reply.Text();
      ++refused;
    }
  }
  EXPECT_GT(refused, 200);
}

// The answer to a name of something that exists must not differ from one that does not.
void ExpectUnseen(const std::string& stranger) {
  World& world = World::Get();
  for (const PublicMethod& method : world.methods) {
    if (method.policy.family.empty()) continue;
    const Reply real = world.Call(stranger, method, *world.RequestFor(method));
    const Reply unknown = world.Call(stranger, method, *world.UnknownFor(method));
    EXPECT_EQ(Seen(real), Seen(unknown)) << method.name << ": " << real.Text();
    EXPECT_TRUE(real.code == kNotFound || real.code == kPermissionDenied)
        << method.name << ": " << real.Text();
  }
}

TEST(Access, AnotherAgencysIdsAreUnknown) { ExpectUnseen("otto"); }

TEST(Access, WhoIsNotOnTheTeamSeesNoFamily) {
  ExpectUnseen("only-clinician");
  ExpectUnseen("only-supervisor");
  ExpectUnseen("only-member");
}

TEST(Access, AnotherAgencysDirectoryIsUnknown) {
  World& world = World::Get();
  int asked = 0;
  for (const PublicMethod& method : world.methods) {
    if (!method.policy.family.empty() || method.policy.open) continue;
    const auto real = world.RequestFor(method);
    const auto unknown = world.UnknownFor(method);
    if (real->ByteSizeLong() == 0) continue;
    const Reply seen = world.Call("otto", method, *real);
    const Reply expected = world.Call("otto", method, *unknown);
    if (seen.ok() || expected.ok()) {
      // Lists of the agency: empty of what is not the caller's.
      for (const auto& [shape, name] : world.names) {
        if (shape.find("instruments") != std::string::npos) continue;
        EXPECT_EQ(seen.body.find(name), std::string::npos) << method.name << " shows " << shape;
      }
      continue;
    }
    EXPECT_EQ(Seen(seen), Seen(expected)) << method.name << ": " << seen.Text();
    ++asked;
  }
  EXPECT_GT(asked, 2);
}

}  // namespace
}  // namespace rapport::conformance
