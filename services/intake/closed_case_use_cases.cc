// Closed cases, for services that learn from whole courses. Reads every family of the agency, a
// page at a time: who asks keeps what it learned.
#include "intake/intake_service.h"
#include "platform/base/status_macros.h"
#include "platform/schema/times.h"

#include <rapport/internal/v1/intake_records.pb.h>

#include <iterator>

namespace rapport::intake {

IntakeService::Answer<internal::v1::ListClosedCasesResponse> IntakeService::ListClosedCases(
    CallContext& context, const internal::v1::ListClosedCasesRequest& request) {
  constexpr int kFamilies = 500;
  internal::v1::ListClosedCasesResponse response;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(auto records, deps_.records.List(tx, request.agency(),
                                                      {.kind = kFamily,
                                                       .after_us = request.after().sort_us(),
                                                       .after_id = request.after().family(),
                                                       .limit = kFamilies}));
    for (const records::Record& record : records) {
      ASSIGN_OR_RETURN(const auto family, records::Parse<internal::v1::StoredFamily>(record));
      for (const v1::CaseEpisode& episode : family.message.family().episodes()) {
        if (!episode.has_close_time()) continue;
        auto& closed = *response.add_cases();
        closed.set_family(record.id);
        closed.set_open_us(schema::ToMicros(episode.open_time()));
        closed.set_close_us(schema::ToMicros(episode.close_time()));
        closed.set_completed(episode.ending() == v1::CASE_ENDING_COMPLETED);
      }
    }
    if (std::ssize(records) == kFamilies) {
      response.mutable_next()->set_sort_us(records.back().sort_us);
      response.mutable_next()->set_family(records.back().id);
    }
    return absl::OkStatus();
  }));
  co_return response;
}

}  // namespace rapport::intake
