#include "alliance/scoring/insight.h"

#include "alliance/scoring/agreement.h"
#include "alliance/scoring/numbers.h"
#include "alliance/scoring/omega.h"
#include "alliance/scoring/suppression.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr std::size_t kBins = 10;
constexpr std::size_t kFewestFamilies = 10;  // domain.md 8.8
constexpr std::size_t kFewestTherapists = 10;

using Member = std::pair<std::uint32_t, std::uint32_t>;  // family and member

// The latest rating of each member, by its place.
std::map<Member, std::size_t> Latest(std::span<const InsightRating> ratings) {
  std::map<Member, std::size_t> latest;
  for (std::size_t i = 0; i < ratings.size(); ++i) {
    const auto [at, fresh] = latest.emplace(Member(ratings[i].family, ratings[i].member), i);
    if (!fresh && ratings[i].session_number >= ratings[at->second].session_number) at->second = i;
  }
  return latest;
}

std::size_t BinOf(double value, const InsightMeasure& measure) {
  const double width = (measure.highest - measure.lowest) / kBins;
  return static_cast<std::size_t>(std::clamp((value - measure.lowest) / width, 0.0, kBins - 1.0));
}

std::vector<InsightBin> DistributionOf(std::span<const InsightRating> ratings,
                                       const InsightMeasure& measure) {
  std::map<std::pair<int, Member>, const InsightRating*> latest;  // of each batch
  for (const InsightRating& rating : ratings) {
    if (std::isnan(rating.published)) continue;
    const InsightRating*& one = latest[{rating.batch, Member(rating.family, rating.member)}];
    if (one == nullptr || rating.session_number >= one->session_number) one = &rating;
  }
  std::map<int, std::vector<std::int64_t>> batches;
  for (const auto& [key, rating] : latest) {
    auto& counts = batches.try_emplace(key.first, kBins).first->second;
    ++counts[BinOf(rating->published, measure)];
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

// For each family the scores of its latest session that two or more rated.
std::vector<std::vector<double>> LatestTogether(std::span<const InsightRating> ratings) {
  std::vector<const InsightRating*> all;
  all.reserve(ratings.size());
  for (const InsightRating& rating : ratings) all.push_back(&rating);
  // Of two about one session the later one counts: it comes last.
  std::ranges::sort(all, {}, [](const InsightRating* one) {
    return std::tuple(one->family, one->session_number, one->member, one);
  });
  std::vector<std::vector<double>> groups;
  std::optional<std::uint32_t> last_family;
  for (std::size_t i = 0; i < all.size();) {
    const InsightRating& first = *all[i];
    std::vector<double> together;
    const InsightRating* before = nullptr;
    for (; i < all.size() && all[i]->family == first.family &&
           all[i]->session_number == first.session_number;
         ++i) {
      if (before != nullptr && before->member == all[i]->member) together.pop_back();
      together.push_back(all[i]->value);
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
  const std::vector<std::vector<double>> groups = LatestTogether(ratings);
  if (groups.size() < kFewestFamilies) return;
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
  const bool by_therapist = therapists.size() >= kFewestTherapists;
  if (insight.families < static_cast<std::int64_t>(kFewestFamilies)) return;
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
  const std::map<Member, std::size_t> latest = Latest(ratings);
  if (static_cast<std::int64_t>(latest.size()) < kFewest) return std::nullopt;
  Insight insight{.ratings = static_cast<std::int64_t>(ratings.size()),
                  .raters = static_cast<std::int64_t>(latest.size())};
  std::set<std::uint32_t> families;
  std::vector<double> values;
  std::vector<std::vector<std::optional<double>>> rows;
  for (const auto& [member, place] : latest) {
    families.insert(member.first);
    values.push_back(ratings[place].value);
    rows.push_back(items(place));
  }
  insight.families = static_cast<std::int64_t>(families.size());
  insight.mean = Mean(values);
  insight.deviation = SampleDeviation(values);
  insight.distribution = DistributionOf(ratings, measure);
  insight.consistency = ConsistencyOf(rows, MissingAnswers::kListwise);
  // Alpha of a few complete rows would tell of a few people.
  if (insight.consistency && insight.consistency->complete_rows < kFewest) {
    insight.consistency.reset();
  }
  if (insight.consistency) {
    const auto omega = OmegaOf(*CovarianceOf(rows, MissingAnswers::kListwise));
    if (omega && !omega->improper) insight.omega = omega->value;
  }
  AddFamilies(ratings, measure, insight);
  AddVariance(ratings, insight);
  return insight;
}

}  // namespace rapport::alliance
