#include "platform/runtime/demo_clock.h"

#include "platform/runtime/telemetry/metrics.h"
#include "support/cpu_time.h"
#include "support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace rapport::runtime {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kMonday = 1'772'460'000'000'000;  // 2026-03-02T14:00:00Z
constexpr std::int64_t kWeek = 7ll * 24 * 3'600 * 1'000'000;

class DemoClockTest : public testing::Test {
 protected:
  void Set(std::string_view text) { ASSERT_TRUE(crypto::ReplaceFile(path_, text, 0644).ok()); }

  ScratchFolder folder_;
  const std::string path_ = folder_ / "clock";
};

TEST_F(DemoClockTest, SaysWhatTheFileSaysAndStandsStill) {
  Set("2026-03-02T14:00:00Z\n");
  const auto clock = FileClock::Open(path_);
  ASSERT_TRUE(clock.ok()) << clock.status();
  EXPECT_EQ((*clock)->NowMicros(), kMonday);
  EXPECT_EQ((*clock)->NowMicros(), kMonday);
}

TEST_F(DemoClockTest, FollowsTheFileAtOnce) {
  Set("2026-03-02T14:00:00Z");
  const auto clock = FileClock::Open(path_);
  ASSERT_TRUE(clock.ok());
  Set("2026-03-09T14:00:00Z");
  EXPECT_EQ((*clock)->NowMicros(), kMonday + kWeek);
  Set("2026-03-09T16:00:00.5+01:00");
  EXPECT_EQ((*clock)->NowMicros(), kMonday + kWeek + 3'600'500'000);
}

TEST_F(DemoClockTest, KeepsTheTimeWhenTheFileIsWrongOrGone) {
  Set("2026-03-09T14:00:00Z");
  const auto clock = FileClock::Open(path_);
  ASSERT_TRUE(clock.ok());
  for (const char* wrong : {"", "next week", "2026-03-09", "infinite-future",
                            "2026-03-02T14:00:00Z"}) {  // The last one goes back.
    Set(wrong);
    EXPECT_EQ((*clock)->NowMicros(), kMonday + kWeek) << wrong;
  }
  std::filesystem::remove(path_);
  EXPECT_EQ((*clock)->NowMicros(), kMonday + kWeek);
  Set("2026-03-16T14:00:00Z");
  EXPECT_EQ((*clock)->NowMicros(), kMonday + 2 * kWeek);
}

TEST_F(DemoClockTest, DoesNotOpenWithoutATime) {
  EXPECT_EQ(FileClock::Open(path_).status().code(), absl::StatusCode::kFailedPrecondition);
  Set("soon");
  const absl::Status status = FileClock::Open(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.ToString(), HasSubstr("expected a time like 2026-03-02T14:00:00Z"));
}

TEST_F(DemoClockTest, CostsLittle) {
  Set("2026-03-02T14:00:00Z");
  const auto clock = FileClock::Open(path_);
  ASSERT_TRUE(clock.ok());
  std::int64_t last = 0;
  const double nanos =
      support::CpuNanoseconds(10'000, [&](std::size_t) { last = (*clock)->NowMicros(); });
  EXPECT_EQ(last, kMonday);
  std::printf("one look at the demo clock: %.0f ns\n", nanos);
  EXPECT_LT(nanos, 50'000);
}

TEST(CheckDemoClock, WantsLoopbackAndALocalIssuer) {
  const std::vector<std::string> local = {"127.0.0.1:1", "[::1]:2", "unix:/tmp/x"};
  EXPECT_TRUE(CheckDemoClock(local, true).ok());
  const absl::Status issuer = CheckDemoClock(local, false);
  EXPECT_EQ(issuer.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(issuer.ToString(), HasSubstr("local_issuer"));
  const std::vector<std::string> open = {"127.0.0.1:1", "0.0.0.0:8443"};
  const absl::Status address = CheckDemoClock(open, true);
  EXPECT_EQ(address.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(address.ToString(), HasSubstr("0.0.0.0:8443"));
}

TEST(IsLoopback, KnowsAddressesAndTrustsNoNames) {
  for (const char* address : {"127.0.0.1:80", "127.8.8.8:0", "[::1]:443", "unix:/run/x"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address :
       {"", "0.0.0.0:80", "[::]:80", "localhost:80", "10.0.0.1:80", "127.0.0.1", "127.0.0.1.evil:1",
        "[::ffff:127.0.0.1]:1", "128.0.0.1:1", "[]:1", ":1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

}  // namespace
}  // namespace rapport::runtime
