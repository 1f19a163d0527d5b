#include "alliance/row_error.h"

#include "platform/base/strings.h"
#include "platform/schema/errors.h"

#include <google/rpc/error_details.pb.h>

#include <algorithm>
#include <array>

namespace rapport::alliance {
namespace {

// What a refusal tells as a Detail; empty: nothing.
template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const auto payload =
      status.GetPayload(Absl(Concat({"type.googleapis.com/", Detail::descriptor()->full_name()})));
  if (payload && !detail.ParseFromString(std::string(*payload))) detail.Clear();
  return detail;
}

void AddErrors(const absl::Status& status, std::vector<type::v1::RowError>& errors) {
  const absl::Status shown = schema::ForClient(status);
  type::v1::RowError whole;
  whole.set_code(static_cast<int>(shown.code()));
  whole.set_reason(schema::ReasonOf(shown));
  whole.set_message(std::string(Std(shown.message())));
  const std::size_t before = errors.size();
  const auto fields = DetailOf<google::rpc::BadRequest>(shown);
  for (const auto& wrong : fields.field_violations()) {
    type::v1::RowError& error = errors.emplace_back(whole);
    error.set_field(wrong.field());
    error.set_message(wrong.description());
  }
  const auto conditions = DetailOf<google::rpc::PreconditionFailure>(shown);
  for (const auto& unmet : conditions.violations()) {
    type::v1::RowError& error = errors.emplace_back(whole);
    error.set_reason(unmet.type());
    error.set_message(unmet.description());
  }
  if (errors.size() == before) errors.push_back(std::move(whole));
}

}  // namespace

bool IsAboutTheRow(const absl::Status& status) {
  constexpr std::array kRow = {absl::StatusCode::kInvalidArgument, absl::StatusCode::kNotFound,
                               absl::StatusCode::kAlreadyExists,
                               absl::StatusCode::kPermissionDenied,
                               absl::StatusCode::kFailedPrecondition};
  return std::ranges::find(kRow, status.code()) != kRow.end();
}

std::vector<type::v1::RowError> ToRowErrors(const std::vector<absl::Status>& refusals) {
  std::vector<type::v1::RowError> errors;
  for (const absl::Status& status : refusals) AddErrors(status, errors);
  return errors;
}

}  // namespace rapport::alliance
