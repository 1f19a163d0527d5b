// Workloads: what the n-th call of each kind carries. For call_load only.
//
//   echo      the bench's own service, 100 tokens in turn
//   map       GetAllianceMap: a clinician about a family of theirs. A share of the calls can be
//             made by supervisors who never asked before, so that each needs a disclosure row.
//   roster    GetRoster, likewise always covered
//   family    GetFamily, likewise
//   families  ListFamilies: a clinician's own, a page of 50; all-families: an administrator's
//   create    CreateFamily: a clinician's, every call another family; break-glass: GrantBreakGlass,
//             of the urgent class, every call another family or clinician
//   submit    SubmitRating: a clinician hands in a paper form; every call another rating
#pragma once

#include "bench/load.h"
#include "bench/population.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <string>

namespace rapport::bench {

struct WorkloadOptions {
  std::string kind;
  std::string tokens;  // folder of clinician-N.jwt and supervisor-N.jwt
  int clinicians = 100;
  int supervisors = 0;
  double covered = 1;       // share of `map` calls that an earlier disclosure row covers
  std::uint64_t first = 0;  // submit, break-glass: what an earlier run has used
  std::uint64_t most = 0;   // submit: how many to prepare
  std::uint64_t seed = 1;
};

struct Workload {
  std::string path;
  std::function<std::string(std::uint64_t n)> body;
  std::function<std::string(std::uint64_t n)> authorization;
  // How many calls get the server to the state that is to be measured.
  std::uint64_t warm_up_calls = 0;
  // How many calls it has; a run that needs more measured something else.
  std::uint64_t calls = 0;
};

// INVALID_ARGUMENT: no such kind, or a token is missing.
absl::StatusOr<Workload> MakeWorkload(const WorkloadOptions& options, const Population& population);

}  // namespace rapport::bench
