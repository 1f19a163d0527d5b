#include "cli/lookup.h"

#include "cli/pages.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/names.h"

namespace rapport::cli {

using intake::v1::FoundPerson;

intake::v1::LookupPurpose PurposeOf(std::string_view method) {
  if (method == "GetDisclosures") return intake::v1::LOOKUP_PURPOSE_DISCLOSURES;
  if (method.ends_with("RecordRequest") || method.ends_with("RecordRequests")) {
    return intake::v1::LOOKUP_PURPOSE_RECORD_REQUEST;
  }
  if (method.ends_with("LegalHold") || method.ends_with("LegalHolds")) {
    return intake::v1::LOOKUP_PURPOSE_LEGAL_HOLD;
  }
  return intake::v1::LOOKUP_PURPOSE_REVIEW;
}

absl::StatusOr<std::string> TheMemberFound(const std::vector<FoundPerson>& found,
                                           const std::string& family, std::string_view text) {
  People people, with_family;
  for (const FoundPerson& one : found) {
    if (!family.empty() && !schema::IsAnyFamily(family) && one.family() != family) continue;
    people.Add(one.member(), one.display_name());
    with_family.Add(one.member(),
                    Concat({one.display_name(), " (", one.family_display_name(), ")"}));
  }
  const auto meant = TheOneNamed(people, text, "person");
  return absl::IsInvalidArgument(meant.status()) || meant.ok()
             ? meant
             : TheOneNamed(with_family, text, "person");
}

absl::StatusOr<std::string> TheFamilyFound(const std::vector<FoundPerson>& found,
                                           std::string_view text) {
  People families;
  for (const FoundPerson& one : found) families.Add(one.family(), one.family_display_name());
  return TheOneNamed(families, text, "family");
}

absl::StatusOr<std::vector<FoundPerson>> LookUp(Client& client, const Caller& caller,
                                                std::string_view method, const std::string& text) {
  intake::v1::FindPeopleRequest request;
  request.set_text(text);
  request.set_purpose(PurposeOf(method));
  std::vector<FoundPerson> found;
  RETURN_IF_ERROR(EachPage(
      std::move(request),
      [&](const auto& one) {
        return client.Call<intake::v1::FindPeopleResponse>(
            caller, "rapport.intake.v1.IntakeService/FindPeople", one);
      },
      [&](const auto& page) {
        found.insert(found.end(), page.people().begin(), page.people().end());
      }));
  return found;
}

}  // namespace rapport::cli
