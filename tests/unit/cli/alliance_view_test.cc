// The page of the alliance map, line by line.
#include "cli/alliance_view.h"
#include "cli/map_figures.h"

#include "platform/schema/times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace rapport::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace av = alliance::v1;

constexpr const char* kMia = "families/1/members/1";
constexpr const char* kBo = "families/1/members/2";
constexpr const char* kPat = "professionals/1";

void Set(av::MapValue* value, double shown) {
  value->set_value(shown);
  value->set_lowest(0);
  value->set_highest(10);
}

void Rate(MapFacts& facts, std::int64_t at_us, double bond) {
  av::Rating& rating = facts.ratings.emplace_back();
  rating.set_rater(kMia);
  rating.set_instrument("instruments/x.1");
  *rating.mutable_session_time() = schema::ToTimestamp(at_us);
  rating.add_parts()->set_target(kPat);
  av::Score& score = *rating.mutable_parts(0)->add_scores();
  score.set_code("bond");
  score.set_value(bond);
}

// Mia rated Pat three times, newest first as a list is; Bo never did.
MapFacts TwoMembers() {
  MapFacts facts;
  facts.people.Add(kMia, "Mia");
  facts.people.Add(kBo, "Bo");
  facts.people.Add(kPat, "Pat");
  facts.map.add_helpers(kPat);
  av::MapRow& mia = *facts.map.add_rows();
  mia.set_member(kMia);
  av::MapCell& rated = *mia.add_cells();
  rated.set_helper(kPat);
  rated.set_state(av::CELL_STATE_RATED);
  av::AllianceView& view = *rated.mutable_member_view();
  view.set_instrument("instruments/x.1");
  view.set_age_sessions(2);
  Set(view.mutable_bond(), 2.5);
  view.mutable_bond()->set_standard_error(0.4);
  view.mutable_bond()->set_slope(-3);
  view.mutable_bond()->set_slope_standard_error(0.5);
  av::MapRow& bo = *facts.map.add_rows();
  bo.set_member(kBo);
  bo.add_cells()->set_helper(kPat);
  bo.mutable_cells(0)->set_state(av::CELL_STATE_NO_ALLIANCE_ON_RECORD);
  Rate(facts, 3, 2.5);
  Rate(facts, 2, 5);
  Rate(facts, 1, 10);
  return facts;
}

std::string Printed(const MapFacts& facts, bool colour = false) {
  std::ostringstream out;
  PrintMap(facts, colour, out);
  return out.str();
}

TEST(AllianceMap, ShowsEachPartItsErrorItsCourseAndItsAge) {
  const std::string page = Printed(TwoMembers());
  EXPECT_THAT(page, HasSubstr("2.5±0.4"));
  EXPECT_THAT(page, HasSubstr("█▅▃ ↘"));
  EXPECT_THAT(page, HasSubstr("2 sessions ago"));
}

TEST(AllianceMap, SaysWhoNeverRated) {
  EXPECT_THAT(Printed(TwoMembers()), HasSubstr("no alliance on record"));
}

TEST(AllianceMap, AnUncertainSlopeIsLevel) {
  MapFacts facts = TwoMembers();
  auto* bond = facts.map.mutable_rows(0)->mutable_cells(0)->mutable_member_view()->mutable_bond();
  bond->set_slope_standard_error(2);
  EXPECT_THAT(Printed(facts), HasSubstr("→"));
}

TEST(AllianceMap, ASignalNamesTheMemberAndTheNextStep) {
  MapFacts facts = TwoMembers();
  av::Signal& signal = facts.signals.emplace_back();
  signal.set_kind(av::SIGNAL_KIND_ISOLATION);
  signal.set_level(av::SIGNAL_LEVEL_ALERT);
  signal.set_member(kMia);
  signal.set_summary("May be left out.");
  signal.set_next_step("Ask alone.");
  const std::string page = Printed(facts);
  EXPECT_THAT(page, HasSubstr("⚠ may be left out"));
  EXPECT_THAT(page, HasSubstr("⚠ Mia  May be left out."));
  EXPECT_THAT(page, HasSubstr("Next: Ask alone."));
}

TEST(AllianceMap, AnAlertComesBeforeWhateverIsNewer) {
  MapFacts facts = TwoMembers();
  const auto add = [&](const char* words, av::SignalLevel level) {
    av::Signal& signal = facts.signals.emplace_back();
    signal.set_member(kMia);
    signal.set_level(level);
    signal.set_summary(words);
  };
  // As a list has them, what changed last first.
  add("Watch, new.", av::SIGNAL_LEVEL_WATCH);
  add("Alert, new.", av::SIGNAL_LEVEL_ALERT);
  add("Watch, old.", av::SIGNAL_LEVEL_WATCH);
  add("Alert, old.", av::SIGNAL_LEVEL_ALERT);
  const std::string page = Printed(facts);
  EXPECT_LT(page.find("Alert, new."), page.find("Alert, old."));
  EXPECT_LT(page.find("Alert, old."), page.find("Watch, new."));
  EXPECT_LT(page.find("Watch, new."), page.find("Watch, old."));
  EXPECT_NE(page.find("Watch, old."), std::string::npos);
}

// A form whose scores are called otherwise, on 1 to 5: SOFTA-s, say.
MapFacts OtherForm() {
  MapFacts facts = TwoMembers();
  av::Instrument& form = facts.instruments["instruments/x.1"];
  form.set_name("instruments/x.1");
  const auto define = [&](const char* code, av::Content content) {
    av::ScoreDefinition& score = *form.add_scores();
    score.set_code(code);
    score.set_content(content);
    score.set_interpersonal(av::INTERPERSONAL_SELF);
  };
  define("emotional-connection", av::CONTENT_BOND);
  define("engagement", av::CONTENT_ENGAGEMENT);
  define("total", av::CONTENT_ALLIANCE);
  auto& view = *facts.map.mutable_rows(0)->mutable_cells(0)->mutable_member_view();
  for (av::MapValue* value : {view.mutable_bond(), view.mutable_whole()}) {
    value->set_value(3.5);
    value->set_lowest(1);
    value->set_highest(5);
    value->set_instrument("instruments/x.1");
  }
  double bond = 1;  // the newest first
  for (av::Rating& rating : facts.ratings) {
    rating.mutable_parts(0)->clear_scores();
    for (const auto& [code, value] :
         {std::pair("engagement", 2.0), {"emotional-connection", bond}}) {
      av::Score& score = *rating.mutable_parts(0)->add_scores();
      score.set_code(code);
      score.set_value(value);
    }
    bond += 2;
  }
  return facts;
}

TEST(AllianceMap, DrawsTheCourseOfAnyFormByWhatItsScoresMeasure) {
  EXPECT_THAT(Printed(OtherForm()), HasSubstr("█▅▁"));
}

TEST(AllianceMap, AFormThatGivesATotalOnlyIsDrawnByThat) {
  MapFacts facts = OtherForm();
  facts.map.mutable_rows(0)->mutable_cells(0)->mutable_member_view()->clear_bond();
  for (av::Rating& rating : facts.ratings) {
    rating.mutable_parts(0)->mutable_scores(1)->set_code("total");
  }
  EXPECT_THAT(Printed(facts), HasSubstr("█▅▁"));
}

TEST(AllianceMap, AScaleOtherThan0To10StandsBesideItsValues) {
  EXPECT_THAT(Printed(OtherForm()), HasSubstr("3.5/5±0.4"));
  EXPECT_THAT(Printed(TwoMembers()), Not(HasSubstr("/10")));
}

TEST(AllianceMap, ATotalBeyondItsCutOffIsSaidInProvisionalWords) {
  MapFacts facts = OtherForm();
  auto& whole =
      *facts.map.mutable_rows(0)->mutable_cells(0)->mutable_member_view()->mutable_whole();
  EXPECT_THAT(Printed(facts), Not(HasSubstr("cut-off")));
  whole.set_beyond_cutoff(true);
  whole.set_provisional(true);
  EXPECT_THAT(Printed(facts), HasSubstr("• 3.5/5: beyond its cut-off (provisional)"));
}

// One row a part with every figure in full; what is absent is empty.
TEST(AllianceMap, AsFiguresEachHasItsOwnColumn) {
  MapFacts facts = TwoMembers();
  auto* bond = facts.map.mutable_rows(0)->mutable_cells(0)->mutable_member_view()->mutable_bond();
  bond->set_estimate(3.0625);
  facts.signals.emplace_back().set_kind(av::SIGNAL_KIND_ISOLATION);
  facts.signals.back().set_member(kMia);
  std::ostringstream out;
  MapFigures(facts).PrintCsv(out);
  EXPECT_EQ(
      out.str(),
      "rater,rater_name,target,target_name,state,part,value,standard_error,lowest,highest,estimate,"
      "estimate_standard_error,slope,slope_standard_error,instrument,session_time,age_sessions,"
      "ratings,first_weak,open_signals,beyond_cutoff\n"
      "families/1/members/1,Mia,professionals/1,Pat,RATED,bond,2.5,0.4,0,10,3.0625,,-3,0.5,"
      "instruments/x.1,1970-01-01T00:00:00Z,2,0,,ISOLATION,\n"
      "families/1/members/2,Bo,professionals/1,Pat,NO_ALLIANCE_ON_RECORD,,,,,,,,,,,,,,,,\n");
}

// The forms have no cut-off: a low value alone is no reason for colour.
TEST(AllianceMap, ALowValueIsNotColoured) {
  EXPECT_THAT(Printed(TwoMembers(), true), Not(HasSubstr("\x1b[31m")));
}

}  // namespace
}  // namespace rapport::cli
