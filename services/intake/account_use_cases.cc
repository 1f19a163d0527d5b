#include "intake/change_case.h"
#include "intake/directory_changes.h"
#include "intake/intake_errors.h"
#include "intake/membership_rules.h"
#include "intake/person_rules.h"
#include "intake/show.h"
#include "platform/audit/shown.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/random.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

#include <absl/strings/ascii.h>
#include <rapport/options/v1/options.pb.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace rapport::intake {

void EmitRosterChanged(const StoredCase& file, std::string_view resource, std::int64_t version,
                       records::Changes& changes);

namespace {

// Long enough for a letter, short enough that a found one is useless.
constexpr std::int64_t kInviteLastsUs = 14ll * 24 * 3'600 * 1'000'000;

internal::v1::AccountLink LinkOf(const std::string& subject, const CallContext& context,
                                 std::int64_t now_us) {
  internal::v1::AccountLink link;
  link.set_subject(subject);
  link.set_linked_by(context.principal->subject);
  link.set_at_us(now_us);
  return link;
}

template <typename Message>
bool AddSubject(const internal::v1::AccountLink& link, Message* message) {
  const auto& subjects = message->subjects();
  if (std::ranges::find(subjects, link.subject()) != subjects.end()) return false;
  message->add_subjects(link.subject());
  *message->add_links() = link;
  return true;
}

// Takes one account, or with an empty `subject` every one; those it took.
template <typename Message>
std::vector<std::string> TakeSubjects(const std::string& subject, Message& message) {
  std::vector<std::string> taken, kept;
  for (const std::string& one : message.subjects()) {
    (subject.empty() || one == subject ? taken : kept).push_back(one);
  }
  message.mutable_subjects()->Assign(kept.begin(), kept.end());
  google::protobuf::RepeatedPtrField<internal::v1::AccountLink> links;
  links.Swap(message.mutable_links());
  for (const internal::v1::AccountLink& link : links) {
    if (std::ranges::find(kept, link.subject()) != kept.end()) *message.add_links() = link;
  }
  return taken;
}

// Oldest first; those of before it was kept have neither time nor author.
template <typename Message>
std::vector<records::Placed<v1::LinkedAccount>> AccountsOf(const Message& message) {
  std::vector<records::Placed<v1::LinkedAccount>> accounts;
  for (const std::string& subject : message.subjects()) {
    auto& one = accounts.emplace_back();
    one.id = subject;
    one.value.set_subject(subject);
    const auto link =
        std::ranges::find(message.links(), subject,
                          [](const auto& known) -> const std::string& { return known.subject(); });
    if (link == message.links().end()) continue;
    one.sort_us = link->at_us();
    *one.value.mutable_link_time() = schema::ToTimestamp(link->at_us());
    one.value.set_linked_by(link->linked_by());
  }
  return accounts;
}

// What was linked before it was noted when is of no time.
const auto& kAccountFilter = *new schema::ListFilter<v1::LinkedAccount>(
    {{"subject"}, {"linked_by"}},
    {{schema::TimeField("link_time"),
      [](const schema::FilterTerm& term, const v1::LinkedAccount& account) {
        return account.has_link_time() &&
               schema::Holds(term, schema::ToMicros(account.link_time()));
      }}});

// Whether somebody else of the family signs in with it.
bool IsAnotherMembers(const StoredCase& file, std::string_view member, const std::string& subject) {
  return std::ranges::any_of(file.members, [&](const StoredMember& one) {
    return one.record.id != member &&
           std::ranges::find(one.message.subjects(), subject) != one.message.subjects().end();
  });
}

// Whether an account that was linked to a member is still theirs.
bool StandsFor(const StoredCase& file, const StoredMember& member, const std::string& subject,
               std::int64_t now_us) {
  const auto accounts = AccountsAt(member.message, file.KeptMembers(), file.rules.zone, now_us);
  return std::ranges::find(accounts, subject) != accounts.end();
}

// Whether the caller's account is still that of `member`, one of `members`, who all have it: of one
// family's as access facts say.
absl::StatusOr<bool> IsTheirs(db::Tx& tx, const IntakeStore& store, const Principal& caller,
                              const StoredMember& member, const std::vector<StoredMember>& members,
                              std::int64_t now_us) {
  const auto of_the_family = std::ranges::count(
      members, member.record.family, [](const StoredMember& one) { return one.record.family; });
  if (of_the_family < 2) return true;
  ASSIGN_OR_RETURN(const StoredCase file, store.Load(tx, caller.agency, member.record.family));
  return StandsFor(file, member, caller.subject, now_us);
}

// `ABCD-EFGH-JKMN`.
std::string InFours(std::string_view letters) {
  std::string code;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (i > 0 && i % 4 == 0) code += '-';
    code += letters[i];
  }
  return code;
}

// As it was handed over, however it was typed: in lower case, without dashes or with other blanks.
std::string CodeTyped(std::string_view typed) {
  std::string letters;
  for (const char c : typed) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      letters += absl::ascii_toupper(static_cast<unsigned char>(c));
    }
  }
  return InFours(letters);
}

// Twelve letters without those that are mistaken for another: 60 bits.
std::string NewCode() {
  static constexpr char kLetters[] = "ABCDEFGHJKMNPQRSTUVWXYZ23456789A";
  unsigned char bytes[12];
  crypto::RandomBytes(bytes, sizeof bytes);
  std::string letters;
  for (const unsigned char byte : bytes) letters += kLetters[byte % 31];
  return InFours(letters);
}

}  // namespace

IntakeService::Answer<v1::LinkAccountResponse> IntakeService::LinkAccount(
    CallContext& context, const v1::LinkAccountRequest& request) {
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  if (names.ReadProfessional(request.resource())) {
    co_return co_await LinkProfessional(context, request);
  }
  const auto member = names.ReadMember(request.resource());
  if (!member) co_return schema::NotFound();
  context.access.family = member->family;
  Step<v1::LinkAccountResponse> step = [&](StoredCase& file, records::Changes& changes,
                                           v1::LinkAccountResponse&) -> absl::Status {
    return LinkMember(file, member->id, LinkOf(request.subject(), context, Now()), changes);
  };
  co_return co_await ChangeCase<v1::LinkAccountResponse>(context, step);
}

IntakeService::Answer<v1::LinkAccountResponse> IntakeService::LinkProfessional(
    CallContext& context, const v1::LinkAccountRequest& request) {
  const std::string& agency = context.principal->agency;
  auto stored = co_await LoadProfessional(context, request.resource());
  if (!stored.ok()) co_return stored.status();
  std::optional<std::string> owner;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(owner, store_.ProfessionalOf(tx, agency, request.subject()));
    return absl::OkStatus();
  }));
  if (owner && *owner != stored->record.id) co_return errors::AccountTaken();
  const std::int64_t now_us = Now();
  records::Changes changes(context, now_us);
  const records::Record before = stored->record;
  if (AddSubject(LinkOf(request.subject(), context, now_us), &stored->message)) {
    changes.Claim(kAccountClaim, request.subject(), before);
  }
  changes.Update(before, records::With(before, stored->message));
  changes.Audit("account.link", before);
  EmitProfessionalChanged(request.resource(), before.version + 1, changes);
  v1::LinkAccountResponse response;
  CO_RETURN_IF_ERROR(co_await CommitFor(context, before.id, std::move(changes), response));
  co_return response;
}

absl::Status IntakeService::LinkMember(StoredCase& file, const std::string& member,
                                       const internal::v1::AccountLink& link,
                                       records::Changes& changes) {
  for (StoredMember& stored : file.members) {
    if (stored.record.id != member) continue;
    const records::Record before = stored.record;
    // Linked once more: what was decided for a minor is decided anew.
    if (!AddSubject(link, &stored.message) &&
        !StandsFor(file, stored, link.subject(), link.at_us())) {
      TakeSubjects(link.subject(), stored.message);
      AddSubject(link, &stored.message);
    }
    stored.message.clear_invite_hash();
    stored.message.clear_invite_expires_us();
    stored.record = records::With(before, stored.message);
    stored.record.updated_us = link.at_us();
    changes.Update(before, stored.record);
    changes.Audit("account.link", before, {before.id});
    EmitRosterChanged(file, stored.message.member().name(), before.version + 1, changes);
    return absl::OkStatus();
  }
  return schema::NotFound();
}

IntakeService::Answer<v1::CreateMemberInviteResponse> IntakeService::CreateMemberInvite(
    CallContext& context, const v1::CreateMemberInviteRequest& request) {
  const std::string code = NewCode();
  const std::string hash = crypto::Sha256({code});
  Step<v1::CreateMemberInviteResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::CreateMemberInviteResponse& response) -> absl::Status {
    for (StoredMember& stored : file.members) {
      if (stored.message.member().name() != request.member()) continue;
      const std::int64_t now_us = Now();
      const records::Record before = stored.record;
      if (!stored.message.invite_hash().empty()) {
        changes.Release(kInviteClaim, stored.message.invite_hash());
      }
      stored.message.set_invite_hash(hash);
      stored.message.set_invite_expires_us(now_us + kInviteLastsUs);
      changes.Claim(kInviteClaim, hash, file.family.record);  // the code finds the family
      changes.Update(before, records::With(before, stored.message));
      changes.Audit("account.invite", before, {before.id});
      response.set_code(code);
      *response.mutable_expire_time() = schema::ToTimestamp(now_us + kInviteLastsUs);
      return absl::OkStatus();
    }
    return schema::NotFound();
  };
  co_return co_await ChangeCase<v1::CreateMemberInviteResponse>(context, step);
}

IntakeService::Answer<v1::UnlinkAccountResponse> IntakeService::UnlinkAccount(
    CallContext& context, const v1::UnlinkAccountRequest& request) {
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  if (names.ReadProfessional(request.resource())) {
    co_return co_await UnlinkProfessional(context, request);
  }
  const auto member = names.ReadMember(request.resource());
  if (!member) co_return schema::NotFound();
  context.access.family = member->family;
  Step<v1::UnlinkAccountResponse> step = [&](StoredCase& file, records::Changes& changes,
                                             v1::UnlinkAccountResponse& response) -> absl::Status {
    const auto stored = std::ranges::find(file.members, member->id, [](const StoredMember& one) {
      return std::string_view(one.record.id);
    });
    if (stored == file.members.end()) return schema::NotFound();
    const auto taken = TakeSubjects(request.subject(), stored->message);
    if (taken.empty()) return errors::AccountNotLinked(request.resource());
    const records::Record before = stored->record;
    stored->record = records::With(before, stored->message);
    stored->record.updated_us = Now();
    changes.Update(before, stored->record);
    changes.Audit("account.unlink", before, {before.id});
    EmitRosterChanged(file, stored->message.member().name(), before.version + 1, changes);
    response.set_unlinked_accounts(static_cast<int>(taken.size()));
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::UnlinkAccountResponse>(context, step);
}

IntakeService::Answer<v1::UnlinkAccountResponse> IntakeService::UnlinkProfessional(
    CallContext& context, const v1::UnlinkAccountRequest& request) {
  auto stored = co_await LoadProfessional(context, request.resource());
  if (!stored.ok()) co_return stored.status();
  const auto taken = TakeSubjects(request.subject(), stored->message);
  if (taken.empty()) co_return errors::AccountNotLinked(request.resource());
  records::Changes changes(context, Now());
  for (const std::string& subject : taken) changes.Release(kAccountClaim, subject);
  const records::Record before = stored->record;
  changes.Update(before, records::With(before, stored->message));
  changes.Audit("account.unlink", before);
  EmitProfessionalChanged(request.resource(), before.version + 1, changes);
  v1::UnlinkAccountResponse response;
  response.set_unlinked_accounts(static_cast<int>(taken.size()));
  CO_RETURN_IF_ERROR(co_await CommitFor(context, before.id, std::move(changes), response));
  co_return response;
}

IntakeService::Answer<v1::ListAccountsResponse> IntakeService::ListAccounts(
    CallContext& context, const v1::ListAccountsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kAccountFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"link_time"}, {}));
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  std::vector<records::Placed<v1::LinkedAccount>> accounts;
  if (names.ReadProfessional(request.resource())) {
    CO_ASSIGN_OR_RETURN(const StoredProfessional stored,
                        co_await LoadProfessional(context, request.resource()));
    accounts = AccountsOf(stored.message);
  } else {
    const auto member = names.ReadMember(request.resource());
    if (!member) co_return schema::NotFound();
    CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(auto record,
                       deps_.records.Get(tx, agency, member->family, kMember, member->id));
      ASSIGN_OR_RETURN(const StoredMember stored,
                       records::Parse<internal::v1::StoredMember>(std::move(record)));
      accounts = AccountsOf(stored.message);
      context.disclosed_version = stored.record.version;
      return absl::OkStatus();
    }));
    audit::NoteShown(context, member->family, member->id);
  }
  std::erase_if(accounts,
                [&](const auto& one) { return !kAccountFilter.Matches(terms, one.value); });
  v1::ListAccountsResponse response;
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      records::ShowPage(deps_, context, request, std::move(accounts),
                                        order.descending, [&](v1::LinkedAccount account) {
                                          *response.add_accounts() = std::move(account);
                                        }));
  co_return response;
}

// Whoever has the code becomes the member: unknown, used and expired codes are one answer. A code
// that got into the hands of another member of the family, or of a professional, opens nothing: to
// let one account be several people is an administrator's decision (LinkAccount).
IntakeService::Answer<v1::RedeemMemberInviteResponse> IntakeService::RedeemMemberInvite(
    CallContext& context, const v1::RedeemMemberInviteRequest& request) {
  const std::string& agency = context.principal->agency;
  const std::string hash = crypto::Sha256({CodeTyped(request.code())});
  std::optional<std::string> family, professional;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(family, deps_.records.FindClaim(tx, agency, kInviteClaim, hash));
    ASSIGN_OR_RETURN(professional, store_.ProfessionalOf(tx, agency, context.principal->subject));
    return absl::OkStatus();
  }));
  if (!family) co_return schema::NotFound();
  context.access.family = *family;
  Step<v1::RedeemMemberInviteResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::RedeemMemberInviteResponse& response) -> absl::Status {
    for (const StoredMember& stored : file.members) {
      if (stored.message.invite_hash() != hash) continue;
      const bool another =
          professional || IsAnotherMembers(file, stored.record.id, context.principal->subject);
      const auto refusal = MemberInviteLife().RefusalOf(
          MemberInviteStateAt(stored.message, hash, Now()),
          another ? MemberInviteEvent::kRedeemByAnother : MemberInviteEvent::kRedeem);
      if (refusal) return errors::InviteRefused(*refusal);
      changes.Release(kInviteClaim, hash);
      response.set_member(stored.message.member().name());
      return LinkMember(file, stored.record.id, LinkOf(context.principal->subject, context, Now()),
                        changes);
    }
    return schema::NotFound();
  };
  co_return co_await ChangeCase<v1::RedeemMemberInviteResponse>(context, step);
}

// What is shown is the caller's own: nobody may see the families' names by it, nor who else is
// there.
IntakeService::Answer<v1::GetAccountResponse> IntakeService::GetAccount(
    CallContext& context, const v1::GetAccountRequest&) {
  const Principal& caller = *context.principal;
  v1::GetAccountResponse response;
  v1::Account& account = *response.mutable_account();
  account.set_subject(caller.subject);
  for (int role = options::v1::Role_MIN; role <= options::v1::Role_MAX; ++role) {
    if (caller.roles.Has(role)) account.add_roles(static_cast<options::v1::Role>(role));
  }
  if (caller.invitation) co_return response;
  CO_RETURN_IF_ERROR(co_await places_.Search(context));
  const schema::Names names = deps_.NamesOf(caller.agency);
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    account.clear_professional();
    account.clear_memberships();
    context.disclosed_members.clear();
    ASSIGN_OR_RETURN(const auto who, store_.ProfessionalOf(tx, caller.agency, caller.subject));
    if (who) {
      ASSIGN_OR_RETURN(const auto stored, store_.Professional(tx, caller.agency, *who));
      const v1::Professional& person = stored.message.professional();
      account.mutable_professional()->set_name(person.name());
      account.mutable_professional()->set_display_name(person.display_name());
      account.mutable_professional()->set_kind(person.kind());
      account.mutable_professional()->set_inactive(person.inactive());
    }
    ASSIGN_OR_RETURN(const auto members, places_.MembersOf(tx, caller.agency, caller.subject));
    for (const StoredMember& stored : members) {
      const v1::Member& member = stored.message.member();
      if (!BelongsAt(member, Now())) continue;
      ASSIGN_OR_RETURN(const bool theirs, IsTheirs(tx, store_, caller, stored, members, Now()));
      if (!theirs) continue;
      v1::AccountMembership& one = *account.add_memberships();
      one.set_member(member.name());
      one.set_family(names.Family(stored.record.family));
      one.set_display_name(member.display_name());
      context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
      audit::NoteShown(context, stored.record.family, stored.record.id);
    }
    return absl::OkStatus();
  }));
  co_return response;
}

}  // namespace rapport::intake
