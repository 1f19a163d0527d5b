// ReservedPorts of tests/support: suites of several test programs run side by side.
#include "support/sockets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace rapport::support {
namespace {

TEST(ReservedPorts, AreNobodyElsesThoughNobodyListensOnThem) {
  // So many that two of them by chance would be one and the same row.
  std::vector<ReservedPorts> rows(200);
  std::vector<int> first;
  for (const ReservedPorts& row : rows) first.push_back(row.first());
  std::sort(first.begin(), first.end());
  for (std::size_t i = 1; i < first.size(); ++i) {
    EXPECT_GT(first[i] - first[i - 1], ReservedPorts::kCount);
  }
}

TEST(ReservedPorts, AreNotAmongThoseOfListeners) {
  const ReservedPorts row;
  for (int i = 0; i < 200; ++i) EXPECT_LT(PortOf(Listen({})), 20'000);
  EXPECT_GE(row.first(), 20'000);
  EXPECT_FALSE(ConnectTo({.port = row.first()}));
}

TEST(ReservedPorts, AreFreeAgainWhenTheObjectIsGone) {
  int port = 0;
  {
    const ReservedPorts row;
    port = row.first() + ReservedPorts::kCount;
    EXPECT_THROW(Listen({.port = port}), std::runtime_error);
  }
  EXPECT_TRUE(Listen({.port = port}));
}

}  // namespace
}  // namespace rapport::support
