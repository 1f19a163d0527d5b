// ListSignalRevisions: what a signal said, and on what it rested, at each time.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"

#include <utility>
#include <vector>

namespace rapport::alliance {

AllianceService::Answer<v1::ListSignalRevisionsResponse> AllianceService::ListSignalRevisions(
    CallContext& context, const v1::ListSignalRevisionsRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  const auto ids = names.Read(schema::patterns::kSignal, request.name());
  if (!ids || ids->family != context.access.family) co_return schema::NotFound();
  std::vector<records::Placed<StoredSignal>> versions;
  std::int64_t newest = 0;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    versions.clear();
    const auto add = [&](records::Record record) -> absl::Status {
      ASSIGN_OR_RETURN(auto version, records::Parse<internal::v1::StoredSignal>(std::move(record)));
      // Placed by number: two versions may be of the same moment.
      newest = version.record.version;
      versions.push_back({newest, version.record.id, std::move(version)});
      return absl::OkStatus();
    };
    auto now = deps_.records.Get(tx, agency, ids->family, kSignal, ids->id);
    if (absl::IsNotFound(now.status())) return schema::NotFound();
    RETURN_IF_ERROR(now.status());
    ASSIGN_OR_RETURN(auto history,
                     deps_.records.History(tx, agency, ids->family, kSignal, ids->id));
    for (records::Record& record : history) RETURN_IF_ERROR(add(std::move(record)));
    return add(*std::move(now));
  }));
  context.disclosed_resource = ids->id;
  context.disclosed_kind = kSignal;
  context.disclosed_version = newest;
  const std::string& about = versions.back().value.message.signal().member();
  if (const auto member = names.ReadMember(about)) context.disclosed_members = {member->id};
  v1::ListSignalRevisionsResponse response;
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      records::ShowPage(deps_, context, request, std::move(versions),
                                        /*newest_first=*/false, [&](StoredSignal version) {
                                          v1::Signal& signal = *response.add_signals();
                                          signal = std::move(*version.message.mutable_signal());
                                          signal.set_etag(deps_.etags.Show(
                                              agency, version.record.id, version.record.version));
                                        }));
  co_return response;
}

}  // namespace rapport::alliance
