// The one shape of a write to a family: load, check, change, commit; again when somebody else was
// faster. Included by the use case files only.
#pragma once

#include "intake/intake_service.h"
#include "platform/base/status_macros.h"

namespace rapport::intake {

template <typename Response>
IntakeService::Answer<Response> IntakeService::ChangeCase(CallContext& context, Step<Response> step,
                                                          CaseNeeds needs) {
  co_return co_await records::RetryConflicts(
      deps_.records, context, [&] { return ChangeCaseOnce<Response>(context, step, needs); });
}

template <typename Response>
IntakeService::Answer<Response> IntakeService::ChangeCaseOnce(CallContext& context,
                                                              const Step<Response>& step,
                                                              CaseNeeds needs) {
  auto loaded = co_await LoadCase(context, needs);
  if (!loaded.ok()) co_return loaded.status();
  Response response;
  records::Changes changes(context, Now());
  changes.Guard(loaded->id, loaded->revision);
  CO_RETURN_IF_ERROR(step(*loaded, changes, response));
  places_.Add(context.principal->agency, *loaded, Now(), changes);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

}  // namespace rapport::intake
