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
