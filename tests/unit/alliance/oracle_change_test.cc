// Reliable change and control charts, against independent packages.
#include "alliance/scoring/change.h"
#include "alliance/scoring/control_chart.h"
#include "alliance/scoring/error.h"
#include "alliance/scoring/numbers.h"
#include "alliance/scoring/run_length.h"
#include "unit/alliance/oracle.h"

#include <nlohmann/json.hpp>

namespace rapport::alliance::testing {
namespace {

bool Flag(const CsvRow& row, const std::string& column) { return row.at(column) == "TRUE"; }

TEST(OracleChange, ClinicalSignificanceIsTheOracles) {
  const auto info =
      nlohmann::json::parse(ReadSource("tests/data/oracle/expected/rci_info.json"))["synth"];
  std::vector<double> pre;
  for (const CsvRow& row : ReadCsv("tests/data/oracle/input/rci_prepost.csv")) {
    if (Cell(row, "pre") && Cell(row, "post")) pre.push_back(*Cell(row, "pre"));
  }
  const double sd = *SampleDeviation(pre);
  const double mean = *Mean(pre);
  EXPECT_TRUE(Near(info["sd_pre"].get<double>(), sd));
  EXPECT_TRUE(Near(info["m_pre"].get<double>(), mean));
  const ChangeRule rule{
      .error_of_difference = StandardErrorOfDifference(sd, info["reliability"].get<double>()),
      .critical = kCritical95,
      .cutoff = CutoffC(mean, sd, info["m_functional"].get<double>(),
                        info["sd_functional"].get<double>())};
  EXPECT_TRUE(Near(info["critical_value"].get<double>(), kCritical95));
  EXPECT_TRUE(Near(info["s_diff"].get<double>(), rule.error_of_difference));
  EXPECT_TRUE(Near(info["cutoff_c"].get<double>(), rule.cutoff));

  std::map<ChangeClass, int> counts;
  for (const CsvRow& row : ReadCsv("tests/data/oracle/expected/rci_synth.csv")) {
    SCOPED_TRACE(row.at("id"));
    const Change change = ClassifyChange(*Cell(row, "pre"), *Cell(row, "post"), rule);
    ++counts[change.result];
    EXPECT_TRUE(Near(Cell(row, "rci"), change.index));
    EXPECT_EQ(Flag(row, "clinical_pre"), change.clinical_before);
    EXPECT_EQ(Flag(row, "functional_post"), change.functional_after);
    EXPECT_EQ(Flag(row, "recovered"), change.result == ChangeClass::kRecovered);
    EXPECT_EQ(Flag(row, "improved"), change.result == ChangeClass::kImproved);
    EXPECT_EQ(Flag(row, "unchanged"), change.result == ChangeClass::kUnchanged);
    EXPECT_EQ(Flag(row, "deteriorated"), change.result == ChangeClass::kDeteriorated);
    EXPECT_EQ(Flag(row, "harmed"), change.result == ChangeClass::kHarmed);
  }
  EXPECT_EQ(counts[ChangeClass::kRecovered], info["recovered"].get<int>());
  EXPECT_EQ(counts[ChangeClass::kImproved], info["improved"].get<int>());
  EXPECT_EQ(counts[ChangeClass::kUnchanged], info["unchanged"].get<int>());
  EXPECT_EQ(counts[ChangeClass::kDeteriorated], info["deteriorated"].get<int>());
  EXPECT_EQ(counts[ChangeClass::kHarmed], info["harmed"].get<int>());
}

TEST(OracleChange, TheThresholdsOfJacobsonsCouplesAreTheOracles) {
  const auto info = nlohmann::json::parse(
      ReadSource("tests/data/oracle/expected/rci_info.json"))["jacobson_1989_das"];
  const auto number = [&](const char* name) { return info[name].get<double>(); };
  EXPECT_TRUE(
      Near(number("s_diff"), StandardErrorOfDifference(number("sd_pre"), number("reliability"))));
  EXPECT_TRUE(Near(number("cutoff_c"), CutoffC(number("m_pre"), number("sd_pre"),
                                               number("m_functional"), number("sd_functional"))));
}

TEST(OracleChange, RunLengthsOfChartsAreTheOracles) {
  const auto all =
      nlohmann::json::parse(ReadSource("tests/data/oracle/expected/control_arl_spc.json"));
  const auto& ewma = all["ewma_arl_lambda.2_L3"];
  EXPECT_TRUE(Near(ewma["in_control"].get<double>(), EwmaRunLength(.2, 3, 0)));
  EXPECT_TRUE(Near(ewma["shift1"].get<double>(), EwmaRunLength(.2, 3, 1)));
  const auto& cusum = all["cusum_arl_k.5_h5"];
  EXPECT_TRUE(Near(cusum["in_control"].get<double>(), CusumRunLength(.5, 5, 0)));
  EXPECT_TRUE(Near(cusum["shift1"].get<double>(), CusumRunLength(.5, 5, 1)));
  for (const auto& [lambda, width] : all["ewma_L_for_arl0_370"].items()) {
    EXPECT_TRUE(
        Near(width.get<double>(), EwmaWidth(std::stod(lambda.substr(lambda.find('.'))), 370)))
        << lambda;
  }
}

// Rows of one series, in the order of the file.
std::map<std::string, std::vector<CsvRow>> BySeries() {
  std::map<std::string, std::vector<CsvRow>> series;
  for (const CsvRow& row : ReadCsv("tests/data/oracle/expected/control_charts.csv")) {
    series[row.at("series")].push_back(row);
  }
  return series;
}

TEST(OracleChange, ControlChartsAreTheOracles) {
  const auto all = BySeries();
  EXPECT_EQ(all.size(), 14u);
  for (const auto& [name, rows] : all) {
    std::vector<double> values;
    for (const CsvRow& row : rows) values.push_back(*Cell(row, "x"));
    const InControl control{.mean = *Cell(rows[0], "mu"), .sd = *Cell(rows[0], "sigma")};
    const auto ewma = Ewma(values, control, *Cell(rows[0], "lambda"), 3);
    const double k = *Cell(rows[0], "K") / control.sd;
    const double h = *Cell(rows[0], "H") / control.sd;
    const auto cusum = Cusum(values, control, k, h);
    ASSERT_EQ(ewma.size(), rows.size());
    ASSERT_EQ(cusum.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      SCOPED_TRACE(name + " " + rows[i].at("t"));
      EXPECT_TRUE(Near(Cell(rows[i], "ewma"), ewma[i].ewma));
      // The NIST series gives its limits with a rounded deviation.
      EXPECT_TRUE(Near(Cell(rows[i], "ucl_exact"), ewma[i].upper));
      EXPECT_TRUE(Near(Cell(rows[i], "lcl_exact"), ewma[i].lower));
      EXPECT_EQ(Whole(rows[i], "ewma_signal_exact"), ewma[i].signal ? 1 : 0);
      EXPECT_TRUE(Near(Cell(rows[i], "cusum_hi"), cusum[i].high));
      EXPECT_TRUE(Near(Cell(rows[i], "cusum_lo"), cusum[i].low));
      EXPECT_EQ(Whole(rows[i], "cusum_signal"), cusum[i].signal ? 1 : 0);
    }
  }
}

}  // namespace
}  // namespace rapport::alliance::testing
