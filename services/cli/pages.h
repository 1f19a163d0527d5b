// Pages: all that a list method has to give, however many answers it takes.
#pragma once

#include <absl/status/statusor.h>

namespace rapport::cli {

// Calls `call(request)`, a StatusOr of the answer, and gives the answer to `take`, from the first
// page to the last, which names no next. The first error ends it and is returned.
template <typename Request, typename Call, typename Take>
absl::Status EachPage(Request request, const Call& call, const Take& take) {
  constexpr int kMostOnAPage = 1000;
  request.set_page_size(kMostOnAPage);
  do {
    auto page = call(request);
    if (!page.ok()) return page.status();
    take(*page);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace rapport::cli
