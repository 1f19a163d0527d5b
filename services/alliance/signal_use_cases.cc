// Signals: listed, and taken through their life cycle by clinicians.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/signal_rules.h"
#include "alliance/signal_show.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"
#include "platform/schema/times.h"

#include <rapport/internal/v1/event.pb.h>

#include <algorithm>

namespace rapport::alliance {
namespace {

constexpr std::int64_t kDayMicros = 86'400'000'000;

const auto& kSignalFilter = *new schema::ListFilter<v1::Signal>(
    {{"state"},
     {"level"},
     {.name = "member", .patterns = schema::patterns::kMember},
     {.name = "target", .patterns = "families/{family},professionals/{professional}"},
     {"open_time"}});

enum PlaceOf : std::size_t { kByChange, kByOpening };

std::string_view ActionOf(SignalStep step) {
  switch (step) {
    case SignalStep::kAcknowledge:
      return "signal.acknowledge";
    case SignalStep::kBeginRepair:
      return "signal.begin_repair";
    case SignalStep::kEndRepair:
      return "signal.end_repair";
    case SignalStep::kDismiss:
      return "signal.dismiss";
    case SignalStep::kSnooze:
      return "signal.snooze";
    default:
      return "signal.change";
  }
}

template <typename Response>
absl::StatusOr<Response> With(absl::StatusOr<v1::Signal> signal) {
  if (!signal.ok()) return signal.status();
  Response response;
  *response.mutable_signal() = *std::move(signal);
  return response;
}

}  // namespace

AllianceService::Answer<v1::ListSignalsResponse> AllianceService::ListSignals(
    CallContext& context, const v1::ListSignalsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kSignalFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(
      const auto order,
      schema::ParseOrderBy(request.order_by(), {"update_time", "open_time"}, {kByChange, true}));
  const std::string& agency = context.principal->agency;
  auto file = co_await LoadFile(context);
  if (!file.ok()) co_return file.status();
  std::vector<records::Placed<v1::Signal>> entries;
  for (const StoredSignal& stored : file->signals) {
    v1::Signal signal = ShowSignal(deps_, agency, stored);
    if (!request.include_closed() && !IsOpen(signal.state())) continue;
    if (request.kind() != v1::SIGNAL_KIND_UNSPECIFIED && signal.kind() != request.kind()) continue;
    if (!kSignalFilter.Matches(terms, signal)) continue;
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    const std::int64_t place_us =
        order.field == kByChange ? stored.record.sort_us : schema::ToMicros(signal.open_time());
    entries.push_back({place_us, stored.record.id, std::move(signal)});
  }
  v1::ListSignalsResponse response;
  auto next =
      records::ShowPage(deps_, context, request, std::move(entries), order.descending,
                        [&](v1::Signal signal) { *response.add_signals() = std::move(signal); });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*std::move(next));
  co_return response;
}

AllianceService::Answer<v1::AcknowledgeSignalResponse> AllianceService::AcknowledgeSignal(
    CallContext& context, const v1::AcknowledgeSignalRequest& request) {
  const Change change = [&](v1::Signal& signal) {
    signal.set_note(request.note());
    return absl::OkStatus();
  };
  co_return With<v1::AcknowledgeSignalResponse>(
      co_await TakeStep(context, request.name(), request.etag(), SignalStep::kAcknowledge, change));
}

AllianceService::Answer<v1::RecordRepairResponse> AllianceService::RecordRepair(
    CallContext& context, const v1::RecordRepairRequest& request) {
  const bool ends = request.outcome() != v1::SIGNAL_OUTCOME_UNSPECIFIED;
  const auto step = ends ? SignalStep::kEndRepair : SignalStep::kBeginRepair;
  if (ends && !OutcomeFits(step, request.outcome())) co_return errors::OutcomeRefused();
  const Change change = [&](v1::Signal& signal) {
    v1::Repair& repair = *signal.add_repairs();
    repair = request.repair();
    *repair.mutable_record_time() = schema::ToTimestamp(Now());
    if (ends) Close(request.outcome(), Now(), &signal);
    return absl::OkStatus();
  };
  co_return With<v1::RecordRepairResponse>(
      co_await TakeStep(context, request.name(), request.etag(), step, change));
}

AllianceService::Answer<v1::DismissSignalResponse> AllianceService::DismissSignal(
    CallContext& context, const v1::DismissSignalRequest& request) {
  if (request.reason() == v1::DISMISS_REASON_OTHER && request.note().empty()) {
    co_return errors::ReasonNeedsNote();
  }
  const Change change = [&](v1::Signal& signal) {
    signal.set_dismiss_reason(request.reason());
    signal.set_note(request.note());
    Close(v1::SIGNAL_OUTCOME_DISMISSED, Now(), &signal);
    return absl::OkStatus();
  };
  co_return With<v1::DismissSignalResponse>(
      co_await TakeStep(context, request.name(), request.etag(), SignalStep::kDismiss, change));
}

AllianceService::Answer<v1::SnoozeSignalResponse> AllianceService::SnoozeSignal(
    CallContext& context, const v1::SnoozeSignalRequest& request) {
  const Change change = [&](v1::Signal& signal) -> absl::Status {
    const std::int64_t until_us = schema::ToMicros(request.until_time());
    const int most_days = LongestSnoozeDays(signal.kind());
    if (until_us <= Now() || until_us > Now() + most_days * kDayMicros) {
      return errors::SnoozeRange(most_days);
    }
    *signal.mutable_snooze_until_time() = request.until_time();
    signal.set_note(request.note());
    return absl::OkStatus();
  };
  co_return With<v1::SnoozeSignalResponse>(
      co_await TakeStep(context, request.name(), request.etag(), SignalStep::kSnooze, change));
}

AllianceService::Answer<v1::AdjudicateSignalResponse> AllianceService::AdjudicateSignal(
    CallContext& context, const v1::AdjudicateSignalRequest& request) {
  const std::string judge =
      deps_.NamesOf(context.principal->agency).Professional(context.access.professional);
  const StoredChange change = [&](internal::v1::StoredSignal& stored) {
    v1::Adjudication& adjudication = *stored.mutable_signal()->mutable_adjudication();
    adjudication.set_verdict(request.verdict());
    adjudication.set_note(request.note());
    adjudication.set_adjudicated_by(judge);
    *adjudication.mutable_adjudicate_time() = schema::ToTimestamp(Now());
    stored.set_judged_posterior(stored.raised_posterior());
    stored.set_judged_rule_version(stored.signal().rule_version());
    return absl::OkStatus();
  };
  co_return With<v1::AdjudicateSignalResponse>(
      co_await ChangeSignal(context, request.name(), request.etag(), "signal.adjudicate", change));
}

AllianceService::Answer<v1::Signal> AllianceService::TakeStep(CallContext& context,
                                                              std::string name, std::string etag,
                                                              SignalStep step, Change change) {
  const StoredChange steps = [&](internal::v1::StoredSignal& stored) -> absl::Status {
    v1::Signal& signal = *stored.mutable_signal();
    const auto next = NextState(signal.state(), step);
    if (!next) return errors::SignalStateRefused(name, StepName(step));
    signal.clear_snooze_until_time();
    RETURN_IF_ERROR(change(signal));
    signal.set_state(*next);
    return absl::OkStatus();
  };
  co_return co_await ChangeSignal(context, name, etag, ActionOf(step), steps);
}

AllianceService::Answer<v1::Signal> AllianceService::ChangeSignal(CallContext& context,
                                                                  std::string name,
                                                                  std::string etag,
                                                                  std::string_view action,
                                                                  StoredChange change) {
  co_return co_await records::RetryConflicts(deps_.records, context, [&] {
    return ChangeSignalOnce(context, name, etag, action, change);
  });
}

AllianceService::Answer<v1::Signal> AllianceService::ChangeSignalOnce(CallContext& context,
                                                                      const std::string& name,
                                                                      const std::string& etag,
                                                                      std::string_view action,
                                                                      const StoredChange& change) {
  const std::string& agency = context.principal->agency;
  const std::int64_t now_us = Now();
  auto file = co_await LoadFile(context);
  if (!file.ok()) co_return file.status();
  const schema::Names names = deps_.NamesOf(agency);
  const auto ids = names.Read(schema::patterns::kSignal, name);
  const StoredSignal* found = ids && ids->family == file->id ? file->Signal(ids->id) : nullptr;
  if (found == nullptr) co_return schema::NotFound();
  const records::Record& before = found->record;
  CO_RETURN_IF_ERROR(deps_.etags.Check(etag, agency, before.id, before.version));

  StoredSignal after = *found;
  v1::Signal& signal = *after.message.mutable_signal();
  signal = AsOf(signal, now_us);
  CO_RETURN_IF_ERROR(change(after.message));
  *signal.mutable_update_time() = schema::ToTimestamp(now_us);
  after.record = records::With(before, after.message);
  after.record.state = signal.state();
  after.record.sort_us = now_us;
  records::Changes changes(context, now_us);
  changes.Guard(file->id, file->revision);
  changes.Update(before, after.record);
  std::vector<std::string> members;
  if (const auto member = names.ReadMember(signal.member())) members.push_back(member->id);
  changes.Audit(action, before, std::move(members));
  changes.Emit({.type = internal::v1::EVENT_TYPE_SIGNAL_CHANGED,
                .family = file->id,
                .resource = name,
                .version = before.version + 1,
                .body = {}});
  after.record.version = before.version + 1;
  // Every step's response is this one field, number 1, so any of them is what is stored as answer.
  v1::AcknowledgeSignalResponse response;
  *response.mutable_signal() = ShowSignal(deps_, agency, after);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return std::move(*response.mutable_signal());
}

}  // namespace rapport::alliance
