#include "bench/signals/judge.h"

#include "bench/signals/at.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rapport::bench {
namespace {

constexpr int kLongest = 5;
constexpr double kCloses = 0.5;  // of the threshold

// Calls opened(place) and stays(place) for the rated sessions in which a signal opens or is open.
template <typename Visit>
void FollowSignal(const std::vector<Statement>& said, double threshold, Visit visit) {
  int opened = -1;
  for (int k = 0; k < static_cast<int>(said.size()); ++k) {
    const double score = said[At(k)].score;
    if (std::isnan(score)) continue;
    if (opened < 0 && score >= threshold) {
      opened = k;
    } else if (opened >= 0 && score < threshold * kCloses) {
      opened = -1;
    }
    visit(k, opened);
  }
}

bool Speaks(const Course& course, std::size_t detector) {
  return std::ranges::any_of(course.said[detector],
                             [](const Statement& s) { return !std::isnan(s.score); });
}

int FirstKind(Claim claim) {
  switch (claim) {
    case Claim::kRupture:
      return static_cast<int>(Kind::kRuptureSudden);
    case Claim::kSplit:
      return static_cast<int>(Kind::kSplit);
    case Claim::kIsolation:
      return static_cast<int>(Kind::kIsolation);
  }
  return 0;
}

void DescribeEvent(const Family& family, const std::vector<int>& rated, Course& course) {
  const Event& event = *family.event;
  const auto place_from = [&](int session) {
    return static_cast<int>(std::ranges::lower_bound(rated, session) - rated.begin());
  };
  course.earliest = place_from(event.onset - 1);
  course.begins = place_from(event.onset);
  for (int k = course.begins; k < static_cast<int>(rated.size()) && course.session_0 < 0; ++k) {
    if (event.shape->At(rated[At(k)] - event.onset) >= kToBeFound) course.session_0 = k;
  }
  const Member& member = family.members[At(event.member)];
  course.event = {.kind = event.kind,
                  .members = family.Members(),
                  .helpers = family.helpers,
                  .rated_before = course.begins,
                  .focus = event.focus,
                  .size = event.size,
                  .form = member.form,
                  .ceiling = member.ceiling};
}

// An event to be found, and after how many sessions it was; -1: not.
void AddEvent(int after, Counts& counts) {
  ++counts.events;
  if (after < 0) return;
  counts.found_at_once += after == 0;
  counts.found_1 += after <= 1;
  counts.found_2 += after <= 2;
  ++counts.found_5;
  counts.delay += after;
}

}  // namespace

void AddCourses(const Family& family, int number, std::span<const Statements> said,
                std::vector<Course>& courses) {
  const std::vector<Subject> subjects = SubjectsOf(family.Members(), family.helpers);
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    std::vector<int> rated;
    for (int t = 0; t < family.Sessions(); ++t) {
      if (Rated(family, subjects[s], t)) rated.push_back(t);
    }
    if (rated.empty()) continue;
    Course& course = courses.emplace_back();
    course.claim = subjects[s].claim;
    course.family = number;
    for (const int t : rated) {
      bool near = false;
      for (const int u : {t - 1, t, t + 1}) near = near || Touched(family, subjects[s], u);
      course.quiet.push_back(!near);
      course.true_now.push_back(OwnEffect(family, subjects[s], t) >= kGoingOn);
    }
    for (const Statements& statements : said) {
      std::vector<Statement>& kept = course.said.emplace_back();
      for (const int t : rated) kept.push_back(statements[s][At(t)]);
    }
    if (!family.event) continue;
    const Event& event = *family.event;
    if (!Concerns(event.kind, event.member, event.helper, subjects[s])) continue;
    course.own = ClaimOf(event.kind) == subjects[s].claim;
    DescribeEvent(family, rated, course);
  }
}

void Counts::Add(const Counts& other) {
  quiet += other.quiet;
  false_alarms += other.false_alarms;
  opened += other.opened;
  red += other.red;
  events += other.events;
  found_at_once += other.found_at_once;
  found_1 += other.found_1;
  found_2 += other.found_2;
  found_5 += other.found_5;
  noticed_1 += other.noticed_1;
  delay += other.delay;
}

int FoundAfter(const Course& course, std::size_t detector, double threshold) {
  if (course.session_0 < 0) return -1;
  int found = -1;
  FollowSignal(course.said[detector], threshold, [&](int k, int opened) {
    if (found >= 0 || opened < course.earliest || k < course.begins) return;
    if (opened <= course.session_0 + kLongest) found = std::max(0, opened - course.session_0);
  });
  return found;
}

std::array<Counts, kKinds> Count(std::span<const Course> courses, std::size_t detector,
                                 const std::array<double, kClaims>& thresholds) {
  std::array<Counts, kKinds> all;
  // Of the family whose courses are being counted.
  int family = -1;
  bool noticed = false, to_be_found = false;
  Kind kind = Kind::kRuptureSudden;
  const auto end_family = [&] {
    all[static_cast<std::size_t>(kind)].noticed_1 += noticed && to_be_found;
    noticed = to_be_found = false;
  };
  for (const Course& course : courses) {
    if (course.family != family) end_family();
    family = course.family;
    if (!Speaks(course, detector)) continue;
    const double threshold = thresholds[static_cast<std::size_t>(course.claim)];
    Counts& alarms = all[At(FirstKind(course.claim))];
    FollowSignal(course.said[detector], threshold, [&](int k, int opened) {
      alarms.opened += opened == k;
      if (!course.quiet[At(k)]) return;
      ++alarms.quiet;
      alarms.false_alarms += opened == k;
      alarms.red += course.said[detector][At(k)].score >= threshold;
    });
    if (course.session_0 < 0) continue;
    const int after = FoundAfter(course, detector, threshold);
    kind = course.event.kind;
    noticed = noticed || (after >= 0 && after <= 1);
    to_be_found = to_be_found || course.own;
    if (course.own) AddEvent(after, all[static_cast<std::size_t>(kind)]);
  }
  end_family();
  return all;
}

double ThresholdAtFalseAlarms(std::span<const Course> courses, std::size_t detector, Claim claim,
                              double per_100) {
  std::vector<double> scores;
  for (const Course& course : courses) {
    if (course.claim != claim) continue;
    for (std::size_t k = 0; k < course.quiet.size(); ++k) {
      const double score = course.said[detector][k].score;
      if (course.quiet[k] && !std::isnan(score)) scores.push_back(score);
    }
  }
  std::ranges::sort(scores);
  std::size_t low = 0, high = scores.size();  // at `high` and above there are few enough
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    std::array<double, kClaims> thresholds;
    thresholds.fill(scores[middle]);
    const Counts counts = Count(courses, detector, thresholds)[At(FirstKind(claim))];
    if (counts.FalsePer100() > per_100) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < scores.size() ? scores[low] : std::numeric_limits<double>::infinity();
}

double ThresholdAtShare(std::span<const Course> courses, std::size_t detector, double share) {
  double low = 0, high = 1;
  for (int step = 0; step < 40; ++step) {
    const double middle = (low + high) / 2;
    std::array<double, kClaims> thresholds;
    thresholds.fill(middle);
    const std::array<Counts, kKinds> all = Count(courses, detector, thresholds);
    Counts ruptures = all[0];
    ruptures.Add(all[1]);
    const double found = static_cast<double>(ruptures.found_1);
    (found >= share * static_cast<double>(ruptures.events) ? low : high) = middle;
  }
  return low;
}

void AddForecasts(std::span<const Course> courses, std::size_t detector, Claim claim,
                  std::vector<Forecast>& forecasts) {
  for (const Course& course : courses) {
    if (course.claim != claim) continue;
    for (std::size_t k = 0; k < course.quiet.size(); ++k) {
      forecasts.push_back({.posterior = static_cast<float>(course.said[detector][k].posterior),
                           .place = static_cast<std::uint32_t>(forecasts.size()),
                           .truth = course.true_now[k] != 0});
    }
  }
}

Calibration Calibrate(std::vector<Forecast> forecasts) {
  constexpr std::size_t kBins = 10;
  Calibration result;
  // Equal posteriors stay in the order of sessions, whatever came true.
  std::ranges::sort(forecasts, {},
                    [](const Forecast& f) { return std::pair(f.posterior, f.place); });
  for (std::size_t b = 0; b < kBins; ++b) {
    const std::size_t from = b * forecasts.size() / kBins;
    const std::size_t to = (b + 1) * forecasts.size() / kBins;
    Calibration::Bin& bin = result.bins.emplace_back();
    for (std::size_t k = from; k < to; ++k) {
      bin.posterior += forecasts[k].posterior;
      bin.truths += forecasts[k].truth;
    }
    bin.sessions = static_cast<long>(to - from);
    if (bin.sessions == 0) continue;
    bin.posterior /= static_cast<double>(bin.sessions);
    const double share = static_cast<double>(bin.truths) / static_cast<double>(bin.sessions);
    result.error += std::abs(bin.posterior - share) / kBins;
  }
  return result;
}

}  // namespace rapport::bench
