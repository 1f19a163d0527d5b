// ListFamilies: whose families, which of them, one page.
#include "intake/emergency_rules.h"
#include "intake/intake_service.h"
#include "intake/person_rules.h"
#include "intake/show.h"
#include "platform/audit/shown.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/fold.h"
#include "platform/schema/list_filter.h"

#include <rapport/options/v1/options.pb.h>

#include <absl/strings/str_split.h>

#include <algorithm>

namespace rapport::intake {
namespace {

namespace ov = options::v1;

// Up to so many of the caller's own families a page reads all of, to put them in order. Of somebody
// who supervises more, it looks for them among the agency's, which stand in order, and reads no
// more than ScanPage does; what still grows with them is the list of which they are.
constexpr std::size_t kReadOneByOne = 1'000;

bool HasWord(const std::string& name, const std::string& word) {
  const std::string folded = schema::Fold(name), wanted = schema::Fold(word);
  for (const absl::string_view one : absl::StrSplit(folded, ' ')) {
    if (one == wanted) return true;
  }
  return false;
}

// Of `professional` it was decided before whose families there are, and `text` is words.
const auto& kFamilyFilter = *new schema::ListFilter<v1::Family, std::int64_t>(
    {{"level_of_need"}, {"external_ids"}},
    {{{.name = "state", .type = schema::FilterField::Type::kEnum},
      [](const schema::FilterTerm& term, const v1::Family& family, const std::int64_t& now_us) {
        return schema::Holds(term, CaseStateAt(family, now_us));
      }},
     {{.name = "professional",
       .type = schema::FilterField::Type::kName,
       .patterns = schema::patterns::kProfessional},
      [](const schema::FilterTerm&, const v1::Family&, const std::int64_t&) { return true; }},
     {{.name = "text", .comparisons = {schema::Comparison::kHas, schema::Comparison::kEqual}},
      [](const schema::FilterTerm& term, const v1::Family& family, const std::int64_t&) {
        return HasWord(family.display_name(), term.text);
      }}});

// The states, as they stand beside the sealed rows, in which there may be families of the list.
std::vector<std::int64_t> StatesOf(const std::vector<schema::FilterTerm>& terms, bool all) {
  for (const schema::FilterTerm& term : kFamilyFilter.About("state", terms)) {
    // An emergency whose time is over is on hold, whatever was stored when it began.
    if (term.number == v1::FAMILY_STATE_ON_HOLD) {
      return {v1::FAMILY_STATE_OPEN, v1::FAMILY_STATE_ON_HOLD};
    }
    return {term.number};
  }
  if (all) return {};
  return {
      v1::FAMILY_STATE_NEW,       v1::FAMILY_STATE_SCREENED,         v1::FAMILY_STATE_REDIRECTED,
      v1::FAMILY_STATE_ALLOCATED, v1::FAMILY_STATE_CONSENTS_PENDING, v1::FAMILY_STATE_SAFETY_CHECK,
      v1::FAMILY_STATE_READY};
}

bool NotYetOpen(const v1::Family& family) {
  return family.state() != v1::FAMILY_STATE_OPEN && family.state() != v1::FAMILY_STATE_ON_HOLD &&
         family.state() != v1::FAMILY_STATE_CLOSED;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> IntakeService::OwnFamilies(
    db::Tx& tx, const Principal& principal) const {
  std::vector<std::string> families;
  ASSIGN_OR_RETURN(const auto professional,
                   store_.ProfessionalOf(tx, principal.agency, principal.subject));
  if (!professional) return families;
  std::vector<std::string> whose = {*professional};
  if (principal.roles.Has(ov::ROLE_SUPERVISOR)) {
    ASSIGN_OR_RETURN(const auto supervisees,
                     store_.Supervisees(tx, principal.agency, *professional, Now(), deps_.ids));
    whose.insert(whose.end(), supervisees.begin(), supervisees.end());
  }
  for (const std::string& one : whose) {
    ASSIGN_OR_RETURN(auto caseload,
                     store_.Caseload(tx, principal.agency, one, Now(), IntakeStore::Help::kDirect));
    families.insert(families.end(), caseload.begin(), caseload.end());
  }
  std::sort(families.begin(), families.end());
  families.erase(std::unique(families.begin(), families.end()), families.end());
  return families;
}

// Which families the caller may list: nullopt for all of the agency's.
absl::StatusOr<std::optional<std::vector<std::string>>> IntakeService::ListableFamilies(
    db::Tx& tx, const Principal& principal) const {
  if (principal.roles.Has(ov::ROLE_ADMIN) || principal.roles.Has(ov::ROLE_SERVICE)) {
    return std::nullopt;
  }
  ASSIGN_OR_RETURN(auto own, OwnFamilies(tx, principal));
  return std::optional(std::move(own));
}

// Which families a call lists, of those that it may.
absl::StatusOr<IntakeService::Listing> IntakeService::ListingOf(
    db::Tx& tx, const Principal& principal, const std::vector<schema::FilterTerm>& terms) const {
  const std::string& agency = principal.agency;
  Listing listing;
  listing.intake_too = principal.roles.Has(ov::ROLE_INTAKE);
  ASSIGN_OR_RETURN(listing.own, ListableFamilies(tx, principal));
  const auto narrow = [&](std::vector<std::string> to) {
    // Who has two roles in a family has it twice.
    std::sort(to.begin(), to.end());
    to.erase(std::unique(to.begin(), to.end()), to.end());
    if (!listing.only) {
      listing.only = std::move(to);
      return;
    }
    std::erase_if(*listing.only, [&](const std::string& family) {
      return std::find(to.begin(), to.end(), family) == to.end();
    });
  };
  for (const schema::FilterTerm& term : kFamilyFilter.About("professional", terms)) {
    const auto id = deps_.NamesOf(agency).ReadProfessional(term.text);
    ASSIGN_OR_RETURN(auto caseload, store_.Caseload(tx, agency, id.value_or(""), Now()));
    narrow(std::move(caseload));
  }
  for (const schema::FilterTerm& term : kFamilyFilter.About("external_ids", terms)) {
    const auto at = term.text.find('=');
    type::v1::ExternalId id;
    id.set_system(term.text.substr(0, at));
    id.set_value(at == std::string::npos ? "" : term.text.substr(at + 1));
    ASSIGN_OR_RETURN(
        auto owner,
        deps_.records.FindClaim(tx, agency, ExternalClaim("family", "", id), ExternalValue(id)));
    narrow(owner ? std::vector<std::string>{*owner} : std::vector<std::string>{});
  }
  // Few and known: read one by one instead of looked for in the whole agency.
  const bool few = listing.own && listing.own->size() <= kReadOneByOne;
  if (!listing.only && few && !listing.intake_too) listing.only = listing.own;
  return listing;
}

bool IntakeService::Listing::Has(const std::string& family, const v1::Family& message) const {
  if (!own || std::binary_search(own->begin(), own->end(), family)) return true;
  return intake_too && NotYetOpen(message);
}

IntakeService::Answer<v1::ListFamiliesResponse> IntakeService::ListFamilies(
    CallContext& context, const v1::ListFamiliesRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kFamilyFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, true}));
  const std::string& agency = context.principal->agency;
  Listing listing;
  std::vector<records::Placed<StoredFamily>> entries;
  const auto shown = [&](records::Record record) -> absl::StatusOr<std::optional<StoredFamily>> {
    ASSIGN_OR_RETURN(auto stored, records::Parse<internal::v1::StoredFamily>(std::move(record)));
    const v1::Family& family = stored.message.family();
    if (!kFamilyFilter.Matches(terms, family, Now()) || !listing.Has(stored.record.id, family)) {
      return std::nullopt;
    }
    return stored;
  };
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(listing, ListingOf(tx, *context.principal, terms));
    if (!listing.only) return absl::OkStatus();
    for (const std::string& id : *listing.only) {
      auto record = deps_.records.Get(tx, agency, id, kFamily, id);
      if (absl::IsNotFound(record.status())) continue;  // erased
      RETURN_IF_ERROR(record.status());
      ASSIGN_OR_RETURN(auto stored, shown(*std::move(record)));
      if (!stored) continue;
      const std::int64_t sort_us = stored->record.sort_us;
      entries.push_back({sort_us, id, *std::move(stored)});
    }
    return absl::OkStatus();
  }));
  v1::ListFamiliesResponse response;
  const auto add = [&](const StoredFamily& family) {
    // Who lists them by a wide role sees less of each.
    *response.add_families() = ShowByRole(context.principal->roles, deps_, agency, family);
    context.disclosed_version = std::max(context.disclosed_version, family.record.version);
    audit::NoteShown(context, family.record.id);
  };
  const auto take = [&](records::Record record, bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const auto stored, shown(std::move(record)));
    if (stored && show) add(*stored);
    return stored.has_value();
  };
  absl::StatusOr<std::string> next;
  if (listing.only) {
    next = records::ShowPage(deps_, context, request, std::move(entries), order.descending, add);
  } else {
    records::ListQuery query{.kind = kFamily, .newest_first = order.descending};
    query.states = StatesOf(terms, !listing.own || !listing.own->empty());
    next = co_await records::ScanPage(deps_, context, request, std::move(query), take);
  }
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*std::move(next));
  co_return response;
}

}  // namespace rapport::intake
