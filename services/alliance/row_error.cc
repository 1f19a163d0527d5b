#include "alliance/row_error.h"

#include "platform/base/strings.h"
#include "platform/schema/errors.h"

#include <google/rpc/error_details.pb.h>

#include <algorithm>
#include <array>

namespace rapport::alliance {

bool IsAboutTheRow(const absl::Status& status) {
  constexpr std::array kRow = {absl::StatusCode::kInvalidArgument, absl::StatusCode::kNotFound,
                               absl::StatusCode::kAlreadyExists,
                               absl::StatusCode::kPermissionDenied,
                               absl::StatusCode::kFailedPrecondition};
  return std::ranges::find(kRow, status.code()) != kRow.end();
}

v1::RowError ToRowError(const absl::Status& status) {
  const absl::Status shown = schema::ForClient(status);
  v1::RowError error;
  error.set_code(static_cast<int>(shown.code()));
  error.set_reason(schema::ReasonOf(shown));
  error.set_message(std::string(Std(shown.message())));
  if (const auto payload = shown.GetPayload("type.googleapis.com/google.rpc.BadRequest")) {
    google::rpc::BadRequest bad;
    if (bad.ParseFromString(std::string(*payload)) && bad.field_violations_size() > 0) {
      error.set_field(bad.field_violations(0).field());
      error.set_message(bad.field_violations(0).description());
    }
  }
  return error;
}

}  // namespace rapport::alliance
