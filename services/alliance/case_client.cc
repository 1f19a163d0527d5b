#include "alliance/case_client.h"

namespace rapport::alliance {

Task<absl::StatusOr<internal::v1::ListClosedCasesResponse>> CaseClient::ClosedCases(
    CallContext& context, internal::v1::ListClosedCasesRequest request) {
  co_return co_await intake_.Call<internal::v1::ListClosedCasesResponse>(
      context, "rapport.internal.v1.AccessService/ListClosedCases", request);
}

}  // namespace rapport::alliance
