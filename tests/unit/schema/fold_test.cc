// One way of comparing what people look for.
#include "platform/schema/fold.h"

#include <gtest/gtest.h>

namespace rapport::schema {
namespace {

TEST(Fold, CaseAccentsAndWaysOfWritingDontMatter) {
  EXPECT_EQ(Fold("Mira EXAMPLE"), "mira example");
  EXPECT_EQ(Fold("Zoë"), "zoe");
  EXPECT_EQ(Fold("ZOE\xCC\x88"), "zoe") << "the accent as a character of its own";
  EXPECT_EQ(Fold("Straße"), Fold("STRASSE"));
  EXPECT_EQ(Fold("ΣΊΣΥΦΟΣ"), Fold("Σίσυφος"));
  EXPECT_EQ(Fold("\xEF\xBC\xA1nna"), "anna") << "a wide A";
  EXPECT_EQ(Fold("Øst"), Fold("øst"));
}

TEST(Fold, FoldingTwiceChangesNothingMore) {
  for (const char* text : {"", "abc", "Zoë Ünlü", "İstanbul", "ﬁne", "家族", "Łódź"}) {
    EXPECT_EQ(Fold(Fold(text)), Fold(text)) << text;
  }
}

TEST(Fold, WhatIsNotUtf8ComesBackAsItIs) {
  EXPECT_EQ(Fold("A\xFFz"), "A\xFFz");
  EXPECT_EQ(Fold("\xC3"), "\xC3");
}

}  // namespace
}  // namespace rapport::schema
