// FindPeople: whom a request, a hold or a complaint is about, found by name by who answers for
// privacy. Nobody else looks through the agency's names.
#include "intake/intake_service.h"
#include "platform/audit/shown.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/words.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>

namespace rapport::intake {
namespace {

// "DISCLOSURES", as the audit trail keeps it.
std::string CodeOf(v1::LookupPurpose purpose) {
  constexpr std::string_view kPrefix = "LOOKUP_PURPOSE_";
  return v1::LookupPurpose_Name(purpose).substr(kPrefix.size());
}

}  // namespace

IntakeService::Answer<v1::FindPeopleResponse> IntakeService::FindPeople(
    CallContext& context, const v1::FindPeopleRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  const std::vector<std::string> wanted = schema::WordsOf(request.text());
  if (wanted.empty()) co_return schema::InvalidField("text", "a word of a name");
  v1::FindPeopleResponse response;
  // What was looked for stands in no line that names a person, least of all when nobody is found:
  // that somebody looked, and why, has one of its own.
  if (request.page_token().empty()) {
    records::Changes looked(context, Now());
    looked.Audit("people.find", records::Record(), {}, CodeOf(request.purpose()));
    const auto committed = co_await deps_.records.Commit(context, std::move(looked), response);
    if (!committed.ok()) co_return committed.status();
  }
  absl::flat_hash_map<std::string, std::string> families;  // what each is called
  const auto called = [&](db::Tx& tx, const std::string& id) -> absl::StatusOr<std::string> {
    const auto [family, unread] = families.try_emplace(id);
    if (unread) {
      ASSIGN_OR_RETURN(auto record, deps_.records.Get(tx, agency, id, kFamily, id));
      ASSIGN_OR_RETURN(const StoredFamily stored,
                       records::Parse<internal::v1::StoredFamily>(std::move(record)));
      family->second = stored.message.family().display_name();
    }
    return family->second;
  };
  const auto take = [&](db::Tx& tx, records::Record record, bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const StoredMember stored,
                     records::Parse<internal::v1::StoredMember>(std::move(record)));
    const v1::Member& member = stored.message.member();
    ASSIGN_OR_RETURN(const std::string family, called(tx, stored.record.family));
    const std::string both = Concat({member.display_name(), " ", family});
    if (!schema::HasAll(schema::WordsOf(both), wanted)) return false;
    if (!show) return true;
    v1::FoundPerson& found = *response.add_people();
    found.set_member(member.name());
    found.set_display_name(member.display_name());
    found.set_family(names.Family(stored.record.family));
    found.set_family_display_name(family);
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    audit::NoteShown(context, stored.record.family, stored.record.id);
    return true;
  };
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      co_await records::ScanPage(deps_, context, request,
                                                 records::ListQuery{.kind = kMember}, take));
  co_return response;
}

}  // namespace rapport::intake
