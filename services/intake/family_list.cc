// ListFamilies: whose families, which of them, one page.
#include "intake/intake_service.h"
#include "intake/person_rules.h"
#include "intake/show.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/filter.h"

#include <rapport/options/v1/options.pb.h>

#include <absl/container/flat_hash_set.h>
#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>

#include <algorithm>

namespace rapport::intake {
namespace {

namespace ov = options::v1;

enum Term : std::size_t { kState, kLevel, kProfessionalTerm, kExternalIds, kText };

std::vector<schema::FilterField> Fields() {
  using Field = schema::FilterField;
  return {
      {.name = "state", .type = Field::Type::kEnum, .values = v1::FamilyState_descriptor()},
      {.name = "level_of_need", .type = Field::Type::kEnum, .values = v1::LevelOfNeed_descriptor()},
      {.name = "professional"},
      {.name = "external_ids", .comparisons = {schema::Comparison::kHas}},
      {.name = "text", .comparisons = {schema::Comparison::kHas, schema::Comparison::kEqual}},
  };
}

bool HasWord(const std::string& name, const std::string& word) {
  const std::string lower = absl::AsciiStrToLower(name), wanted = absl::AsciiStrToLower(word);
  for (const absl::string_view one : absl::StrSplit(lower, ' ')) {
    if (one == wanted) return true;
  }
  return false;
}

bool Matches(const v1::Family& family, const std::vector<schema::FilterTerm>& terms) {
  return std::all_of(terms.begin(), terms.end(), [&](const schema::FilterTerm& term) {
    switch (term.field) {
      case kState:
        return family.state() == term.number;
      case kLevel:
        return family.level_of_need() == term.number;
      case kExternalIds:
        return std::any_of(
            family.external_ids().begin(), family.external_ids().end(),
            [&](const auto& id) { return term.text == id.system() + "=" + id.value(); });
      case kText:
        return HasWord(family.display_name(), term.text);
      default:
        return true;  // Whose families was decided before.
    }
  });
}

bool NotYetOpen(const v1::Family& family) {
  return family.state() != v1::FAMILY_STATE_OPEN && family.state() != v1::FAMILY_STATE_ON_HOLD &&
         family.state() != v1::FAMILY_STATE_CLOSED;
}

}  // namespace

// Which families the caller may list: nullopt for all of the agency's.
absl::StatusOr<std::optional<std::vector<std::string>>> IntakeService::ListableFamilies(
    db::Tx& tx, const Principal& principal) const {
  if (principal.roles.Has(ov::ROLE_ADMIN) || principal.roles.Has(ov::ROLE_SERVICE)) {
    return std::nullopt;
  }
  std::vector<std::string> families;
  ASSIGN_OR_RETURN(const auto professional,
                   store_.ProfessionalOf(tx, principal.agency, principal.subject));
  if (!professional) return std::optional(std::move(families));
  std::vector<std::string> whose = {*professional};
  if (principal.roles.Has(ov::ROLE_SUPERVISOR)) {
    ASSIGN_OR_RETURN(const auto supervisees,
                     store_.Supervisees(tx, principal.agency, *professional, Now(), deps_.ids));
    whose.insert(whose.end(), supervisees.begin(), supervisees.end());
  }
  for (const std::string& one : whose) {
    ASSIGN_OR_RETURN(auto caseload, store_.Caseload(tx, principal.agency, one, Now()));
    families.insert(families.end(), caseload.begin(), caseload.end());
  }
  std::sort(families.begin(), families.end());
  families.erase(std::unique(families.begin(), families.end()), families.end());
  return std::optional(std::move(families));
}

absl::StatusOr<std::vector<StoredFamily>> IntakeService::FamiliesOf(
    db::Tx& tx, const Principal& principal, const std::vector<schema::FilterTerm>& terms) const {
  const std::string& agency = principal.agency;
  ASSIGN_OR_RETURN(auto listable, ListableFamilies(tx, principal));
  const auto narrow = [&](std::vector<std::string> to) {
    if (!listable) {
      listable = std::move(to);
      return;
    }
    std::erase_if(*listable, [&](const std::string& family) {
      return std::find(to.begin(), to.end(), family) == to.end();
    });
  };
  for (const schema::FilterTerm& term : terms) {
    if (term.field == kProfessionalTerm) {
      const auto id = deps_.NamesOf(agency).ReadProfessional(term.text);
      ASSIGN_OR_RETURN(auto caseload, store_.Caseload(tx, agency, id.value_or(""), Now()));
      narrow(std::move(caseload));
    } else if (term.field == kExternalIds) {
      const auto at = term.text.find('=');
      type::v1::ExternalId id;
      id.set_system(term.text.substr(0, at));
      id.set_value(at == std::string::npos ? "" : term.text.substr(at + 1));
      ASSIGN_OR_RETURN(
          auto owner,
          deps_.records.FindClaim(tx, agency, ExternalClaim("family", "", id), ExternalValue(id)));
      narrow(owner ? std::vector<std::string>{*owner} : std::vector<std::string>{});
    }
  }
  std::vector<StoredFamily> families;
  const bool intake_too = principal.roles.Has(ov::ROLE_INTAKE);
  const auto add = [&](records::Record record, bool only_not_yet_open) -> absl::Status {
    ASSIGN_OR_RETURN(auto stored, records::Parse<internal::v1::StoredFamily>(std::move(record)));
    const v1::Family& family = stored.message.family();
    if (only_not_yet_open && !NotYetOpen(family)) return absl::OkStatus();
    if (Matches(family, terms)) families.push_back(std::move(stored));
    return absl::OkStatus();
  };
  absl::flat_hash_set<std::string> seen;
  if (listable) {
    for (const std::string& id : *listable) {
      auto record = deps_.records.Get(tx, agency, id, kFamily, id);
      if (absl::IsNotFound(record.status())) continue;
      if (!record.ok()) return record.status();
      seen.insert(id);
      RETURN_IF_ERROR(add(*std::move(record), false));
    }
    if (!intake_too) return families;
  }
  ASSIGN_OR_RETURN(auto all, deps_.records.List(tx, agency, {.kind = kFamily, .limit = 100'000}));
  for (records::Record& record : all) {
    if (seen.contains(record.id)) continue;
    RETURN_IF_ERROR(add(std::move(record), listable.has_value()));
  }
  return families;
}

IntakeService::Answer<v1::ListFamiliesResponse> IntakeService::ListFamilies(
    CallContext& context, const v1::ListFamiliesRequest& request) {
  auto terms = schema::ParseFilter(request.filter(), Fields());
  if (!terms.ok()) co_return terms.status();
  auto order = schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, true});
  if (!order.ok()) co_return order.status();
  std::vector<records::Placed<StoredFamily>> entries;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(auto families, FamiliesOf(tx, *context.principal, *terms));
    for (StoredFamily& family : families) {
      const std::int64_t sort_us = family.record.sort_us;
      std::string id = family.record.id;
      entries.push_back({sort_us, std::move(id), std::move(family)});
    }
    return absl::OkStatus();
  }));
  v1::ListFamiliesResponse response;
  auto next = records::ShowPage(
      deps_, context, request, std::move(entries), order->descending,
      [&](const StoredFamily& family) {
        *response.add_families() = Show(deps_, context.principal->agency, family, false);
        context.disclosed_version = std::max(context.disclosed_version, family.record.version);
      });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*next);
  co_return response;
}

}  // namespace rapport::intake
