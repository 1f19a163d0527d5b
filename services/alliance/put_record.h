// Put: a family's file, kept in memory, as it will be when what is being changed is committed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace rapport::alliance {

// Of a record that differs from what is stored, if only until the commit; see Refresh.
inline constexpr std::int64_t kNotAsStored = 0;

// `after` in place of the record it is the next version of, or in addition.
template <typename T>
T& Put(std::vector<T>& all, T after) {
  after.record.version = kNotAsStored;
  const auto found =
      std::ranges::find_if(all, [&](const T& one) { return one.record.id == after.record.id; });
  if (found != all.end()) return *found = std::move(after);
  const auto place = [](const T& one) { return std::pair(one.record.sort_us, one.record.id); };
  const auto at = std::ranges::upper_bound(all, place(after), {}, place);
  return *all.insert(at, std::move(after));
}

}  // namespace rapport::alliance
