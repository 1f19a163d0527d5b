// Invitations: how somebody without an account reads and submits the one form that is theirs.
//
// Two forms of one thing: a sealed token, which says by itself what it opens, and a short code,
// which a person can type and which has to be looked for. Nothing rests on the code but
// GetRatingInvitation, which gives the token for it.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/invitation_rules.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/invitation.h"
#include "platform/crypto/invitation_code.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <rapport/internal/v1/sealed.pb.h>

#include <algorithm>

namespace rapport::alliance {
namespace {

constexpr std::int64_t kDefaultInvitationMicros = 86'400'000'000;
constexpr std::chrono::milliseconds kAfterManyGuesses{2'000};

}  // namespace

v1::RatingInvitation AllianceService::ShowInvitation(
    const std::string& agency, const records::Record& record,
    const internal::v1::StoredRatingInvitation& stored) const {
  const schema::Names names = deps_.NamesOf(agency);
  v1::RatingInvitation shown;
  shown.set_name(names.RatingInvitation(record.family, record.id));
  shown.set_rating_request(names.RatingRequest(record.family, stored.request()));
  shown.set_shared_device(stored.shared_device());
  *shown.mutable_expire_time() = schema::ToTimestamp(stored.expires_us());
  return shown;
}

std::string AllianceService::TokenFor(const std::string& agency, const records::Record& record,
                                      const internal::v1::StoredRatingInvitation& stored,
                                      const std::string& session) const {
  internal::v1::InvitationToken token;
  token.set_agency(agency);
  token.set_invitation(record.id);
  token.set_family(record.family);
  token.set_session(session);
  token.set_member(stored.member());
  token.set_expires_unix((RealMicros() + stored.expires_us() - Now()) / 1'000'000);
  return crypto::MintInvitation(deps_.suite, token);
}

AllianceService::Answer<v1::CreateRatingInvitationResponse> AllianceService::CreateRatingInvitation(
    CallContext& context, const v1::CreateRatingInvitationRequest& request) {
  for (;;) {
    auto invited = co_await records::RetryConflicts(deps_.records, context,
                                                    [&] { return InviteOnce(context, request); });
    // Another invitation has the same short code: the next one is another.
    if (records::TakenIndex(invited.status()) != kInvitationCodeClaim) co_return invited;
  }
}

// As intake calls them to whoever invites them. A form without a name is better than none, but not
// on a device where somebody else may take it for theirs.
AllianceService::Answer<std::string> AllianceService::NameOfRater(CallContext& context,
                                                                  const StoredRequest& request,
                                                                  bool shared_device) {
  const std::string agency = context.principal->agency;
  const auto roster = co_await rosters_.RosterAt(
      context, deps_.NamesOf(agency).Family(request.record.family), /*at_us=*/0);
  if (!roster.ok() && shared_device) co_return roster.status();
  if (!roster.ok()) co_return std::string();
  for (const auto& member : roster->members()) {
    if (member.member() == request.message.request().rater()) co_return member.display_name();
  }
  co_return std::string();
}

// Guards the family, so that of two invitations made at once only one stays good.
AllianceService::Answer<v1::CreateRatingInvitationResponse> AllianceService::InviteOnce(
    CallContext& context, const v1::CreateRatingInvitationRequest& request) {
  const std::string& agency = context.principal->agency;
  auto file = co_await LoadFile(context);
  if (!file.ok()) co_return file.status();
  CO_ASSIGN_OR_RETURN(const StoredRequest* found,
                      FindRequest(context, *file, request.rating_request()));
  CO_RETURN_IF_ERROR(CheckWaiting(agency, *file, *found));
  if (found->message.professional()) co_return errors::MembersOnly();
  CO_ASSIGN_OR_RETURN(std::string display_name,
                      co_await NameOfRater(context, *found, request.shared_device()));
  const std::int64_t now_us = Now();
  const std::int64_t lifetime_us = request.lifetime_seconds() == 0
                                       ? kDefaultInvitationMicros
                                       : request.lifetime_seconds() * 1'000'000LL;
  const std::int64_t expires_us =
      std::min(now_us + lifetime_us, schema::ToMicros(found->message.request().expire_time()));

  records::Changes changes(context, now_us);
  changes.Guard(file->id, file->revision);
  for (const StoredInvitation& earlier : file->invitations) {
    if (earlier.message.request() != found->record.id ||
        !InvitationLife().Takes(StateOf(earlier.message, /*used=*/false, now_us),
                                InvitationEvent::kReplace)) {
      continue;
    }
    internal::v1::StoredRatingInvitation ended = earlier.message;
    ended.set_superseded(true);
    changes.Update(earlier.record, records::With(earlier.record, ended));
  }
  internal::v1::StoredRatingInvitation stored;
  stored.set_request(found->record.id);
  stored.set_member(found->message.rater());
  stored.set_expires_us(expires_us);
  stored.set_shared_device(request.shared_device());
  stored.set_display_name(std::move(display_name));
  records::Record record = NewRecord(kInvitation, file->id, now_us);
  record.parent = found->record.id;
  record = records::With(record, stored);
  changes.Create(record);
  const std::string short_code = crypto::NewInvitationCode(deps_.suite, agency);
  changes.Claim(kInvitationCodeClaim, crypto::LettersOfCode(short_code), record);
  changes.Audit("rating_invitation.create", record, {found->message.rater()});

  v1::CreateRatingInvitationResponse response;
  v1::RatingInvitation& invitation = *response.mutable_rating_invitation();
  invitation = ShowInvitation(agency, record, stored);
  invitation.set_token(TokenFor(agency, record, stored, found->record.parent));
  invitation.set_code(Concat({request.rating_request(), "#", invitation.token()}));
  invitation.set_short_code(short_code);
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

// What a code opens is what the token opens, also after the form was sent: a concern may still be
// reported. Whoever asks with an unknown one is told what they are told without any.
AllianceService::Answer<v1::GetRatingInvitationResponse> AllianceService::GetRatingInvitation(
    CallContext& context, const v1::GetRatingInvitationRequest&) {
  const Principal& caller = *context.principal;
  if (!caller.roles.Has(options::v1::ROLE_INVITATION)) co_return schema::NotFound();
  const bool by_code = caller.invitation == nullptr;
  if (by_code && !guesses_.MayLook(caller.agency, SteadyClock::now())) {
    co_return schema::Overloaded(kAfterManyGuesses);
  }
  v1::GetRatingInvitationResponse response;
  const absl::Status found = co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    std::optional<records::ClaimOwner> held;
    if (by_code) {
      ASSIGN_OR_RETURN(held, deps_.records.FindOwner(tx, caller.agency, kInvitationCodeClaim,
                                                     crypto::LettersOfCode(context.bearer)));
    } else {
      held = {caller.invitation->family, caller.invitation->id};
    }
    if (!held) return schema::NotFound();
    ASSIGN_OR_RETURN(auto record,
                     deps_.records.Get(tx, caller.agency, held->family, kInvitation, held->id));
    ASSIGN_OR_RETURN(const auto invitation,
                     records::Parse<internal::v1::StoredRatingInvitation>(std::move(record)));
    if (Now() >= invitation.message.expires_us()) return schema::Unauthenticated();
    auto& shown = *response.mutable_rating_invitation();
    shown = ShowInvitation(caller.agency, invitation.record, invitation.message);
    if (!by_code) return absl::OkStatus();
    ASSIGN_OR_RETURN(const auto request, deps_.records.Get(tx, caller.agency, held->family,
                                                           kRequest, invitation.message.request()));
    shown.set_token(TokenFor(caller.agency, invitation.record, invitation.message, request.parent));
    return absl::OkStatus();
  });
  if (by_code && absl::IsNotFound(found)) {
    guesses_.Missed(caller.agency, SteadyClock::now());
    co_return schema::Unauthenticated();
  }
  if (!found.ok()) co_return found;
  co_return response;
}

}  // namespace rapport::alliance
