// Corrections: other answers in the place of a rating's. The rating before stays in its history, so
// that the map of a past time shows what was on record then; what follows from the new one is
// derived as from any rating.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/rating_people.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <rapport/internal/v1/event.pb.h>

#include <algorithm>

namespace rapport::alliance {
namespace {

// The members a rating is about as data: its rater, unless that is a professional.
std::vector<std::string> MembersOf(const schema::Names& names, const v1::Rating& rating) {
  const auto member = names.ReadMember(rating.rater());
  return member ? std::vector<std::string>{member->id} : std::vector<std::string>{};
}

std::string CorrectedBy(const schema::Names& names, const Access& access,
                        const v1::Rating& rating) {
  if (access.viewer == Viewer::kMember) return rating.rater();
  return access.professional.empty() ? std::string() : names.Professional(access.professional);
}

}  // namespace

// A member's own only, for members: an unknown rating and somebody else's are both not found.
absl::StatusOr<StoredRating> AllianceService::FindRating(db::Tx& tx, const CallContext& context,
                                                         std::string_view name) const {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  const auto ids = names.Read(schema::patterns::kRating, name);
  if (!ids || ids->family != context.access.family) return schema::NotFound();
  auto record = deps_.records.Get(tx, agency, ids->family, kRating, ids->id);
  if (absl::IsNotFound(record.status())) return schema::NotFound();
  RETURN_IF_ERROR(record.status());
  ASSIGN_OR_RETURN(StoredRating rating, records::Parse<v1::Rating>(*std::move(record)));
  if (context.access.viewer == Viewer::kMember) {
    const auto rater = names.ReadMember(rating.message.rater());
    const auto& own = context.access.members;
    if (!rater || std::ranges::find(own, rater->id) == own.end()) return schema::NotFound();
  }
  return rating;
}

AllianceService::Answer<v1::CorrectRatingResponse> AllianceService::CorrectRating(
    CallContext& context, const v1::CorrectRatingRequest& request) {
  if (request.reason() == v1::CORRECTION_REASON_OTHER && request.note().empty()) {
    co_return errors::ReasonNeedsNote();
  }
  co_return co_await records::RetryConflicts(deps_.records, context,
                                             [&] { return CorrectOnce(context, request); });
}

AllianceService::Answer<v1::CorrectRatingResponse> AllianceService::CorrectOnce(
    CallContext& context, const v1::CorrectRatingRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  const std::int64_t now_us = Now();
  StoredRating before;
  absl::StatusOr<Prepared> prepared = absl::UnknownError("not judged");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(before, FindRating(tx, context, request.name()));
    const auto rater = ReadPerson(names, context.access.family, before.message.rater());
    if (!rater || !SubmitterOf(context.access, *rater)) return errors::NotTheRater();
    RETURN_IF_ERROR(
        deps_.etags.Check(request.etag(), agency, before.record.id, before.record.version));
    v1::Rating corrected = before.message;
    *corrected.mutable_parts() = request.parts();
    prepared =
        Prepare(tx, agency, context.access, Submitter::kCorrection, "", std::move(corrected));
    return prepared.status();
  }));

  v1::Rating& rating = prepared->rating;
  rating.set_name(before.message.name());
  *rating.mutable_create_time() = before.message.create_time();
  v1::RatingCorrection& correction = *rating.mutable_correction();
  correction.set_reason(request.reason());
  correction.set_note(request.note());
  correction.set_by(CorrectedBy(names, context.access, rating));
  *correction.mutable_correct_time() = schema::ToTimestamp(now_us);
  records::Record after = records::With(before.record, rating);
  records::Changes changes(context, now_us);
  changes.Update(before.record, after);
  changes.Audit("rating.correct", before.record, MembersOf(names, rating),
                v1::CorrectionReason_Name(request.reason()));
  after.version = before.record.version + 1;
  changes.Emit({.type = internal::v1::EVENT_TYPE_RATING_RECORDED,
                .family = after.family,
                .resource = rating.name(),
                .version = after.version,
                .body = {}});
  v1::CorrectRatingResponse response;
  *response.mutable_rating() = Show(context, after, rating);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

AllianceService::Answer<v1::ListRatingRevisionsResponse> AllianceService::ListRatingRevisions(
    CallContext& context, const v1::ListRatingRevisionsRequest& request) {
  const std::string& agency = context.principal->agency;
  std::vector<StoredRating> versions;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(StoredRating newest, FindRating(tx, context, request.name()));
    ASSIGN_OR_RETURN(auto history, deps_.records.History(tx, agency, newest.record.family, kRating,
                                                         newest.record.id));
    for (records::Record& record : history) {
      ASSIGN_OR_RETURN(auto version, records::Parse<v1::Rating>(std::move(record)));
      versions.push_back(std::move(version));
    }
    versions.push_back(std::move(newest));
    return absl::OkStatus();
  }));
  const StoredRating& newest = versions.back();
  context.disclosed_resource = newest.record.id;
  context.disclosed_kind = kRating;
  context.disclosed_version = newest.record.version;
  context.disclosed_members = MembersOf(deps_.NamesOf(agency), newest.message);
  std::vector<records::Placed<StoredRating>> entries;
  for (StoredRating& version : versions) {
    // Placed by number: two versions may be of the same moment.
    const std::int64_t number = version.record.version;
    entries.push_back({number, version.record.id, std::move(version)});
  }
  v1::ListRatingRevisionsResponse response;
  auto next = records::ShowPage(deps_, context, request, std::move(entries), /*newest_first=*/false,
                                [&](StoredRating version) {
                                  *response.add_ratings() =
                                      Show(context, version.record, std::move(version.message));
                                });
  if (!next.ok()) co_return next.status();
  CO_RETURN_IF_ERROR(co_await HideSafetyFromSystems(context, response.mutable_ratings()));
  response.set_next_page_token(*std::move(next));
  co_return response;
}

}  // namespace rapport::alliance
