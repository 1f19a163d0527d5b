#include "intake/due_work_rules.h"
#include "intake/intake_service.h"
#include "platform/audit/shown.h"
#include "platform/records/lists.h"
#include "platform/schema/filter.h"

#include <string>

namespace rapport::intake {

// Cases are read one after the other, and all of them for each page, since what is due first is
// known only when each was looked at: a caseload is tens of families, a supervisor's hundreds.
IntakeService::Answer<v1::ListDueWorkResponse> IntakeService::ListDueWork(
    CallContext& context, const v1::ListDueWorkRequest& request) {
  CO_ASSIGN_OR_RETURN(
      const auto terms,
      schema::ParseFilter(request.filter(), {{.name = "kind",
                                              .type = schema::FilterField::Type::kEnum,
                                              .values = v1::WorklistKind_descriptor()}}));
  std::vector<records::Placed<v1::WorklistEntry>> entries;
  const std::int64_t now_us = Now();
  const std::string& agency = context.principal->agency;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const auto families, OwnFamilies(tx, *context.principal));
    for (const std::string& id : families) {
      const auto stored = store_.Load(tx, agency, id);
      if (absl::IsNotFound(stored.status())) continue;  // erased
      RETURN_IF_ERROR(stored.status());
      for (v1::WorklistEntry& entry : DueIn(stored->File(), now_us)) {
        if (!terms.empty() && entry.kind() != terms.front().number) continue;
        const std::int64_t due_us = Micros(entry.due_time());
        std::string place = id + entry.subject() + entry.description();
        entries.push_back({due_us, std::move(place), std::move(entry)});
      }
    }
    return absl::OkStatus();
  }));
  const schema::Names names = deps_.NamesOf(agency);
  v1::ListDueWorkResponse response;
  CO_ASSIGN_OR_RETURN(std::string next,
                      records::ShowPage(deps_, context, request, std::move(entries), false,
                                        [&](v1::WorklistEntry entry) {
                                          const auto family = names.ReadFamily(entry.family());
                                          audit::NoteShown(context, family.value_or(""));
                                          *response.add_entries() = std::move(entry);
                                        }));
  response.set_next_page_token(std::move(next));
  co_return response;
}

}  // namespace rapport::intake
