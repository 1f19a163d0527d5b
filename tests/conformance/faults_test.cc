// Where the environment asks for faults of PostgreSQL, every test of this program meets them: this
// one, which runs last, shows that they were there.
#include "conformance/world.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace rapport::conformance {
namespace {

TEST(Faults, EachKindWasMetManyTimes) {
  const char* const seed = std::getenv("RAPPORT_TEST_FAULTS");
  if (seed == nullptr || std::string_view(seed).empty()) return;
  const auto faults = World::Get().suite.Faults();
  for (const char* kind : {"40001", "40003", "lost", "again"}) {
    ASSERT_TRUE(faults.contains(kind)) << kind;
    EXPECT_GT(faults.at(kind), 20) << kind;
    std::printf("%s: %lld\n", kind, static_cast<long long>(faults.at(kind)));
  }
}

}  // namespace
}  // namespace rapport::conformance
