// 960 ratings of 40 families, against what independent packages made of them.
#include "alliance/scoring/agreement.h"
#include "alliance/scoring/session_stats.h"
#include "alliance/scoring/trend.h"
#include "unit/alliance/oracle_d1.h"

namespace rapport::alliance::testing {
namespace {

// The ratings of one family and session, in the order of the members.
std::vector<std::pair<std::string, const Rated*>> Session(const std::string& family, int session) {
  std::vector<std::pair<std::string, const Rated*>> found;
  const auto& all = AllRated();
  for (auto it = all.lower_bound(Key(family, session, "")); it != all.end(); ++it) {
    const auto& [rated_family, rated_session, member] = it->first;
    if (rated_family != family || rated_session != session) break;
    found.emplace_back(member, &it->second);
  }
  return found;
}

TEST(OracleScores, EveryScoreOfEveryRatingIsTheOracles) {
  const auto rows = ReadCsv("tests/data/oracle/expected/d1_scores.csv");
  EXPECT_EQ(rows.size(), 960u);
  for (const CsvRow& row : rows) {
    const Rated& rated =
        AllRated().at(Key(row.at("family_id"), Whole(row, "session"), row.at("member_id")));
    for (const char* code : {"goal", "task", "bond", "total"}) {
      EXPECT_TRUE(Near(Cell(row, code), ValueOf(rated.scores, code)))
          << row.at("member_id") << " " << row.at("session") << " " << code;
    }
  }
}

TEST(OracleScores, SessionStatisticsAreTheOracles) {
  std::optional<double> previous;
  for (const CsvRow& row : ReadCsv("tests/data/oracle/expected/d1_session_stats.csv")) {
    const int number = Whole(row, "session");
    const auto session = Session(row.at("family_id"), number);
    std::vector<std::optional<double>> totals;
    for (const auto& [member, rated] : session) totals.push_back(ValueOf(rated->scores, "total"));
    const SessionStats stats = StatsOf(totals, number == 1 ? std::nullopt : previous);
    previous = stats.mean;
    SCOPED_TRACE(row.at("family_id") + " " + row.at("session"));
    EXPECT_EQ(stats.n, Whole(row, "n"));
    EXPECT_TRUE(Near(Cell(row, "mean"), stats.mean));
    EXPECT_TRUE(Near(Cell(row, "sd"), stats.sd));
    EXPECT_TRUE(Near(Cell(row, "min"), stats.min));
    EXPECT_TRUE(Near(Cell(row, "max"), stats.max));
    EXPECT_TRUE(Near(Cell(row, "gap"), stats.gap));
    EXPECT_TRUE(Near(Cell(row, "delta"), stats.change));
    ASSERT_TRUE(stats.lowest.has_value());
    EXPECT_EQ(session[*stats.lowest].first, row.at("lowest_member"));
  }
}

TEST(OracleScores, AgreementIsTheOracles) {
  const double null_variance = UniformVariance(7, 1);
  for (const CsvRow& row : ReadCsv("tests/data/oracle/expected/d1_rwg.csv")) {
    const auto session = Session(row.at("family_id"), Whole(row, "session"));
    SCOPED_TRACE(row.at("family_id") + " " + row.at("session"));
    std::vector<double> totals;
    for (const auto& [member, rated] : session) {
      if (const auto total = ValueOf(rated->scores, "total")) totals.push_back(*total);
    }
    const auto rwg = RWg(totals, null_variance);
    EXPECT_EQ(static_cast<int>(totals.size()), Whole(row, "n_total"));
    EXPECT_TRUE(Near(Cell(row, "rwg_total"), rwg ? std::optional(rwg->value) : std::nullopt));
    const std::pair<const char*, std::size_t> parts[] = {{"goal", 0}, {"task", 4}, {"bond", 8}};
    for (const auto& [part, first] : parts) {
      std::vector<std::vector<std::optional<double>>> items;
      for (const auto& [member, rated] : session) {
        const auto begin = rated->keyed.begin() + static_cast<std::ptrdiff_t>(first);
        items.emplace_back(begin, begin + 4);
      }
      const auto rwgj = RWgJ(items, null_variance);
      EXPECT_TRUE(Near(Cell(row, std::string("rwgj_") + part),
                       rwgj ? std::optional(rwgj->value) : std::nullopt))
          << part;
      if (rwgj) {
        EXPECT_EQ(rwgj->raters, Whole(row, std::string("n_") + part));
      }
    }
  }
}

TEST(OracleScores, TrendsAreTheOracles) {
  std::map<std::string, std::vector<TrendPoint>> series;
  for (const auto& [key, rated] : AllRated()) {
    const auto& [family, session, member] = key;
    if (const auto total = ValueOf(rated.scores, "total")) {
      series[member].push_back({.x = static_cast<double>(session), .y = *total});
    }
  }
  std::map<std::string, std::vector<TrendPoint>> family_means;
  for (const CsvRow& row : ReadCsv("tests/data/oracle/expected/d1_session_stats.csv")) {
    family_means[row.at("family_id")].push_back(
        {.x = static_cast<double>(Whole(row, "session")), .y = *Cell(row, "mean")});
  }
  series.merge(family_means);
  for (const CsvRow& row : ReadCsv("tests/data/oracle/expected/d1_trend.csv")) {
    SCOPED_TRACE(row.at("id"));
    const auto trend = FitTrend(series.at(row.at("id")));
    ASSERT_TRUE(trend.has_value());
    EXPECT_EQ(trend->n, Whole(row, "n"));
    EXPECT_TRUE(Near(Cell(row, "intercept"), trend->intercept));
    EXPECT_TRUE(Near(Cell(row, "slope"), trend->slope));
    EXPECT_TRUE(Near(Cell(row, "se"), trend->standard_error));
    EXPECT_TRUE(Near(Cell(row, "r2"), trend->r_squared));
    EXPECT_TRUE(Near(Cell(row, "ci_lo"), trend->low, 1e-7));
    EXPECT_TRUE(Near(Cell(row, "ci_hi"), trend->high, 1e-7));
    EXPECT_TRUE(Near(Cell(row, "p"), trend->p, 1e-7));
  }
}

}  // namespace
}  // namespace rapport::alliance::testing
