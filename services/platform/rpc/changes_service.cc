#include "platform/rpc/changes_service.h"

#include "platform/base/limits.h"
#include "platform/base/status_macros.h"
#include "platform/rpc/change_rules.h"
#include "platform/rpc/sleep.h"
#include "platform/schema/errors.h"
#include "platform/schema/names.h"
#include "platform/schema/times.h"

#include <algorithm>

namespace rapport::rpc {
namespace {

constexpr int kWatchPage = 500;
// A watch ends by itself before its deadline would cut it off.
constexpr std::chrono::seconds kEndsEarlier{2};

std::vector<int> NumbersOf(const google::protobuf::RepeatedField<int>& types) {
  return {types.begin(), types.end()};
}

// Nullopt: there is no cursor.
absl::StatusOr<std::optional<records::ChangeFeed::Place>> PlaceOf(const records::ChangeFeed& feed,
                                                                  const CallContext& context,
                                                                  const std::string& cursor) {
  if (cursor.empty()) return std::optional<records::ChangeFeed::Place>();
  ASSIGN_OR_RETURN(const auto place, feed.Read(context.principal->agency, cursor));
  return std::optional(place);
}

}  // namespace

Task<absl::StatusOr<ChangesService::Page>> ChangesService::ReadPage(CallContext& context,
                                                                    std::optional<Place> place,
                                                                    const std::vector<int>& types,
                                                                    int limit) {
  absl::StatusOr<Page> page = absl::UnknownError("not read");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) {
    page = deps_.feed.After(tx, context.principal->agency, place, types, limit);
    return page.status();
  }));
  co_return page;
}

changes::v1::Change ChangesService::Show(std::string_view agency,
                                         const records::ChangeFeed::Entry& entry) const {
  changes::v1::Change change;
  change.set_cursor(deps_.feed.Cursor(agency, entry.place));
  change.set_type(static_cast<changes::v1::ChangeType>(entry.type));
  const internal::v1::EventEnvelope& event = entry.envelope;
  if (event.resource().empty()) {
    if (!entry.family.empty()) {
      change.set_resource(schema::Names(deps_.ids, agency).Family(entry.family));
    }
  } else {
    change.set_resource(event.resource());
    const auto id = schema::LastIdIn(event.resource(), agency, deps_.ids);
    if (id && event.version() > 0) change.set_etag(deps_.etags.Show(agency, *id, event.version()));
  }
  *change.mutable_time() =
      schema::ToTimestamp(event.at_us() > 0 ? event.at_us() : entry.place.created_us);
  return change;
}

Task<absl::StatusOr<changes::v1::ListChangesResponse>> ChangesService::ListChanges(
    CallContext& context, const changes::v1::ListChangesRequest& request) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(const auto types,
                      ChangesFor(context.principal->roles, NumbersOf(request.types())));
  changes::v1::ListChangesResponse response;
  if (request.from_now()) {
    if (!request.after().empty()) {
      co_return schema::InvalidField("after", "nothing where `from_now` is set");
    }
    Place newest;
    CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(newest, records::ChangeFeed::Newest(tx, agency));
      return absl::OkStatus();
    }));
    response.set_next_cursor(deps_.feed.Cursor(agency, newest));
    co_return response;
  }
  CO_ASSIGN_OR_RETURN(const auto place, PlaceOf(deps_.feed, context, request.after()));
  const int limit = request.page_size() == 0 ? limits::kDefaultPage
                                             : std::min(request.page_size(), limits::kMaxPage);
  auto page = co_await ReadPage(context, place, types, limit);
  if (!page.ok()) co_return page.status();
  for (const auto& entry : page->entries) *response.add_changes() = Show(agency, entry);
  response.set_next_cursor(deps_.feed.Cursor(agency, page->place));
  response.set_more(page->more);
  co_return response;
}

Task<absl::Status> ChangesService::WatchChanges(CallContext& context,
                                                const changes::v1::WatchChangesRequest& request,
                                                Sink<changes::v1::WatchChangesResponse>& sink) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(const auto types,
                      ChangesFor(context.principal->roles, NumbersOf(request.types())));
  CO_ASSIGN_OR_RETURN(auto place, PlaceOf(deps_.feed, context, request.after()));
  SteadyClock::time_point silent_since = SteadyClock::time_point::min();
  while (true) {
    if (closed_.load(std::memory_order_relaxed)) {
      co_return schema::Refused(schema::reasons::kStopping);
    }
    if (context.principal->expires_unix <= RealMicros() / 1'000'000) {
      co_return schema::Unauthenticated();
    }
    auto page = co_await ReadPage(context, place, types, kWatchPage);
    if (!page.ok()) co_return page.status();
    place = page->place;
    const auto now = SteadyClock::now();
    if (!page->entries.empty() || silent_since + pace_.heartbeat <= now ||
        silent_since == SteadyClock::time_point::min()) {
      changes::v1::WatchChangesResponse response;
      for (const auto& entry : page->entries) *response.add_changes() = Show(agency, entry);
      response.set_cursor(deps_.feed.Cursor(agency, page->place));
      if (!co_await sink.Write(response)) co_return absl::CancelledError("nobody reads any more");
      silent_since = SteadyClock::now();
    }
    if (page->more) continue;
    if (context.deadline - SteadyClock::now() < kEndsEarlier) co_return absl::OkStatus();
    if (!co_await Sleep(context, pace_.poll)) co_return absl::CancelledError("the call is over");
  }
}

}  // namespace rapport::rpc
