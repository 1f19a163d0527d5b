#include "alliance/publication.h"

#include "alliance/scoring/suppression.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <set>

namespace rapport::alliance {
namespace {

using std::chrono::microseconds;

std::int64_t StartOf(std::chrono::year_month month) {
  const std::chrono::sys_days first = month / std::chrono::day(1);
  return std::chrono::duration_cast<microseconds>(first.time_since_epoch()).count();
}

std::chrono::year_month MonthOf(std::int64_t at_us) {
  const std::chrono::sys_time<microseconds> time{microseconds(at_us)};
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return day.year() / day.month();
}

class Batch {
 public:
  // `divided`: those who did not answer are told apart.
  explicit Batch(bool divided) : divided_(divided) {}

  void Add(const Contribution& one) {
    (one.answered ? answered_ : silent_[divided_ ? one.part : 0]).insert(one.person);
  }
  bool Enough() const {
    return std::ssize(answered_) >= kFewest && std::ranges::all_of(silent_, [](const auto& part) {
             return std::ssize(part.second) >= kFewest;
           });
  }
  bool empty() const { return answered_.empty() && silent_.empty(); }
  void Clear() {
    answered_.clear();
    silent_.clear();
  }

 private:
  const bool divided_;
  std::set<std::uint32_t> answered_;
  std::map<std::uint8_t, std::set<std::uint32_t>> silent_;  // those parts that have somebody
};

// Takes contributions up to one end after another; an end is kept where the batch is enough.
class Cutter {
 public:
  explicit Cutter(std::span<const Contribution> contributions, bool divided = false)
      : contributions_(contributions), open_(divided) {}

  void CutAt(std::int64_t end_us) {
    while (next_ < contributions_.size() && contributions_[next_].at_us <= end_us) {
      open_.Add(contributions_[next_++]);
    }
    if (!open_.Enough()) return;
    ends_.push_back(end_us);
    open_.Clear();
  }
  // What is open goes into the last batch.
  void Merge(std::int64_t end_us) {
    if (open_.empty() || ends_.empty()) return;
    ends_.back() = end_us;
    open_.Clear();
  }
  bool none() const { return ends_.empty(); }
  std::vector<std::int64_t> Take() { return std::move(ends_); }

 private:
  std::span<const Contribution> contributions_;
  std::size_t next_ = 0;
  Batch open_;
  std::vector<std::int64_t> ends_;
};

// At `before` as far as there is still enough, and at those of `ends` that are later.
std::vector<std::int64_t> CutAtSome(Cutter cutter, std::span<const std::int64_t> before,
                                    std::span<const std::int64_t> ends) {
  for (const std::int64_t end : before) cutter.CutAt(end);
  if (!before.empty()) cutter.Merge(before.back());
  for (const std::int64_t end : ends) {
    if (before.empty() || end > before.back()) cutter.CutAt(end);
  }
  return cutter.Take();
}

}  // namespace

std::int64_t MonthStart(std::int64_t at_us) { return StartOf(MonthOf(at_us)); }

std::int64_t NextMonthStart(std::int64_t at_us) {
  return StartOf(MonthOf(at_us) + std::chrono::months(1));
}

std::vector<std::int64_t> PublishedEnds(std::span<const Contribution> contributions,
                                        std::span<const std::int64_t> before, std::int64_t now_us) {
  if (contributions.empty()) return {before.begin(), before.end()};
  Cutter cutter(contributions);
  for (const std::int64_t end : before) cutter.CutAt(end);
  // Erased families may have left too little in the last batch.
  if (!before.empty()) cutter.Merge(before.back());
  const bool first = cutter.none();
  const std::int64_t from_us = before.empty() ? contributions.front().at_us : before.back();
  for (std::int64_t next = NextMonthStart(from_us); next <= now_us; next = NextMonthStart(next)) {
    cutter.CutAt(next - 1);
  }
  cutter.CutAt(now_us);
  if (first) cutter.Merge(now_us);
  const std::vector<std::int64_t> all = cutter.Take();
  std::vector<std::int64_t> ends;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool last_of_month = i + 1 == all.size() || MonthOf(all[i]) != MonthOf(all[i + 1]);
    if (last_of_month) ends.push_back(all[i]);
  }
  return ends;
}

std::vector<std::int64_t> DividedEnds(std::span<const Contribution> contributions,
                                      std::span<const std::int64_t> before,
                                      std::span<const std::int64_t> ends) {
  if (contributions.empty()) return {before.begin(), before.end()};
  return CutAtSome(Cutter(contributions, /*divided=*/true), before, ends);
}

std::vector<std::int64_t> LastingEnds(std::span<const Contribution> contributions,
                                      std::span<const std::int64_t> before,
                                      std::span<const std::int64_t> ends, std::int64_t now_us) {
  if (contributions.empty()) return {before.begin(), before.end()};
  std::vector<std::int64_t> lasting(ends.begin(), ends.end());
  if (!before.empty()) {
    std::erase_if(lasting, [&](std::int64_t end) { return NextMonthStart(end) > now_us; });
  }
  return CutAtSome(Cutter(contributions), before, lasting);
}

std::optional<PublishedWindow> WindowOf(std::span<const Contribution> contributions,
                                        std::span<const std::int64_t> ends, std::int64_t from_us,
                                        std::int64_t to_us) {
  std::optional<PublishedWindow> window;
  std::int64_t after_us = std::numeric_limits<std::int64_t>::min();
  std::size_t next = 0;
  for (const std::int64_t end : ends) {
    const std::int64_t first_us = next < contributions.size() ? contributions[next].at_us : end;
    std::int64_t last_us = first_us;
    while (next < contributions.size() && contributions[next].at_us <= end) {
      last_us = contributions[next++].at_us;
    }
    if (first_us >= from_us && last_us < to_us) {
      if (!window) window = PublishedWindow{.after_us = after_us};
      window->end_us = end;
      window->ends_us.push_back(end);
    }
    after_us = end;
  }
  return window;
}

}  // namespace rapport::alliance
