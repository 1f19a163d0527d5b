#include "alliance/signal_watch.h"

#include "alliance/scopes.h"
#include "alliance/signal_show.h"
#include "platform/audit/shown.h"
#include "platform/base/clock.h"
#include "platform/base/status_macros.h"
#include "platform/schema/errors.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

// Whose decision every signal passes through.
constexpr std::string_view kAsIf = "rapport.alliance.v1.AllianceService/ListSignals";
// A watch ends by itself before its deadline would cut it off.
constexpr std::chrono::seconds kEndsEarlier{2};

// Another system learns that there is something to look at in a family; not what, nor about whom.
v1::Signal Outline(const v1::Signal& signal) {
  v1::Signal outline;
  outline.set_name(signal.name());
  outline.set_etag(signal.etag());
  outline.set_level(signal.level());
  outline.set_state(signal.state());
  *outline.mutable_open_time() = signal.open_time();
  *outline.mutable_update_time() = signal.update_time();
  return outline;
}

}  // namespace

Task<absl::Status> SignalWatch::Show(CallContext& context, const SignalHub::Entries& entries,
                                     v1::WatchSignalsResponse& response) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.service.NamesOf(agency);
  for (const auto& entry : entries) {
    const v1::Signal signal = ShowSignal(deps_.service, agency, entry->signal);
    const auto member = names.ReadMember(signal.member());
    if (IsSystem(context)) {
      *response.add_signals() = Outline(signal);
    } else {
      const auto access = co_await deps_.service.access.Check(context, kAsIf, entry->family, "");
      // Not being able to ask must not look like having nothing to see.
      if (absl::IsUnavailable(access.status()) || absl::IsDeadlineExceeded(access.status())) {
        co_return access.status();
      }
      if (!access.ok()) continue;
      *response.add_signals() = signal;
    }
    audit::NoteShown(context, entry->family, member ? member->id : "");
    context.disclosed_version = std::max(context.disclosed_version, entry->signal.record.version);
  }
  co_return absl::OkStatus();
}

Task<absl::Status> SignalWatch::WatchSignals(CallContext& context,
                                             const v1::WatchSignalsRequest& request,
                                             Sink<v1::WatchSignalsResponse>& sink) {
  const Principal& principal = *context.principal;
  const std::string& agency = principal.agency;
  if (!MayRead(context, kSignalsScope)) co_return schema::Refused(schema::reasons::kScopeMissing);
  SignalHub::Place place;
  if (request.after().empty()) {
    CO_ASSIGN_OR_RETURN(place, co_await hub_.Newest(context, agency));
  } else {
    CO_ASSIGN_OR_RETURN(place, deps_.feed.Read(agency, request.after()));
  }
  SignalHub::Watcher watcher(hub_, agency, IsSystem(context) ? "" : principal.subject);
  // What was missed comes from the log, what happens from the hub.
  SteadyClock::time_point sent = SteadyClock::time_point::min();
  for (bool from_log = true;;) {
    if (principal.expires_unix <= RealMicros() / 1'000'000) co_return schema::Unauthenticated();
    if (context.deadline - SteadyClock::now() < kEndsEarlier) co_return absl::OkStatus();
    SignalHub::Entries entries;
    if (from_log) {
      CO_ASSIGN_OR_RETURN(auto page, co_await hub_.Read(context, agency, place));
      entries = std::move(page.entries);
      place = page.place;
      from_log = page.more;
    } else {
      SignalHub::News news = co_await watcher.Next(context, place);
      if (news.wake == SignalHub::Wake::kCancelled) {
        co_return absl::CancelledError("nobody reads any more");
      }
      if (news.wake == SignalHub::Wake::kClosed) {
        co_return schema::Refused(schema::reasons::kStopping);
      }
      from_log = news.wake == SignalHub::Wake::kBehind;
      if (from_log) continue;
      entries = std::move(news.entries);
      place = news.place;
    }
    v1::WatchSignalsResponse response;
    CO_RETURN_IF_ERROR(co_await Show(context, entries, response));
    // News that the caller may not see is none.
    if (response.signals().empty() && SteadyClock::now() < sent + pace_.heartbeat) continue;
    sent = SteadyClock::now();
    response.set_cursor(deps_.feed.Cursor(agency, place));
    if (!co_await sink.Write(response)) co_return absl::CancelledError("nobody reads any more");
  }
}

}  // namespace rapport::alliance
