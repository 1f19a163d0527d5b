// AllianceClient: estimates, asked of alliance over the mesh in the caller's name: alliance decides
// who may see them, and writes down that they were shown. Thread-safe.
#pragma once

#include "goals/alliance_source.h"
#include "platform/rpc/channel.h"

#include <memory>
#include <utility>

namespace rapport::goals {

class AllianceClient final : public AllianceSource {
 public:
  explicit AllianceClient(std::shared_ptr<rpc::Channel> alliance)
      : alliance_(std::move(alliance)) {}

  // Waits at most a second a page: what rests on it is answered without.
  Task<absl::StatusOr<Estimates>> EstimatesOf(CallContext& context, std::string family) override;

 private:
  const std::shared_ptr<rpc::Channel> alliance_;
};

}  // namespace rapport::goals
