#include "cli/table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

namespace rapport::cli {
namespace {

TEST(Table, ColumnsAlignByWhatIsSeenNotByBytes) {
  Table table({"who", "bond"});
  table.Add({{"Zoë"}, {"7.5", Tone::kGood, true}});
  table.Add({{"Max"}, {"10", Tone::kPlain, true}});
  std::ostringstream out;
  table.Print(out, false);
  EXPECT_EQ(out.str(), "who  bond\nZoë   7.5\nMax    10\n");
}

TEST(Table, WrapsItsWidestColumnsAndNeverCutsAWord) {
  Table table({"who", "what"});
  table.Add({{"Zoë"}, {"call 112 at once, please"}});
  std::ostringstream out;
  table.Print(out, false, {}, 16);
  EXPECT_EQ(out.str(), "who  what\nZoë  call 112 at\n     once,\n     please\n");
}

TEST(Table, ALongWordKeepsItsLineWhateverTheWidth) {
  EXPECT_EQ(Wrapped("a 0123456789 b", 4), (std::vector<std::string>{"a", "0123456789", "b"}));
  EXPECT_EQ(Wrapped("one two\nthree", 0), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(Wrapped("", 4), std::vector<std::string>{""});
}

TEST(Table, NoColourWithoutATerminal) {
  EXPECT_EQ(Painted("x", Tone::kBad, false), "x");
  EXPECT_EQ(Painted("x", Tone::kBad, true), "\x1b[31mx\x1b[0m");
}

TEST(Sparkline, ScalesToTheRangeAndShowsGaps) {
  EXPECT_EQ(Sparkline({0, 5, 10, std::nan("")}, 0, 10), "▁▅█·");
}

}  // namespace
}  // namespace rapport::cli
