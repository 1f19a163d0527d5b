// Variance components by REML, against R's lme4 and nlme.
#include "alliance/scoring/variance_components.h"
#include "unit/alliance/oracle_d1.h"

#include <nlohmann/json.hpp>

namespace rapport::alliance::testing {
namespace {

std::vector<NestedValue> Totals(bool growth) {
  std::vector<NestedValue> values;
  std::map<std::string, std::uint32_t> numbers;
  const auto number = [&](const std::string& id) {
    return numbers.emplace(id, static_cast<std::uint32_t>(numbers.size())).first->second;
  };
  for (const auto& [key, rated] : AllRated()) {
    const auto& [family, session, member] = key;
    const auto total = ValueOf(rated.scores, "total");
    if (!total) continue;
    NestedValue& value = values.emplace_back();
    value.groups = {number(family), number(member)};
    if (growth) value.covariates = {static_cast<double>(session)};
    value.value = *total;
  }
  return values;
}

class OracleMultilevel : public ::testing::TestWithParam<bool> {};

TEST_P(OracleMultilevel, VariancesLikelihoodAndEffectsAreTheOracles) {
  const bool growth = GetParam();
  const auto all =
      nlohmann::json::parse(ReadSource("tests/data/oracle/expected/d1_multilevel.json"));
  const auto& expected = all[growth ? "growth_model" : "null_model"];
  const auto fit = FitVarianceComponents(Totals(growth));
  ASSERT_TRUE(fit.has_value());
  EXPECT_EQ(fit->singular, expected["singular"].get<bool>());
  // The README asks for 1e-3; a maximum found from values alone is good to about 1e-6.
  const auto number = [](const auto& json) { return json.template get<double>(); };
  EXPECT_TRUE(Near(number(expected["var"]["family_id"]), fit->variances[0], 1e-5));
  EXPECT_TRUE(Near(number(expected["var"]["member_id"]), fit->variances[1], 1e-5));
  EXPECT_TRUE(Near(number(expected["var"]["Residual"]), fit->residual, 1e-5));
  EXPECT_TRUE(Near(number(expected["share"]["family_id"]), fit->share(0), 1e-5));
  EXPECT_TRUE(Near(number(expected["share"]["member_id"]), fit->share(1), 1e-5));
  EXPECT_TRUE(Near(number(expected["share"]["Residual"]), 1 - fit->share(0) - fit->share(1), 1e-5));
  EXPECT_TRUE(Near(number(expected["reml_loglik"]), fit->log_likelihood, 1e-9));
  if (!growth) {
    const auto& nlme = all["nlme_null_var"];
    EXPECT_TRUE(Near(number(nlme["family"]), fit->variances[0], 1e-5));
    EXPECT_TRUE(Near(number(nlme["member"]), fit->variances[1], 1e-5));
    EXPECT_TRUE(Near(number(nlme["residual"]), fit->residual, 1e-5));
  }
  const std::vector<std::string> names = growth ? std::vector<std::string>{"(Intercept)", "session"}
                                                : std::vector<std::string>{"(Intercept)"};
  ASSERT_EQ(fit->fixed.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    SCOPED_TRACE(names[i]);
    const auto& effect = expected["fixed"][names[i]];
    EXPECT_TRUE(Near(number(effect["Estimate"]), fit->fixed[i].estimate, 1e-9));
    EXPECT_TRUE(Near(number(effect["Std. Error"]), fit->fixed[i].standard_error, 1e-6));
    EXPECT_TRUE(Near(number(effect["t value"]),
                     fit->fixed[i].estimate / fit->fixed[i].standard_error, 1e-5));
    EXPECT_TRUE(Near(number(effect["df"]), fit->fixed[i].degrees, 1e-3));
    EXPECT_TRUE(Near(number(effect["Pr(>|t|)"]), fit->fixed[i].p, 1e-7));
  }
}

INSTANTIATE_TEST_SUITE_P(NullAndGrowth, OracleMultilevel, ::testing::Bool());

}  // namespace
}  // namespace rapport::alliance::testing
