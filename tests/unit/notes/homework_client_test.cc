// What goals is asked before a note is signed.
#include "notes/homework_client.h"

#include "platform/schema/times.h"

#include <gtest/gtest.h>

namespace rapport::notes {
namespace {

TEST(N4HomeworkOwed, IsWhatWasAgreedAndDueBeforeTheSessionWhetherOrNotItExpiredSince) {
  constexpr std::int64_t kSessionUs = 1'900'000'000'000'000;
  const auto request = OwedBefore("families/one", kSessionUs);
  EXPECT_EQ(request.parent(), "families/one");
  EXPECT_TRUE(request.include_expired()) << "a second session doesn't settle what the first owes";
  EXPECT_EQ(schema::ToMicros(request.due_before_time()), kSessionUs);
  EXPECT_EQ(schema::ToMicros(request.agreed_before_time()), kSessionUs);
  EXPECT_FALSE(request.has_due_from_time());
}

}  // namespace
}  // namespace rapport::notes
