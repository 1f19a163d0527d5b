// GetAllianceMap: now, or as it was known at a past time.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_map.h"
#include "alliance/alliance_service.h"
#include "alliance/signal_rules.h"
#include "platform/base/status_macros.h"
#include "platform/schema/times.h"

namespace rapport::alliance {

// Each signal as it was at `at_us`: its last version until then.
absl::Status AllianceService::AddSignalsAt(db::Tx& tx, const std::string& agency,
                                           std::int64_t at_us, FamilyFile& file) const {
  for (StoredSignal& signal : file.signals) {
    if (signal.record.updated_us <= at_us) continue;
    ASSIGN_OR_RETURN(auto history,
                     deps_.records.History(tx, agency, file.id, kSignal, signal.record.id));
    for (records::Record& version : history) {
      if (version.updated_us > at_us) break;
      ASSIGN_OR_RETURN(signal, records::Parse<internal::v1::StoredSignal>(std::move(version)));
    }
  }
  for (StoredSignal& signal : file.signals) {
    *signal.message.mutable_signal() = AsOf(signal.message.signal(), at_us);
  }
  return absl::OkStatus();
}

AllianceService::Answer<v1::GetAllianceMapResponse> AllianceService::GetAllianceMap(
    CallContext& context, const v1::GetAllianceMapRequest& request) {
  const std::string& agency = context.principal->agency;
  const std::int64_t now_us = Now();
  const std::int64_t at_us = request.has_at_time() ? schema::ToMicros(request.at_time()) : now_us;
  if (at_us > now_us) co_return errors::InTheFuture("at_time");
  absl::StatusOr<FamilyFile> file = absl::UnknownError("not loaded");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    file = store_.Load(tx, agency, context.access.family);
    RETURN_IF_ERROR(file.status());
    KeepUntil(at_us, *file);
    return AddSignalsAt(tx, agency, at_us, *file);
  }));
  const schema::Names names = deps_.NamesOf(agency);
  const FileView view{*file, *context.access.facts, store_.shelf(), names, at_us};
  v1::GetAllianceMapResponse response;
  if (context.access.viewer == Viewer::kMember) {
    context.disclosed_members = context.access.members;
    *response.mutable_alliance_map() = BuildMapFor(view, context.access.members);
  } else {
    *response.mutable_alliance_map() = BuildMap(view);
  }
  context.disclosed_version = file->sequence;
  co_return response;
}

}  // namespace rapport::alliance
