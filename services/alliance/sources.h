// What the alliance service asks intake for, as an interface: families and rosters for
// imports, whose families somebody sees to.
// roster_client asks over the mesh; tests answer themselves.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/task.h"

#include <rapport/intake/v1/roster.pb.h>
#include <rapport/type/v1/type.pb.h>

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rapport::alliance {

// The families that somebody works with or supervises, closed ones left out.
struct Caseload {
  std::vector<std::string> families;  // names
  bool incomplete = false;            // there are more than kMostFamilies
};
inline constexpr int kMostFamilies = 2'000;

class RosterSource {
 public:
  virtual ~RosterSource() = default;
  // The caller's.
  virtual Task<absl::StatusOr<Caseload>> CaseloadOf(CallContext& context) = 0;
  // The name of the family with this external id; empty: none that the caller may see.
  virtual Task<absl::StatusOr<std::string>> FamilyOf(CallContext& context,
                                                     type::v1::ExternalId id) = 0;
  // Both systems of `family` (a name) at `at_us`.
  virtual Task<absl::StatusOr<intake::v1::Roster>> RosterAt(CallContext& context,
                                                            std::string family,
                                                            std::int64_t at_us) = 0;
};

}  // namespace rapport::alliance
