#include "alliance/alliance_side.h"

#include "alliance/scoring/series.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

namespace rapport::alliance {
namespace {

// In the order of kParts.
constexpr std::array kContents = {v1::CONTENT_TASK, v1::CONTENT_GOAL, v1::CONTENT_BOND};

std::optional<ScorePoint> PointAt(const FileView& view, const StoredRating& rating,
                                  const std::string& target, v1::Content content) {
  const v1::Instrument* instrument = view.Instrument(rating.message.instrument());
  if (instrument == nullptr) return std::nullopt;
  return PointOf(*instrument, PartAbout(rating.message, target)->scores(), content,
                 v1::INTERPERSONAL_SELF, view.SessionNumber(rating.record.parent),
                 view.RaterAge(rating));
}

// The forms of the latest session, not empty: first what says most of task, goal and bond, then the
// newest.
std::vector<const StoredRating*> LatestForms(const FileView& view,
                                             const std::vector<const StoredRating*>& ratings,
                                             const std::string& target) {
  std::vector<std::pair<std::ptrdiff_t, const StoredRating*>> found;
  for (const StoredRating* rating : ratings) {
    if (rating->record.parent != ratings.back()->record.parent) continue;
    const auto says = [&](v1::Content content) {
      return PointAt(view, *rating, target, content).has_value();
    };
    found.emplace_back(std::ranges::count_if(kContents, says), rating);
  }
  std::ranges::sort(found, {}, [](const auto& one) {
    const records::Record& record = one.second->record;
    return std::tuple(-one.first, -record.created_us, std::string_view(record.id));
  });
  std::vector<const StoredRating*> forms;
  for (const auto& [parts, rating] : found) forms.push_back(rating);
  return forms;
}

// From the first of `forms` that has it, with the trend of all ratings with that form.
std::optional<v1::MapValue> ValueOf(const FileView& view,
                                    const std::vector<const StoredRating*>& ratings,
                                    const std::vector<const StoredRating*>& forms,
                                    const std::string& target, v1::Content content) {
  for (const StoredRating* form : forms) {
    if (!PointAt(view, *form, target, content)) continue;
    std::vector<ScorePoint> series;
    for (const StoredRating* rating : ratings) {
      if (rating->message.instrument() != form->message.instrument()) continue;
      if (auto point = PointAt(view, *rating, target, content)) {
        series.push_back(*std::move(point));
      }
    }
    return Estimate(series);
  }
  return std::nullopt;
}

// An estimate on 0 to 10, on the scale of the value it stands beside.
void AddEstimate(const FileView& view, const std::optional<EstimatedValue>& estimate,
                 v1::MapValue& to) {
  if (!estimate) return;
  const v1::Instrument* form = view.Instrument(to.instrument());
  const bool lower_better = form != nullptr && form->direction() == v1::DIRECTION_LOWER_BETTER;
  const double share = estimate->value / 10, range = to.highest() - to.lowest();
  to.set_estimate(lower_better ? to.highest() - share * range : to.lowest() + share * range);
  to.set_estimate_standard_error(estimate->error / 10 * range);
}

}  // namespace

std::optional<v1::AllianceView> SideOf(const FileView& view, const std::string& rater,
                                       const std::string& target,
                                       const std::vector<int>& session_numbers) {
  const auto ratings = RatingsOf(view, rater, target);
  if (ratings.empty()) return std::nullopt;
  const auto forms = LatestForms(view, ratings, target);
  const StoredRating& leading = *forms.front();
  v1::AllianceView side;
  side.set_instrument(leading.message.instrument());
  side.set_session(leading.message.session());
  *side.mutable_session_time() = leading.message.session_time();
  const int number = view.SessionNumber(leading.record.parent);
  side.set_age_sessions(static_cast<int>(
      std::ranges::count_if(session_numbers, [&](int one) { return one > number; })));
  side.set_ratings(static_cast<int>(ratings.size()));
  const auto value = [&](v1::Content content) {
    return ValueOf(view, ratings, forms, target, content);
  };
  if (auto task = value(v1::CONTENT_TASK)) *side.mutable_task() = *std::move(task);
  if (auto goal = value(v1::CONTENT_GOAL)) *side.mutable_goal() = *std::move(goal);
  if (auto bond = value(v1::CONTENT_BOND)) *side.mutable_bond() = *std::move(bond);
  if (auto whole = value(v1::CONTENT_ALLIANCE)) *side.mutable_whole() = *std::move(whole);
  return side;
}

void AddEstimates(const FileView& view, const FamilyEstimates& estimates, const std::string& rater,
                  const std::string& target, v1::AllianceView& side) {
  const auto found = estimates.entries().find({rater, target, v1::INTERPERSONAL_SELF});
  if (found == estimates.entries().end()) return;
  const auto add = [&](std::size_t part, v1::MapValue& to) {
    AddEstimate(view, estimates.Part(found->second, part), to);
  };
  if (side.has_task()) add(0, *side.mutable_task());
  if (side.has_goal()) add(1, *side.mutable_goal());
  if (side.has_bond()) add(2, *side.mutable_bond());
}

}  // namespace rapport::alliance
