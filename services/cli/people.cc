#include "cli/people.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/fold.h"

#include <absl/strings/str_split.h>
#include <rapport/intake/v1/family_requests.pb.h>
#include <rapport/intake/v1/system_requests.pb.h>

namespace rapport::cli {
namespace {

constexpr std::size_t kIdDigits = 6;

}  // namespace

People People::OfFamily(Client& client, const Caller& caller, const std::string& family) {
  People people;
  intake::v1::GetRosterRequest request;
  request.set_name(family);
  const auto answer = client.Call<intake::v1::GetRosterResponse>(
      caller, "rapport.intake.v1.IntakeService/GetRoster", request);
  if (!answer.ok()) return people;
  for (const auto& member : answer->roster().members()) {
    people.Add(member.member(), member.display_name());
  }
  for (const auto& helper : answer->roster().helpers()) {
    people.Add(helper.professional(), helper.display_name());
  }
  return people;
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
  const std::string wanted = schema::Fold(text);
  std::vector<std::string> named;
  for (const auto& [name, shown] : shown_) {
    const std::string folded = schema::Fold(shown);
    bool all = true;
    for (const absl::string_view word : absl::StrSplit(wanted, ' ', absl::SkipEmpty())) {
      all = all && folded.find(std::string(word)) != std::string::npos;
    }
    if (all) named.push_back(name);
  }
  return named;
}

absl::StatusOr<std::string> FindPerson(Client& client, const Caller& caller,
                                       const std::string& family, const std::string& text) {
  std::vector<std::string> named;
  if (!family.empty()) named = People::OfFamily(client, caller, family).Named(text);
  if (named.empty()) {
    const auto directory = client.Call<intake::v1::ListProfessionalsResponse>(
        caller, "rapport.intake.v1.IntakeService/ListProfessionals",
        intake::v1::ListProfessionalsRequest());
    People all;
    if (directory.ok()) {
      for (const auto& one : directory->professionals()) all.Add(one.name(), one.display_name());
    }
    named = all.Named(text);
  }
  if (named.size() == 1) return named.front();
  return named.empty() ? absl::NotFoundError("nobody of that name is yours to see")
                       : absl::FailedPreconditionError("several people have that name");
}

std::string FamilyIn(std::string_view name) {
  return std::string(name.substr(0, name.find('/', std::string_view("families/").size())));
}

absl::StatusOr<std::string> FindFamily(Client& client, const Caller& caller,
                                       const std::string& text) {
  if (text.starts_with("families/")) return text;
  intake::v1::ListFamiliesRequest request;
  std::string filter;  // every word is in the name
  for (const absl::string_view word :
       absl::StrSplit(text, absl::ByAnyChar(" \"\\"), absl::SkipEmpty())) {
    filter += Concat({filter.empty() ? "" : " AND ", "text:\"", Std(word), "\""});
  }
  request.set_filter(filter);
  ASSIGN_OR_RETURN(const auto found,
                   client.Call<intake::v1::ListFamiliesResponse>(
                       caller, "rapport.intake.v1.IntakeService/ListFamilies", request));
  if (found.families().empty())
    return absl::NotFoundError("no family of that name is yours to see");
  if (found.families_size() > 1) {
    return absl::FailedPreconditionError(
        "several families have that name; `family list` shows them");
  }
  return found.families(0).name();
}

}  // namespace rapport::cli
