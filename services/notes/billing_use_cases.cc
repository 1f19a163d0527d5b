// What a billing system is told: facts of one session, and nothing that anybody wrote.
#include "notes/billing_rules.h"
#include "notes/notes_service.h"
#include "platform/base/status_macros.h"
#include "platform/schema/errors.h"

namespace rapport::notes {

NotesService::Answer<v1::GetBillingFactsResponse> NotesService::GetBillingFacts(
    CallContext& context, const v1::GetBillingFactsRequest& request) {
  auto chart = co_await LoadChart(context, ChartPart::kWhole);
  if (!chart.ok()) co_return chart.status();
  const StoredSession* session = FindSession(context, *chart, request.name());
  if (session == nullptr) co_return schema::NotFound();
  std::vector<const v1::Note*> notes;
  for (const StoredNote& note : chart->notes) {
    if (note.record.parent == session->record.id) notes.push_back(&note.message);
  }
  context.disclosed_resource = session->record.id;
  context.disclosed_kind = kSession;
  context.disclosed_version = session->record.version;
  v1::GetBillingFactsResponse response;
  *response.mutable_billing_facts() = BillingFactsOf(session->message, notes);
  co_return response;
}

}  // namespace rapport::notes
