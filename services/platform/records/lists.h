// Lists: paging over what a use case has loaded, and unique keys that move with an update. Family
// lists are short: a use case loads the family's records, filters, and pages here; agency-wide
// lists page in Records::List.
#pragma once

#include "platform/records/records.h"
#include "platform/records/service_deps.h"
#include "platform/schema/page_token.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace rapport::records {

// One entry of a list with its place.
template <typename T>
struct Placed {
  std::int64_t sort_us = 0;
  std::string id;
  T value;
};

// The page of `entries` that `request` asks for, in `newest_first` or oldest-first order; each
// shown entry is handed to `add`. The next page's token; empty: that was the last.
template <typename T, typename Request, typename Add>
absl::StatusOr<std::string> ShowPage(const ServiceDeps& deps, const CallContext& context,
                                     const Request& request, std::vector<Placed<T>> entries,
                                     bool newest_first, Add add) {
  const auto sealer = deps.suite.SealerFor(crypto::SuiteKey::kPageToken, context.principal->agency);
  auto page = schema::ReadPage(*sealer, context, request);
  if (!page.ok()) return page.status();
  const auto place = [](const auto& entry) { return std::tie(entry.sort_us, entry.id); };
  std::sort(entries.begin(), entries.end(), [&](const auto& a, const auto& b) {
    return newest_first ? place(b) < place(a) : place(a) < place(b);
  });
  const auto after = std::tie(page->after_us, page->after_id);
  auto from = entries.begin();
  if (!page->after_id.empty()) {
    from = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
      return newest_first ? place(entry) < after : after < place(entry);
    });
  }
  int left = page->size;
  for (; from != entries.end() && left > 0; ++from, --left) add(std::move(from->value));
  if (from == entries.end()) return std::string();
  const auto last = std::prev(from);
  return schema::NextPageToken(*sealer, context, *page, last->sort_us, last->id);
}

// External ids that an update adds are claimed, those it drops are released. `claim_of` names the
// unique key.
template <typename Ids, typename ClaimOf>
void MoveClaims(std::string_view type, std::string_view family, const Ids& before, const Ids& after,
                const Record& record, Changes& changes, ClaimOf claim_of) {
  const auto same = [](const auto& a, const auto& b) {
    return a.system() == b.system() && a.value() == b.value();
  };
  const auto has = [&](const Ids& ids, const auto& id) {
    return std::any_of(ids.begin(), ids.end(), [&](const auto& one) { return same(one, id); });
  };
  for (const auto& id : before) {
    if (!has(after, id)) changes.Release(claim_of(type, family, id), id.value());
  }
  for (const auto& id : after) {
    if (!has(before, id)) changes.Claim(claim_of(type, family, id), id.value(), record);
  }
}

}  // namespace rapport::records
