// The relay: every event to its destination, in order, through outages; a family whose event is
// refused for good stops alone.
#include "platform/rpc/relay.h"

#include "platform/records/erased_rows.h"
#include "support/eventually.h"
#include "unit/rpc/probe_server.h"

#include <rapport/internal/v1/event.pb.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

namespace rapport::rpc {
namespace {

using support::Eventually;
using support::TestCall;
using support::TestId;
using testing::ElementsAre;

constexpr auto kSoon = std::chrono::seconds(20);
constexpr int kType = internal::v1::EVENT_TYPE_SESSION_HELD;

class RelayTest : public testing::Test {
 protected:
  explicit RelayTest(Relay::Pace pace = {.longest_backoff = std::chrono::milliseconds(50)})
      : relay_(*probe_.store.db, *probe_.store.outbox, probe_.agencies(),
               {{"goals",
                 {kType},
                 [this](CallContext& context, std::string, std::vector<std::string> wires) {
                   return Receive(context, std::move(wires));
                 }}},
               pace) {
    probe_.store.outbox->Listen([this](std::string_view, std::span<const int>) { relay_.Wake(); });
  }
  ~RelayTest() override { relay_.Stop(); }

  void Start() { relay_.Start(probe_.server->background()); }
  void Emit(const std::string& family) {
    TestCall call("harbour", "anna", TestId(family));
    records::Changes changes(call, probe_.store.clock.NowMicros());
    changes.Emit({.type = kType, .family = TestId(family), .resource = "families/x"});
    const auto committed =
        RunSync(probe_.store.records->Commit(call, std::move(changes), probe::KeepResponse()));
    ASSERT_TRUE(committed.ok()) << committed.status();
  }
  // As the other service's inbox does: up to the first that it refuses.
  Task<absl::StatusOr<int>> Receive(CallContext& context, std::vector<std::string> wires) {
    auto applied = Apply(std::move(wires));
    if (Refusals() == refusals_until_another_delivers_) {
      EXPECT_TRUE((co_await DeliverAsAnotherReplica(context)).ok());
    }
    co_return applied;
  }
  absl::StatusOr<int> Apply(std::vector<std::string> wires) {
    std::lock_guard lock(mutex_);
    ++deliveries_;
    if (outages_ > 0) {
      --outages_;
      return absl::UnavailableError("down");
    }
    int applied = 0;
    for (const std::string& wire : wires) {
      const auto plain = probe_.store.suite.SealerFor(crypto::SuiteKey::kEvent, "harbour")
                             ->Open(records::WireIdentity("probe", "harbour"), wire);
      internal::v1::EventEnvelope event;
      if (!plain.ok() || !event.ParseFromString(*plain)) return absl::DataLossError("no event");
      const std::string family = event.family().substr(0, event.family().find('.'));
      if (family == refused_) {
        if (applied > 0) return applied;
        ++refusals_;
        return absl::FailedPreconditionError("not here");
      }
      seen_.push_back(family + std::to_string(event.sequence()));
      ++applied;
    }
    return applied;
  }
  // Reads the same queue and has it applied.
  Task<absl::Status> DeliverAsAnotherReplica(CallContext& context) {
    co_return co_await probe_.store.db->Write(context, [this](db::Tx& tx) -> absl::Status {
      const int types[] = {kType};
      auto batch = probe_.store.outbox->NextBatch(tx, "harbour", "goals", types, 200);
      if (!batch.ok()) return batch.status();
      return records::Outbox::Advance(tx, *batch, static_cast<int>(batch->events.size()));
    });
  }
  std::vector<std::string> Seen() {
    std::lock_guard lock(mutex_);
    return seen_;
  }
  // Family b's first event is refused for good; the relay runs.
  void StopFamilyB() {
    refused_ = "b";
    for (const char* family : {"a", "b", "a"}) Emit(family);
    Start();
    ASSERT_TRUE(Eventually([&] { return StoppedForGood() == 1 && Seen().size() == 2; }));
  }
  // Whether calls of every queue get their turn.
  bool IsServing() {
    const auto echo = probe::ProbeService::NewStub(probe_.channel);
    for (int call = 0; call < 8; ++call) {
      grpc::ClientContext client;
      probe_.Fill(client, kSoon);
      probe::EchoRequest request;
      probe::EchoResponse response;
      if (!echo->Echo(&client, request, &response).ok()) return false;
    }
    return true;
  }
  std::int64_t StoppedForGood() {
    return probe_.store.Number("SELECT count(*) FROM parked WHERE NOT retrying");
  }
  std::int64_t Parked() { return probe_.store.Number("SELECT count(*) FROM parked"); }
  int Deliveries() {
    std::lock_guard lock(mutex_);
    return deliveries_;
  }

  int Refusals() {
    std::lock_guard lock(mutex_);
    return refusals_;
  }

  ProbeServer probe_;
  std::mutex mutex_;
  std::vector<std::string> seen_;
  int deliveries_ = 0, outages_ = 0, refusals_ = 0, refusals_until_another_delivers_ = -1;
  std::string refused_;
  Relay relay_;
};

// Between two tries there is time for everything else, on a busy machine too.
class PatientRelayTest : public RelayTest {
 protected:
  PatientRelayTest() : RelayTest({.first_backoff = std::chrono::seconds(1)}) {}
};

TEST_F(RelayTest, DeliversWhatWasThereAndWhatComesInOrderAndOnce) {
  for (const char* family : {"a", "b", "a"}) Emit(family);
  Start();
  ASSERT_TRUE(Eventually([&] { return Seen().size() == 3; }));
  Emit("b");
  ASSERT_TRUE(Eventually([&] { return Seen().size() == 4; }));
  EXPECT_THAT(Seen(), ElementsAre("a1", "b2", "a3", "b4"));
}

TEST_F(RelayTest, AnOutageDelaysAndLosesNothing) {
  outages_ = 3;
  Emit("a");
  Emit("b");
  Start();
  ASSERT_TRUE(Eventually([&] { return Seen().size() == 2; }));
  EXPECT_THAT(Seen(), ElementsAre("a1", "b2"));
  EXPECT_GE(Deliveries(), 4);
}

TEST_F(RelayTest, AFamilyWhoseEventIsRefusedTenTimesStopsAndTheOthersGoOn) {
  refused_ = "b";
  for (const char* family : {"a", "b", "a", "b"}) Emit(family);
  Start();
  ASSERT_TRUE(Eventually([&] { return StoppedForGood() == 1 && Seen().size() == 2; }));
  EXPECT_THAT(Seen(), ElementsAre("a1", "a3"));
  EXPECT_GE(Deliveries(), 10);
  EXPECT_EQ(Parked(), 1);
}

// Of two replicas each sees some of a family's refusals and deliveries.
TEST_F(RelayTest, RefusalsOfAnEventThatAnotherReplicaDeliveredCountNoMore) {
  refused_ = "b";
  refusals_until_another_delivers_ = 5;
  Emit("b");
  Start();
  ASSERT_TRUE(Eventually([&] { return Refusals() == 5 && Parked() == 0; }));
  Emit("b");
  ASSERT_TRUE(Eventually([&] { return StoppedForGood() == 1; }));
  EXPECT_EQ(Refusals(), 5 + 10);
}

// Whatever the refused family waits for, nobody else does, and its own order holds.
TEST_F(PatientRelayTest, AFamilyWhoseEventIsRefusedForATimeHoldsUpNobodyElse) {
  refused_ = "b";
  for (const char* family : {"b", "a", "b", "c", "b"}) Emit(family);
  Start();
  ASSERT_TRUE(Eventually([&] { return Seen().size() == 2; }));
  EXPECT_THAT(Seen(), ElementsAre("a2", "c4"));
  Emit("a");
  ASSERT_TRUE(Eventually([&] { return Seen().size() == 3; }));
  EXPECT_LT(Refusals(), 10) << "the others did not wait for the last of them";
  {
    std::lock_guard lock(mutex_);
    refused_ = "";
  }
  ASSERT_TRUE(Eventually([&] { return Seen().size() == 6; }));
  EXPECT_THAT(Seen(), ElementsAre("a2", "c4", "a6", "b1", "b3", "b5"));
  EXPECT_TRUE(Eventually([&] { return Parked() == 0; }));
}

// Nothing is left to be delivered once the refused event was its family's only one.
TEST_F(RelayTest, ALeftOutEventThatWasTheLastEndsTheRetryAndCallsAreAnswered) {
  StopFamilyB();
  ASSERT_TRUE(probe_.store
                  .Write([](db::Tx& tx) {
                    return records::Outbox::Skip(tx, "harbour", "goals", TestId("b"));
                  })
                  .ok());
  relay_.Wake();
  EXPECT_TRUE(Eventually([&] { return Parked() == 0; }, kSoon));
  EXPECT_TRUE(IsServing());
  Emit("a");
  EXPECT_TRUE(Eventually([&] { return Seen().size() == 3; }, kSoon));
}

TEST_F(RelayTest, AnErasedFamilyThatHadStoppedHasNoQueueAndCallsAreAnswered) {
  StopFamilyB();
  const std::string family = TestId("b");
  ASSERT_TRUE(probe_.store
                  .Write([&](db::Tx& tx) -> absl::Status {
                    auto rows = records::FindScattered(tx, "harbour", family);
                    if (!rows.ok()) return rows.status();
                    return records::DeleteFamily(tx, "harbour", family, *rows).status();
                  })
                  .ok());
  relay_.Wake();
  EXPECT_TRUE(Eventually([&] { return Parked() == 0; }, kSoon));
  EXPECT_TRUE(IsServing());
}

TEST_F(RelayTest, AnEventThatIsNotWhatWasStoredStopsItsFamilyOnly) {
  for (const char* family : {"a", "b", "c"}) Emit(family);
  ASSERT_TRUE(
      probe_.store
          .Write([](db::Tx& tx) {
            return tx.Run("UPDATE outbox SET created_us = 1 WHERE sequence = 2", {}).status();
          })
          .ok());
  Start();
  ASSERT_TRUE(Eventually([&] { return Seen().size() == 2; }));
  EXPECT_THAT(Seen(), ElementsAre("a1", "c3"));
  EXPECT_EQ(probe_.store.Number("SELECT status_code FROM parked"),
            static_cast<int>(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace rapport::rpc
