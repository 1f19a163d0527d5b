// Everything works, slower, while Redis is absent, dead, hanging or lying, and nobody is ever shown
// what is not so.
#include "integration/demo_suite.h"
#include "support/chaos_proxy.h"
#include "support/scratch_folder.h"

#include <rapport/alliance/v1/alliance_service.pb.h>

#include <fstream>

namespace rapport::integration {
namespace {

using support::Reply;

class Cached : public DemoSuite {
 protected:
  Cached() = default;
  explicit Cached(support::Suite::Options options) : DemoSuite(std::move(options)) {}

  // What is served from the cache where there is one.
  std::vector<std::pair<std::string, std::string>> Reads() {
    std::vector<std::pair<std::string, std::string>> answers;
    const auto ask = [&](const std::string& as, const std::string& method,
                         const google::protobuf::Message& request) {
      const Reply reply = suite_.Call(as, method, request);
      EXPECT_TRUE(reply.ok()) << method << " " << reply.Text();
      answers.emplace_back(method, reply.body);
    };
    intake::v1::GetRosterRequest roster;
    roster.set_name(family_);
    ask("sam", Concat({kIntake, "GetRoster"}), roster);
    alliance::v1::GetAllianceMapRequest map;
    map.set_parent(family_);
    ask("anna", Concat({kAlliance, "GetAllianceMap"}), map);
    alliance::v1::ListRatingsRequest ratings;
    ratings.set_parent(family_);
    ask("anna", Concat({kAlliance, "ListRatings"}), ratings);
    notes::v1::ListSessionsRequest sessions;
    sessions.set_parent(family_);
    ask("anna", Concat({kNotes, "ListSessions"}), sessions);
    return answers;
  }
  // A write is seen by the reads after it, whatever the cache says.
  void ExpectWritesAreSeen(int hour) {
    const notes::v1::Session session = Schedule(hour);
    notes::v1::ListSessionsRequest request;
    request.set_parent(family_);
    request.set_page_size(1'000);
    const auto there =
        Get<notes::v1::ListSessionsResponse>("anna", Concat({kNotes, "ListSessions"}), request);
    int found = 0;
    for (const auto& one : there.sessions()) found += one.name() == session.name() ? 1 : 0;
    EXPECT_EQ(found, 1);
  }
};

class WithoutRedis : public Cached {
 protected:
  WithoutRedis() : Cached({.redis = false}) {}
};

TEST_F(WithoutRedis, TheCaseIsPlayedAllTheSame) {
  Play();
  Reads();
  ExpectWritesAreSeen(1);
}

TEST_F(Cached, ADeadAndAHangingRedisChangeNoAnswer) {
  Play();
  const auto expected = Reads();
  EXPECT_EQ(Reads(), expected);
  suite_.redis().Kill();
  EXPECT_EQ(Reads(), expected);
  suite_.redis().Start();
  EXPECT_EQ(Reads(), expected);
  suite_.redis().Suspend();
  EXPECT_EQ(Reads(), expected);
  ExpectWritesAreSeen(1);
  suite_.redis().Resume();
  ExpectWritesAreSeen(2);
}

class RedisWithAPassword : public Cached {
 protected:
  RedisWithAPassword() : RedisWithAPassword(std::make_unique<ScratchFolder>()) {}
  explicit RedisWithAPassword(std::unique_ptr<ScratchFolder> folder)
      : Cached(
            {.settings = {{"redis_user", "rapport"}, {"redis_password_file", Password(*folder)}}}),
        folder_(std::move(folder)) {}
  static std::string Password(const ScratchFolder& folder) {
    std::ofstream(folder / "password") << "word\n";
    return folder / "password";
  }

  std::unique_ptr<ScratchFolder> folder_;
};

TEST_F(RedisWithAPassword, IsUsedAsTheUserOfTheSettings) {
  EXPECT_EQ(suite_.redis().Run({"ACL", "SETUSER", "rapport", "reset", "on", ">word", "~rapport/*",
                                "+hget", "+hset", "+del", "+pexpire", "+evalsha", "+eval",
                                "+script|load", "&__redis__:invalidate", "+client|id",
                                "+client|tracking", "+subscribe", "+ping"}),
            "OK");
  Play();
  const auto expected = Reads();
  EXPECT_EQ(Reads(), expected);
  const std::string clients = suite_.redis().Run({"CLIENT", "LIST"});
  EXPECT_NE(clients.find("user=rapport"), std::string::npos) << clients;
  EXPECT_NE(suite_.redis().Run({"DBSIZE"}), "0");
}

class LyingRedis : public Cached {
 protected:
  LyingRedis() : LyingRedis(std::make_unique<support::RedisProcess>()) {}
  explicit LyingRedis(std::unique_ptr<support::RedisProcess> redis)
      : LyingRedis(std::move(redis), nullptr) {}
  LyingRedis(std::unique_ptr<support::RedisProcess> redis,
             std::unique_ptr<support::ChaosProxy> proxy)
      : Cached(Options(*redis, proxy)), redis_(std::move(redis)), proxy_(std::move(proxy)) {}

  static support::Suite::Options Options(const support::RedisProcess& redis,
                                         std::unique_ptr<support::ChaosProxy>& proxy) {
    proxy = std::make_unique<support::ChaosProxy>(support::SocketAddress{},
                                                  support::SocketAddress{.port = redis.port()});
    return {.redis = false,
            .settings = {{"redis", Concat({"127.0.0.1:", std::to_string(proxy->port())})}}};
  }

  std::unique_ptr<support::RedisProcess> redis_;
  std::unique_ptr<support::ChaosProxy> proxy_;
};

TEST_F(LyingRedis, LostShuffledAndInventedRepliesChangeNoAnswer) {
  Play();
  const auto expected = Reads();
  for (int turn = 0; turn < 5; ++turn) {
    proxy_->LoseOneReply();
    EXPECT_EQ(Reads(), expected);
    proxy_->ShuffleReplies(true, static_cast<std::uint32_t>(turn + 1));
    EXPECT_EQ(Reads(), expected);
    proxy_->Inject("$5\r\nwrong\r\n");
    EXPECT_EQ(Reads(), expected);
    proxy_->ShuffleReplies(false);
    proxy_->Cut();
    EXPECT_EQ(Reads(), expected);
  }
  ExpectWritesAreSeen(1);
}

}  // namespace
}  // namespace rapport::integration
