// Population: the made-up families that a bench run calls about, as a file between the programs of
// the bench: `seed` writes it, `call_load` reads it. Public names only; nobody in it is real.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

namespace rapport::bench {

struct Population {
  struct Family {
    std::string name;
    int clinician = 0;  // which of the tokens "clinician-N" is on the family's team
    std::string professional;
    std::vector<std::string> members;
    std::vector<std::string> unrated_sessions;  // held, and nobody rated them yet
  };
  std::vector<Family> families;
};

absl::Status Save(const Population& population, const std::string& path);
absl::StatusOr<Population> LoadPopulation(const std::string& path);

// Authorization headers, of the files `who`-0.jwt to `who`-(count - 1).jwt in `folder`.
// INVALID_ARGUMENT: one is missing.
using Tokens = std::shared_ptr<const std::vector<std::string>>;
absl::StatusOr<Tokens> LoadTokens(const std::string& folder, const std::string& who, int count);

}  // namespace rapport::bench
