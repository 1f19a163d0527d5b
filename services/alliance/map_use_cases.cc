// GetAllianceMap: now, or as it was known at a past time.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_map.h"
#include "alliance/alliance_service.h"
#include "alliance/signal_figures.h"
#include "alliance/signal_rules.h"
#include "platform/base/status_macros.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <tuple>

namespace rapport::alliance {

AllianceService::AllianceService(const records::ServiceDeps& deps, const AllianceStore& store,
                                 RosterSource& rosters, UrgentSettingsOf urgent_settings)
    : deps_(deps),
      store_(store),
      rosters_(rosters),
      urgent_settings_(std::move(urgent_settings)),
      maps_(deps.caches) {
  deps.records.Follow([this](std::string agency, std::string family, std::int64_t sequence) {
    return maps_.Changed(std::move(agency), std::move(family), sequence);
  });
}

absl::Status AllianceService::RestoreAt(db::Tx& tx, const std::string& agency, std::int64_t at_us,
                                        FamilyFile& file) const {
  const auto restore = [&]<typename Stored>(std::vector<Stored>& all) -> absl::Status {
    for (Stored& one : all) {
      if (one.record.updated_us <= at_us) continue;
      ASSIGN_OR_RETURN(auto history,
                       deps_.records.History(tx, agency, file.id, one.record.kind, one.record.id));
      for (records::Record& version : history) {
        if (version.updated_us > at_us) break;
        ASSIGN_OR_RETURN(one, records::Parse<decltype(one.message)>(std::move(version)));
      }
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(restore(file.sessions));
  RETURN_IF_ERROR(restore(file.ratings));
  RETURN_IF_ERROR(restore(file.signals));
  ASSIGN_OR_RETURN(const auto figures, FiguresAt(tx, deps_.records, agency, at_us));
  file.parameters = figures ? ParametersOf(*figures) : MonitorParameters();
  // A session may have been on record with another start.
  const auto place = [](const auto& one) { return std::tie(one.record.sort_us, one.record.id); };
  std::ranges::sort(file.sessions, {}, place);
  for (StoredSignal& signal : file.signals) {
    *signal.message.mutable_signal() = AsOf(signal.message.signal(), at_us);
  }
  return absl::OkStatus();
}

AllianceService::Answer<cache::Loaded<BuiltMap>> AllianceService::BuildMapAt(CallContext& context,
                                                                             std::int64_t at_us) {
  const std::string& agency = context.principal->agency;
  absl::StatusOr<FamilyFile> file = absl::UnknownError("not loaded");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    file = store_.Load(tx, agency, context.access.family);
    RETURN_IF_ERROR(file.status());
    KeepUntil(at_us, *file);
    return RestoreAt(tx, agency, at_us, *file);
  }));
  const schema::Names names = deps_.NamesOf(agency);
  const FileView view{*file, *context.access.facts, store_.shelf(), names, at_us};
  auto built = std::make_shared<BuiltMap>();
  built->file_version = file->version;
  built->as_of_us = at_us;
  built->facts = context.access.facts;
  v1::GetAllianceMapResponse response;
  *response.mutable_alliance_map() = context.access.viewer == Viewer::kMember
                                         ? BuildMapFor(view, context.access.members)
                                         : BuildMap(view);
  built->response = response.SerializeAsString();
  co_return cache::Loaded<BuiltMap>{file->sequence, std::move(built)};
}

AllianceService::Answer<ReadyAnswer<v1::GetAllianceMapResponse>> AllianceService::GetAllianceMap(
    CallContext& context, const v1::GetAllianceMapRequest& request) {
  const std::int64_t now_us = Now();
  const std::int64_t at_us = request.has_at_time() ? schema::ToMicros(request.at_time()) : now_us;
  if (at_us > now_us) co_return errors::InTheFuture("at_time");
  const bool member = context.access.viewer == Viewer::kMember;
  if (member) context.disclosed_members = context.access.members;
  MapCache::Map map;
  if (member || request.has_at_time()) {
    CO_ASSIGN_OR_RETURN(const auto built, co_await BuildMapAt(context, at_us));
    map = built.value;
  } else {
    map =
        maps_.Find(context.principal->agency, context.access.family, context.access.facts, now_us);
    if (map == nullptr) {
      const auto build = [&](CallContext& call) { return BuildMapAt(call, now_us); };
      CO_ASSIGN_OR_RETURN(map, co_await maps_.GetOrBuild(context, now_us, build));
    }
  }
  context.disclosed_version = map->file_version;
  co_return ReadyAnswer<v1::GetAllianceMapResponse>({map, &map->response});
}

}  // namespace rapport::alliance
