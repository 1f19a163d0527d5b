// People: names of resources as people read them: "Mira", not families/5f../members/0a... Asked of
// intake once a family, as the caller, who may learn only what they are allowed to. A value type.
#pragma once

#include "cli/client.h"

#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::cli {

class People {
 public:
  // Everyone on the roster now, and where `mentioned` (any text) names somebody else of the family,
  // everyone who ever was. Of a caller who may not see it themself, where they are a member.
  static People OfFamily(Client& client, const Caller& caller, const std::string& family,
                         std::string_view mentioned = {});

  void Add(std::string name, std::string shown) { shown_[std::move(name)] = std::move(shown); }

  // Those whose whole name is `text`; where there is none, those whose name has all words of it. A
  // word is meant whole, whatever its capitals and accents: what is written must not fall to
  // somebody whose name has the same letters in it. None when `text` has no word.
  std::vector<std::string> Named(std::string_view text) const;

  // All of them, in order.
  std::vector<std::string> Names() const;

  bool Knows(std::string_view name) const { return shown_.contains(name); }
  void Join(const People& others) { shown_.insert(others.shown_.begin(), others.shown_.end()); }

  // The person's name, or the resource's kind and the first digits of its id: "goals/5f03a2".
  std::string Show(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> shown_;
};

// The names of people (members, professionals) that stand in a text, each once.
std::vector<std::string> NamedIn(std::string_view text);

// Everyone on the rosters of the families that `text` names anywhere, the first 50 of them.
People OfFamiliesIn(Client& client, const Caller& caller, std::string_view text);

// Everyone in the agency's directory.
absl::StatusOr<People> DirectoryOf(Client& client, const Caller& caller);

// The family that a resource belongs to: "families/1/goals/2" -> "families/1".
std::string FamilyIn(std::string_view name);

// The one of `people` whom `text` names. INVALID_ARGUMENT: it has no word; NOT_FOUND: nobody has
// that name; FAILED_PRECONDITION: several do, and says which. `kind`: "person", for these messages.
absl::StatusOr<std::string> TheOneNamed(const People& people, std::string_view text,
                                        std::string_view kind);

// The one person of `family` (a name; empty: of none) or of the agency's directory whom `text`
// names, as TheOneNamed; "me" is the caller. A member may name themself. `method`: what it is asked
// for, which who answers for privacy says with every search (lookup.h).
absl::StatusOr<std::string> FindPerson(Client& client, const Caller& caller,
                                       const std::string& family, const std::string& text,
                                       std::string_view method = {});

// Display names of the families the caller may see; with `filter`, of those that ListFamilies
// keeps.
absl::StatusOr<People> FamiliesOf(Client& client, const Caller& caller, std::string filter = {});

// Lists families' display names; with a filter, those that ListFamilies keeps.
using ListFamilies = std::function<absl::StatusOr<People>(std::string filter)>;

// The one family that `text` names, as TheOneNamed, of all that `list` gives: those that the
// service finds by its words decide only where one of them is written just like `text`.
absl::StatusOr<std::string> FamilyNamed(std::string_view text, const ListFamilies& list);

// `text` is a resource name, or words of the display name of the one family that is meant, as
// FamilyNamed. A member says their own name, or "me". `method` as for FindPerson.
absl::StatusOr<std::string> FindFamily(Client& client, const Caller& caller,
                                       const std::string& text, std::string_view method = {});

}  // namespace rapport::cli
