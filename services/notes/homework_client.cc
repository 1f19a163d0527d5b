#include "notes/homework_client.h"

#include "platform/base/limits.h"
#include "platform/schema/times.h"

#include <chrono>

namespace rapport::notes {

goals::v1::ListDueHomeworkRequest OwedBefore(const std::string& family, std::int64_t before_us) {
  goals::v1::ListDueHomeworkRequest request;
  request.set_parent(family);
  *request.mutable_due_before_time() = schema::ToTimestamp(before_us);
  *request.mutable_agreed_before_time() = schema::ToTimestamp(before_us);
  request.set_include_expired(true);
  request.set_page_size(limits::kMaxPage);
  return request;
}

Task<absl::StatusOr<std::vector<DueItem>>> HomeworkClient::Due(CallContext& context,
                                                               std::string family,
                                                               std::int64_t before_us) {
  goals::v1::ListDueHomeworkRequest request = OwedBefore(family, before_us);
  std::vector<DueItem> due;
  do {
    auto answer = co_await goals_->Call<goals::v1::ListDueHomeworkResponse>(
        context, "rapport.goals.v1.GoalsService/ListDueHomework", request, std::chrono::seconds(2));
    if (!answer.ok()) co_return answer.status();
    for (const auto& homework : answer->homework()) due.push_back({homework.name()});
    request.set_page_token(answer->next_page_token());
  } while (!request.page_token().empty());
  co_return due;
}

}  // namespace rapport::notes
