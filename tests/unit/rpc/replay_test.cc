// Repeated requests: the same bytes for the same request, one effect, whoever was faster.
#include "unit/rpc/probe_server.h"

#include "support/eventually.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace rapport::rpc {
namespace {

constexpr char kId[] = "6f1f7a0e-0b3c-4a39-9c64-0d6c2f5e1a01";

class ReplayTest : public testing::Test {
 protected:
  struct Answer {
    grpc::Status status;
    std::string bytes;
  };
  Answer Keep(const std::string& text, const std::string& id = kId) {
    grpc::ClientContext client;
    probe.Fill(client, std::chrono::seconds(20));
    probe::KeepRequest request;
    request.set_text(text);
    request.set_request_id(id);
    probe::KeepResponse response;
    const grpc::Status status = stub.Keep(&client, request, &response);
    return {status, response.SerializeAsString()};
  }
  std::int64_t Kept() { return probe.store.Number("SELECT count(*) FROM record"); }

  ProbeServer probe;
  probe::ProbeService::Stub stub{probe.channel};
};

TEST_F(ReplayTest, ARepeatGetsTheFirstAnswerAndHasNoEffect) {
  const Answer first = Keep("words");
  ASSERT_TRUE(first.status.ok()) << first.status.error_message();
  const Answer second = Keep("words");
  ASSERT_TRUE(second.status.ok());
  EXPECT_EQ(second.bytes, first.bytes);
  EXPECT_EQ(Kept(), 1);
  EXPECT_EQ(probe.use_cases.keeping, 1);
}

TEST_F(ReplayTest, AnotherBodyUnderTheSameIdIsRefused) {
  ASSERT_TRUE(Keep("words").status.ok());
  const Answer other = Keep("other words");
  EXPECT_EQ(other.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(other.status.error_details().find("REQUEST_ID_REUSED"), std::string::npos);
  EXPECT_EQ(Kept(), 1);
}

TEST_F(ReplayTest, EqualRequestsThatRaceHaveOneEffectAndOneAnswer) {
  std::vector<Answer> answers(8);
  std::vector<std::thread> callers;
  for (Answer& answer : answers) {
    callers.emplace_back([&] { answer = Keep("words"); });
  }
  for (auto& caller : callers) caller.join();
  std::set<std::string> seen;
  for (const Answer& answer : answers) {
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
    seen.insert(answer.bytes);
  }
  EXPECT_EQ(seen.size(), 1u);
  EXPECT_EQ(Kept(), 1);
}

// The slower of two equal requests finds the effect of the faster one in its way. It is its own
// effect: the caller must not be told that somebody else did it.
TEST_F(ReplayTest, ARefusalByItsOwnEffectIsAnsweredWithThatEffect) {
  Answer slow;
  std::thread caller([&] { slow = Keep("slow"); });
  ASSERT_TRUE(support::Eventually([&] { return probe.use_cases.keeping == 1; }));
  Answer fast;
  std::thread second([&] { fast = Keep("slow"); });
  ASSERT_TRUE(support::Eventually([&] { return probe.use_cases.keeping == 2; }));
  probe.use_cases.gate = true;
  caller.join();
  second.join();
  ASSERT_TRUE(slow.status.ok()) << slow.status.error_message();
  ASSERT_TRUE(fast.status.ok()) << fast.status.error_message();
  EXPECT_EQ(slow.bytes, fast.bytes);
  EXPECT_EQ(Kept(), 1);
}

TEST_F(ReplayTest, ARefusalIsNotRemembered) {
  ASSERT_TRUE(Keep("words").status.ok());
  constexpr char kOther[] = "6f1f7a0e-0b3c-4a39-9c64-0d6c2f5e1a02";
  EXPECT_EQ(Keep("words", kOther).status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(Keep("words", kOther).status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_TRUE(Keep("new words", kOther).status.ok());
}

// As every refusal of access does, whoever decided it.
TEST_F(ReplayTest, ALimitOfAccessThatIsReachedLeavesOneLineInTheAuditTrail) {
  const auto lines = [this] { return probe.store.Number("SELECT count(*) FROM audit"); };
  const std::int64_t before = lines();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Keep("too often").status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  EXPECT_EQ(lines(), before + 1);
}

}  // namespace
}  // namespace rapport::rpc
