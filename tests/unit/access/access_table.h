// AccessTable: the expectations of access_table.md as values. For the test beside it.
//
// Knows the file's shape and nothing of policies. Values; safe to share.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace rapport::access {

// How a caller may stand to the family; the table's columns, without `mesh`.
enum class Way { kTeam, kTreats, kSupervises, kAuthor, kIntake, kAgency, kMember, kInvited };

// Who may call one RPC.
struct Expectation {
  std::map<Way, std::set<std::string>>
      roles;                  // "clinician"; of kMember and kInvited: one of theirs
  bool any_token = false;     // any signed-in caller, whatever their role
  bool member_named = false;  // the member must be the one whom the request names
  bool invited_named = false;
  std::set<std::string> mesh;  // services that may call it between processes
  std::string consent;         // "RATINGS": asked for before the use case; empty: none
  std::string scope;           // of the token; empty: none
  bool in_emergency = false;   // writes, and break-glass suffices all the same
  bool services_alone = false;

  bool Has(Way way, const std::string& role) const {
    const auto found = roles.find(way);
    return found != roles.end() && found->second.count(role) != 0;
  }
};

struct AccessTable {
  std::map<std::string, Expectation> rows;  // by "rapport.intake.v1.IntakeService/GetFamily"
  std::vector<std::string> faults;          // of the file, each with its line
};

// Reads the file; a row that can't be read is a fault and no row.
AccessTable ReadAccessTable(const std::string& path);

}  // namespace rapport::access
