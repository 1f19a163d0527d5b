// Lists: paging over what a use case has loaded, and unique keys that move with an update. Family
// lists are short: a use case loads the family's records, filters, and pages here; agency-wide
// lists page in Records::List.
#pragma once

#include "platform/base/status_macros.h"
#include "platform/records/records.h"
#include "platform/records/service_deps.h"
#include "platform/schema/page_token.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>
#include <type_traits>
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

// The page of `query` that `request` asks for, read in steps: for lists that are longer than what
// should be held at once. `take(record, show)` says whether a record belongs to the list, and shows
// it when `show`; as `take(tx, record, show)` it may read more of the same snapshot. A page is
// short, but has a token, when few of very many records belong.
template <typename Request, typename Take>
Task<absl::StatusOr<std::string>> ScanPage(const ServiceDeps& deps, CallContext& context,
                                           const Request& request, ListQuery query,
                                           const Take& take) {
  constexpr int kMostRead = 10'000;
  const std::string& agency = context.principal->agency;
  const auto sealer = deps.suite.SealerFor(crypto::SuiteKey::kPageToken, agency);
  CO_ASSIGN_OR_RETURN(const schema::Page page, schema::ReadPage(*sealer, context, request));
  const auto ask = [&take](db::Tx& tx, Record record, bool show) -> absl::StatusOr<bool> {
    if constexpr (std::is_invocable_v<const Take&, db::Tx&, Record, bool>) {
      return take(tx, std::move(record), show);
    } else {
      return take(std::move(record), show);
    }
  };
  std::int64_t read_us = page.after_us, shown_us = 0;
  std::string read_id = page.after_id, shown_id;
  int shown = 0, read = 0;
  bool more = false;
  CO_RETURN_IF_ERROR(co_await deps.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    query.limit = page.size + 1;
    while (!more) {
      const std::string after = read_id;
      query.after_us = read_us;
      query.after_id = after;
      ASSIGN_OR_RETURN(auto records, deps.records.List(tx, agency, query));
      for (Record& record : records) {
        read_us = record.sort_us;
        read_id = record.id;
        ASSIGN_OR_RETURN(const bool taken, ask(tx, std::move(record), shown < page.size));
        if (!taken) continue;
        more = shown == page.size;
        if (more) return absl::OkStatus();
        ++shown;
        shown_us = read_us;
        shown_id = read_id;
      }
      if (std::ssize(records) < query.limit) return absl::OkStatus();
      read += query.limit;
      if (read >= kMostRead) {
        more = true;
        shown_us = read_us;
        shown_id = read_id;
      }
    }
    return absl::OkStatus();
  }));
  if (!more) co_return std::string();
  co_return schema::NextPageToken(*sealer, context, page, shown_us, shown_id);
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
