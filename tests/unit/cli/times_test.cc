// Times at a terminal: read and typed in its own zone, and every one says which that is.
#include "cli/times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace rapport::cli {
namespace {

using testing::HasSubstr;

// Central Europe's rules, written out so that no zone file is needed.
constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

class Zone : public testing::Test {
 protected:
  Zone() {
    if (const char* zone = std::getenv("TZ")) before_ = zone;
    In(kBerlin);
  }
  ~Zone() override {
    if (before_) {
      In(before_->c_str());
    } else {
      unsetenv("TZ");
      tzset();
    }
  }
  static void In(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
  static std::string Typed(const char* text) { return InstantOf(text).value_or("refused"); }

  std::optional<std::string> before_;
};

TEST_F(Zone, TimesAreShownAsClocksHereShowThemWithTheZonesMark) {
  EXPECT_EQ(LocalTime("2031-04-22T12:00:00Z"), "2031-04-22 14:00 CEST");
  EXPECT_EQ(LocalTime("2031-01-22T12:00:00.250Z"), "2031-01-22 13:00 CET");
  EXPECT_EQ(LocalDay("2031-04-21T23:00:00Z"), "2031-04-22");
  In("UTC");
  EXPECT_EQ(LocalTime("2031-04-22T12:00:00Z"), "2031-04-22 12:00 UTC");
}

TEST_F(Zone, WhatIsNoTimeStaysAsItIs) {
  for (const char* text : {"", "2031-04-22", "at 2031-04-22T12:00:00Z", "2031-99-22T12:00:00Z"}) {
    EXPECT_EQ(LocalTime(text), std::nullopt) << text;
    EXPECT_EQ(LocalDay(text), "") << text;
  }
}

TEST_F(Zone, WhatIsTypedWithoutAZoneIsMeantHere) {
  EXPECT_EQ(Typed("2031-04-22T14:00"), "2031-04-22T12:00:00Z");
  EXPECT_EQ(Typed("2031-04-22 14:00"), "2031-04-22T12:00:00Z");
  EXPECT_EQ(Typed("2031-04-22 14:00:30"), "2031-04-22T12:00:30Z");
  EXPECT_EQ(Typed("2032-01-01"), "2031-12-31T23:00:00Z");
}

TEST_F(Zone, ATimeThatClocksHereNeverShowIsNotTakenForAnother) {
  EXPECT_EQ(Typed("2031-03-30T01:59"), "2031-03-30T00:59:00Z");
  EXPECT_EQ(Typed("2031-03-30T03:00"), "2031-03-30T01:00:00Z");
  for (const char* skipped : {"2031-03-30T02:00", "2031-03-30T02:30", "2031-03-30 02:59:59"}) {
    EXPECT_THAT(std::string(InstantOf(skipped).status().message()), HasSubstr("set forward"));
  }
}

TEST_F(Zone, ATimeThatClocksHereShowTwiceNeedsItsOffset) {
  EXPECT_EQ(Typed("2031-10-26T01:59"), "2031-10-25T23:59:00Z");
  EXPECT_EQ(Typed("2031-10-26T03:00"), "2031-10-26T02:00:00Z");
  for (const char* doubled : {"2031-10-26T02:00", "2031-10-26T02:30", "2031-10-26 02:59:59"}) {
    EXPECT_THAT(std::string(InstantOf(doubled).status().message()), HasSubstr("twice"));
  }
  EXPECT_EQ(Typed("2031-10-26T02:30:00+02:00"), "2031-10-26T00:30:00Z");
  EXPECT_EQ(Typed("2031-10-26T02:30:00+01:00"), "2031-10-26T01:30:00Z");
}

TEST_F(Zone, WhateverTheStepAndTheHemisphere) {
  In("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");  // Lord Howe Island: half an hour
  EXPECT_EQ(Typed("2031-10-05T02:15"), "refused");
  EXPECT_EQ(Typed("2031-10-05T02:30"), "2031-10-04T15:30:00Z");
  EXPECT_EQ(Typed("2031-04-06T01:45"), "refused");
  EXPECT_EQ(Typed("2031-04-06T01:15"), "2031-04-05T14:15:00Z");
}

TEST_F(Zone, ADayBeginsAtItsFirstInstant) {
  In("<-04>4<-03>,M9.1.0/0,M4.1.0/0");  // Chile: set forward at midnight
  EXPECT_EQ(Typed("2031-09-07"), "2031-09-07T04:00:00Z") << "which clocks show as 01:00";
  In("CST5CDT,M3.2.0/0,M11.1.0/1");  // Cuba: midnight is shown twice in autumn
  EXPECT_EQ(Typed("2031-11-02"), "2031-11-02T04:00:00Z");
}

TEST_F(Zone, ASecondBefore1970IsATime) {
  EXPECT_EQ(Typed("1970-01-01T00:59:59"), "1969-12-31T23:59:59Z");
}

TEST_F(Zone, WhatIsTypedWithAZoneIsMeantThere) {
  EXPECT_EQ(Typed("2031-04-22T14:00:00Z"), "2031-04-22T14:00:00Z");
  EXPECT_EQ(Typed("2031-04-22T14:00:00-07:00"), "2031-04-22T21:00:00Z");
}

TEST_F(Zone, WhatIsNoTimeIsToldWhatIsExpected) {
  for (const char* text : {"", "tomorrow", "22.4.2031", "2031-02-30", "2031-04-22T25:00",
                           "2031-04-22T14", "2031-04-22T14:00 or so"}) {
    EXPECT_THAT(std::string(InstantOf(text).status().message()), HasSubstr("2031-04-22T14:00"))
        << text;
  }
}

}  // namespace
}  // namespace rapport::cli
