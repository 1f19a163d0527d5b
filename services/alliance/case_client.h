// CaseClient: closed cases, asked of intake over the mesh on this process's own identity. Used by
// the trajectory. Thread-safe.
#pragma once

#include "alliance/sources.h"
#include "platform/rpc/channel.h"

namespace rapport::alliance {

class CaseClient final : public CaseSource {
 public:
  // `intake` must outlive it.
  explicit CaseClient(rpc::Channel& intake) : intake_(intake) {}

  Task<absl::StatusOr<internal::v1::ListClosedCasesResponse>> ClosedCases(
      CallContext& context, internal::v1::ListClosedCasesRequest request) override;

 private:
  rpc::Channel& intake_;
};

}  // namespace rapport::alliance
