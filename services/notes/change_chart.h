// The one shape of a write to a family's chart: load, check, change, commit; again when somebody
// else was faster. Included by the use case files only.
#pragma once

#include "notes/notes_service.h"
#include "platform/base/status_macros.h"

namespace rapport::notes {

template <typename Response>
NotesService::Answer<Response> NotesService::ChangeChart(CallContext& context, Step<Response> step,
                                                         ChartPart part,
                                                         const std::vector<std::string>& beside) {
  co_return co_await records::RetryConflicts(deps_.records, context, [&] {
    return ChangeChartOnce<Response>(context, step, part, beside);
  });
}

template <typename Response>
NotesService::Answer<Response> NotesService::ChangeChartOnce(
    CallContext& context, const Step<Response>& step, ChartPart part,
    const std::vector<std::string>& beside) {
  auto chart = co_await LoadChart(context, part, beside);
  if (!chart.ok()) co_return chart.status();
  Response response;
  records::Changes changes(context, Now());
  changes.Guard(chart->family, chart->revision);
  for (const Chart& other : chart->beside) changes.Guard(other.family, other.revision);
  CO_RETURN_IF_ERROR(step(*chart, changes, response));
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

}  // namespace rapport::notes
