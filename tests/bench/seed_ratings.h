// SeedRatings: writes held sessions and their ratings into alliance's database while no process has
// it: the records that the service would write, sealed and chained by its own code, many to a
// commit. For `seed` only.
#pragma once

#include "bench/population.h"

#include <absl/status/status.h>

#include <string>

namespace rapport::bench {

struct RatingsOptions {
  std::string agency;
  std::string suite_secret, key_encryption_key;  // files
  std::string database, keys_database;           // files, made when absent
  int rated_sessions = 0;                        // a family; every member rated each, weeks ago
  int unrated_sessions = 0;                      // a family; held lately
};

// Fills in the population's unrated sessions. Events of what it writes count as delivered.
absl::Status SeedRatings(const RatingsOptions& options, Population& population);

}  // namespace rapport::bench
