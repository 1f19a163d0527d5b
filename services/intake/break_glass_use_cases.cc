// Break-glass: granting, ending, reviewing, and what is to be reviewed.
#include "intake/break_glass_rules.h"
#include "intake/change_case.h"
#include "intake/family_resource.h"
#include "intake/intake_errors.h"
#include "intake/person_rules.h"
#include "platform/audit/shown.h"
#include "platform/base/strings.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

#include <rapport/internal/v1/event.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <algorithm>

namespace rapport::intake {
namespace {

using StoredGrant = records::Stored<v1::BreakGlass>;

// Of the record: what the review's list is read by.
enum ReviewState : std::int64_t { kReviewOpen = 1, kReviewDone = 2 };

v1::BreakGlass ShowAt(const records::ServiceDeps& deps, const std::string& agency,
                      const StoredGrant& stored, std::int64_t now_us) {
  v1::BreakGlass shown = Show(deps, agency, stored);
  shown.set_state(StateAt(stored.message, now_us));
  return shown;
}

void EmitChanged(const StoredCase& file, const StoredGrant& stored, records::Changes& changes) {
  EmitCase(file, internal::v1::EVENT_TYPE_BREAK_GLASS_CHANGED, stored.message.name(),
           stored.record.version, changes);
}

bool OnTeamNow(const StoredCase& file, const std::string& professional, std::int64_t now_us) {
  return std::any_of(file.helpers.begin(), file.helpers.end(), [&](const auto& helper) {
    return helper.message.professional() == professional &&
           helper.message.involvement() == v1::INVOLVEMENT_DIRECT &&
           HelpsAt(helper.message, now_us);
  });
}

constexpr std::string_view kTurnClaim = "break_glass_turn";

// What a professional was granted in the last 24 hours: how many (as far as it matters), the first
// and the last of them.
struct Recent {
  int grants = 0;
  std::int64_t first_us = 0;
  std::string last;
};

absl::StatusOr<Recent> RecentOf(db::Tx& tx, const records::Records& records,
                                std::string_view agency, std::string_view professional,
                                std::int64_t now_us) {
  const records::ListQuery query{.kind = kBreakGlass,
                                 .parent = professional,
                                 .from_us = now_us - kDayUs + 1,
                                 .newest_first = true,
                                 .limit = kMostADay};
  ASSIGN_OR_RETURN(const auto found, records.List(tx, agency, query));
  Recent recent{.grants = static_cast<int>(found.size())};
  if (found.empty()) return recent;
  recent.first_us = found.back().sort_us;
  recent.last = found.front().id;
  return recent;
}

// Of two grants at a time only one is the next after the same last one, whichever families and
// replicas they are of.
std::string TurnAfter(const Recent& recent, const std::string& professional, std::int64_t now_us) {
  const std::string day = std::to_string(now_us / kDayUs);
  return Concat({professional, recent.last.empty() ? Concat({"/day ", day}) : recent.last});
}

const auto& kBreakGlassFilter = *new schema::ListFilter<v1::BreakGlass>(
    {{"state"}, {.name = "professional", .patterns = schema::patterns::kProfessional}});

// Narrows by what stands beside the sealed payloads.
void Narrow(const std::vector<schema::FilterTerm>& terms, records::ListQuery* query) {
  for (const schema::FilterTerm& term : kBreakGlassFilter.About("state", terms)) {
    query->state = term.number == v1::BREAK_GLASS_STATE_REVIEWED ? kReviewDone : kReviewOpen;
  }
}

}  // namespace

IntakeService::Answer<std::optional<std::string>> IntakeService::CallersProfessional(
    CallContext& context) {
  std::optional<std::string> professional;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(professional, store_.ProfessionalOf(tx, context.principal->agency,
                                                         context.principal->subject));
    return absl::OkStatus();
  }));
  co_return professional;
}

IntakeService::Answer<v1::GrantBreakGlassResponse> IntakeService::GrantBreakGlass(
    CallContext& context, const v1::GrantBreakGlassRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  CO_ASSIGN_OR_RETURN(const auto professional, co_await CallersProfessional(context));
  // Whoever is nobody of the agency's directory is not told that there is such a family.
  if (!professional) co_return schema::NotFound();
  const auto faults = FaultsOf(request);
  if (!faults.empty()) co_return errors::InvalidResource("", faults);
  const std::string who = names.Professional(*professional);
  Recent recent;
  bool in_force = false;
  Step<v1::GrantBreakGlassResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::GrantBreakGlassResponse& response) -> absl::Status {
    const std::int64_t now_us = Now();
    if (OnTeamNow(file, who, now_us)) {
      return errors::BreakGlassNotNeeded(file.family.message.family().name());
    }
    for (const StoredGrant& one : file.break_glass) {
      if (one.message.professional() == who && PeriodOf(one.message).Contains(now_us)) {
        in_force = true;
        return errors::BreakGlassInForce(one.message.name());
      }
    }
    if (recent.grants >= kMostADay) {
      return errors::BreakGlassLimit(kMostADay, recent.first_us + kDayUs);
    }
    records::Record record = NewRecord(kBreakGlass, file.id, now_us);
    record.state = kReviewOpen;
    record.parent = *professional;
    v1::BreakGlass grant;
    grant.set_name(names.BreakGlass(file.id, record.id));
    grant.set_professional(who);
    grant.set_reason(request.reason());
    *grant.mutable_create_time() = schema::ToTimestamp(now_us);
    *grant.mutable_expire_time() = schema::ToTimestamp(now_us + request.minutes() * 60'000'000ll);
    *grant.mutable_review_due_time() = schema::ToTimestamp(now_us + kReviewWithinUs);
    const auto stored = Make(std::move(record), std::move(grant), changes);
    changes.Claim(kTurnClaim, TurnAfter(recent, *professional, now_us), stored.record);
    changes.Audit("break_glass.grant", stored.record);
    EmitChanged(file, stored, changes);
    *response.mutable_break_glass() = ShowAt(deps_, agency, stored, now_us);
    return absl::OkStatus();
  };
  for (int turn = 0;; ++turn) {
    CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(recent, RecentOf(tx, deps_.records, agency, *professional, Now()));
      return absl::OkStatus();
    }));
    auto granted = co_await ChangeCase<v1::GrantBreakGlassResponse>(context, step);
    const bool overtaken = absl::IsAlreadyExists(granted.status()) && !in_force;
    if (!overtaken || turn == kMostADay) co_return granted;
  }
}

IntakeService::Answer<v1::EndBreakGlassResponse> IntakeService::EndBreakGlass(
    CallContext& context, const v1::EndBreakGlassRequest& request) {
  const std::string& agency = context.principal->agency;
  // Not by the relation that it gives: whoever repeats the call, unsure of the answer, has it no
  // more.
  const bool officer = context.principal->roles.Has(options::v1::ROLE_PRIVACY_OFFICER);
  CO_ASSIGN_OR_RETURN(const auto own, co_await CallersProfessional(context));
  const std::string who = own ? deps_.NamesOf(agency).Professional(*own) : "";
  Step<v1::EndBreakGlassResponse> step = [&](StoredCase& file, records::Changes& changes,
                                             v1::EndBreakGlassResponse& response) -> absl::Status {
    StoredGrant* stored = FindNamed(file.break_glass, request.name());
    if (stored == nullptr || (!officer && stored->message.professional() != who)) {
      return schema::NotFound();
    }
    // To end one's own rests on nothing that others changed meanwhile.
    const bool theirs = stored->message.professional() == who;
    if (!theirs || !request.etag().empty()) {
      RETURN_IF_ERROR(
          deps_.etags.Check(request.etag(), agency, stored->record.id, stored->record.version));
    }
    const std::int64_t now_us = Now();
    const auto refusal =
        BreakGlassLife().RefusalOf(StateAt(stored->message, now_us), BreakGlassEvent::kEnd);
    if (refusal) return errors::RefusedInState(*refusal, request.name());
    *stored->message.mutable_end_time() = schema::ToTimestamp(now_us);
    changes.Audit("break_glass.end", stored->record);
    Put(*stored, now_us, changes);
    EmitChanged(file, *stored, changes);
    *response.mutable_break_glass() = ShowAt(deps_, agency, *stored, now_us);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::EndBreakGlassResponse>(context, step);
}

IntakeService::Answer<v1::ReviewBreakGlassResponse> IntakeService::ReviewBreakGlass(
    CallContext& context, const v1::ReviewBreakGlassRequest& request) {
  const auto faults = FaultsOf(request);
  if (!faults.empty()) co_return errors::InvalidResource("", faults);
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(const auto reviewer, co_await CallersProfessional(context));
  Step<v1::ReviewBreakGlassResponse> step =
      [&](StoredCase& file, records::Changes& changes,
          v1::ReviewBreakGlassResponse& response) -> absl::Status {
    StoredGrant* stored = FindNamed(file.break_glass, request.name());
    if (stored == nullptr) return schema::NotFound();
    RETURN_IF_ERROR(
        deps_.etags.Check(request.etag(), agency, stored->record.id, stored->record.version));
    const std::int64_t now_us = Now();
    if (reviewer &&
        stored->message.professional() == deps_.NamesOf(agency).Professional(*reviewer)) {
      return errors::OwnBreakGlass(request.name());
    }
    const auto refusal =
        BreakGlassLife().RefusalOf(StateAt(stored->message, now_us), BreakGlassEvent::kReview);
    if (refusal) return errors::RefusedInState(*refusal, request.name());
    stored->message.set_conclusion(request.conclusion());
    stored->message.set_review_note(request.note());
    stored->message.set_reviewer(context.principal->subject);
    *stored->message.mutable_review_time() = schema::ToTimestamp(now_us);
    changes.Audit("break_glass.review", stored->record, {},
                  std::string(v1::BreakGlassConclusion_Name(request.conclusion())));
    Put(*stored, now_us, changes, kReviewDone);
    EmitChanged(file, *stored, changes);
    *response.mutable_break_glass() = ShowAt(deps_, agency, *stored, now_us);
    return absl::OkStatus();
  };
  co_return co_await ChangeCase<v1::ReviewBreakGlassResponse>(context, step);
}

IntakeService::Answer<v1::ListBreakGlassResponse> IntakeService::ListBreakGlass(
    CallContext& context, const v1::ListBreakGlassRequest& request) {
  const std::string& agency = context.principal->agency;
  CO_ASSIGN_OR_RETURN(const auto terms, kBreakGlassFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, false}));
  records::ListQuery query{
      .kind = kBreakGlass, .family = context.access.family, .newest_first = order.descending};
  Narrow(terms, &query);
  const std::int64_t now_us = Now();
  v1::ListBreakGlassResponse response;
  const schema::Names names = deps_.NamesOf(agency);
  const auto take = [&](db::Tx& tx, records::Record record, bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const auto stored, records::Parse<v1::BreakGlass>(std::move(record)));
    v1::BreakGlass shown = ShowAt(deps_, agency, stored, now_us);
    if (!kBreakGlassFilter.Matches(terms, shown)) return false;
    if (show) {
      ASSIGN_OR_RETURN(*shown.mutable_family_display_name(),
                       store_.FamilyCalled(tx, agency, stored.record.family));
      const auto professional = names.ReadProfessional(stored.message.professional());
      ASSIGN_OR_RETURN(*shown.mutable_professional_display_name(),
                       store_.ProfessionalCalled(tx, agency, professional.value_or("")));
      *response.add_break_glass() = std::move(shown);
      context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
      if (context.access.family.empty()) audit::NoteShown(context, stored.record.family);
    }
    return true;
  };
  CO_ASSIGN_OR_RETURN(std::string next,
                      co_await records::ScanPage(deps_, context, request, query, take));
  response.set_next_page_token(std::move(next));
  co_return response;
}

}  // namespace rapport::intake
