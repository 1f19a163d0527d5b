// Every feature of tests/features.txt is there for whoever calls: each of its RPCs is played in the
// story, and asked again it answers as it did. The same check is then shown to notice an RPC that
// answers UNIMPLEMENTED.
#include "conformance/world.h"

#include "platform/base/strings.h"
#include "support/scratch_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace rapport::conformance {
namespace {

struct Feature {
  std::string id;
  std::vector<std::string> rpcs;  // "CreateFamily"
  friend std::ostream& operator<<(std::ostream& out, const Feature& feature) {
    return out << feature.id;
  }
};

// The lines "# rpcs ID: NAME ..." of the list of features.
std::vector<Feature> Features() {
  std::istringstream lines(
      ReadText(Concat({std::getenv("RAPPORT_SOURCE"), "/tests/features.txt"})));
  constexpr std::string_view kMark = "# rpcs ";
  std::vector<Feature> features;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kMark)) continue;
    std::istringstream words(line.substr(kMark.size()));
    Feature& feature = features.emplace_back();
    words >> feature.id;
    feature.id.pop_back();  // the colon
    for (std::string rpc; words >> rpc;) feature.rpcs.push_back(rpc);
  }
  return features;
}

const PublicMethod* Find(const World& world, const std::string& rpc) {
  const auto found = std::ranges::find_if(
      world.methods, [&](const PublicMethod& one) { return one.descriptor->name() == rpc; });
  return found == world.methods.end() ? nullptr : &*found;
}

// Whether a call of the story is answered once more: a write, which has its request id, with the
// same bytes; a read with as much or as little as it had to say.
bool AnsweredAgain(World& world, const Sample& sample, const PublicMethod& method) {
  const support::Reply reply =
      world.suite.Send(sample.method, sample.request,
                       {.metadata = {{"authorization", world.suite.header(sample.as)}}});
  if (!reply.ok()) return false;
  return method.policy.has_request_id ? reply.body == sample.answer
                                      : reply.body.empty() == sample.answer.empty();
}

bool IsThere(World& world, const std::string& rpc) {
  const PublicMethod* method = Find(world, rpc);
  if (method == nullptr) return false;
  return std::ranges::any_of(world.samples, [&](const Sample& sample) {
    return sample.method == method->name && AnsweredAgain(world, sample, *method);
  });
}

class FeatureRpcs : public testing::TestWithParam<Feature> {};

TEST_P(FeatureRpcs, AreAnswered) {
  World& world = World::Get();
  for (const std::string& rpc : GetParam().rpcs) EXPECT_TRUE(IsThere(world, rpc)) << rpc;
}

TEST_P(FeatureRpcs, AreMissedWhenUnimplemented) {
  World& world = World::Get();
  for (const std::string& rpc : GetParam().rpcs) {
    const PublicMethod* method = Find(world, rpc);
    ASSERT_NE(method, nullptr) << rpc;
    world.suite.Unimplement(method->name);
    EXPECT_FALSE(IsThere(world, rpc)) << rpc;
    world.suite.Unimplement("");
  }
}

INSTANTIATE_TEST_SUITE_P(Feature, FeatureRpcs, testing::ValuesIn(Features()),
                         [](const auto& feature) { return feature.param.id; });

// A method that belongs to no feature is a method that nobody asked for, or a line that is missing.
TEST(FeatureList, NamesEveryRpcOfTheThreeServices) {
  std::set<std::string> named;
  for (const Feature& feature : Features()) named.insert(feature.rpcs.begin(), feature.rpcs.end());
  const World& world = World::Get();
  for (const PublicMethod& method : world.methods) {
    // What every process serves has tests of its own.
    const std::string package = method.descriptor->file()->package();
    if (package != "rapport.intake.v1" && package != "rapport.notes.v1" &&
        package != "rapport.goals.v1") {
      continue;
    }
    EXPECT_TRUE(named.contains(method.descriptor->name())) << method.name;
  }
}

}  // namespace
}  // namespace rapport::conformance
