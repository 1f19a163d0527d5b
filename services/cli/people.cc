#include "cli/people.h"

#include "cli/accounts.h"
#include "cli/lookup.h"
#include "cli/pages.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/fold.h"
#include "platform/schema/words.h"

#include <absl/strings/str_split.h>
#include <rapport/intake/v1/family_requests.pb.h>
#include <rapport/intake/v1/system_requests.pb.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace rapport::cli {
namespace {

constexpr std::size_t kIdDigits = 6;
constexpr std::size_t kMostSaid = 5;
constexpr std::size_t kMostFamilies = 50;

// Those who left too; nobody where the caller may not see them.
People EverybodyEverIn(Client& client, const Caller& caller, const std::string& family) {
  People people;
  intake::v1::ListMembersRequest members;
  members.set_parent(family);
  members.set_include_ended(true);
  absl::Status seen = EachPage(
      std::move(members),
      [&](const auto& request) {
        return client.Call<intake::v1::ListMembersResponse>(
            caller, "rapport.intake.v1.IntakeService/ListMembers", request);
      },
      [&](const auto& page) {
        for (const auto& member : page.members()) people.Add(member.name(), member.display_name());
      });
  intake::v1::ListTherapistSystemRequest helpers;
  helpers.set_parent(family);
  helpers.set_include_ended(true);
  seen.Update(EachPage(
      std::move(helpers),
      [&](const auto& request) {
        return client.Call<intake::v1::ListTherapistSystemResponse>(
            caller, "rapport.intake.v1.IntakeService/ListTherapistSystem", request);
      },
      [&](const auto& page) {
        for (const auto& helper : page.helpers()) {
          people.Add(helper.professional(), helper.display_name());
        }
      }));
  // Whoever it was, a name is only what is printed: the answer stands without it.
  seen.IgnoreError();
  return people;
}

}  // namespace

People People::OfFamily(Client& client, const Caller& caller, const std::string& family,
                        std::string_view mentioned) {
  People people;
  intake::v1::GetRosterRequest request;
  request.set_name(family);
  const auto answer = client.Call<intake::v1::GetRosterResponse>(
      caller, "rapport.intake.v1.IntakeService/GetRoster", request);
  if (!answer.ok()) {
    const auto account = AccountOf(client, caller);
    if (!account.ok()) return people;
    for (const auto& one : account->memberships()) {
      if (one.family() == family) people.Add(one.member(), one.display_name());
    }
    return people;
  }
  for (const auto& member : answer->roster().members()) {
    people.Add(member.member(), member.display_name());
  }
  for (const auto& helper : answer->roster().helpers()) {
    people.Add(helper.professional(), helper.display_name());
  }
  const std::vector<std::string> named = NamedIn(mentioned);
  const auto somebody_left = [&] {
    return std::ranges::any_of(named, [&](const std::string& name) {
      return !people.Knows(name) && (!name.starts_with("families/") || FamilyIn(name) == family);
    });
  };
  if (somebody_left()) people.Join(EverybodyEverIn(client, caller, family));
  // A supervisor need never have been on the team.
  if (somebody_left()) people.Join(DirectoryOf(client, caller).value_or(People()));
  return people;
}

std::vector<std::string> People::Names() const {
  std::vector<std::string> names;
  names.reserve(shown_.size());
  for (const auto& [name, shown] : shown_) names.push_back(name);
  return names;
}

std::string People::Show(std::string_view name) const {
  if (const auto found = shown_.find(name); found != shown_.end()) return found->second;
  const std::size_t id = name.rfind('/');
  if (id == std::string_view::npos) return std::string(name);
  const std::size_t before = name.substr(0, id).rfind('/');
  const std::size_t kind = before == std::string_view::npos ? 0 : before + 1;
  return std::string(name.substr(kind, id + 1 + kIdDigits - kind));
}

std::vector<std::string> People::Named(std::string_view text) const {
  const std::vector<std::string> wanted = schema::WordsOf(text);
  std::vector<std::string> whole, named;
  if (wanted.empty()) return named;
  for (const auto& [name, shown] : shown_) {
    const std::vector<std::string> words = schema::WordsOf(shown);
    if (words == wanted) whole.push_back(name);
    if (schema::HasAll(words, wanted)) named.push_back(name);
  }
  return whole.empty() ? named : whole;
}

absl::StatusOr<std::string> TheOneNamed(const People& people, std::string_view text,
                                        std::string_view kind) {
  if (schema::WordsOf(text).empty()) {
    return absl::InvalidArgumentError(Absl(Concat({"a ", kind, "'s name, not an empty one"})));
  }
  const std::vector<std::string> named = people.Named(text);
  if (named.size() == 1) return named.front();
  if (named.empty()) {
    return absl::NotFoundError(Absl(Concat({"no ", kind, " of the name \"", text,
                                            "\" is yours to see; whole words of it are needed"})));
  }
  std::string all;
  for (std::size_t i = 0; i < std::min(named.size(), kMostSaid); ++i) {
    all += Concat({"\n  ", people.Show(named[i]), "  ", named[i]});
  }
  return absl::FailedPreconditionError(
      Absl(Concat({"several have the name \"", text, "\"; say more of it, or which:", all,
                   named.size() > kMostSaid ? "\n  ..." : ""})));
}

absl::StatusOr<People> DirectoryOf(Client& client, const Caller& caller) {
  People all;
  RETURN_IF_ERROR(EachPage(
      intake::v1::ListProfessionalsRequest(),
      [&](const auto& request) {
        return client.Call<intake::v1::ListProfessionalsResponse>(
            caller, "rapport.intake.v1.IntakeService/ListProfessionals", request);
      },
      [&](const auto& page) {
        for (const auto& one : page.professionals()) all.Add(one.name(), one.display_name());
      }));
  return all;
}

absl::StatusOr<std::string> FindPerson(Client& client, const Caller& caller,
                                       const std::string& family, const std::string& text,
                                       std::string_view method) {
  if (text == kMe) {
    ASSIGN_OR_RETURN(const auto account, AccountOf(client, caller));
    const auto member = OwnMember(account, family, text);
    const bool staff = absl::IsNotFound(member.status()) && account.has_professional();
    return staff ? account.professional().name() : member;
  }
  if (!family.empty()) {
    const auto found = TheOneNamed(People::OfFamily(client, caller, family), text, "person");
    if (!absl::IsNotFound(found.status())) return found;
  }
  const auto all = DirectoryOf(client, caller);
  // Who may not see the directory is told that nobody of the name is theirs to see. Of a part of it
  // nothing is decided: another of the name may be in the rest.
  if (!all.ok() && !absl::IsPermissionDenied(all.status())) return all.status();
  if (!all.ok()) {
    const auto found = LookUp(client, caller, method, text);
    if (found.ok()) return TheMemberFound(*found, family, text);
    if (!absl::IsPermissionDenied(found.status())) return found.status();
  }
  return TheOneNamed(all.value_or(People()), text, "person");
}

std::vector<std::string> NamedIn(std::string_view text) {
  std::set<std::string> names;
  const auto id_ends = [&](std::size_t at) {
    while (at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0) ++at;
    return at;
  };
  for (const std::string_view kind : {"members/", "professionals/"}) {
    for (std::size_t at = text.find(kind); at != std::string_view::npos;
         at = text.find(kind, at + 1)) {
      const std::size_t end = id_ends(at + kind.size());
      // A member's begins with the family's.
      const std::size_t family = text.rfind("families/", at);
      const bool member = kind == "members/";
      if (member && (family == std::string_view::npos ||
                     id_ends(family + std::string_view("families/").size()) + 1 != at)) {
        continue;
      }
      const std::size_t from = member ? family : at;
      if (end > at + kind.size()) names.emplace(text.substr(from, end - from));
    }
  }
  return {names.begin(), names.end()};
}

People OfFamiliesIn(Client& client, const Caller& caller, std::string_view text) {
  constexpr std::string_view kFamilies = "families/";
  std::set<std::string> families;
  for (std::size_t at = text.find(kFamilies); at != std::string_view::npos;
       at = text.find(kFamilies, at + 1)) {
    const std::size_t id = at + kFamilies.size();
    std::size_t end = id;
    while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end])) != 0) ++end;
    if (end > id && families.size() < kMostFamilies) {
      families.emplace(text.substr(at, end - at));
    }
  }
  People all;
  for (const std::string& family : families) all.Join(People::OfFamily(client, caller, family));
  return all;
}

std::string FamilyIn(std::string_view name) {
  return std::string(name.substr(0, name.find('/', std::string_view("families/").size())));
}

absl::StatusOr<People> FamiliesOf(Client& client, const Caller& caller, std::string filter) {
  People people;
  intake::v1::ListFamiliesRequest request;
  request.set_filter(std::move(filter));
  RETURN_IF_ERROR(EachPage(
      std::move(request),
      [&](const auto& one) {
        return client.Call<intake::v1::ListFamiliesResponse>(
            caller, "rapport.intake.v1.IntakeService/ListFamilies", one);
      },
      [&](const auto& page) {
        for (const auto& family : page.families()) people.Add(family.name(), family.display_name());
      }));
  return people;
}

absl::StatusOr<std::string> FamilyNamed(std::string_view text, const ListFamilies& list) {
  // The service knows words as spaces part them, in a moment: "Ono" is met there in "Ono", and in
  // "Ünal-Ōno" only here. So what it finds decides for a whole name alone.
  std::string filter;
  for (const absl::string_view word :
       absl::StrSplit(Absl(text), absl::ByAnyChar(" \"\\"), absl::SkipEmpty())) {
    filter += Concat({filter.empty() ? "" : " AND ", "text:\"", Std(word), "\""});
  }
  ASSIGN_OR_RETURN(const People met, list(filter));
  auto found = TheOneNamed(met, text, "family");
  if (absl::IsInvalidArgument(found.status())) return found;
  if (found.ok() && schema::Fold(met.Show(*found)) == schema::Fold(text)) return found;
  ASSIGN_OR_RETURN(const People all, list(""));
  return TheOneNamed(all, text, "family");
}

absl::StatusOr<std::string> FindFamily(Client& client, const Caller& caller,
                                       const std::string& text, std::string_view method) {
  if (text.starts_with("families/")) return text;
  if (text == kMe) {
    ASSIGN_OR_RETURN(const auto account, AccountOf(client, caller));
    return OwnFamily(account, text);
  }
  auto found = FamilyNamed(
      text, [&](std::string filter) { return FamiliesOf(client, caller, std::move(filter)); });
  if (!absl::IsNotFound(found.status()) && !absl::IsPermissionDenied(found.status())) return found;
  const auto account = AccountOf(client, caller);
  if (account.ok() && account->memberships_size() > 0) return OwnFamily(*account, text);
  if (!absl::IsPermissionDenied(found.status())) return found;
  const auto looked_up = LookUp(client, caller, method, text);
  if (absl::IsPermissionDenied(looked_up.status())) return found;
  RETURN_IF_ERROR(looked_up.status());
  return TheFamilyFound(*looked_up, text);
}

}  // namespace rapport::cli
