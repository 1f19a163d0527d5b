// A list as clients read it: page by page, in an order and by a filter of theirs.
#pragma once

#include "platform/schema/errors.h"

#include <absl/time/time.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rapport::support {

// As a filter has it, without its quotes.
inline std::string TimeText(std::int64_t micros) {
  return absl::FormatTime(absl::RFC3339_full, absl::FromUnixMicros(micros), absl::UTCTimeZone());
}

// What `list(request)` gives by this filter and in this order, one entry a page, as `names(page)`
// calls them. A token that is taken to another filter or another order is refused.
template <typename Request, typename List, typename Names>
std::vector<std::string> InPages(Request request, const std::string& filter,
                                 const std::string& order_by, const List& list,
                                 const Names& names) {
  request.set_page_size(1);
  request.set_filter(filter);
  request.set_order_by(order_by);
  const auto refused = [&](const Request& other) {
    EXPECT_EQ(schema::ReasonOf(list(other).status()), "PAGE_TOKEN_INVALID")
        << other.ShortDebugString();
  };
  std::vector<std::string> found;
  for (;;) {
    const auto page = list(request);
    EXPECT_TRUE(page.ok()) << page.status() << " " << filter << " " << order_by;
    if (!page.ok()) return found;
    for (std::string name : names(*page)) found.push_back(std::move(name));
    if (page->next_page_token().empty()) return found;
    request.set_page_token(page->next_page_token());
    Request other = request;
    other.clear_filter();
    if (!filter.empty()) refused(other);
    other = request;
    other.clear_order_by();
    if (!order_by.empty()) refused(other);
  }
}

}  // namespace rapport::support
