// What intake's answers about other families mean.
#include "notes/roster_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::notes {
namespace {

TEST(Ties, OfTheReleaseBeforeThereAreNone) {
  const auto ties = TiesIn(absl::UnimplementedError("no such method"));
  ASSERT_TRUE(ties.ok()) << "sessions are planned while an update is under way: " << ties.status();
  EXPECT_TRUE(ties->same.empty() && ties->apart.empty());
}

TEST(Ties, ThatNobodyCanSayAreNotNone) {
  for (const absl::Status& status :
       {absl::UnavailableError("intake is down"), absl::DeadlineExceededError("slow"),
        absl::NotFoundError("no such family")}) {
    EXPECT_EQ(TiesIn(status).status(), status);
  }
}

TEST(Ties, AreReadAsIntakeSaysThem) {
  internal::v1::GetElsewhereResponse answer;
  auto& apart = *answer.add_apart();
  apart.set_member("a");
  apart.set_other_family("f");
  apart.set_other_member("b");
  apart.set_since_us(7);
  const auto ties = TiesIn(answer);
  ASSERT_TRUE(ties.ok());
  ASSERT_EQ(ties->apart.size(), 1u);
  EXPECT_EQ(ties->apart[0].member, "a");
  EXPECT_EQ(ties->apart[0].other_family, "f");
  EXPECT_EQ(ties->apart[0].other, "b");
  EXPECT_EQ(ties->apart[0].since_us, 7);
}

}  // namespace
}  // namespace rapport::notes
