// Ratings: submitted one at a time or many, and listed with their scores.
//
// Submitting only inserts: one record whose key (session, rater, instrument) is unique. It guards
// nothing, so ratings of one family never wait for each other; whatever follows (requests done,
// signals) is derived from them.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/invitation_rules.h"
#include "alliance/rating_people.h"
#include "alliance/row_error.h"
#include "alliance/scopes.h"
#include "platform/audit/shown.h"
#include "platform/base/at_their_word.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"
#include "platform/schema/times.h"
#include "platform/schema/validate.h"

#include <rapport/internal/v1/event.pb.h>

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

namespace rapport::alliance {
namespace {

const auto& kRatingFilter = *new schema::ListFilter<v1::Rating>(
    {{.name = "instrument", .patterns = schema::patterns::kInstrument},
     {"mode"},
     {"session_time"}});

}  // namespace
AllianceService::Answer<FamilyFile> AllianceService::LoadFile(CallContext& context) {
  absl::StatusOr<FamilyFile> file = absl::UnknownError("not loaded");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) {
    file = store_.Load(tx, context.principal->agency, context.access.family);
    return file.status();
  }));
  co_return file;
}

absl::StatusOr<AllianceService::Prepared> AllianceService::Prepare(
    db::Tx& tx, const std::string& agency, const Access& access, Submitter submitter,
    std::string_view prefix, v1::Rating rating, std::vector<absl::Status>* more) const {
  const schema::Names names = deps_.NamesOf(agency);
  std::vector<absl::Status> refusals;
  const auto refused = [&] {
    if (more != nullptr) more->assign(std::next(refusals.begin()), refusals.end());
    return refusals.front();
  };
  const auto rater = ReadPerson(names, access.family, rating.rater());
  if (!rater) {
    refusals.push_back(
        errors::InvalidRating(prefix, {{"rater", "a member of the family or a helper"}}));
  } else if (submitter != Submitter::kImport && submitter != Submitter::kCorrection) {
    const auto by = SubmitterOf(access, *rater);
    if (!by) return errors::OnlyOneself();
    submitter = *by;
  }
  ASSIGN_OR_RETURN(const auto instrument, store_.Instrument(tx, agency, rating.instrument()));
  if (!instrument) {
    refusals.push_back(
        errors::InvalidRating(prefix, {{"instrument", "an instrument, shipped or created"}}));
  }
  const auto session = names.Read(schema::patterns::kSession, rating.session());
  std::optional<StoredSession> held;
  if (session && session->family == access.family) {
    ASSIGN_OR_RETURN(held, store_.HeldSession(tx, agency, access.family, session->id));
  }
  if (!held) refusals.push_back(errors::SessionNotHeld(rating.session()));
  // Everything else is judged by these three.
  if (!refusals.empty()) return refused();

  const std::int64_t now_us = Now();
  const internal::v1::SessionHeld& told = held->message.held();
  const RatingCase rated{.instrument = *instrument,
                         .session = told,
                         .facts = *access.facts,
                         .rater = *rater,
                         .submitter = submitter,
                         .now_us = now_us};
  const auto targets = ReadTargets(names, access.family, rating);
  auto faults = FaultsOf(rating, targets, rated);
  for (int i = 0; i < rating.present_size(); ++i) {
    if (ReadPerson(names, access.family, rating.present(i))) continue;
    faults.push_back(
        {Concat({"present[", std::to_string(i), "]"}), "a member of the family or a professional"});
  }
  if (!faults.empty()) refusals.push_back(errors::InvalidRating(prefix, faults));
  if (const auto unmet = UnmetFor(rated); !unmet.empty()) {
    refusals.push_back(errors::RatingRefused(rating.rater(), unmet));
  }
  if (!refusals.empty()) return refused();
  bool homework_agreed = false;
  if (!rater->professional) {
    ASSIGN_OR_RETURN(homework_agreed,
                     store_.HomeworkAgreed(tx, agency, access.family, rater->id, told.ended_us()));
  }

  Prepared prepared{.rating = std::move(rating), .rater = *rater};
  prepared.record = NewRecord(kRating, access.family, now_us);
  prepared.record.parent = session->id;
  prepared.record.sort_us = told.started_us();
  prepared.key = RatingKey(session->id, rater->id, instrument->name());
  v1::Rating& scored = prepared.rating;
  Score(rated, targets, homework_agreed, &scored);
  scored.set_name(names.Rating(access.family, prepared.record.id));
  scored.clear_etag();
  *scored.mutable_session_time() = schema::ToTimestamp(told.started_us());
  *scored.mutable_create_time() = schema::ToTimestamp(now_us);
  prepared.record = records::With(prepared.record, scored);
  return prepared;
}

void AllianceService::Record(Prepared& prepared, records::Changes& changes) const {
  changes.Create(prepared.record);
  changes.Claim(kRatingClaim, prepared.key, prepared.record);
  std::vector<std::string> members;
  if (!prepared.rater.professional) members.push_back(prepared.rater.id);
  changes.Audit("rating.record", prepared.record, std::move(members));
  changes.Emit({.type = internal::v1::EVENT_TYPE_RATING_RECORDED,
                .family = prepared.record.family,
                .resource = prepared.rating.name(),
                .version = 1,
                .body = {}});
  prepared.record.version = 1;
}

absl::StatusOr<std::string> AllianceService::RatingWith(db::Tx& tx, const std::string& agency,
                                                        const std::string& family,
                                                        const std::string& key) const {
  ASSIGN_OR_RETURN(const auto id, deps_.records.FindClaim(tx, agency, kRatingClaim, key));
  return id ? deps_.NamesOf(agency).Rating(family, *id) : std::string();
}

v1::Rating AllianceService::Show(const CallContext& context, const records::Record& record,
                                 v1::Rating rating) const {
  rating.set_etag(deps_.etags.Show(context.principal->agency, record.id, record.version));
  HideFrom(context.access.viewer, &rating);
  return rating;
}

Task<absl::Status> AllianceService::HideSafetyFromSystems(
    CallContext& context, google::protobuf::RepeatedPtrField<v1::Rating>* ratings) {
  if (MayRead(context, kRatingAnswersScope)) co_return absl::OkStatus();
  std::map<std::string, std::shared_ptr<const v1::Instrument>> forms;
  for (const v1::Rating& rating : *ratings) forms[rating.instrument()];
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    for (auto& [name, form] : forms) {
      ASSIGN_OR_RETURN(form, store_.Instrument(tx, context.principal->agency, name));
    }
    return absl::OkStatus();
  }));
  for (v1::Rating& rating : *ratings) HideSafety(forms[rating.instrument()].get(), &rating);
  co_return absl::OkStatus();
}

absl::Status AllianceService::CheckInvitation(db::Tx& tx, const CallContext& context,
                                              const v1::Rating& rating, std::int64_t now_us) const {
  const Principal::Invitation& held = *context.principal->invitation;
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  auto record = deps_.records.Get(tx, agency, held.family, kInvitation, held.id);
  if (absl::IsNotFound(record.status())) return schema::NotFound();
  RETURN_IF_ERROR(record.status());
  ASSIGN_OR_RETURN(const auto invitation,
                   records::Parse<internal::v1::StoredRatingInvitation>(*std::move(record)));
  ASSIGN_OR_RETURN(const auto used, deps_.records.FindClaim(tx, agency, kInvitationClaim, held.id));
  if (!InvitationLife().Takes(StateOf(invitation.message, used.has_value(), now_us),
                              InvitationEvent::kFill)) {
    return errors::InvitationUsed();
  }
  ASSIGN_OR_RETURN(auto asked, deps_.records.Get(tx, agency, held.family, kRequest,
                                                 invitation.message.request()));
  ASSIGN_OR_RETURN(const auto request,
                   records::Parse<internal::v1::StoredRatingRequest>(std::move(asked)));
  if (request.message.request().session() != rating.session() ||
      request.message.request().instrument() != rating.instrument() ||
      request.message.request().rater() != rating.rater()) {
    return errors::InvitationForOther();
  }
  if (invitation.message.shared_device() && rating.mode() != v1::RATING_MODE_SHARED_DEVICE) {
    return errors::SharedDeviceOnly();
  }
  if (request.record.state == v1::RATING_REQUEST_STATE_SKIPPED ||
      request.record.state == v1::RATING_REQUEST_STATE_EXPIRED) {
    return errors::RequestNotDue(request.message.request().name());
  }
  return absl::OkStatus();
}

AllianceService::Answer<v1::SubmitRatingResponse> AllianceService::SubmitRating(
    CallContext& context, const v1::SubmitRatingRequest& request) {
  if (!request.has_concern()) co_return co_await RecordRating(context, request);
  auto reported = co_await ReportWithRating(context, request);
  if (!reported.ok()) co_return reported.status();
  auto recorded = co_await RecordRating(context, request);
  if (!recorded.ok()) co_return errors::ConcernKept(recorded.status());
  co_return recorded;
}

AllianceService::Answer<v1::SubmitRatingResponse> AllianceService::RecordRating(
    CallContext& context, const v1::SubmitRatingRequest& request) {
  // A concern rests on no facts, a rating does: roster, age and consent.
  if (IsAtTheirWord(*context.access.facts)) {
    co_return schema::Refused(schema::reasons::kDependencyUnavailable);
  }
  const std::string& agency = context.principal->agency;
  const bool invited = context.principal->invitation != nullptr;
  absl::StatusOr<Prepared> prepared = absl::UnknownError("not judged");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    if (invited) RETURN_IF_ERROR(CheckInvitation(tx, context, request.rating(), Now()));
    prepared = Prepare(tx, agency, context.access, Submitter::kRater, "rating.", request.rating());
    return prepared.status();
  }));
  records::Changes changes(context, Now());
  Record(*prepared, changes);
  if (invited) {
    changes.Claim(kInvitationClaim, context.principal->invitation->id, prepared->record);
  }
  v1::SubmitRatingResponse response;
  *response.mutable_rating() = Show(context, prepared->record, prepared->rating);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (committed.ok()) co_return response;
  const std::string taken = records::TakenIndex(committed.status());
  if (taken == kInvitationClaim) co_return errors::InvitationUsed();
  if (taken != kRatingClaim) co_return committed.status();
  std::string name;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(name, RatingWith(tx, agency, context.access.family, prepared->key));
    return absl::OkStatus();
  }));
  co_return errors::AlreadyRated(name);
}

AllianceService::Answer<v1::BatchSubmitRatingsResponse> AllianceService::BatchSubmitRatings(
    CallContext& context, const v1::BatchSubmitRatingsRequest& request) {
  for (int tries = 1;; ++tries) {
    auto response = co_await BatchOnce(context, request);
    // Somebody else recorded one of them meanwhile: the next try reports it as known.
    const bool raced = records::TakenIndex(response.status()) == kRatingClaim;
    if (!raced || tries == 5 || context.Expired()) co_return response;
  }
}

// The batch is judged against one snapshot and committed as a whole: its answer says what became of
// each rating, and is stored with them.
AllianceService::Answer<v1::BatchSubmitRatingsResponse> AllianceService::BatchOnce(
    CallContext& context, const v1::BatchSubmitRatingsRequest& request) {
  const std::string& agency = context.principal->agency;
  v1::BatchSubmitRatingsResponse response;
  records::Changes changes(context, Now());
  absl::flat_hash_set<std::string> in_batch;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    for (const v1::Rating& rating : request.ratings()) {
      v1::RatingOutcome& outcome = *response.add_outcomes();
      const auto violations = schema::Validate(rating);
      std::vector<absl::Status> more;
      auto prepared =
          violations.empty()
              ? Prepare(tx, agency, context.access, Submitter::kRater, "", rating, &more)
              : absl::StatusOr<Prepared>(schema::InvalidFields(violations));
      absl::Status status = prepared.status();
      if (status.ok()) {
        ASSIGN_OR_RETURN(const std::string known,
                         RatingWith(tx, agency, context.access.family, prepared->key));
        if (!known.empty()) status = errors::AlreadyRated(known);
        if (known.empty() && !in_batch.insert(prepared->key).second) {
          status = errors::AlreadyRated("");
        }
      }
      if (!status.ok()) {
        if (!IsAboutTheRow(status)) return status;
        more.insert(more.begin(), status);
        Refuse(ToRowErrors(more), &outcome);
        response.set_refused_ratings(response.refused_ratings() + 1);
        continue;
      }
      Record(*prepared, changes);
      *outcome.mutable_rating() = Show(context, prepared->record, prepared->rating);
      response.set_recorded_ratings(response.recorded_ratings() + 1);
    }
    return absl::OkStatus();
  }));
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

AllianceService::Answer<v1::ListRatingsResponse> AllianceService::ListRatings(
    CallContext& context, const v1::ListRatingsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kRatingFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"session_time"}, {0, true}));
  if (schema::IsAnyFamily(request.parent())) {
    co_return co_await ListAgencyRatings(context, request, terms, order.descending);
  }
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  auto file = co_await LoadFile(context);
  if (!file.ok()) co_return file.status();
  std::vector<std::string> own;
  for (const std::string& member : context.access.members) {
    own.push_back(names.Member(file->id, member));
  }
  std::vector<records::Placed<StoredRating>> entries;
  for (StoredRating& rating : file->ratings) {
    const bool shown = context.access.viewer != Viewer::kMember ||
                       std::ranges::find(own, rating.message.rater()) != own.end();
    if (!shown) continue;
    if (!request.rater().empty() && rating.message.rater() != request.rater()) continue;
    if (!request.session().empty() && rating.message.session() != request.session()) continue;
    if (!kRatingFilter.Matches(terms, rating.message)) continue;
    entries.push_back({rating.record.sort_us, rating.record.id, std::move(rating)});
  }
  if (context.access.viewer == Viewer::kMember) {
    context.disclosed_members = context.access.members;
  }
  v1::ListRatingsResponse response;
  auto next = records::ShowPage(
      deps_, context, request, std::move(entries), order.descending, [&](StoredRating rating) {
        context.disclosed_version = std::max(context.disclosed_version, rating.record.version);
        *response.add_ratings() = Show(context, rating.record, std::move(rating.message));
      });
  if (!next.ok()) co_return next.status();
  CO_RETURN_IF_ERROR(co_await HideSafetyFromSystems(context, response.mutable_ratings()));
  response.set_next_page_token(*std::move(next));
  co_return response;
}

// Pages in the database. With filters a page may hold fewer than asked for, none even, and still
// have a next one.
AllianceService::Answer<v1::ListRatingsResponse> AllianceService::ListAgencyRatings(
    CallContext& context, const v1::ListRatingsRequest& request,
    const std::vector<schema::FilterTerm>& terms, bool newest_first) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  const auto sealer = deps_.suite.SealerFor(crypto::SuiteKey::kPageToken, agency);
  CO_ASSIGN_OR_RETURN(const schema::Page page, schema::ReadPage(*sealer, context, request));
  std::vector<records::Record> found;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(found, deps_.records.List(tx, agency,
                                               {.kind = kRating,
                                                .after_us = page.after_us,
                                                .after_id = page.after_id,
                                                .newest_first = newest_first,
                                                .limit = page.size + 1}));
    return absl::OkStatus();
  }));
  const bool more = static_cast<int>(found.size()) > page.size;
  if (more) found.pop_back();
  v1::ListRatingsResponse response;
  if (more) {
    response.set_next_page_token(
        schema::NextPageToken(*sealer, context, page, found.back().sort_us, found.back().id));
  }
  for (records::Record& record : found) {
    CO_ASSIGN_OR_RETURN(auto rating, records::Parse<v1::Rating>(std::move(record)));
    if (!request.rater().empty() && rating.message.rater() != request.rater()) continue;
    if (!request.session().empty() && rating.message.session() != request.session()) continue;
    if (!kRatingFilter.Matches(terms, rating.message)) continue;
    // A professional's rating is about the family.
    const auto rater = names.ReadMember(rating.message.rater());
    audit::NoteShown(context, rating.record.family, rater ? std::string_view(rater->id) : "");
    context.disclosed_version = std::max(context.disclosed_version, rating.record.version);
    *response.add_ratings() = Show(context, rating.record, std::move(rating.message));
  }
  CO_RETURN_IF_ERROR(co_await HideSafetyFromSystems(context, response.mutable_ratings()));
  co_return response;
}

}  // namespace rapport::alliance
