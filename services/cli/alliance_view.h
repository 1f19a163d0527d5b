// AllianceView: the alliance map as a page for a tired clinician: who stands how to whom, where it
// is going, and who needs a word today. One row for each member and helper, a second one where the
// helper rated too.
//
// Values are never coloured by their height: the forms have no cut-off, a person is compared with
// themself only. What asks for attention is what the service signals.
#pragma once

#include "cli/people.h"
#include "cli/table.h"

#include <absl/status/statusor.h>
#include <rapport/alliance/v1/alliance_map.pb.h>
#include <rapport/alliance/v1/instrument.pb.h>
#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/alliance/v1/signal.pb.h>

#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::cli {

struct MapFacts {
  alliance::v1::AllianceMap map;
  std::vector<alliance::v1::Rating> ratings;  // for the lines; may be empty
  std::vector<alliance::v1::Signal> signals;  // open ones; a member gets none
  People people;
  // The forms of the map's values, by name; one that the caller may not read is missing.
  std::map<std::string, alliance::v1::Instrument> instruments;
};

// What the caller may see of it; of ratings and signals only where they may.
absl::StatusOr<MapFacts> FetchMap(Client& client, const Caller& caller, const std::string& family);

void PrintMap(const MapFacts& facts, bool colour, std::ostream& out, std::string_view indent = {});

}  // namespace rapport::cli
