// What the alliance service asks intake for, as interfaces: families and rosters for imports, whose
// families somebody sees to, closed cases for the trajectory. roster_client and case_client ask
// over the mesh; tests answer themselves.
#pragma once

#include "alliance/case_due.h"
#include "platform/base/call_context.h"
#include "platform/base/task.h"

#include <rapport/intake/v1/roster.pb.h>
#include <rapport/internal/v1/closed_case.pb.h>
#include <rapport/type/v1/type.pb.h>

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rapport::alliance {

// The families that somebody works with or supervises, by name.
struct Caseload {
  std::vector<std::string> families;   // whose case is not over
  std::map<std::string, CaseDue> due;  // of those: what the case waits for
  std::vector<std::string> over;       // closed or sent elsewhere
  bool incomplete = false;             // there are more than kMostFamilies of the first
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
  // Both systems of `family` (a name) at `at_us`; 0: now.
  virtual Task<absl::StatusOr<intake::v1::Roster>> RosterAt(CallContext& context,
                                                            std::string family,
                                                            std::int64_t at_us) = 0;
};

class CaseSource {
 public:
  virtual ~CaseSource() = default;
  // A page of the agency's closed cases.
  virtual Task<absl::StatusOr<internal::v1::ListClosedCasesResponse>> ClosedCases(
      CallContext& context, internal::v1::ListClosedCasesRequest request) = 0;
};

}  // namespace rapport::alliance
