// Two agencies with an issuer each, a verifier, and a clock that stands still.
#pragma once

#include "platform/base/strings.h"
#include "platform/crypto/key_file.h"
#include "platform/crypto/local_issuer.h"
#include "platform/crypto/token_verifier.h"
#include "support/scratch_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::crypto {

constexpr std::int64_t kNow = 1'800'000'000;

class TokenFixture : public testing::Test {
 protected:
  void SetUp() override {
    harbour_ = MakeIssuer("harbour");
    meadow_ = MakeIssuer("meadow");
    std::string file = "agencies:\n";
    for (const auto& [id, issuer, more] :
         {std::tuple("harbour", harbour_.get(), ""), std::tuple("meadow", meadow_.get(), ""),
          std::tuple("closed", harbour_.get(), "    state: closed\n")}) {
      file += Concat({"  - id: ", id, "\n    display_name: Test\n    issuer: ", issuer->url(),
                      "\n    jwks: ", issuer->jwks_path(), "\n    time_zone: UTC\n", more});
    }
    auto agencies = Agencies::Parse(file, "agencies.yaml");
    ASSERT_TRUE(agencies.ok()) << agencies.status();
    agencies_ = std::make_shared<const Agencies>(*std::move(agencies));
    TokenVerifier::Hooks hooks;
    hooks.on_refused = [this](std::string_view reason) { reasons_.emplace_back(reason); };
    hooks.revoked_before = [this](const Principal& principal) {
      return principal.subject == "revoked" ? revoked_before_ : 0;
    };
    verifier_ = std::make_unique<TokenVerifier>(agencies_, secret_, clock_, std::move(hooks));
  }

  std::unique_ptr<LocalIssuer> MakeIssuer(const std::string& name) {
    auto issuer = LocalIssuer::Create(folder_ / name, "https://" + name + ".example.org");
    EXPECT_TRUE(issuer.ok()) << issuer.status();
    return std::make_unique<LocalIssuer>(*std::move(issuer));
  }

  nlohmann::json Header() const {
    return {{"alg", "ES256"}, {"kid", harbour_->key_id()}, {"typ", "JWT"}};
  }
  // What harbour's issuer says of a clinician.
  nlohmann::json Claims() const {
    return {
        {"iss", harbour_->url()}, {"aud", "rapport"},      {"sub", "user-1"}, {"agency", "harbour"},
        {"roles", {"clinician"}}, {"amr", {"pwd", "mfa"}}, {"iat", kNow},     {"exp", kNow + 900}};
  }
  std::string Sign(const nlohmann::json& header, const nlohmann::json& claims) const {
    return harbour_->Sign(header.dump(), claims.dump());
  }
  // Claims with one of them given other JSON text; none when `value` is empty.
  std::string WithClaim(const std::string& name, std::string_view value) const {
    nlohmann::json claims = Claims();
    claims.erase(name);
    std::string text = claims.dump();
    if (!value.empty()) text = Concat({"{\"", name, "\":", value, ",", text.substr(1)});
    return harbour_->Sign(Header().dump(), text);
  }

  std::shared_ptr<const Principal> Accepted(std::string_view token) {
    auto found = verifier_->Authenticate(Concat({"Bearer ", token}));
    EXPECT_TRUE(found.ok()) << (reasons_.empty() ? "" : reasons_.back());
    return found.ok() ? *found : nullptr;
  }
  // The reason the operator is told. The caller must learn nothing but that it was refused.
  std::string RefusalOfHeader(std::string_view header) {
    reasons_.clear();
    const auto found = verifier_->Authenticate(header);
    if (found.ok()) return "ACCEPTED";
    EXPECT_EQ(found.status(),
              absl::UnauthenticatedError("the credentials are missing or not accepted"));
    EXPECT_EQ(reasons_.size(), 1u);
    return reasons_.empty() ? "" : reasons_.back();
  }
  std::string Refusal(std::string_view token) {
    return RefusalOfHeader(Concat({"Bearer ", token}));
  }

  ScratchFolder folder_;
  SuiteSecret secret_{NewSecret()};
  ManualClock clock_{kNow * 1'000'000};
  std::unique_ptr<LocalIssuer> harbour_, meadow_;
  std::shared_ptr<const Agencies> agencies_;
  std::vector<std::string> reasons_;
  std::int64_t revoked_before_ = 0;
  std::unique_ptr<TokenVerifier> verifier_;
};

}  // namespace rapport::crypto
