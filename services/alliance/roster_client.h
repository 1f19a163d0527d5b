// RosterClient: families and rosters, asked of intake over the mesh in the caller's name. Used by
// imports. Thread-safe.
#pragma once

#include "alliance/sources.h"
#include "platform/rpc/channel.h"

namespace rapport::alliance {

class RosterClient final : public RosterSource {
 public:
  // `intake` must outlive it.
  explicit RosterClient(rpc::Channel& intake) : intake_(intake) {}

  Task<absl::StatusOr<std::string>> FamilyOf(CallContext& context,
                                             type::v1::ExternalId id) override;
  Task<absl::StatusOr<Caseload>> CaseloadOf(CallContext& context) override;
  Task<absl::StatusOr<intake::v1::Roster>> RosterAt(CallContext& context, std::string family,
                                                    std::int64_t at_us) override;

 private:
  rpc::Channel& intake_;
};

}  // namespace rapport::alliance
