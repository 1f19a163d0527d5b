#include "alliance/scoring/insight.h"

#include "alliance/scoring/agreement.h"
#include "alliance/scoring/numbers.h"
#include "alliance/scoring/omega.h"
#include "alliance/scoring/suppression.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr std::size_t kBins = 10;

using Member = std::pair<std::uint32_t, std::uint32_t>;  // family and member
// The latest rating of each member in each batch, by its place.
using LatestOf = std::map<std::pair<int, Member>, std::size_t>;

void Take(std::span<const InsightRating> ratings, int batch, std::size_t place, LatestOf& latest) {
  const InsightRating& one = ratings[place];
  const auto [at, fresh] = latest.emplace(std::pair(batch, Member(one.family, one.member)), place);
  if (!fresh && one.session_number >= ratings[at->second].session_number) at->second = place;
}

LatestOf Latest(std::span<const InsightRating> ratings) {
  LatestOf latest;
  for (std::size_t i = 0; i < ratings.size(); ++i) {
    Take(ratings, ratings[i].window_batch, i, latest);
  }
  return latest;
}

// In the batches that never grow.
LatestOf LatestPublished(std::span<const InsightRating> ratings) {
  LatestOf latest;
  for (std::size_t i = 0; i < ratings.size(); ++i) {
    if (!std::isnan(ratings[i].published)) Take(ratings, ratings[i].batch, i, latest);
  }
  return latest;
}

std::size_t BinOf(double value, const InsightMeasure& measure) {
  const double width = (measure.highest - measure.lowest) / kBins;
  return static_cast<std::size_t>(std::clamp((value - measure.lowest) / width, 0.0, kBins - 1.0));
}

std::vector<InsightBin> DistributionOf(std::span<const InsightRating> ratings,
                                       const LatestOf& latest, const InsightMeasure& measure) {
  std::map<int, std::vector<std::int64_t>> batches;
  for (const auto& [key, place] : latest) {
    auto& counts = batches.try_emplace(key.first, kBins).first->second;
    ++counts[BinOf(ratings[place].published, measure)];
  }
  std::vector<InsightBin> bins;
  if (batches.empty()) return bins;
  const double width = (measure.highest - measure.lowest) / kBins;
  for (std::size_t i = 0; i < kBins; ++i) {
    const double from = measure.lowest + width * static_cast<double>(i);
    bins.push_back(
        {.from = from, .to = i + 1 == kBins ? measure.highest : from + width, .raters = 0});
  }
  for (const auto& [batch, counts] : batches) {
    const ShownCells shown = SuppressSmall(counts);
    for (std::size_t i = 0; i < kBins; ++i) {
      if (!shown.cells[i]) bins[i].raters.reset();
      if (bins[i].raters) *bins[i].raters += counts[i];
    }
  }
  return bins;
}

// Answers of the latest ratings; those of a batch with fewer than 11 complete ones tell of nobody
// and are left out.
std::vector<std::vector<std::optional<double>>> RowsOf(const LatestOf& latest,
                                                       ItemsOfRating items) {
  std::map<int, std::vector<std::vector<std::optional<double>>>> batches;
  for (const auto& [key, place] : latest) {
    auto row = items(place);
    if (std::ranges::all_of(row, [](const auto& answer) { return answer.has_value(); })) {
      batches[key.first].push_back(std::move(row));
    }
  }
  std::vector<std::vector<std::optional<double>>> rows;
  for (auto& [batch, complete] : batches) {
    if (std::ssize(complete) < kFewest) continue;
    std::ranges::move(complete, std::back_inserter(rows));
  }
  return rows;
}

using Groups = std::vector<std::vector<double>>;

// For each family of a batch the scores of its latest session that two or more rated in it.
Groups LatestTogether(std::vector<const InsightRating*> all) {
  // Of two about one session the later one counts: it comes last.
  std::ranges::sort(all, {}, [](const InsightRating* one) {
    return std::tuple(one->family, one->session_number, one->member, one);
  });
  Groups groups;
  std::optional<std::uint32_t> last_family;
  for (std::size_t i = 0; i < all.size();) {
    const InsightRating& first = *all[i];
    std::vector<double> together;
    const InsightRating* before = nullptr;
    for (; i < all.size() && all[i]->family == first.family &&
           all[i]->session_number == first.session_number;
         ++i) {
      if (before != nullptr && before->member == all[i]->member) together.pop_back();
      together.push_back(all[i]->published);
      before = all[i];
    }
    if (together.size() < 2) continue;
    if (last_family == first.family) groups.pop_back();
    groups.push_back(std::move(together));
    last_family = first.family;
  }
  return groups;
}

void AddFamilies(std::span<const InsightRating> ratings, const InsightMeasure& measure,
                 Insight& insight) {
  std::map<int, std::vector<const InsightRating*>> batches;
  for (const InsightRating& rating : ratings) {
    if (!std::isnan(rating.published)) batches[rating.batch].push_back(&rating);
  }
  Groups groups;
  for (auto& [batch, all] : batches) {
    Groups of_batch = LatestTogether(std::move(all));
    if (std::ssize(of_batch) < kFewest) continue;
    std::ranges::move(of_batch, std::back_inserter(groups));
  }
  if (groups.empty()) return;
  insight.families_apart = OneWayOf(groups);
  std::vector<double> agreement;
  for (const std::vector<double>& group : groups) {
    if (const auto rwg = RWg(group, measure.null_variance)) agreement.push_back(rwg->value);
  }
  insight.median_rwg = Median(std::move(agreement));
}

void AddVariance(std::span<const InsightRating> ratings, Insight& insight) {
  std::set<std::uint32_t> therapists;
  for (const InsightRating& rating : ratings) therapists.insert(rating.therapist);
  const bool by_therapist = std::ssize(therapists) >= kFewest;
  if (insight.families < kFewest) return;
  std::vector<NestedValue> values;
  values.reserve(ratings.size());
  for (const InsightRating& rating : ratings) {
    NestedValue& value = values.emplace_back();
    if (by_therapist) value.groups.push_back(rating.therapist);
    value.groups.push_back(rating.family);
    value.groups.push_back(rating.member);
    value.value = rating.value;
  }
  insight.variance = FitVarianceComponents(values);
  if (!insight.variance) return;
  if (by_therapist) insight.levels.emplace_back("therapist");
  insight.levels.emplace_back("family");
  insight.levels.emplace_back("member");
}

}  // namespace

std::optional<InsightShare> ShareOf(std::int64_t asked, std::int64_t answered) {
  const std::int64_t parts[] = {answered, asked - answered};
  const ShownCells shown = SuppressSmall(parts);
  if (asked < kFewest || !shown.total || !shown.cells[0] || !shown.cells[1]) return std::nullopt;
  return InsightShare{.asked = asked,
                      .share = static_cast<double>(answered) / static_cast<double>(asked)};
}

std::optional<Insight> InsightOf(std::span<const InsightRating> ratings, ItemsOfRating items,
                                 const InsightMeasure& measure) {
  const LatestOf latest = Latest(ratings);
  std::set<Member> raters;
  std::set<std::uint32_t> families;
  std::vector<double> values;
  for (const auto& [key, place] : latest) {
    raters.insert(key.second);
    families.insert(key.second.first);
    values.push_back(ratings[place].value);
  }
  if (std::ssize(raters) < kFewest) return std::nullopt;
  Insight insight{.ratings = static_cast<std::int64_t>(ratings.size()),
                  .raters = std::ssize(raters),
                  .families = std::ssize(families)};
  insight.mean = Mean(values);
  insight.deviation = SampleDeviation(values);
  const LatestOf published = LatestPublished(ratings);
  insight.distribution = DistributionOf(ratings, published, measure);
  const auto rows = RowsOf(published, items);
  if (!rows.empty()) insight.consistency = ConsistencyOf(rows, MissingAnswers::kListwise);
  if (insight.consistency) {
    const auto omega = OmegaOf(*CovarianceOf(rows, MissingAnswers::kListwise));
    if (omega && !omega->improper) insight.omega = omega->value;
  }
  AddFamilies(ratings, measure, insight);
  AddVariance(ratings, insight);
  return insight;
}

}  // namespace rapport::alliance
