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
#include <iterator>
#include <limits>

namespace rapport::alliance {

// A request is placed by when it became due, which is when it was made: what is asked for a window
// that is over comes in exactly one of them. Whether it was answered is looked up, so that a page
// may hold fewer than asked for, none even, and still have a next one.
AllianceService::Answer<v1::ListDueRatingRequestsResponse> AllianceService::ListDueRatingRequests(
    CallContext& context, const v1::ListDueRatingRequestsRequest& request) {
  const std::string& agency = context.principal->agency;
  const std::int64_t now_us = Now();
  const auto sealer = deps_.suite.SealerFor(crypto::SuiteKey::kPageToken, agency);
  CO_ASSIGN_OR_RETURN(const schema::Page page, schema::ReadPage(*sealer, context, request));
  const records::ListQuery query{
      .kind = kRequest,
      .family = context.access.family,
      .from_us = request.has_due_from_time() ? schema::ToMicros(request.due_from_time())
                                             : std::numeric_limits<std::int64_t>::min(),
      .to_us = request.has_due_before_time() ? schema::ToMicros(request.due_before_time()) : now_us,
      .after_us = page.after_us,
      .after_id = page.after_id,
      .limit = page.size + 1};
  std::vector<records::Record> found;
  std::vector<StoredRequest> waiting;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(found, deps_.records.List(tx, agency, query));
    for (int i = 0; i < page.size && i < std::ssize(found); ++i) {
      ASSIGN_OR_RETURN(auto one, records::Parse<internal::v1::StoredRatingRequest>(
                                     found[static_cast<std::size_t>(i)]));
      const auto stored = static_cast<v1::RatingRequestState>(one.record.state);
      const std::int64_t expires_us = schema::ToMicros(one.message.request().expire_time());
      if (!IsWaiting(StateOf(stored, false, expires_us, now_us))) continue;
      const std::string key =
          RatingKey(one.record.parent, one.message.rater(), one.message.request().instrument());
      ASSIGN_OR_RETURN(const auto rating, deps_.records.FindClaim(tx, agency, kRatingClaim, key));
      if (!rating) waiting.push_back(std::move(one));
    }
    return absl::OkStatus();
  }));
  v1::ListDueRatingRequestsResponse response;
  if (std::ssize(found) > page.size) {
    const records::Record& last = found[static_cast<std::size_t>(page.size) - 1];
    response.set_next_page_token(
        schema::NextPageToken(*sealer, context, page, last.sort_us, last.id));
  }
  const FamilyFile unrated;
  for (const StoredRequest& one : waiting) {
    if (context.access.family.empty()) {
      const std::string member = one.message.professional() ? "" : one.message.rater();
      audit::NoteShown(context, one.record.family, member);
    }
    context.disclosed_version = std::max(context.disclosed_version, one.record.version);
    *response.add_rating_requests() = ShowRequest(agency, unrated, one);
  }
  co_return response;
}

}  // namespace rapport::alliance
