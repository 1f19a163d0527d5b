// Repeating a write with its request id: the same answer, and never another request's.
#include "conformance/world.h"

#include <gtest/gtest.h>

#include <set>

namespace rapport::conformance {
namespace {

TEST(Repeat, ARepeatedRequestIdGivesEqualBytes) {
  const World& world = World::Get();
  EXPECT_GT(world.repeats.size(), 20u);
  for (const Repeat& repeat : world.repeats) {
    EXPECT_EQ(repeat.first, repeat.again) << repeat.method;
  }
}

TEST(Repeat, ARequestIdOfAnotherBodyIsRefused) {
  for (const Repeat& repeat : World::Get().repeats) {
    EXPECT_EQ(repeat.changed.reason(), "REQUEST_ID_REUSED")
        << repeat.method << " " << repeat.changed.Text();
  }
}

TEST(Repeat, EveryWriteWasRepeated) {
  const World& world = World::Get();
  std::set<std::string> repeated;
  for (const Repeat& repeat : world.repeats) repeated.insert(repeat.method);
  for (const PublicMethod& method : world.methods) {
    if (!method.policy.has_request_id || method.descriptor->client_streaming()) continue;
    EXPECT_TRUE(repeated.contains(method.name)) << method.name << " is in no story";
  }
}

// Nobody's request id is somebody else's: the same id and body of another caller is a new request.
TEST(Repeat, ARequestIdIsTheCallersOwn) {
  World& world = World::Get();
  for (const Sample& sample : world.samples) {
    if (!sample.method.ends_with("/CreateFamily")) continue;
    const support::Reply other =
        world.suite.Send(sample.method, sample.request,
                         {.metadata = {{"authorization", world.suite.header("only-intake")}}});
    EXPECT_TRUE(other.ok()) << other.Text();
    EXPECT_NE(other.body, sample.answer);
  }
}

}  // namespace
}  // namespace rapport::conformance
