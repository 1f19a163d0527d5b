// X13: the feed of changes as another system reads it.
#include "unit/rpc/probe_server.h"

#include "platform/rpc/change_rules.h"
#include "platform/schema/names.h"
#include "support/eventually.h"
#include "support/missing_rpc.h"

#include <rapport/changes/v1/changes_service.grpc.pb.h>

#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

namespace rapport::rpc {
namespace {

namespace cv = changes::v1;
using std::chrono::milliseconds;
using std::chrono::seconds;
using support::Eventually;
using support::TestId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kAgency[] = "harbour";
constexpr auto kGoal = internal::v1::EVENT_TYPE_GOAL_CHANGED;
constexpr auto kSafety = internal::v1::EVENT_TYPE_SAFETY_CHANGED;
constexpr auto kErased = internal::v1::EVENT_TYPE_FAMILY_ERASED;
constexpr auto kDirectory = internal::v1::EVENT_TYPE_PROFESSIONAL_CHANGED;
constexpr auto kSupervision = internal::v1::EVENT_TYPE_SUPERVISION_CHANGED;

class X13Changes : public testing::Test {
 protected:
  using Reader = std::unique_ptr<grpc::ClientReader<cv::WatchChangesResponse>>;

  static std::string GoalOf(const ProbeServer& server, const std::string& family, int number) {
    return schema::Names(server.ids(), kAgency)
        .Goal(TestId(family), TestId("goal-" + std::to_string(number)));
  }
  // One commit with one event: version `number` of that goal of the family.
  static void Commit(ProbeServer& server, const std::string& family, int number, int type = kGoal) {
    support::TestCall call(kAgency, "anna", TestId(family));
    records::Changes changes(call, server.store.clock.NowMicros());
    records::Record record;
    record.kind = 1;
    record.family = TestId(family);
    record.id = crypto::NewId();
    changes.Create(record);
    changes.Audit("probe.change", record);
    changes.Emit({.type = type,
                  .family = TestId(family),
                  .resource = GoalOf(server, family, number),
                  .version = number,
                  .body = "words that nobody outside may read"});
    google::protobuf::StringValue answer;
    const auto committed = RunSync(server.store.records->Commit(call, std::move(changes), answer));
    ASSERT_TRUE(committed.ok()) << committed.status();
  }
  static grpc::Status List(ProbeServer& server, const cv::ListChangesRequest& request,
                           cv::ListChangesResponse* response,
                           std::vector<std::string> roles = {"service"}) {
    grpc::ClientContext client;
    server.Fill(client, seconds(20), std::move(roles));
    if (const absl::Status there = support::MissingRpc<cv::ListChangesRequest>(); !there.ok()) {
      return {grpc::StatusCode::UNIMPLEMENTED, std::string(there.message())};
    }
    return cv::ChangesService::NewStub(server.channel)->ListChanges(&client, request, response);
  }
  static cv::ListChangesResponse Listed(ProbeServer& server, const std::string& after = {},
                                        int page_size = 0) {
    cv::ListChangesRequest request;
    request.set_after(after);
    request.set_page_size(page_size);
    cv::ListChangesResponse response;
    const grpc::Status status = List(server, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  static Reader Watch(ProbeServer& server, grpc::ClientContext& client, const std::string& after,
                      std::vector<std::string> roles = {"service"}) {
    return WatchBy(server.channel, server, client, after, std::move(roles));
  }
  static Reader WatchBy(const std::shared_ptr<grpc::Channel>& channel, ProbeServer& server,
                        grpc::ClientContext& client, const std::string& after,
                        std::vector<std::string> roles = {"service"}) {
    server.Fill(client, seconds(60), std::move(roles));
    cv::WatchChangesRequest request;
    request.set_after(after);
    return cv::ChangesService::NewStub(channel)->WatchChanges(&client, request);
  }
  static std::string ReasonOf(const grpc::Status& status) {
    return schema::ReasonOf(schema::FromDetails(static_cast<absl::StatusCode>(status.error_code()),
                                                status.error_message(), status.error_details()));
  }

  ProbeServer server_;
};

TEST_F(X13Changes, SayThatNotWhat) {
  Commit(server_, "one", 1);
  Commit(server_, "two", 7);
  const cv::ListChangesResponse listed = Listed(server_);
  ASSERT_THAT(listed.changes(), SizeIs(2));
  const cv::Change& change = listed.changes(1);
  EXPECT_EQ(change.type(), cv::CHANGE_TYPE_GOAL_CHANGED);
  EXPECT_EQ(change.resource(), GoalOf(server_, "two", 7));
  EXPECT_EQ(change.etag(), server_.etags.Show(kAgency, TestId("goal-7"), 7));
  EXPECT_EQ(change.time().seconds(), server_.store.clock.NowMicros() / 1'000'000);
  EXPECT_THAT(listed.SerializeAsString(), Not(HasSubstr("words")));
  EXPECT_FALSE(listed.more());
  EXPECT_THAT(Listed(server_, listed.next_cursor()).changes(), IsEmpty());
}

TEST_F(X13Changes, PageByCursor) {
  for (int i = 1; i <= 7; ++i) Commit(server_, "one", i);
  std::vector<std::string> resources;
  std::string after;
  for (bool more = true; more;) {
    const cv::ListChangesResponse page = Listed(server_, after, 3);
    EXPECT_LE(page.changes_size(), 3);
    for (const cv::Change& change : page.changes()) resources.push_back(change.resource());
    after = page.next_cursor();
    more = page.more();
  }
  ASSERT_THAT(resources, SizeIs(7));
  for (int i = 1; i <= 7; ++i) {
    EXPECT_EQ(resources[static_cast<std::size_t>(i - 1)], GoalOf(server_, "one", i));
  }
  // Every change's own cursor is as good.
  const std::string third = Listed(server_).changes(2).cursor();
  EXPECT_EQ(Listed(server_, third).changes(0).resource(), GoalOf(server_, "one", 4));
}

TEST_F(X13Changes, ResumeAfterDisconnectsWithNothingLostOrRepeatedAndInOrder) {
  constexpr int kPerFamily = 80;
  const std::vector<std::string> families = {"one", "two", "three"};
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::atomic<int> connections{0};
  std::thread writer([&] {
    for (int i = 1; i <= kPerFamily; ++i) {
      // However slow the reader is: the second half comes after it was disconnected once.
      if (i == kPerFamily / 2) EXPECT_TRUE(Eventually([&] { return connections > 1; }));
      for (const std::string& family : families) Commit(server_, family, i);
    }
  });
  std::map<std::string, std::vector<std::string>> seen;
  std::string after;
  int count = 0;
  const auto until = SteadyClock::now() + seconds(60);
  while (count < 3 * kPerFamily && SteadyClock::now() < until) {
    ++connections;
    grpc::ClientContext client;
    const Reader reader = Watch(server_, client, after);
    cv::WatchChangesResponse response;
    for (int left = 1 + static_cast<int>(random() % 4); left > 0 && reader->Read(&response);
         --left) {
      for (const cv::Change& change : response.changes()) {
        seen[change.resource().substr(0, change.resource().find("/goals/"))].push_back(
            change.resource());
        ++count;
      }
      after = response.cursor();
    }
    client.TryCancel();
    reader->Finish();
  }
  writer.join();
  EXPECT_GT(connections, 1);
  EXPECT_EQ(count, 3 * kPerFamily);
  for (const std::string& family : families) {
    const auto& got = seen[schema::Names(server_.ids(), kAgency).Family(TestId(family))];
    ASSERT_THAT(got, SizeIs(kPerFamily));
    for (int i = 1; i <= kPerFamily; ++i) {
      EXPECT_EQ(got[static_cast<std::size_t>(i - 1)], GoalOf(server_, family, i));
    }
  }
}

TEST_F(X13Changes, ASilentWatchShowsThatItLives) {
  grpc::ClientContext client;
  const Reader reader = Watch(server_, client, {});
  cv::WatchChangesResponse response;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(reader->Read(&response));
    EXPECT_THAT(response.changes(), IsEmpty());
    EXPECT_FALSE(response.cursor().empty());
  }
  Commit(server_, "one", 1);
  while (response.changes().empty()) ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.changes(0).resource(), GoalOf(server_, "one", 1));
  client.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(X13Changes, ASlowReaderHoldsUpNobodyAndGetsEverything) {
  constexpr int kMany = 3'000;
  grpc::ClientContext client;
  const Reader reader = Watch(server_, client, {});
  cv::WatchChangesResponse response;
  ASSERT_TRUE(reader->Read(&response));
  for (int i = 1; i <= kMany; ++i) Commit(server_, "one", i);
  // It has not read a message meanwhile; others are served.
  EXPECT_THAT(Listed(server_, {}, 1'000).changes(), SizeIs(1'000));
  int next = 1;
  while (next <= kMany) {
    ASSERT_TRUE(reader->Read(&response));
    EXPECT_LE(response.changes_size(), 500);
    for (const cv::Change& change : response.changes()) {
      ASSERT_EQ(change.resource(), GoalOf(server_, "one", next++));
    }
  }
  client.TryCancel();
  reader->Finish();
}

// A stream may be one of a few that may be open; whoever reads nothing must not keep its place.
TEST_F(X13Changes, AWatcherThatReadsNothingIsCutOffAndLosesNothing) {
  constexpr int kMany = 3'000;  // more than the client's library takes ahead of its reader
  ProbeServer server(100, "probe", /*write_patience=*/std::chrono::milliseconds(300));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 16'384);
  const auto channel = grpc::CreateCustomChannel(server.api_address(),
                                                 grpc::InsecureChannelCredentials(), arguments);
  grpc::ClientContext client;
  const Reader reader = WatchBy(channel, server, client, {});
  cv::WatchChangesResponse response;
  ASSERT_TRUE(reader->Read(&response));
  const std::string cursor = response.cursor();
  EXPECT_EQ(server.pipeline.streams(), 1);
  for (int i = 1; i <= kMany; ++i) Commit(server, "one", i);
  EXPECT_TRUE(Eventually([&] { return server.pipeline.streams() == 0; }));
  int next = 1;
  std::string after = cursor;
  const auto take = [&](grpc::ClientReader<cv::WatchChangesResponse>& from) {
    while (next <= kMany && from.Read(&response)) {
      for (const cv::Change& change : response.changes()) {
        ASSERT_EQ(change.resource(), GoalOf(server, "one", next++));
      }
      after = response.cursor();
    }
  };
  take(*reader);
  EXPECT_LE(next, kMany) << "it was cut off with something still to come";
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  grpc::ClientContext again;
  const Reader rest = Watch(server, again, after);
  take(*rest);
  EXPECT_EQ(next, kMany + 1);
  again.TryCancel();
  rest->Finish();
}

TEST_F(X13Changes, OlderThanWhatIsKeptIsOutOfRange) {
  Commit(server_, "one", 1);
  const std::string first = Listed(server_).next_cursor();
  for (int i = 2; i <= 4; ++i) Commit(server_, "one", i);
  const std::string newest = Listed(server_).next_cursor();
  // What the housekeeping does to events that are old enough.
  const std::vector<std::string> nobody;
  ASSERT_TRUE(server_.store
                  .Write([&](db::Tx& tx) {
                    return records::Outbox::DeleteOld(tx, kAgency, nobody, RealMicros() + 1'000'000,
                                                      3)
                        .status();
                  })
                  .ok());
  cv::ListChangesRequest request;
  request.set_after(first);
  cv::ListChangesResponse response;
  const grpc::Status refused = List(server_, request, &response);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(ReasonOf(refused), "CHANGES_EXPIRED");
  grpc::ClientContext client;
  const Reader reader = Watch(server_, client, first);
  cv::WatchChangesResponse watched;
  EXPECT_FALSE(reader->Read(&watched));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_THAT(Listed(server_, newest).changes(), IsEmpty());  // nothing is missing behind it
  EXPECT_THAT(Listed(server_).changes(), SizeIs(1));          // the oldest that is kept
  // Resynchronise: a cursor of now, everything read anew, and on from there.
  cv::ListChangesRequest now;
  now.set_from_now(true);
  ASSERT_TRUE(List(server_, now, &response).ok());
  EXPECT_THAT(response.changes(), IsEmpty());
  Commit(server_, "one", 5);
  const auto next = Listed(server_, response.next_cursor());
  ASSERT_THAT(next.changes(), SizeIs(1));
  EXPECT_EQ(next.changes(0).resource(), GoalOf(server_, "one", 5));
  now.set_after(first);
  EXPECT_EQ(List(server_, now, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(X13Changes, ACursorOfAnotherHistoryIsOutOfRange) {
  Commit(server_, "one", 1);
  Commit(server_, "one", 2);
  const std::string cursor = Listed(server_).next_cursor();
  // As after an older backup came back and others wrote: the same sequence, another event.
  ASSERT_TRUE(server_.store
                  .Write([&](db::Tx& tx) {
                    return tx
                        .Run("UPDATE outbox SET created_us = created_us - 1 WHERE agency_id = $1",
                             {kAgency})
                        .status();
                  })
                  .ok());
  cv::ListChangesRequest request;
  request.set_after(cursor);
  cv::ListChangesResponse response;
  EXPECT_EQ(List(server_, request, &response).error_code(), grpc::StatusCode::OUT_OF_RANGE);
}

TEST_F(X13Changes, ACursorIsOfItsServiceAndNobodyMakesOne) {
  ProbeServer other(100, "other");
  Commit(server_, "one", 1);
  Commit(other, "one", 1);
  Commit(other, "one", 2);
  EXPECT_THAT(Listed(server_).changes(), SizeIs(1));  // each tells of its own
  EXPECT_THAT(Listed(other).changes(), SizeIs(2));
  for (const std::string& cursor : {Listed(other).next_cursor(), std::string("1"),
                                    std::string(64, 'A'), std::string("not base64url?")}) {
    cv::ListChangesRequest request;
    request.set_after(cursor);
    cv::ListChangesResponse response;
    EXPECT_EQ(ReasonOf(List(server_, request, &response)), "CURSOR_INVALID") << cursor;
  }
}

TEST_F(X13Changes, AreForServicesAndThePrivileged) {
  for (const char* role : {"member", "clinician", "trainee", "supervisor", "intake", "director",
                           "observer", "auditor"}) {
    cv::ListChangesResponse response;
    EXPECT_EQ(List(server_, {}, &response, {role}).error_code(),
              grpc::StatusCode::PERMISSION_DENIED)
        << role;
    grpc::ClientContext client;
    const Reader reader = Watch(server_, client, {}, {role});
    cv::WatchChangesResponse watched;
    EXPECT_FALSE(reader->Read(&watched)) << role;
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED) << role;
  }
}

TEST_F(X13Changes, OfATypeAreForWhomItIsFor) {
  Commit(server_, "one", 1, kSafety);
  Commit(server_, "one", 2);
  Commit(server_, "one", 3, kErased);
  Commit(server_, "", 4, kDirectory);
  Commit(server_, "", 5, kSupervision);
  const auto types_of = [&](const char* role) {
    cv::ListChangesResponse response;
    EXPECT_TRUE(List(server_, {}, &response, {role}).ok());
    std::vector<int> types;
    for (const cv::Change& change : response.changes()) types.push_back(change.type());
    return types;
  };
  EXPECT_THAT(types_of("service"), ElementsAre(kGoal, kErased, kDirectory, kSupervision));
  EXPECT_THAT(types_of("admin"), ElementsAre(kErased, kDirectory, kSupervision));
  EXPECT_THAT(types_of("privacy_officer"),
              ElementsAre(kSafety, kGoal, kErased, kDirectory, kSupervision));
  cv::ListChangesRequest request;
  request.add_types(cv::CHANGE_TYPE_SAFETY_CHANGED);
  cv::ListChangesResponse response;
  const grpc::Status refused = List(server_, request, &response);
  EXPECT_EQ(ReasonOf(refused), "CHANGE_TYPE_NOT_PERMITTED");
  EXPECT_TRUE(List(server_, request, &response, {"privacy_officer"}).ok());
  EXPECT_THAT(response.changes(), SizeIs(1));
}

TEST_F(X13Changes, AWatchEndsWhenTheProcessStops) {
  grpc::ClientContext client;
  const Reader reader = Watch(server_, client, {});
  cv::WatchChangesResponse response;
  ASSERT_TRUE(reader->Read(&response));
  server_.changes.Close();
  while (reader->Read(&response)) {
  }
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "STOPPING");
  EXPECT_TRUE(Eventually([&] { return server_.pipeline.streams() == 0; }));
}

TEST_F(X13Changes, AWatchEndsWhenItsTokenIsRevoked) {
  grpc::ClientContext client;
  const Reader reader = Watch(server_, client, {});
  cv::WatchChangesResponse response;
  ASSERT_TRUE(reader->Read(&response));
  server_.revoked_before = RealMicros() / 1'000'000 + 3'600;
  Commit(server_, "one", 1);
  while (reader->Read(&response)) {
    EXPECT_THAT(response.changes(), IsEmpty()) << "what happened since is no longer theirs to see";
  }
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(status), "UNAUTHENTICATED");
  EXPECT_TRUE(Eventually([&] { return server_.pipeline.streams() == 0; }));
}

TEST_F(X13Changes, ADamagedLineStopsNobody) {
  Commit(server_, "one", 1);
  Commit(server_, "one", 2);
  ASSERT_TRUE(server_.store
                  .Write([&](db::Tx& tx) {
                    return tx
                        .Run(
                            "UPDATE outbox SET envelope = $2 WHERE agency_id = $1 AND sequence = 1",
                            {kAgency, db::Blob{"damaged"}})
                        .status();
                  })
                  .ok());
  const cv::ListChangesResponse listed = Listed(server_);
  ASSERT_THAT(listed.changes(), SizeIs(2));
  EXPECT_EQ(listed.changes(0).resource(),
            schema::Names(server_.ids(), kAgency).Family(TestId("one")));
  EXPECT_EQ(listed.changes(0).etag(), "");
  EXPECT_EQ(listed.changes(1).resource(), GoalOf(server_, "one", 2));
}

TEST(X13ChangeTypes, AreTheNumbersOfTheEvents) {
  const auto* events = internal::v1::EventType_descriptor();
  const auto* types = cv::ChangeType_descriptor();
  ASSERT_EQ(events->value_count(), types->value_count());
  for (int i = 0; i < events->value_count(); ++i) {
    const auto* type = types->FindValueByNumber(events->value(i)->number());
    ASSERT_NE(type, nullptr) << events->value(i)->name();
    EXPECT_EQ(type->name().substr(sizeof("CHANGE_TYPE")),
              events->value(i)->name().substr(sizeof("EVENT_TYPE")));
  }
}

}  // namespace
}  // namespace rapport::rpc
