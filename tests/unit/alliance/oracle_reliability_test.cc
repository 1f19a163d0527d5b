// Alpha and intraclass correlations, against R's psych, multilevel and nlme.
#include "alliance/scoring/alpha.h"
#include "alliance/scoring/intraclass.h"
#include "alliance/scoring/numbers.h"
#include "alliance/scoring/variance_components.h"
#include "unit/alliance/oracle_d1.h"

#include <nlohmann/json.hpp>

namespace rapport::alliance::testing {
namespace {

using Json = nlohmann::json;
using Rows = std::vector<std::vector<std::optional<double>>>;

constexpr double kQuantile = 1e-7;  // where an F quantile enters

std::optional<double> Number(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<double>());
}

Json Expected(const char* file) {
  return Json::parse(ReadSource(std::string("tests/data/oracle/expected/") + file));
}

// `names[i]` is what the oracle calls column i.
void ExpectConsistency(const Json& expected, const std::optional<Consistency>& actual,
                       const std::vector<std::string>& names) {
  ASSERT_EQ(actual.has_value(), !expected.is_null());
  if (!actual) return;
  EXPECT_TRUE(Near(Number(expected["raw_alpha"]), actual->alpha));
  EXPECT_TRUE(Near(Number(expected["std_alpha"]), actual->standardised_alpha));
  EXPECT_TRUE(Near(Number(expected["average_r"]), actual->average_r));
  ASSERT_EQ(actual->items.size(), expected["item_rest_r"].size());
  for (const ItemConsistency& item : actual->items) {
    const std::string& name = names[item.item];
    SCOPED_TRACE(name);
    EXPECT_TRUE(Near(Number(expected["alpha_if_dropped"].at(name)), item.alpha_if_dropped));
    EXPECT_TRUE(Near(Number(expected["item_rest_r"].at(name)), item.item_rest_r));
  }
}

void ExpectBothVariants(const Json& expected, const Rows& rows,
                        const std::vector<std::string>& names) {
  {
    SCOPED_TRACE("listwise");
    ExpectConsistency(expected["listwise"], ConsistencyOf(rows, MissingAnswers::kListwise), names);
  }
  SCOPED_TRACE("pairwise");
  ExpectConsistency(expected["pairwise"], ConsistencyOf(rows, MissingAnswers::kPairwise), names);
}

TEST(OracleReliability, AlphaOfEveryScaleIsTheOracles) {
  struct Part {
    int first;
    int last;
    int session;  // 0: all
  };
  const std::map<std::string, Part> parts = {{"goal", {1, 4, 0}},
                                             {"task", {5, 8, 0}},
                                             {"bond", {9, 12, 0}},
                                             {"all12", {1, 12, 0}},
                                             {"session1_all12", {1, 12, 1}}};
  const Json all = Expected("d1_reliability.json")["alpha"];
  ASSERT_EQ(all.size(), parts.size());
  for (const auto& [name, expected] : all.items()) {
    SCOPED_TRACE(name);
    const Part& part = parts.at(name);
    Rows rows;
    for (const auto& [key, rated] : AllRated()) {
      if (part.session != 0 && std::get<1>(key) != part.session) continue;
      rows.emplace_back(rated.keyed.begin() + part.first - 1, rated.keyed.begin() + part.last);
    }
    std::vector<std::string> names;
    for (int item = part.first; item <= part.last; ++item) names.push_back(Item(item));
    const auto consistency = ConsistencyOf(rows, MissingAnswers::kListwise);
    ASSERT_TRUE(consistency.has_value());
    EXPECT_EQ(consistency->rows, expected["n_rows"].get<int>());
    EXPECT_EQ(consistency->complete_rows, expected["n_complete"].get<int>());
    ExpectBothVariants(expected, rows, names);
  }
}

TEST(OracleReliability, DegenerateAlphasAreThoseOfPsych) {
  std::map<std::string, Rows> cases;
  for (const CsvRow& row : ReadCsv("tests/data/oracle/input/alpha_degenerate.csv")) {
    cases[row.at("case")].push_back(
        {Cell(row, "i1"), Cell(row, "i2"), Cell(row, "i3"), Cell(row, "i4")});
  }
  const Json all = Expected("small_cases.json")["degenerate_alpha"];
  ASSERT_EQ(all.size(), cases.size());
  for (const auto& [name, expected] : all.items()) {
    SCOPED_TRACE(name);
    ExpectBothVariants(expected, cases.at(name), {"i1", "i2", "i3", "i4"});
  }
}

void ExpectIntraclass(const Json& expected, const Intraclass& actual) {
  EXPECT_TRUE(Near(Number(expected["value"]), actual.value));
  EXPECT_TRUE(Near(Number(expected["lo"]), actual.low, kQuantile));
  EXPECT_TRUE(Near(Number(expected["hi"]), actual.high, kQuantile));
  EXPECT_TRUE(Near(Number(expected["F"]), actual.f));
  EXPECT_EQ(expected["df1"].get<double>(), actual.numerator);
  EXPECT_EQ(expected["df2"].get<double>(), actual.denominator);
}

void ExpectTwoWay(const Json& expected, const std::vector<std::vector<double>>& table) {
  const auto actual = TwoWayOf(table);
  ASSERT_TRUE(actual.has_value());
  EXPECT_EQ(expected["n"].get<int>(), actual->targets);
  EXPECT_EQ(expected["k"].get<int>(), actual->raters);
  const Json& psych = expected["psych"];
  ExpectIntraclass(psych["ICC_1"], actual->one_way);
  ExpectIntraclass(psych["ICC_A1"], actual->agreement);
  ExpectIntraclass(psych["ICC_C1"], actual->consistency);
  ExpectIntraclass(psych["ICC_1k"], actual->one_way_average);
  ExpectIntraclass(psych["ICC_Ak"], actual->agreement_average);
  ExpectIntraclass(psych["ICC_Ck"], actual->consistency_average);
  EXPECT_TRUE(Near(Number(expected["psy_icc"]["consistency"]), actual->consistency.value));
  EXPECT_TRUE(Near(Number(expected["psy_icc"]["agreement"]), actual->agreement.value));
}

TEST(OracleReliability, ShroutAndFleissTableIsTheirs) {
  std::vector<std::vector<double>> table;
  for (const CsvRow& row : ReadCsv("tests/data/oracle/input/shrout_fleiss.csv")) {
    table.push_back({*Cell(row, "j1"), *Cell(row, "j2"), *Cell(row, "j3"), *Cell(row, "j4")});
  }
  const Json all = Expected("small_cases.json");
  ExpectTwoWay(all["shrout_fleiss"], table);
  const auto ours = TwoWayOf(table);
  ASSERT_TRUE(ours.has_value());
  const Json& published = all["published"];  // to two digits
  EXPECT_NEAR(published["ICC1"].get<double>(), ours->one_way.value, .005);
  EXPECT_NEAR(published["ICC2"].get<double>(), ours->agreement.value, .005);
  EXPECT_NEAR(published["ICC3"].get<double>(), ours->consistency.value, .005);
  EXPECT_NEAR(published["ICC1k"].get<double>(), ours->one_way_average.value, .005);
  EXPECT_NEAR(published["ICC2k"].get<double>(), ours->agreement_average.value, .005);
  EXPECT_NEAR(published["ICC3k"].get<double>(), ours->consistency_average.value, .005);
}

// Total scores of a family: sessions down, members across.
using Totals = std::map<std::string, std::map<int, std::map<std::string, double>>>;
Totals AllTotals() {
  Totals totals;
  for (const auto& [key, rated] : AllRated()) {
    const auto& [family, session, member] = key;
    if (const auto total = ValueOf(rated.scores, "total")) totals[family][session][member] = *total;
  }
  return totals;
}

TEST(OracleReliability, RatersOfEveryFamilyAreTheOracles) {
  const Json all = Expected("d1_reliability.json")["rater_icc"];
  const Totals totals = AllTotals();
  ASSERT_EQ(all.size(), totals.size());
  for (const auto& [family, expected] : all.items()) {
    SCOPED_TRACE(family);
    std::vector<std::vector<double>> table;
    for (const auto& [session, members] : totals.at(family)) {
      std::vector<double>& row = table.emplace_back();
      for (const auto& [member, total] : members) row.push_back(total);
    }
    ExpectTwoWay(expected, table);
  }
}

// A group is a family, but a member in "all_rows_by_member".
std::map<std::string, std::vector<double>> GroupsOf(const std::string& name) {
  std::map<std::string, std::vector<double>> groups;
  for (const auto& [family, sessions] : AllTotals()) {
    std::map<std::string, std::vector<double>> members;
    for (const auto& [session, by_member] : sessions) {
      for (const auto& [member, total] : by_member) {
        if (name == "session" + std::to_string(session)) groups[family].push_back(total);
        if (name == "all_rows_by_member") groups[member].push_back(total);
        members[member].push_back(total);
      }
    }
    if (name != "member_mean") continue;
    for (const auto& [member, of_member] : members) groups[family].push_back(*Mean(of_member));
  }
  return groups;
}

TEST(OracleReliability, FamiliesAsGroupsAreTheOracles) {
  const Json all = Expected("d1_reliability.json")["family_icc"];
  for (const auto& [name, expected] : all.items()) {
    SCOPED_TRACE(name);
    std::vector<std::vector<double>> groups;
    std::vector<NestedValue> nested;
    for (const auto& [group, values] : GroupsOf(name)) {
      const auto number = static_cast<std::uint32_t>(groups.size());
      groups.push_back(values);
      for (const double value : values) nested.push_back({.groups = {number}, .value = value});
    }
    const auto actual = OneWayOf(groups);
    ASSERT_TRUE(actual.has_value());
    EXPECT_EQ(expected["N"].get<int>(), actual->values);
    EXPECT_EQ(expected["groups"].get<int>(), actual->groups);
    EXPECT_TRUE(Near(Number(expected["mean_k"]), actual->mean_size));
    EXPECT_TRUE(Near(Number(expected["n0"]), actual->effective_size));
    EXPECT_TRUE(Near(Number(expected["MSB"]), actual->between));
    EXPECT_TRUE(Near(Number(expected["MSW"]), actual->within));
    EXPECT_TRUE(Near(Number(expected["F"]), actual->f));
    EXPECT_TRUE(Near(Number(expected["p"]), actual->p, kQuantile));
    EXPECT_TRUE(Near(Number(expected["ICC1_multilevel_meank"]), actual->icc1_mean_size));
    EXPECT_TRUE(Near(Number(expected["ICC1_n0"]), actual->icc1));
    EXPECT_TRUE(Near(Number(expected["ICC2_multilevel"]), actual->icc2));
    const auto reml = FitVarianceComponents(nested);
    ASSERT_TRUE(reml.has_value());
    EXPECT_TRUE(Near(Number(expected["ICC1_reml_nlme"]), reml->share(0), 1e-3));
  }
}

}  // namespace
}  // namespace rapport::alliance::testing
