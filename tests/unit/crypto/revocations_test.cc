// Tokens revoked by a file that comes, changes, breaks, vanishes and comes back.
#include "platform/crypto/revocations.h"

#include "token_fixture.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace rapport::crypto {
namespace {

// kNow, as a file says it, and a second later.
constexpr char kThen[] = "2027-01-15T08:00:00Z", kNext[] = "2027-01-15T08:00:01Z";

std::string Entry(std::string_view agency, std::string_view subject, std::string_view before) {
  std::string entry = Concat({"  - agency: ", agency, "\n    issued_before: \"", before, "\"\n"});
  if (!subject.empty()) entry += Concat({"    subject: ", subject, "\n"});
  return entry;
}

class RevokedTokens : public TokenFixture {
 protected:
  // In one step and with a new inode, as mounts do it.
  void Publish(const std::string& entries) {
    ASSERT_TRUE(ReplaceFile(path_, Concat({"revoked:\n", entries}), 0644).ok());
  }
  absl::Status Open() {
    auto opened = Revocations::Open(
        path_, agencies_, clock_,
        {.on_read = [this](std::size_t entries) { read_ = entries; },
         .on_problem =
             [this](const absl::Status& problem) { problems_.emplace_back(problem.message()); }});
    if (!opened.ok()) return opened.status();
    revocations_ = *std::move(opened);
    verifier_ = std::make_unique<TokenVerifier>(
        agencies_, secret_, clock_,
        TokenVerifier::Hooks{
            .revoked_before =
                [this](const Principal& principal) { return revocations_->Before(principal); },
            .on_refused = [this](std::string_view reason) { reasons_.emplace_back(reason); }});
    return absl::OkStatus();
  }
  void LookAgain() { clock_.Advance(std::chrono::seconds(Revocations::kLookSeconds)); }

  const std::string path_ = folder_ / "revoked.yaml";
  std::size_t read_ = 99;
  std::vector<std::string> problems_;
  std::unique_ptr<Revocations> revocations_;
};

TEST_F(RevokedTokens, OfASubjectIssuedBeforeATime) {
  Publish(Entry("harbour", "user-1", kNext));
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(read_, 1u);
  EXPECT_EQ(Refusal(Sign(Header(), Claims())), "revoked");
  EXPECT_NE(Accepted(WithClaim("sub", "\"user-2\"")), nullptr);
  EXPECT_NE(Accepted(WithClaim("iat", std::to_string(kNow + 1))), nullptr) << "a new one";
}

TEST_F(RevokedTokens, OfAWholeIssuer) {
  Publish(Entry("harbour", "", kNext) + Entry("meadow", "user-1", kNext));
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Refusal(Sign(Header(), Claims())), "revoked");
  EXPECT_EQ(Refusal(WithClaim("sub", "\"user-2\"")), "revoked");
}

TEST_F(RevokedTokens, OfAnotherAgencyOrALaterIssueAreNotConcerned) {
  Publish(Entry("meadow", "", kNext) + Entry("meadow", "user-1", kNext) +
          Entry("harbour", "", kThen));
  ASSERT_TRUE(Open().ok());
  EXPECT_NE(Accepted(Sign(Header(), Claims())), nullptr);
}

TEST_F(RevokedTokens, OfBothRulesTheLaterTimeCounts) {
  Publish(Entry("harbour", "user-1", kNext) + Entry("harbour", "", kThen) +
          Entry("harbour", "user-1", kThen));
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Refusal(Sign(Header(), Claims())), "revoked");
}

TEST_F(RevokedTokens, AFileThatComesLaterTakesEffectOnTokensSeenBefore) {
  ASSERT_TRUE(Open().ok());
  const std::string token = Sign(Header(), Claims());
  ASSERT_NE(Accepted(token), nullptr);
  Publish(Entry("harbour", "user-1", kNext));
  EXPECT_NE(Accepted(token), nullptr) << "no look was due";
  LookAgain();
  EXPECT_EQ(Refusal(token), "revoked");
  Publish("  []\n");
  LookAgain();
  EXPECT_NE(Accepted(token), nullptr);
  EXPECT_EQ(read_, 0u);
  EXPECT_TRUE(problems_.empty());
}

TEST_F(RevokedTokens, AMissingOrBrokenFileChangesNothing) {
  Publish(Entry("harbour", "user-1", kNext));
  ASSERT_TRUE(Open().ok());
  const std::string token = Sign(Header(), Claims());
  std::filesystem::remove(path_);
  for (int i = 0; i < 3; ++i) {
    LookAgain();
    EXPECT_EQ(Refusal(token), "revoked");
  }
  EXPECT_EQ(problems_.size(), 1u) << "told once";
  Publish(Entry("harbour", "user-2", "yesterday"));
  LookAgain();
  EXPECT_EQ(Refusal(token), "revoked");
  EXPECT_EQ(problems_.size(), 2u);
  Publish(Entry("harbour", "user-2", kNext));
  LookAgain();
  EXPECT_NE(Accepted(token), nullptr);
  EXPECT_EQ(problems_.size(), 2u);
}

TEST_F(RevokedTokens, AServiceDoesNotStartWithAFileThatItCantRead) {
  for (const std::string& entries :
       {Entry("harbor", "user-1", kNext), Entry("harbour", "\"\"", kNext),
        Entry("harbour", "user-1", "2027-01-15"),
        Entry("harbour", "user-1", "1960-01-01T00:00:00Z"),
        Entry("harbour", "[user-1, user-2]", kNext),
        Entry("harbour", "user-1", kNext) + "    role: x\n", std::string("  - harbour\n"),
        std::string("  nobody\n"), std::string("- [\n")}) {
    Publish(entries);
    const absl::Status status = Open();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << entries;
    EXPECT_TRUE(Std(status.message()).starts_with(path_ + ":")) << status;
  }
}

}  // namespace
}  // namespace rapport::crypto
