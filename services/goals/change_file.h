// The one shape of a write to a family's file: load, check, change, commit; again when somebody
// else was faster. Included by the use case files only.
#pragma once

#include "goals/goals_service.h"
#include "platform/base/status_macros.h"

namespace rapport::goals {

template <typename Response>
GoalsService::Answer<Response> GoalsService::ChangeFile(CallContext& context, Step<Response> step,
                                                        bool with_ratings) {
  co_return co_await records::RetryConflicts(deps_.records, context, [&] {
    return ChangeFileOnce<Response>(context, step, with_ratings);
  });
}

template <typename Response>
GoalsService::Answer<Response> GoalsService::ChangeFileOnce(CallContext& context,
                                                            const Step<Response>& step,
                                                            bool with_ratings) {
  auto file = co_await LoadFile(context, with_ratings);
  if (!file.ok()) co_return file.status();
  Showing showing = ShowingOf(deps_, context, deps_.clock.NowMicros());
  showing.file = &*file;
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  records::Changes changes(context, showing.view.now_us);
  changes.Guard(file->family, file->revision);
  Response response;
  Writing writing{showing, names, *file, changes};
  CO_RETURN_IF_ERROR(step(writing, response));
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

}  // namespace rapport::goals
