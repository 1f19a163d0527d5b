#include "goals/alliance_client.h"

#include "platform/base/limits.h"

#include <chrono>

namespace rapport::goals {

Task<absl::StatusOr<Estimates>> AllianceClient::EstimatesOf(CallContext& context,
                                                            std::string family) {
  alliance::v1::ListEstimatesRequest request;
  request.set_parent(family);
  request.set_page_size(limits::kMaxPage);
  Estimates all;
  do {
    auto answer = co_await alliance_->Call<alliance::v1::ListEstimatesResponse>(
        context, "rapport.alliance.v1.AllianceService/ListEstimates", request,
        std::chrono::seconds(1));
    if (!answer.ok()) co_return answer.status();
    for (auto& series : *answer->mutable_series()) all.push_back(std::move(series));
    request.set_page_token(answer->next_page_token());
  } while (!request.page_token().empty());
  co_return all;
}

}  // namespace rapport::goals
