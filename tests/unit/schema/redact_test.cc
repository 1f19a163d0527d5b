// Redaction: only what is marked as harmless is shown.
#include "platform/schema/redact.h"

#include <gtest/gtest.h>
#include <unit/schema/probe.pb.h>

#include <string>

namespace rapport::schema {
namespace {

using probe::v1::Thing;

template <typename Fill>
std::string Shown(Fill fill) {
  Thing thing;
  fill(thing);
  return Redact(thing);
}

TEST(RedactTest, ShowsWhatIsHarmlessAndTheAmountOfTheRest) {
  EXPECT_EQ(Redact(Thing()), "");
  EXPECT_EQ(Shown([](Thing& t) { t.set_name("families/x"); }), "name: \"families/x\"");
  EXPECT_EQ(Shown([](Thing& t) { t.set_title("eleven long"); }), "title: <personal:len=11>");
  EXPECT_EQ(Shown([](Thing& t) { t.set_blob("1234"); }), "blob: <secret:len=4>");
  EXPECT_EQ(Shown([](Thing& t) { t.set_score(3); }), "score: <clinical>");
  EXPECT_EQ(Shown([](Thing& t) { t.set_color(probe::v1::COLOR_RED); }), "color: COLOR_RED");
  EXPECT_EQ(Shown([](Thing& t) { t.set_flag(true); }), "flag: true");
  EXPECT_EQ(Shown([](Thing& t) { t.set_small(7); }), "small: 7");
}

TEST(RedactTest, WhatNobodyMarkedIsNotShown) {
  EXPECT_EQ(Shown([](Thing& t) { t.set_unmarked("words"); }), "unmarked: <unmarked:len=5>");
  EXPECT_EQ(Shown([](Thing& t) { t.set_needed_color(probe::v1::COLOR_BLUE); }),
            "needed_color: <unmarked>");
  EXPECT_EQ(Shown([](Thing& t) { t.set_loose(1.5F); }), "loose: <unmarked>");
  EXPECT_EQ(Shown([](Thing& t) { t.mutable_secret_at()->set_seconds(5); }),
            "secret_at: <unmarked>");
  EXPECT_EQ(Shown([](Thing& t) { t.mutable_born()->set_year(2019); }),
            "born: { year: <unmarked> }");
}

TEST(RedactTest, ListsAndMapsShowTheirNumber) {
  EXPECT_EQ(Shown([](Thing& t) {
              t.add_tags("a");
              t.add_tags("b");
            }),
            "tags: \"a\" tags: \"b\"");
  EXPECT_EQ(Shown([](Thing& t) { t.add_colors(probe::v1::COLOR_RED); }), "colors: <unmarked:n=1>");
  EXPECT_EQ(Shown([](Thing& t) {
              (*t.mutable_notes())["key"] = "v";
              (*t.mutable_notes())["other"] = "v";
            }),
            "notes: <clinical:n=2>");
  EXPECT_EQ(Shown([](Thing& t) { (*t.mutable_labels())["key"].set_level(1); }),
            "labels: <unmarked:n=1>");
}

TEST(RedactTest, MessagesAreEnteredUnlessMarked) {
  EXPECT_EQ(Shown([](Thing& t) {
              t.mutable_inner()->set_words("word");
              t.mutable_inner()->set_made("x");
            }),
            "inner: { words: <clinical:len=4> made: \"x\" }");
  EXPECT_EQ(Shown([](Thing& t) { t.mutable_hidden()->set_made("x"); }), "hidden: <clinical>");
  EXPECT_EQ(Shown([](Thing& t) {
              t.add_inners()->set_made("x");
              t.add_inners();
            }),
            "inners: { made: \"x\" } inners: { }");
  EXPECT_EQ(Shown([](Thing& t) { t.mutable_at()->set_seconds(5); }), "at: { seconds: 5 }");
}

TEST(RedactTest, TextIsEscapedAndCut) {
  EXPECT_EQ(Shown([](Thing& t) { t.set_plain("a\"b\n\xc3\xa9\x1b"); }),
            "plain: \"a\\\"b\\n\\xc3\\xa9\\x1b\"");
  EXPECT_EQ(Shown([](Thing& t) { t.set_plain(std::string(300, 'x')); }),
            "plain: \"" + std::string(256, 'x') + "...\"");
}

// Whatever is put into fields that are not marked harmless, none of it comes out.
TEST(RedactTest, NoCanaryComesThrough) {
  const std::string canary = "canary4711";
  Thing thing;
  thing.set_title(canary);
  thing.set_unmarked(canary);
  thing.set_blob(canary);
  thing.mutable_inner()->set_words(canary);
  thing.mutable_inner()->add_deeper()->set_words(canary);
  thing.add_inners()->set_words(canary);
  (*thing.mutable_notes())[canary] = canary;
  (*thing.mutable_labels())[canary].set_words(canary);
  thing.mutable_hidden()->set_words(canary);
  thing.set_score(4711);
  thing.set_big(4711);
  EXPECT_EQ(Redact(thing).find("4711"), std::string::npos) << Redact(thing);
}

}  // namespace
}  // namespace rapport::schema
