#include "intake/due_work_rules.h"
#include "intake/emergency_rules.h"
#include "intake/intake_service.h"
#include "platform/audit/shown.h"
#include "platform/crypto/new_id.h"
#include "platform/records/lists.h"
#include "platform/schema/list_filter.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <string>

namespace rapport::intake {
namespace {

// What is due first is known only when every case was looked at, so up to so many are read for each
// page: a caseload is tens of families, a supervisor's hundreds. Of more a page goes case by case.
constexpr std::size_t kCasesInOrder = 1'000;
constexpr std::ptrdiff_t kCasesAPage = 250;

const auto& kDueWorkFilter = *new schema::ListFilter<v1::WorklistEntry>({{"kind"}});

}  // namespace

IntakeService::Answer<v1::ListDueWorkResponse> IntakeService::ListDueWork(
    CallContext& context, const v1::ListDueWorkRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kDueWorkFilter.Read(request.filter()));
  const auto sealer =
      deps_.suite.SealerFor(crypto::SuiteKey::kPageToken, context.principal->agency);
  CO_ASSIGN_OR_RETURN(const schema::Page page, schema::ReadPage(*sealer, context, request));
  std::string read_to;  // of those that are read case by case, where there are more
  std::vector<records::Placed<v1::WorklistEntry>> entries;
  const std::int64_t now_us = Now();
  const std::string& agency = context.principal->agency;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const auto families, OwnFamilies(tx, *context.principal));
    const bool in_order = families.size() <= kCasesInOrder;
    auto from = families.begin(), to = families.end();
    if (!in_order) {
      // Again the case in which the page before ended: it may have had more.
      from = std::lower_bound(from, to, page.after_id.substr(0, crypto::kIdBytes));
      to = from + std::min(kCasesAPage, to - from);
      if (to != families.end()) read_to = *std::prev(to);
    }
    for (const std::string& id : std::ranges::subrange(from, to)) {
      auto stored = store_.Load(tx, agency, id);
      if (absl::IsNotFound(stored.status())) continue;  // erased
      RETURN_IF_ERROR(stored.status());
      if (InEmergency(stored->family.message.family())) {
        RETURN_IF_ERROR(store_.LoadTrainees(tx, agency, deps_.ids, *stored));
      }
      for (v1::WorklistEntry& entry : DueIn(stored->File(), now_us)) {
        if (!kDueWorkFilter.Matches(terms, entry)) continue;
        const std::int64_t due_us = in_order ? Micros(entry.due_time()) : 0;
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
  if (next.empty() && !read_to.empty()) {
    next = schema::NextPageToken(*sealer, context, page, 0, read_to + '\xff');
  }
  response.set_next_page_token(std::move(next));
  co_return response;
}

}  // namespace rapport::intake
