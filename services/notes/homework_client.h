// HomeworkClient: due homework, asked of goals over the mesh in the caller's name. Used when a note
// is signed. Thread-safe.
#pragma once

#include "notes/sources.h"
#include "platform/rpc/channel.h"

#include <rapport/goals/v1/homework_requests.pb.h>

#include <memory>
#include <utility>

namespace rapport::notes {

// The first page of what was agreed in `family` (a name) before `before_us`, was due by then and
// has no review, expired or not.
goals::v1::ListDueHomeworkRequest OwedBefore(const std::string& family, std::int64_t before_us);

class HomeworkClient final : public HomeworkSource {
 public:
  explicit HomeworkClient(std::shared_ptr<rpc::Channel> goals) : goals_(std::move(goals)) {}

  // Waits at most 2 seconds: signing goes on without the answer.
  Task<absl::StatusOr<std::vector<DueItem>>> Due(CallContext& context, std::string family,
                                                 std::int64_t before_us) override;

 private:
  const std::shared_ptr<rpc::Channel> goals_;
};

}  // namespace rapport::notes
