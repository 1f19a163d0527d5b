#include "alliance/insight_rows.h"

#include "alliance/scoring/agreement.h"
#include "alliance/scoring/score.h"
#include "platform/base/strings.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();

bool IsProfessional(std::string_view name) { return name.starts_with("professionals/"); }
bool IsMember(std::string_view name) { return name.find("/members/") != std::string_view::npos; }

// Whom each family rates most, of the professionals; the one who was seen first of equals. A family
// that rates none is not in it.
std::map<std::uint32_t, std::uint32_t> MostRated(std::span<const RatingRow* const> rows) {
  std::map<std::uint32_t, std::map<std::uint32_t, int>> counts;
  for (const RatingRow* row : rows) {
    for (const PartRow& part : row->versions.front().parts) {
      if (part.professional) ++counts[row->family][part.target];
    }
  }
  std::map<std::uint32_t, std::uint32_t> most;
  for (const auto& [family, of_target] : counts) {
    const auto largest =
        std::ranges::max_element(of_target, {}, [](const auto& one) { return one.second; });
    most[family] = largest->first;
  }
  return most;
}

std::uint32_t Find(const std::map<std::uint32_t, std::uint32_t>& map, std::uint32_t key) {
  const auto found = map.find(key);
  return found == map.end() ? kNobody : found->second;
}

// Numbers of sessions in the order of their starts.
std::map<std::uint32_t, int> SessionOrder(std::span<const RatingRow* const> rows) {
  std::set<std::pair<std::int64_t, std::uint32_t>> sessions;
  for (const RatingRow* row : rows) sessions.emplace(row->session_us, row->session);
  std::map<std::uint32_t, int> order;
  for (const auto& [start, session] : sessions) {
    order.emplace(session, static_cast<int>(order.size()) + 1);
  }
  return order;
}

void AddItems(const v1::Instrument& instrument, const v1::ScoreDefinition& definition,
              std::set<int>& items) {
  items.insert(definition.items().begin(), definition.items().end());
  for (const std::string& code : definition.components()) {
    for (const v1::ScoreDefinition& earlier : instrument.scores()) {
      if (&earlier == &definition) break;
      if (earlier.code() == code) AddItems(instrument, earlier, items);
    }
  }
}

}  // namespace

const VersionRow& RatingRow::At(std::int64_t at_us) const {
  const VersionRow* newest = &versions.front();
  for (const VersionRow& version : versions) {
    if (version.since_us <= at_us) newest = &version;
  }
  return *newest;
}

InsightRows::InsightRows(const v1::Instrument& instrument, std::int64_t from_us, std::int64_t to_us)
    : instrument_(instrument), from_us_(from_us), to_us_(to_us) {
  for (const v1::Item& item : instrument.items()) {
    columns_.emplace(item.number(), columns_.size());
  }
}

VersionRow InsightRows::ReadVersion(const Version& version) {
  VersionRow row{.since_us = version.since_us};
  const v1::Scale& scale = instrument_.scale();
  for (const v1::RatingPart& part : version.rating->parts()) {
    PartRow& one = row.parts.emplace_back();
    one.professional = IsProfessional(part.target());
    one.once = !one.professional && !IsMember(part.target());
    one.target = targets_.Of(part.target());
    for (const v1::ScoreDefinition& definition : instrument_.scores()) {
      const v1::Score* score = FindScored(part.scores(), definition.code());
      const bool defined = score != nullptr && score->has_value();
      one.values.push_back(defined ? score->value() : std::nan(""));
    }
    one.answers.assign(columns_.size(), kNoAnswer);
    for (const v1::Answer& answer : part.answers()) {
      const auto column = columns_.find(answer.item());
      if (column == columns_.end()) continue;
      const v1::Item& item = instrument_.items(static_cast<int>(column->second));
      one.answers[column->second] =
          item.reverse() ? scale.min() + scale.max() - answer.steps() : answer.steps();
    }
  }
  return row;
}

void InsightRows::Add(const RatingPlace& place, const std::vector<Version>& versions) {
  const v1::Rating& first = *versions.front().rating;
  RatingRow row{.family = families_.Of(place.family),
                .rater = raters_.Of(first.rater()),
                .by_member = !IsProfessional(first.rater()),
                .session = sessions_.Of(place.session),
                .session_us = place.session_us,
                .recorded_us = place.recorded_us};
  for (const Version& version : versions) row.versions.push_back(ReadVersion(version));
  for (const PartRow& part : row.versions.front().parts) {
    for (std::size_t i = 0; i < part.values.size(); ++i) {
      if (!std::isnan(part.values[i])) row.scored |= std::uint64_t{1} << i;
    }
  }
  recorded_.emplace(Concat({place.session, first.rater()}), place.recorded_us);
  given_.push_back({place.recorded_us, row.rater, row.scored});
  if (place.recorded_us >= from_us_ && place.recorded_us < to_us_) rows_.push_back(std::move(row));
}

std::optional<std::int64_t> InsightRows::RecordedAt(std::string_view session,
                                                    std::string_view rater) const {
  const auto found = recorded_.find(Concat({session, rater}));
  if (found == recorded_.end()) return std::nullopt;
  return found->second;
}

std::vector<Contribution> InsightRows::ContributionsOf(std::size_t score) const {
  std::vector<Contribution> contributions;
  for (const Given& given : given_) {
    if ((given.scored >> score & 1) == 0) continue;
    contributions.push_back({.at_us = given.at_us, .person = given.rater});
  }
  std::ranges::sort(contributions, {}, &Contribution::at_us);
  return contributions;
}

std::vector<InsightRating> InsightRows::RatingsOf(std::size_t score,
                                                  const PublishedWindow& window) const {
  std::vector<const RatingRow*> rows;
  for (const RatingRow& row : rows_) {
    if ((row.scored >> score & 1) != 0 && window.Contains(row.recorded_us)) rows.push_back(&row);
  }
  const v1::ScoreDefinition& definition = instrument_.scores(static_cast<int>(score));
  const v1::Asked asked = AskedOf(instrument_, definition);
  const std::vector<std::size_t> items = ItemsOf(instrument_, definition);
  const double step = instrument_.scale().step_thousandths() / 1000.0;
  const auto most_rated = MostRated(rows);
  const auto order = SessionOrder(rows);
  std::vector<InsightRating> ratings;
  for (const RatingRow* row : rows) {
    const std::uint32_t usual = Find(most_rated, row->family);
    const PartRow* part = PartOf(row->At(window.end_us), asked, usual);
    if (part == nullptr || std::isnan(part->values[score])) continue;
    const std::uint32_t helper = part->professional ? part->target : usual;
    InsightRating& rating = ratings.emplace_back();
    if (helper != kNobody) rating.therapist = std::to_string(helper);
    if (row->by_member) rating.family = std::to_string(row->family);
    rating.member = std::to_string(row->rater);
    rating.session_number = order.at(row->session);
    rating.value = part->values[score];
    for (const std::size_t item : items) {
      const std::int32_t answer = part->answers[item];
      rating.items.push_back(answer == kNoAnswer ? std::nullopt : std::optional(answer * step));
    }
  }
  return ratings;
}

InsightMeasure MeasureOf(const v1::Instrument& instrument, const v1::ScoreDefinition& definition) {
  const v1::Scale& scale = instrument.scale();
  const ScoreRange range = RangeOf(instrument, definition);
  // The range of the score, in as many steps as an item has.
  const int options = std::max(2, scale.max() - scale.min() + (scale.no_zero() ? 0 : 1));
  const double spacing = (range.highest - range.lowest) / (options - 1);
  return {.lowest = range.lowest,
          .highest = range.highest,
          .null_variance = UniformVariance(options, spacing)};
}

std::vector<std::size_t> ItemsOf(const v1::Instrument& instrument,
                                 const v1::ScoreDefinition& definition) {
  std::set<int> numbers;
  AddItems(instrument, definition, numbers);
  std::vector<std::size_t> places;
  for (int i = 0; i < instrument.items_size(); ++i) {
    const v1::Item& item = instrument.items(i);
    if (item.condition() == v1::CONDITION_UNSPECIFIED && numbers.contains(item.number())) {
      places.push_back(static_cast<std::size_t>(i));
    }
  }
  return places;
}

const PartRow* PartOf(const VersionRow& version, v1::Asked asked, std::uint32_t target) {
  const PartRow* first = nullptr;
  for (const PartRow& part : version.parts) {
    if (part.once != (asked == v1::ASKED_ONCE)) continue;
    if (part.once || part.target == target) return &part;
    if (first == nullptr) first = &part;
  }
  return first;
}

std::vector<GrowthCase> CoursesOf(const InsightRows& rows, std::size_t score,
                                  const std::vector<ClosedCase>& cases) {
  std::map<std::uint32_t, std::vector<const ClosedCase*>> of_family;
  for (const ClosedCase& one : cases) of_family[one.family].push_back(&one);
  std::vector<const RatingRow*> all;
  for (const RatingRow& row : rows.all()) {
    if (row.by_member && of_family.contains(row.family)) all.push_back(&row);
  }
  std::ranges::sort(all, {}, [](const RatingRow* row) {
    return std::tuple(row->family, row->rater, row->session_us, row->session);
  });
  const v1::ScoreDefinition& definition = rows.instrument().scores(static_cast<int>(score));
  const v1::Asked asked = AskedOf(rows.instrument(), definition);
  const auto most_rated = MostRated(all);
  using Course = std::tuple<std::uint32_t, std::uint32_t, const ClosedCase*>;
  std::map<Course, GrowthCase> courses;
  for (const RatingRow* row : all) {
    const PartRow* part = PartOf(row->versions.back(), asked, Find(most_rated, row->family));
    if (part == nullptr || std::isnan(part->values[score])) continue;
    for (const ClosedCase* one : of_family.at(row->family)) {
      if (row->session_us < one->open_us || row->session_us > one->close_us) continue;
      GrowthCase& course = courses[{row->family, row->rater, one}];
      course.successful = one->completed;
      course.values.push_back(part->values[score]);
      break;
    }
  }
  std::vector<GrowthCase> found;
  for (auto& [course, growth] : courses) found.push_back(std::move(growth));
  return found;
}

}  // namespace rapport::alliance
