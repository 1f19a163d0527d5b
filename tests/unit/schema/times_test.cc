// Times between the wire and the inside, also before 1970 and at the edges of what is accepted.
#include "platform/schema/times.h"

#include <gtest/gtest.h>

#include <random>

namespace rapport::schema {
namespace {

TEST(TimesTest, MicrosecondsComeBack) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  constexpr std::int64_t kYear1900 = -2'208'988'800'000'000, kYear10000 = 253'402'300'800'000'000;
  std::uniform_int_distribution<std::int64_t> any(kYear1900, kYear10000 - 1);
  for (const std::int64_t at_us : {kYear1900, kYear10000 - 1, std::int64_t{0}, std::int64_t{-1},
                                   std::int64_t{1}, any(random), any(random), any(random)}) {
    const auto timestamp = ToTimestamp(at_us);
    EXPECT_GE(timestamp.nanos(), 0);
    EXPECT_LT(timestamp.nanos(), 1'000'000'000);
    EXPECT_EQ(ToMicros(timestamp), at_us);
  }
}

TEST(TimesTest, NanosecondsAreCutOff) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(1);
  timestamp.set_nanos(1'999);
  EXPECT_EQ(ToMicros(timestamp), 1'000'001);
}

TEST(TimesTest, DatesAreThoseOfUtc) {
  const std::tuple<std::int64_t, int, int, int> cases[] = {
      {0, 1970, 1, 1},
      {-1, 1969, 12, 31},
      {86'400'000'000 - 1, 1970, 1, 1},
      {86'400'000'000, 1970, 1, 2},
      {951'782'400'000'000, 2000, 2, 29},
      {253'402'300'799'999'999, 9999, 12, 31},
  };
  for (const auto& [at_us, year, month, day] : cases) {
    const auto date = DateOf(at_us);
    EXPECT_EQ(date.year(), year) << at_us;
    EXPECT_EQ(date.month(), month) << at_us;
    EXPECT_EQ(date.day(), day) << at_us;
  }
}

TEST(TimesTest, DatesCompareByYearThenMonthThenDay) {
  const auto date = [](int year, int month, int day) {
    type::v1::Date made;
    made.set_year(year);
    made.set_month(month);
    made.set_day(day);
    return made;
  };
  EXPECT_EQ(CompareDates(date(2024, 5, 6), date(2024, 5, 6)), 0);
  EXPECT_LT(CompareDates(date(2023, 12, 31), date(2024, 1, 1)), 0);
  EXPECT_LT(CompareDates(date(2024, 1, 31), date(2024, 2, 1)), 0);
  EXPECT_GT(CompareDates(date(2024, 5, 7), date(2024, 5, 6)), 0);
}

}  // namespace
}  // namespace rapport::schema
