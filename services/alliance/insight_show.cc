#include "alliance/insight_show.h"

#include "alliance/scoring/suppression.h"
#include "platform/schema/times.h"

#include <limits>

namespace rapport::alliance {
namespace {

v1::VarianceLevelKind KindOf(std::string_view level) {
  if (level == "therapist") return v1::VARIANCE_LEVEL_KIND_THERAPIST;
  return level == "family" ? v1::VARIANCE_LEVEL_KIND_FAMILY : v1::VARIANCE_LEVEL_KIND_MEMBER;
}

void ShowConsistency(const Insight& insight, const v1::Instrument& instrument,
                     const std::vector<std::size_t>& items, v1::InternalConsistency& shown) {
  const Consistency& consistency = *insight.consistency;
  shown.set_raters(static_cast<std::int32_t>(WholeElevens(consistency.complete_rows)));
  shown.set_items(static_cast<std::int32_t>(items.size()));
  if (consistency.alpha) shown.set_alpha(*consistency.alpha);
  if (consistency.standardised_alpha) shown.set_standardised_alpha(*consistency.standardised_alpha);
  if (consistency.average_r) shown.set_average_correlation(*consistency.average_r);
  if (insight.omega) shown.set_omega(*insight.omega);
  for (const ItemConsistency& item : consistency.items) {
    v1::ItemConsistency& figures = *shown.add_item_figures();
    figures.set_item(instrument.items(static_cast<int>(items[item.item])).number());
    if (item.alpha_if_dropped) figures.set_alpha_if_dropped(*item.alpha_if_dropped);
    if (item.item_rest_r) figures.set_item_rest_correlation(*item.item_rest_r);
  }
}

void ShowAgreement(const Insight& insight, v1::FamilyAgreement& shown) {
  const OneWay& apart = *insight.families_apart;
  shown.set_families(static_cast<std::int32_t>(WholeElevens(apart.groups)));
  shown.set_raters(static_cast<std::int32_t>(WholeElevens(apart.values)));
  shown.set_effective_size(apart.effective_size);
  if (apart.icc1) shown.set_icc1(*apart.icc1);
  if (apart.icc1_mean_size) shown.set_icc1_mean_size(*apart.icc1_mean_size);
  if (apart.icc2) shown.set_icc2(*apart.icc2);
  if (insight.median_rwg) shown.set_median_rwg(*insight.median_rwg);
}

void ShowVariance(const Insight& insight, v1::VarianceShares& shown) {
  const VarianceComponents& components = *insight.variance;
  shown.set_ratings(components.values);
  for (std::size_t i = 0; i < insight.levels.size(); ++i) {
    v1::VarianceLevel& level = *shown.add_levels();
    level.set_kind(KindOf(insight.levels[i]));
    level.set_groups(static_cast<std::int32_t>(WholeElevens(components.groups[i])));
    level.set_share(components.share(i));
  }
  shown.set_session_share(components.residual / components.total());
  shown.set_singular(components.singular);
}

}  // namespace

v1::ScoreInsight ShowScore(const InsightRows& rows, std::size_t score,
                           const std::optional<PublishedWindow>& window,
                           const std::optional<PublishedWindow>& lasting) {
  const v1::Instrument& instrument = rows.instrument();
  const v1::ScoreDefinition& definition = instrument.scores(static_cast<int>(score));
  const InsightMeasure measure = MeasureOf(instrument, definition);
  v1::ScoreInsight shown;
  shown.set_code(definition.code());
  shown.set_lowest(measure.lowest);
  shown.set_highest(measure.highest);
  InsightRows::Ratings ratings;
  if (window) ratings = rows.RatingsOf(score, *window, lasting);
  const std::vector<std::size_t> items = ItemsOf(instrument, definition);
  const auto insight = InsightOf(
      ratings.all,
      [&](std::size_t place) { return rows.AnswersOf(ratings.published[place], items); }, measure);
  if (!insight) {
    shown.set_hidden(true);
    return shown;
  }
  if (window->after_us != std::numeric_limits<std::int64_t>::min()) {
    *shown.mutable_recorded_after_time() = schema::ToTimestamp(window->after_us);
  }
  *shown.mutable_recorded_until_time() = schema::ToTimestamp(window->end_us);
  shown.set_ratings(insight->ratings);
  shown.set_raters(WholeElevens(insight->raters));
  // Those of professionals are of none.
  const bool of_families = ratings.all.front().family != InsightRating::kNone;
  shown.set_families(of_families ? WholeElevens(insight->families) : 0);
  if (insight->mean) shown.set_mean(*insight->mean);
  if (insight->deviation) shown.set_standard_deviation(*insight->deviation);
  if (lasting) *shown.mutable_distribution_until_time() = schema::ToTimestamp(lasting->end_us);
  for (const InsightBin& bin : insight->distribution) {
    v1::ScoreBin& one = *shown.add_distribution();
    one.set_from(bin.from);
    one.set_to(bin.to);
    if (bin.raters) one.set_raters(*bin.raters);
  }
  if (insight->consistency) {
    ShowConsistency(*insight, instrument, items, *shown.mutable_consistency());
  }
  if (insight->families_apart) ShowAgreement(*insight, *shown.mutable_agreement());
  if (insight->variance) ShowVariance(*insight, *shown.mutable_variance());
  return shown;
}

}  // namespace rapport::alliance
