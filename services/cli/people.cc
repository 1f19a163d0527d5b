#include "cli/people.h"

#include "cli/accounts.h"
#include "cli/pages.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/fold.h"

#include <absl/strings/str_split.h>
#include <rapport/intake/v1/family_requests.pb.h>
#include <rapport/intake/v1/system_requests.pb.h>
#include <utf8proc.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace rapport::cli {
namespace {

constexpr std::size_t kIdDigits = 6;
constexpr std::size_t kMostSaid = 5;
constexpr std::size_t kMostFamilies = 50;

// What is neither letter nor digit parts words: "Ünal-Ōno" is two.
std::vector<std::string> WordsOf(std::string_view text) {
  const std::string folded = schema::Fold(text);
  std::vector<std::string> words;
  bool within = false;
  for (std::size_t at = 0; at < folded.size();) {
    utf8proc_int32_t point = 0;
    const auto size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(folded.data()) + at,
                         static_cast<utf8proc_ssize_t>(folded.size() - at), &point);
    const std::size_t bytes = size > 0 ? static_cast<std::size_t>(size) : 1;
    const auto category = size > 0 ? utf8proc_category(point) : UTF8PROC_CATEGORY_LO;
    const bool letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
    if (letter && !within) words.emplace_back();
    if (letter) words.back().append(folded, at, bytes);
    within = letter;
    at += bytes;
  }
  return words;
}

}  // namespace

People People::OfFamily(Client& client, const Caller& caller, const std::string& family) {
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
  return people;
}

std::vector<std::string> People::Names() const {
  std::vector<std::string> names;
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
  const std::vector<std::string> wanted = WordsOf(text);
  std::vector<std::string> whole, named;
  if (wanted.empty()) return named;
  for (const auto& [name, shown] : shown_) {
    const std::vector<std::string> words = WordsOf(shown);
    if (words == wanted) whole.push_back(name);
    const bool all = std::ranges::all_of(wanted, [&](const std::string& word) {
      return std::ranges::find(words, word) != words.end();
    });
    if (all) named.push_back(name);
  }
  return whole.empty() ? named : whole;
}

absl::StatusOr<std::string> TheOneNamed(const People& people, std::string_view text,
                                        std::string_view kind) {
  if (WordsOf(text).empty()) {
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
                                       const std::string& family, const std::string& text) {
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
  return TheOneNamed(all.value_or(People()), text, "person");
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
  const auto found = TheOneNamed(met, text, "family");
  if (absl::IsInvalidArgument(found.status())) return found;
  if (found.ok() && schema::Fold(met.Show(*found)) == schema::Fold(text)) return found;
  ASSIGN_OR_RETURN(const People all, list(""));
  return TheOneNamed(all, text, "family");
}

absl::StatusOr<std::string> FindFamily(Client& client, const Caller& caller,
                                       const std::string& text) {
  if (text.starts_with("families/")) return text;
  if (text == kMe) {
    ASSIGN_OR_RETURN(const auto account, AccountOf(client, caller));
    return OwnFamily(account, text);
  }
  const auto found = FamilyNamed(
      text, [&](std::string filter) { return FamiliesOf(client, caller, std::move(filter)); });
  if (!absl::IsNotFound(found.status()) && !absl::IsPermissionDenied(found.status())) return found;
  const auto account = AccountOf(client, caller);
  return account.ok() && account->memberships_size() > 0 ? OwnFamily(*account, text) : found;
}

}  // namespace rapport::cli
