// RosterClient: families and rosters, asked of intake over the mesh in the caller's name. Used by
// imports and extracts. Thread-safe.
#pragma once

#include "notes/sources.h"
#include "platform/rpc/channel.h"

#include <rapport/internal/v1/access_service.pb.h>

#include <memory>
#include <utility>

namespace rapport::notes {

// What intake says of a family's ties. The release before, beside this one in an update, knows of
// none, which is what it always acted on.
absl::StatusOr<Ties> TiesIn(const absl::StatusOr<internal::v1::GetElsewhereResponse>& answer);

class RosterClient final : public RosterSource {
 public:
  explicit RosterClient(std::shared_ptr<rpc::Channel> intake) : intake_(std::move(intake)) {}

  Task<absl::StatusOr<std::vector<MemberName>>> NamesOf(CallContext& context,
                                                        std::string family) override;
  Task<absl::StatusOr<std::string>> FamilyOf(CallContext& context,
                                             type::v1::ExternalId id) override;
  Task<absl::StatusOr<intake::v1::Roster>> RosterAt(CallContext& context, std::string family,
                                                    std::int64_t at_us) override;
  Task<absl::StatusOr<Ties>> TiesOf(CallContext& context, std::string family) override;
  Task<absl::StatusOr<Staff>> StaffOf(CallContext& context) override;

 private:
  const std::shared_ptr<rpc::Channel> intake_;
};

}  // namespace rapport::notes
