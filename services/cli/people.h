// People: names of resources as people read them: "Mira", not families/5f../members/0a... Asked of
// intake once a family, as the caller, who may learn only what they are allowed to. A value type.
#pragma once

#include "cli/client.h"

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::cli {

class People {
 public:
  // Everyone on the roster now. Empty when the caller may not see it.
  static People OfFamily(Client& client, const Caller& caller, const std::string& family);

  void Add(std::string name, std::string shown) { shown_[std::move(name)] = std::move(shown); }

  // Those whose name has all words of `text`, capitals or not.
  std::vector<std::string> Named(std::string_view text) const;

  // The person's name, or the resource's kind and the first digits of its id: "goals/5f03a2".
  std::string Show(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> shown_;
};

// The family that a resource belongs to: "families/1/goals/2" -> "families/1".
std::string FamilyIn(std::string_view name);

// The one person of `family` (a name; empty: of none) or of the agency's directory whose name has
// all words of `text`. NOT_FOUND: the caller sees none; FAILED_PRECONDITION: several.
absl::StatusOr<std::string> FindPerson(Client& client, const Caller& caller,
                                       const std::string& family, const std::string& text);

// `text` is a resource name, or words of the display name of the one family that is meant.
// NOT_FOUND: the caller sees none; FAILED_PRECONDITION: several.
absl::StatusOr<std::string> FindFamily(Client& client, const Caller& caller,
                                       const std::string& text);

}  // namespace rapport::cli
