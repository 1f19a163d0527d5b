#include "alliance/insight_rows.h"

#include "alliance/scoring/agreement.h"
#include "alliance/scoring/score.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr std::uint32_t kNobody = InsightRating::kNone;
// Answers are from -10,000 to 10,000 steps (instrument.proto).
constexpr std::int16_t kNoAnswer = std::numeric_limits<std::int16_t>::min();

std::uint64_t Pair(std::uint32_t session, std::uint32_t rater) {
  return std::uint64_t{session} << 32 | rater;
}

bool IsProfessional(std::string_view name) { return name.starts_with("professionals/"); }
bool IsMember(std::string_view name) { return name.find("/members/") != std::string_view::npos; }

// Whom each family rates most, of the professionals; the one who was seen first of equals. A family
// that rates none is not in it.
std::map<std::uint32_t, std::uint32_t> MostRated(const InsightRows& all,
                                                 std::span<const RatingRow* const> rows) {
  std::map<std::uint32_t, std::map<std::uint32_t, int>> counts;
  for (const RatingRow* row : rows) {
    const VersionRow& first = all.First(*row);
    for (std::size_t i = first.first_part; i < first.first_part + first.parts; ++i) {
      const PartRow& part = all.Part(i);
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

int BatchOf(const PublishedWindow& window, std::int64_t at_us) {
  return static_cast<int>(std::ranges::lower_bound(window.ends_us, at_us) - window.ends_us.begin());
}

std::uint32_t Find(const std::map<std::uint32_t, std::uint32_t>& map, std::uint32_t key) {
  const auto found = map.find(key);
  return found == map.end() ? kNobody : found->second;
}

// Numbers of sessions in the order of their starts, from 1.
absl::flat_hash_map<std::uint32_t, int> SessionOrder(std::span<const RatingRow* const> rows) {
  std::vector<std::pair<std::int64_t, std::uint32_t>> sessions;
  sessions.reserve(rows.size());
  for (const RatingRow* row : rows) sessions.emplace_back(row->session_us, row->session);
  std::ranges::sort(sessions);
  absl::flat_hash_map<std::uint32_t, int> order;
  for (const auto& [start, session] : sessions) {
    order.try_emplace(session, static_cast<int>(order.size()) + 1);
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

const VersionRow& InsightRows::At(const RatingRow& row, std::int64_t at_us) const {
  const VersionRow* newest = &First(row);
  for (std::size_t i = row.first_version; i < row.first_version + row.versions; ++i) {
    if (versions_[i].since_us <= at_us) newest = &versions_[i];
  }
  return *newest;
}

std::optional<std::int32_t> InsightRows::Answer(std::size_t part, std::size_t item) const {
  const PartRow& row = parts_[part];
  if (answer_columns_.once[item] != row.once) return std::nullopt;
  const std::int16_t answer = answers_[row.first_answer + answer_columns_.place[item]];
  return answer == kNoAnswer ? std::nullopt : std::optional<std::int32_t>(answer);
}

InsightRows::InsightRows(const v1::Instrument& instrument, std::int64_t from_us, std::int64_t to_us)
    : instrument_(instrument), from_us_(from_us), to_us_(to_us) {
  for (const v1::ScoreDefinition& definition : instrument.scores()) {
    value_columns_.Add(AskedOf(instrument, definition) == v1::ASKED_ONCE, /*kept=*/true);
  }
  for (const v1::Item& item : instrument.items()) {
    items_.emplace(item.number(), items_.size());
    answer_columns_.Add(item.asked() == v1::ASKED_ONCE, /*kept=*/true);
  }
}

InsightRows::InsightRows(const v1::Instrument& instrument, std::size_t score)
    : instrument_(instrument),
      from_us_(std::numeric_limits<std::int64_t>::min()),
      to_us_(std::numeric_limits<std::int64_t>::max()) {
  for (const v1::ScoreDefinition& definition : instrument.scores()) {
    const bool kept = &definition == &instrument.scores(static_cast<int>(score));
    value_columns_.Add(AskedOf(instrument, definition) == v1::ASKED_ONCE, kept);
  }
}

void InsightRows::AddVersion(const Version& version) {
  versions_.push_back({.since_us = version.since_us,
                       .first_part = static_cast<std::uint32_t>(parts_.size()),
                       .parts = static_cast<std::uint32_t>(version.rating->parts_size())});
  const v1::Scale& scale = instrument_.scale();
  for (const v1::RatingPart& part : version.rating->parts()) {
    PartRow& one = parts_.emplace_back();
    one.professional = IsProfessional(part.target());
    one.once = !one.professional && !IsMember(part.target());
    one.target = targets_.Of(part.target());
    one.first_value = static_cast<std::uint32_t>(values_.size());
    for (std::size_t i = 0; i < value_columns_.place.size(); ++i) {
      if (value_columns_.place[i] == Columns::kNone || value_columns_.once[i] != one.once) continue;
      const std::string& code = instrument_.scores(static_cast<int>(i)).code();
      const v1::Score* score = FindScored(part.scores(), code);
      const bool defined = score != nullptr && score->has_value();
      values_.push_back(defined ? score->value() : std::nan(""));
    }
    one.first_answer = static_cast<std::uint32_t>(answers_.size());
    answers_.resize(answers_.size() + answer_columns_.count[one.once], kNoAnswer);
    for (const v1::Answer& answer : part.answers()) {
      const auto place = items_.find(answer.item());
      if (place == items_.end() || answer_columns_.once[place->second] != one.once) continue;
      const v1::Item& item = instrument_.items(static_cast<int>(place->second));
      answers_[one.first_answer + answer_columns_.place[place->second]] = static_cast<std::int16_t>(
          item.reverse() ? scale.min() + scale.max() - answer.steps() : answer.steps());
    }
  }
}

void InsightRows::Add(const RatingPlace& place, const std::vector<Version>& versions) {
  const v1::Rating& first = *versions.front().rating;
  RatingRow row{.family = families_.Of(place.family),
                .rater = raters_.Of(first.rater()),
                .session = sessions_.Of(place.session),
                .by_member = !IsProfessional(first.rater()),
                .session_us = place.session_us,
                .recorded_us = place.recorded_us,
                .first_version = static_cast<std::uint32_t>(versions_.size()),
                .versions = static_cast<std::uint32_t>(versions.size())};
  for (const v1::RatingPart& part : first.parts()) {
    for (int i = 0; i < instrument_.scores_size(); ++i) {
      const v1::Score* score = FindScored(part.scores(), instrument_.scores(i).code());
      if (score != nullptr && score->has_value()) row.scored |= std::uint64_t{1} << i;
    }
  }
  if (place.recorded_us < from_us_ || place.recorded_us >= to_us_) {
    given_.push_back({place.recorded_us, row.rater, row.session, row.scored});
    return;
  }
  for (const Version& version : versions) AddVersion(version);
  rows_.push_back(row);
}

InsightRows::Times InsightRows::TimesOfAnswers() const { return Times(*this); }

InsightRows::Times::Times(const InsightRows& rows) : rows_(rows) {
  times_.reserve(rows.rows_.size() + rows.given_.size());
  for (const RatingRow& row : rows.rows_) {
    times_.emplace_back(Pair(row.session, row.rater), row.recorded_us);
  }
  for (const Given& given : rows.given_) {
    times_.emplace_back(Pair(given.session, given.rater), given.at_us);
  }
  std::ranges::sort(times_);
}

std::optional<std::int64_t> InsightRows::Times::Of(std::string_view session,
                                                   std::string_view rater) const {
  const auto of_session = rows_.sessions_.Find(session), by = rows_.raters_.Find(rater);
  if (!of_session || !by) return std::nullopt;
  const std::uint64_t pair = Pair(*of_session, *by);
  const auto found =
      std::ranges::lower_bound(times_, pair, {}, [](const auto& one) { return one.first; });
  if (found == times_.end() || found->first != pair) return std::nullopt;
  return found->second;
}

std::vector<Contribution> InsightRows::ContributionsOf(std::size_t score) const {
  std::vector<Contribution> contributions;
  contributions.reserve(rows_.size() + given_.size());
  for (const RatingRow& row : rows_) {
    if ((row.scored >> score & 1) == 0) continue;
    contributions.push_back({.at_us = row.recorded_us, .person = row.rater});
  }
  for (const Given& given : given_) {
    if ((given.scored >> score & 1) == 0) continue;
    contributions.push_back({.at_us = given.at_us, .person = given.rater});
  }
  std::ranges::sort(contributions, {}, &Contribution::at_us);
  return contributions;
}

InsightRows::Ratings InsightRows::RatingsOf(std::size_t score, const PublishedWindow& window,
                                            const std::optional<PublishedWindow>& lasting) const {
  std::vector<const RatingRow*> rows;
  for (const RatingRow& row : rows_) {
    if ((row.scored >> score & 1) != 0 && window.Contains(row.recorded_us)) rows.push_back(&row);
  }
  const v1::Asked asked = AskedOf(instrument_, instrument_.scores(static_cast<int>(score)));
  const auto most_rated = MostRated(*this, rows);
  const auto order = SessionOrder(rows);
  Ratings ratings;
  ratings.all.reserve(rows.size());
  std::erase_if(rows, [&](const RatingRow* row) {
    const std::uint32_t usual = Find(most_rated, row->family);
    const auto part = PartOf(At(*row, window.end_us), asked, usual);
    if (!part || std::isnan(Value(*part, score))) return true;
    ratings.all.push_back({.therapist = Part(*part).professional ? Part(*part).target : usual,
                           .family = row->by_member ? row->family : kNobody,
                           .member = row->rater,
                           .session_number = order.at(row->session),
                           .value = Value(*part, score),
                           .window_batch = BatchOf(window, row->recorded_us)});
    return false;
  });
  if (lasting) Publish(score, *lasting, rows, ratings);
  return ratings;
}

// Whom a family rates most is of each batch alone: it shows the same in every window.
void InsightRows::Publish(std::size_t score, const PublishedWindow& lasting,
                          std::span<const RatingRow* const> rows, Ratings& ratings) const {
  ratings.published.resize(rows.size());
  const v1::Asked asked = AskedOf(instrument_, instrument_.scores(static_cast<int>(score)));
  std::vector<std::vector<std::size_t>> batches(lasting.ends_us.size());  // places in `rows`
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!lasting.Contains(rows[i]->recorded_us)) continue;
    batches[static_cast<std::size_t>(BatchOf(lasting, rows[i]->recorded_us))].push_back(i);
  }
  for (std::size_t batch = 0; batch < batches.size(); ++batch) {
    std::vector<const RatingRow*> of_batch;
    for (const std::size_t i : batches[batch]) of_batch.push_back(rows[i]);
    const auto most_rated = MostRated(*this, of_batch);
    for (const std::size_t i : batches[batch]) {
      const auto part =
          PartOf(At(*rows[i], lasting.ends_us[batch]), asked, Find(most_rated, rows[i]->family));
      ratings.all[i].batch = static_cast<int>(batch);
      if (!part) continue;
      ratings.all[i].published = Value(*part, score);
      ratings.published[i] = static_cast<std::uint32_t>(*part);
    }
  }
}

std::vector<std::optional<double>> InsightRows::AnswersOf(
    std::size_t part, std::span<const std::size_t> items) const {
  const double step = instrument_.scale().step_thousandths() / 1000.0;
  std::vector<std::optional<double>> answers;
  for (const std::size_t item : items) {
    const auto answer = Answer(part, item);
    answers.push_back(answer ? std::optional(*answer * step) : std::nullopt);
  }
  return answers;
}

InsightMeasure MeasureOf(const v1::Instrument& instrument, const v1::ScoreDefinition& definition) {
  const v1::Scale& scale = instrument.scale();
  const ScoreRange range = RangeOf(instrument, definition);
  // The range of the score, in as many steps as an item has.
  const int steps = std::max(1, scale.max() - scale.min());
  const double spacing = (range.highest - range.lowest) / steps;
  return {.lowest = range.lowest,
          .highest = range.highest,
          .null_variance = scale.no_zero() ? BipolarVariance(scale.min(), scale.max(), spacing)
                                           : UniformVariance(steps + 1, spacing)};
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

std::optional<std::size_t> InsightRows::PartOf(const VersionRow& version, v1::Asked asked,
                                               std::uint32_t target) const {
  std::optional<std::size_t> first;
  for (std::size_t i = version.first_part; i < version.first_part + version.parts; ++i) {
    const PartRow& part = parts_[i];
    if (part.once != (asked == v1::ASKED_ONCE)) continue;
    if (part.once || part.target == target) return i;
    if (!first) first = i;
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
  const auto most_rated = MostRated(rows, all);
  using Course = std::tuple<std::uint32_t, std::uint32_t, const ClosedCase*>;
  std::map<Course, GrowthCase> courses;
  for (const RatingRow* row : all) {
    const auto part = rows.PartOf(rows.Newest(*row), asked, Find(most_rated, row->family));
    if (!part || std::isnan(rows.Value(*part, score))) continue;
    for (const ClosedCase* one : of_family.at(row->family)) {
      if (row->session_us < one->open_us || row->session_us > one->close_us) continue;
      GrowthCase& course = courses[{row->family, row->rater, one}];
      course.successful = one->completed;
      course.rater = row->rater;
      course.values.push_back(rows.Value(*part, score));
      break;
    }
  }
  std::vector<GrowthCase> found;
  for (auto& [course, growth] : courses) found.push_back(std::move(growth));
  return found;
}

}  // namespace rapport::alliance
