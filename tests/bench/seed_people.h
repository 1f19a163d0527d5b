// SeedPeople: makes clinicians, supervisors and families in a running intake, through its public
// RPCs. For `seed` only.
#pragma once

#include "bench/population.h"

#include <absl/status/statusor.h>

#include <string>

namespace rapport::bench {

struct PeopleOptions {
  std::string intake;          // "localhost:PORT"
  std::string authority_file;  // PEM
  std::string token;           // of an administrator: the authorization header's value
  int families = 0;            // of four adult members each
  int clinicians = 0;          // family i is clinician (i modulo clinicians)'s
  int supervisors = 0;         // each supervises every clinician
  int renames = 0;             // earlier versions that each family has
};

// The accounts are "clinician-N" and "supervisor-N". The population has no sessions yet.
absl::StatusOr<Population> SeedPeople(const PeopleOptions& options);

}  // namespace rapport::bench
