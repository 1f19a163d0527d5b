// Rating requests that wait for an answer, for a service that reminds: of one family or the whole
// agency, in windows of the time they became due.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/request_rules.h"
#include "platform/audit/shown.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/times.h"

#include <algorithm>

namespace rapport::alliance {

// A request is placed by when it became due, which is when it was made: what is asked for a window
// that is over comes in exactly one of them. Of the agency only those are read that are stored as
// waiting and whose time may not be over: what was answered is stored as done soon after. Whether
// one waits is StateOf's word all the same.
AllianceService::Answer<v1::ListDueRatingRequestsResponse> AllianceService::ListDueRatingRequests(
    CallContext& context, const v1::ListDueRatingRequestsRequest& request) {
  const std::string& agency = context.principal->agency;
  const std::int64_t now_us = Now();
  const std::int64_t oldest_us = OldestWaiting(now_us);
  const records::ListQuery query{
      .kind = kRequest,
      .family = context.access.family,
      .states = {v1::RATING_REQUEST_STATE_DUE, v1::RATING_REQUEST_STATE_OPENED},
      .from_us = request.has_due_from_time()
                     ? std::max(schema::ToMicros(request.due_from_time()), oldest_us)
                     : oldest_us,
      .to_us =
          request.has_due_before_time() ? schema::ToMicros(request.due_before_time()) : now_us};
  const FamilyFile unrated;
  v1::ListDueRatingRequestsResponse response;
  const auto take = [&](db::Tx& tx, records::Record record, bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const auto one,
                     records::Parse<internal::v1::StoredRatingRequest>(std::move(record)));
    const v1::RatingRequest& asked = one.message.request();
    const std::string key = RatingKey(one.record.parent, one.message.rater(), asked.instrument());
    ASSIGN_OR_RETURN(const auto rating, deps_.records.FindClaim(tx, agency, kRatingClaim, key));
    const auto stored = static_cast<v1::RatingRequestState>(one.record.state);
    const std::int64_t expires_us = schema::ToMicros(asked.expire_time());
    if (!IsWaiting(StateOf(stored, rating.has_value(), expires_us, now_us))) return false;
    if (!show) return true;
    if (context.access.family.empty()) {
      const std::string member = one.message.professional() ? "" : one.message.rater();
      audit::NoteShown(context, one.record.family, member);
    }
    context.disclosed_version = std::max(context.disclosed_version, one.record.version);
    *response.add_rating_requests() = ShowRequest(agency, unrated, one);
    return true;
  };
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      co_await records::ScanPage(deps_, context, request, query, take));
  co_return response;
}

}  // namespace rapport::alliance
