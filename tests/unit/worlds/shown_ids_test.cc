// Ids that people see carry no order: of those made one after another, the later is the greater as
// often as not, and nothing of the inner one is in them.
#include "platform/base/strings.h"
#include "platform/crypto/key_file.h"
#include "platform/crypto/new_id.h"
#include "platform/crypto/public_ids.h"
#include "platform/crypto/suite_secret.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace rapport::worlds {
namespace {

constexpr int kIds = 20'000;

std::vector<std::string> ShownInOrder() {
  const crypto::SuiteSecret secret(crypto::NewSecret());
  const crypto::PublicIds ids(secret);
  std::vector<std::string> shown;
  std::string before;
  for (int i = 0; i < kIds; ++i) {
    const std::string inner = crypto::NewId();
    EXPECT_LT(before, inner) << "inner ids are in order";
    before = inner;
    shown.push_back(ids.Show("harbour", inner));
  }
  return shown;
}

TEST(ShownIds, NeighboursAreInNoOrder) {
  const auto shown = ShownInOrder();
  int rising = 0;
  for (int i = 1; i < kIds; ++i) rising += shown[i - 1] < shown[i] ? 1 : 0;
  // Rises of a random order: half of all, with a variance of n/12. Six deviations: one run in 10^9.
  EXPECT_NEAR(rising, kIds / 2.0, 6 * std::sqrt(kIds / 12.0));
}

TEST(ShownIds, NoDigitSaysWhenTheyWereMade) {
  const auto shown = ShownInOrder();
  for (int digit = 0; digit < 32; ++digit) {
    double earlier = 0, later = 0;
    for (int i = 0; i < kIds; ++i) {
      const char c = shown[i][digit];
      const int value = c <= '9' ? c - '0' : c - 'a' + 10;
      (i < kIds / 2 ? earlier : later) += value;
    }
    // A digit has a variance of 21.25; so has the difference of two means of n/2 four times that
    // over n.
    EXPECT_NEAR(earlier / (kIds / 2), later / (kIds / 2), 6 * std::sqrt(4 * 21.25 / kIds)) << digit;
  }
}

TEST(ShownIds, TheInnerIdIsNotInThem) {
  const crypto::SuiteSecret secret(crypto::NewSecret());
  const crypto::PublicIds ids(secret);
  std::set<std::string> starts;
  for (int i = 0; i < 1'000; ++i) {
    const std::string inner = crypto::NewId();
    const std::string shown = ids.Show("harbour", inner);
    EXPECT_EQ(shown.find(Hex(inner.substr(0, 6))), std::string::npos);
    starts.insert(shown.substr(0, 8));
  }
  EXPECT_GT(starts.size(), 990u) << "of one moment, yet not alike";
}

}  // namespace
}  // namespace rapport::worlds
