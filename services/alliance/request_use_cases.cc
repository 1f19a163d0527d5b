// Rating requests: which forms are due, what a form shows, and skipping.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/due_forms.h"
#include "alliance/duty.h"
#include "alliance/instruments/licence.h"
#include "alliance/invitation_rules.h"
#include "alliance/request_rules.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"
#include "platform/schema/times.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

const auto& kRequestFilter = *new schema::ListFilter<v1::RatingRequest>(
    {{.name = "rater", .patterns = schema::patterns::kPerson},
     {.name = "instrument", .patterns = schema::patterns::kInstrument},
     {"occasion"},
     {"due_time"},
     {"expire_time"}});

v1::RatingRequestState StoredState(const StoredRequest& request) {
  return static_cast<v1::RatingRequestState>(request.record.state);
}

// Whether the caller is the rater: only they open a form by reading it.
bool IsRater(const CallContext& context, const StoredRequest& request) {
  const std::string& rater = request.message.rater();
  if (request.message.professional()) return rater == context.access.professional;
  return std::ranges::find(context.access.members, rater) != context.access.members.end();
}

bool IsRaterOnly(const CallContext& context) {
  return context.access.viewer == Viewer::kMember || context.access.viewer == Viewer::kInvited;
}

records::Record InState(const StoredRequest& request, v1::RatingRequestState state,
                        std::int64_t now_us) {
  internal::v1::StoredRatingRequest message = request.message;
  *message.mutable_request()->mutable_update_time() = schema::ToTimestamp(now_us);
  records::Record after = records::With(request.record, message);
  after.state = state;
  after.updated_us = now_us;
  return after;
}

const StoredInvitation* FindInvitation(const FamilyFile& file, std::string_view id) {
  const auto found = std::ranges::find_if(
      file.invitations, [&](const StoredInvitation& one) { return one.record.id == id; });
  return found == file.invitations.end() ? nullptr : &*found;
}

}  // namespace

// Of the caller's own only, for those who see nothing else: an unknown one, and one of another
// rater, are both not found.
absl::StatusOr<const StoredRequest*> AllianceService::FindRequest(const CallContext& context,
                                                                  const FamilyFile& file,
                                                                  std::string_view name) const {
  const auto ids =
      deps_.NamesOf(context.principal->agency).Read(schema::patterns::kRatingRequest, name);
  const StoredRequest* request = ids && ids->family == file.id ? file.Request(ids->id) : nullptr;
  if (request == nullptr) return schema::NotFound();
  if (IsRaterOnly(context) && !IsRater(context, *request)) return schema::NotFound();
  if (const auto& held = context.principal->invitation) {
    const StoredInvitation* invitation = FindInvitation(file, held->id);
    if (invitation == nullptr || invitation->message.request() != request->record.id) {
      return schema::NotFound();
    }
    const v1::RatingRequest& asked = request->message.request();
    const bool used =
        file.RatingOf(request->record.parent, asked.rater(), asked.instrument()) != nullptr;
    if (!InvitationLife().Takes(StateOf(invitation->message, used, Now()),
                                InvitationEvent::kFill)) {
      return errors::InvitationUsed();
    }
  }
  return request;
}

absl::Status AllianceService::CheckWaiting(const std::string& agency, const FamilyFile& file,
                                           const StoredRequest& request) const {
  const v1::RatingRequest shown = ShowRequest(agency, file, request);
  if (!IsWaiting(shown.state())) return errors::RequestNotDue(shown.name());
  return absl::OkStatus();
}

v1::RatingRequest AllianceService::ShowRequest(const std::string& agency, const FamilyFile& file,
                                               const StoredRequest& request) const {
  v1::RatingRequest shown = request.message.request();
  const StoredRating* rating =
      file.RatingOf(request.record.parent, shown.rater(), shown.instrument());
  shown.set_etag(deps_.etags.Show(agency, request.record.id, request.record.version));
  shown.set_state(StateOf(StoredState(request), rating != nullptr,
                          schema::ToMicros(shown.expire_time()), Now()));
  if (rating != nullptr) {
    shown.set_rating(rating->message.name());
    *shown.mutable_update_time() = rating->message.create_time();
  } else if (shown.state() == v1::RATING_REQUEST_STATE_EXPIRED && IsWaiting(StoredState(request))) {
    *shown.mutable_update_time() = shown.expire_time();
  }
  return shown;
}

AllianceService::Answer<v1::ListRatingRequestsResponse> AllianceService::ListRatingRequests(
    CallContext& context, const v1::ListRatingRequestsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kRequestFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"due_time"}, {0, true}));
  const std::string& agency = context.principal->agency;
  auto file = co_await LoadFile(context);
  if (!file.ok()) co_return file.status();
  std::vector<records::Placed<v1::RatingRequest>> entries;
  for (const StoredRequest& one : file->requests) {
    if (IsRaterOnly(context) && !IsRater(context, one)) continue;
    v1::RatingRequest shown = ShowRequest(agency, *file, one);
    if (!request.session().empty() && shown.session() != request.session()) continue;
    if (request.state() != v1::RATING_REQUEST_STATE_UNSPECIFIED &&
        shown.state() != request.state()) {
      continue;
    }
    if (!kRequestFilter.Matches(terms, shown)) continue;
    context.disclosed_version = std::max(context.disclosed_version, one.record.version);
    entries.push_back({one.record.sort_us, one.record.id, std::move(shown)});
  }
  if (context.access.viewer == Viewer::kMember) {
    context.disclosed_members = context.access.members;
  }
  v1::ListRatingRequestsResponse response;
  auto next = records::ShowPage(
      deps_, context, request, std::move(entries), order.descending,
      [&](v1::RatingRequest shown) { *response.add_rating_requests() = std::move(shown); });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*std::move(next));
  co_return response;
}

absl::StatusOr<v1::RatingForm> AllianceService::BuildForm(
    const CallContext& context, const FamilyFile& file, const StoredRequest& request,
    const v1::Instrument& instrument, const UrgentSettings& settings, bool shared_device) const {
  const std::string& agency = context.principal->agency;
  const StoredSession* session = file.Session(request.record.parent);
  if (session == nullptr) return absl::DataLossError("a request's session is not on file");
  v1::RatingForm form;
  *form.mutable_rating_request() = ShowRequest(agency, file, request);
  *form.mutable_instrument() = instrument;
  const bool member = !request.message.professional();
  form.set_notice(
      NoticeFor(settings, ReachesTherapists(*context.access.facts, Now()), shared_device));
  form.set_emergency_contacts(ContactsOf(settings));
  form.set_shared_device(shared_device);
  form.set_asks_comment(member && !instrument.licence().attestation_required());
  form.set_asks_went_wrong(!instrument.licence().attestation_required());
  if (member && !shared_device) {
    form.add_concerns(v1::CONCERN_KIND_TALK_TO_ME_SOON);
    form.add_concerns(v1::CONCERN_KIND_NOT_SAFE);
  }
  form.set_homework_agreed(!request.message.professional() && file.work &&
                           HomeworkAgreed(file.work->message, request.message.rater(),
                                          session->message.held().ended_us()));
  const auto add_part = [&](const std::string& target, v1::Asked asked) {
    v1::FormPart part;
    part.set_target(target);
    for (const v1::Item& item : instrument.items()) {
      if (item.asked() != asked) continue;
      if (item.condition() == v1::CONDITION_HOMEWORK_AGREED && !form.homework_agreed()) continue;
      if (shared_device && IsSafetyItem(item)) continue;
      part.add_items(item.number());
    }
    if (part.items_size() > 0) *form.add_parts() = std::move(part);
  };
  for (const std::string& target : request.message.request().targets()) {
    add_part(target, v1::ASKED_PER_TARGET);
  }
  add_part(deps_.NamesOf(agency).Family(file.id), v1::ASKED_ONCE);
  return form;
}

AllianceService::Answer<v1::GetRatingFormResponse> AllianceService::GetRatingForm(
    CallContext& context, const v1::GetRatingFormRequest& request) {
  const std::string& agency = context.principal->agency;
  auto file = co_await LoadFile(context);
  if (!file.ok()) co_return file.status();
  CO_ASSIGN_OR_RETURN(const StoredRequest* found,
                      FindRequest(context, *file, request.rating_request()));
  CO_RETURN_IF_ERROR(CheckWaiting(agency, *file, *found));
  std::shared_ptr<const v1::Instrument> instrument;
  std::optional<StoredLicence> licence;
  PlanInForce plan;
  UrgentSettings settings;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(settings,
                     SettingsInForce(tx, deps_.records, agency, urgent_settings_(agency)));
    const std::string& name = found->message.request().instrument();
    ASSIGN_OR_RETURN(instrument, store_.Instrument(tx, agency, name));
    ASSIGN_OR_RETURN(licence, store_.Licence(tx, agency, name));
    ASSIGN_OR_RETURN(plan, LoadPlan(tx, store_, deps_.NamesOf(agency), agency, file->id,
                                    context.access.facts->level_of_need));
    return absl::OkStatus();
  }));
  if (!instrument) co_return absl::DataLossError("a request's instrument is not there");
  bool shared_device = request.shared_device();
  if (const auto& held = context.principal->invitation) {
    shared_device |= FindInvitation(*file, held->id)->message.shared_device();
  }
  v1::GetRatingFormResponse response;
  CO_ASSIGN_OR_RETURN(*response.mutable_rating_form(),
                      BuildForm(context, *file, *found, *instrument, settings, shared_device));
  if (const auto& held = context.principal->invitation) {
    response.mutable_rating_form()->set_rater_display_name(
        FindInvitation(*file, held->id)->message.display_name());
  }
  if (licence) {
    const auto* wording = WordingFor(licence->message, request.language(), Now());
    if (wording != nullptr) {
      ShowWording(*wording, *response.mutable_rating_form()->mutable_instrument());
    }
  }
  const bool asks = IsRater(context, *found) && AsksWhetherToGoOn(*file, *found, plan);
  response.mutable_rating_form()->set_asks_whether_to_go_on(asks);
  if (StoredState(*found) == v1::RATING_REQUEST_STATE_DUE && IsRater(context, *found)) {
    CO_RETURN_IF_ERROR(co_await MarkOpened(context, *found, plan, asks));
    v1::RatingRequest& shown = *response.mutable_rating_form()->mutable_rating_request();
    shown.set_state(v1::RATING_REQUEST_STATE_OPENED);
    shown.set_etag(deps_.etags.Show(agency, found->record.id, found->record.version + 1));
    *shown.mutable_update_time() = schema::ToTimestamp(Now());
  }
  co_return response;
}

// Two readers at once: the first marks it, which is what the second wanted.
Task<absl::Status> AllianceService::MarkOpened(CallContext& context, const StoredRequest& request,
                                               const PlanInForce& plan, bool asks) {
  records::Changes changes(context, Now());
  changes.Update(request.record, InState(request, v1::RATING_REQUEST_STATE_OPENED, Now()));
  changes.Audit("rating_request.open", request.record, {request.message.rater()});
  if (asks) {
    internal::v1::StoredMeasurePlan marked;
    if (plan.own) marked = plan.own->message;
    auto& asked = *marked.add_asked();
    asked.set_member(request.message.rater());
    asked.set_request(request.record.id);
    WritePlan(plan, request.record.family, marked, Now(), changes);
  }
  auto committed =
      co_await deps_.records.Commit(context, std::move(changes), v1::GetRatingFormResponse());
  if (committed.ok() || records::IsConflict(committed.status())) co_return absl::OkStatus();
  co_return committed.status();
}

AllianceService::Answer<v1::SkipRatingRequestResponse> AllianceService::SkipRatingRequest(
    CallContext& context, const v1::SkipRatingRequestRequest& request) {
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return SkipOnce(context, request); });
}

AllianceService::Answer<v1::SkipRatingRequestResponse> AllianceService::SkipOnce(
    CallContext& context, const v1::SkipRatingRequestRequest& request) {
  const std::string& agency = context.principal->agency;
  auto file = co_await LoadFile(context);
  if (!file.ok()) co_return file.status();
  CO_ASSIGN_OR_RETURN(const StoredRequest* found,
                      FindRequest(context, *file, request.rating_request()));
  const records::Record& before = found->record;
  CO_RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, before.id, before.version));
  CO_RETURN_IF_ERROR(CheckWaiting(agency, *file, *found));
  StoredRequest after;
  after.record = InState(*found, v1::RATING_REQUEST_STATE_SKIPPED, Now());
  CO_ASSIGN_OR_RETURN(after, records::Parse<internal::v1::StoredRatingRequest>(after.record));
  records::Changes changes(context, Now());
  changes.Update(before, after.record);
  changes.Audit("rating_request.skip", before, {found->message.rater()});
  if (request.stop_asking()) {
    if (found->message.professional()) co_return errors::StopAskingMembersOnly();
    CO_RETURN_IF_ERROR(co_await StopAsking(context, *file, *found, changes));
  }
  after.record.version = before.version + 1;
  v1::SkipRatingRequestResponse response;
  *response.mutable_rating_request() = ShowRequest(agency, *file, after);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

// The family's plan names the member as not to be asked. Guards the family, so that what a helper
// sets at the same moment is not lost.
Task<absl::Status> AllianceService::StopAsking(CallContext& context, const FamilyFile& file,
                                               const StoredRequest& request,
                                               records::Changes& changes) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  PlanInForce plan;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(
        plan, LoadPlan(tx, store_, names, agency, file.id, context.access.facts->level_of_need));
    return absl::OkStatus();
  }));
  const std::string& member = request.message.rater();
  if (std::ranges::find(plan.not_asked, member) != plan.not_asked.end()) {
    co_return absl::OkStatus();
  }
  internal::v1::StoredMeasurePlan stopped;
  if (plan.own) stopped = plan.own->message;
  stopped.mutable_plan()->add_not_asked(names.Member(file.id, member));
  *stopped.mutable_plan()->mutable_update_time() = schema::ToTimestamp(Now());
  changes.Guard(file.id, file.revision);
  changes.Audit("measure_plan.stop_asking", WritePlan(plan, file.id, stopped, Now(), changes),
                {member});
  co_return absl::OkStatus();
}

}  // namespace rapport::alliance
