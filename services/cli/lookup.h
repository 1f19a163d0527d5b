// Lookup: whom a privacy officer means by a name. They see neither rosters nor lists of families;
// intake looks for them, and keeps for what (FindPeople).
#pragma once

#include "cli/people.h"

#include <rapport/intake/v1/people_requests.pb.h>

#include <string>
#include <string_view>

namespace rapport::cli {

// What somebody is looked for by whoever calls this method: "OpenRecordRequest". What is nothing of
// the others is a review.
intake::v1::LookupPurpose PurposeOf(std::string_view method);

// Of those found, the one member whom `text` names, as TheOneNamed; of several it says whose family
// each is of. `family` (a name; empty or families/-: any): only of that one.
absl::StatusOr<std::string> TheMemberFound(const std::vector<intake::v1::FoundPerson>& found,
                                           const std::string& family, std::string_view text);
// Of those found, the one family whom `text` names.
absl::StatusOr<std::string> TheFamilyFound(const std::vector<intake::v1::FoundPerson>& found,
                                           std::string_view text);

// All that intake finds. PERMISSION_DENIED: the caller is no privacy officer.
absl::StatusOr<std::vector<intake::v1::FoundPerson>> LookUp(Client& client, const Caller& caller,
                                                            std::string_view method,
                                                            const std::string& text);

}  // namespace rapport::cli
