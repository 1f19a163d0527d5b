#include "intake/break_glass_rules.h"
#include "intake/consent_rules.h"
#include "intake/emergency_rules.h"
#include "intake/intake_facts.h"
#include "intake/intake_service.h"
#include "intake/level_rules.h"
#include "intake/member_roster.h"
#include "intake/membership_rules.h"
#include "intake/person_rules.h"
#include "intake/safety_rules.h"
#include "intake/secrets_rules.h"
#include "intake/show.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/rpc/facts_codec.h"
#include "platform/schema/errors.h"
#include "platform/schema/list_filter.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace rapport::intake {
namespace {

std::int64_t AtOr(bool present, const google::protobuf::Timestamp& time, std::int64_t now_us) {
  return present ? Micros(time) : now_us;
}

// As access facts say it.
std::int64_t ComesOfAgeUs(const v1::Member& member, const absl::TimeZone& zone) {
  if (const auto majority_us = MajorityUs(member, zone)) return *majority_us;
  return IsAdultsRole(member.role()) ? INT64_MIN : INT64_MAX;
}

// A roster is another one from the next edge of a period on.
void EndAtNextEdge(const google::protobuf::Timestamp& start, const google::protobuf::Timestamp& end,
                   KnownRoster* known) {
  for (const std::int64_t edge_us : {Micros(start), Micros(end)}) {
    if (edge_us > known->as_of_us) known->until_us = std::min(known->until_us, edge_us);
  }
}

// When what a roster shows changed last, microseconds. The family's own revision would tell other
// systems of each safety screen.
class NewestChange {
 public:
  NewestChange(const v1::Family& family, std::int64_t now_us) {
    Add(Micros(family.state_time()));
    if (!InEmergency(family)) return;
    const std::int64_t over_us = Micros(family.emergency().expire_time());
    if (over_us <= now_us) Add(over_us);
  }
  void Add(std::int64_t at_us) { at_us_ = std::max(at_us_, at_us); }
  std::int64_t At() const { return at_us_; }

 private:
  std::int64_t at_us_ = 0;
};

void Show(const v1::Member& member, const v1::Period& period, v1::RosterMember* shown) {
  shown->set_member(member.name());
  shown->set_display_name(member.display_name());
  shown->set_role(RoleIn(member, period));
  shown->set_involvement(InvolvementIn(member, period));
  if (member.has_birth_date()) *shown->mutable_birth_date() = member.birth_date();
  shown->set_language(member.language());
  *shown->mutable_external_ids() = member.external_ids();
}

void Show(const v1::Helper& helper, const v1::Professional& professional, v1::RosterHelper* shown) {
  shown->set_helper(helper.name());
  shown->set_professional(helper.professional());
  shown->set_display_name(professional.display_name());
  shown->set_role(helper.role());
  shown->set_involvement(helper.involvement());
  shown->set_trainee(professional.kind() == v1::PROFESSIONAL_KIND_TRAINEE ||
                     helper.role() == v1::THERAPIST_SYSTEM_ROLE_TRAINEE);
  *shown->mutable_external_ids() = professional.external_ids();
}

const auto& kMemberFilter =
    *new schema::ListFilter<v1::Member>({{"role"}, {"involvement"}, {"external_ids"}});

const auto& kHelperFilter =
    *new schema::ListFilter<v1::Helper>({{"role"}, {"involvement"}, {"professional"}});

template <typename Range>
std::vector<std::string> Strings(const Range& range) {
  return {range.begin(), range.end()};
}

}  // namespace

// The facts of one family: what every decision about it rests on.

absl::StatusOr<AccessFacts> FactsOf(db::Tx& tx, const IntakeStore& store, std::string_view agency,
                                    std::string_view family, const schema::IdCodec& ids,
                                    std::int64_t now_us) {
  ASSIGN_OR_RETURN(const StoredCase stored, store.Load(tx, agency, family));
  const schema::Names names(ids, agency);
  const CaseFile file = stored.File();
  const auto member_id = [&](const std::string& name) {
    const auto read = names.ReadMember(name);
    return read ? read->id : std::string();
  };
  AccessFacts facts;
  facts.family = family;
  facts.version = stored.sequence;
  facts.taken_us = RealMicros();
  facts.state = static_cast<CaseState>(CaseStateAt(file.family, now_us));
  facts.level_of_need = file.family.level_of_need();
  for (const v1::Helper& helper : file.helpers) {
    const auto id = names.ReadProfessional(helper.professional());
    if (!id) continue;
    ASSIGN_OR_RETURN(const StoredProfessional person, store.Professional(tx, agency, *id));
    const Period period{Micros(helper.start_time()),
                        helper.has_end_time() ? Micros(helper.end_time()) : 0};
    const bool trainee = helper.role() == v1::THERAPIST_SYSTEM_ROLE_TRAINEE ||
                         person.message.professional().kind() == v1::PROFESSIONAL_KIND_TRAINEE;
    facts.helpers.push_back({*id, Strings(person.message.subjects()), helper.role(),
                             helper.involvement() == v1::INVOLVEMENT_DIRECT, trainee, period});
    for (const auto& supervision : person.message.supervisions()) {
      ASSIGN_OR_RETURN(const StoredProfessional supervisor,
                       store.Professional(tx, agency, supervision.supervisor()));
      facts.supervisors.push_back({supervision.supervisor(),
                                   Strings(supervisor.message.subjects()),
                                   *id,
                                   {supervision.from_us(), supervision.to_us()}});
    }
  }
  const auto family_members = stored.KeptMembers();
  for (const StoredMember& one : stored.members) {
    const v1::Member& member = one.message.member();
    const auto accounts = AccountsAt(one.message, family_members, file.rules.zone, now_us);
    for (const v1::Period& period : member.periods()) {
      facts.members.push_back(
          {one.record.id,
           accounts,
           InvolvementIn(member, period) == v1::INVOLVEMENT_DIRECT,
           member.birth_date().year(),
           member.birth_date().month(),
           member.birth_date().day(),
           {Micros(period.start_time()), period.has_end_time() ? Micros(period.end_time()) : 0},
           ComesOfAgeUs(member, file.rules.zone)});
    }
  }
  std::set<std::pair<std::string, v1::ConsentPurpose>> asked;
  for (const v1::Consent& consent : file.consents) {
    // To whom something may be told is asked when it is told (CheckRelease).
    if (!NamesRecipient(consent.purpose())) {
      asked.emplace(consent.member(), consent.purpose());
    }
  }
  for (const auto& [member, purpose] : asked) {
    for (const Span& span : WhenPermitted(file, member, purpose)) {
      facts.consents.push_back({member_id(member), purpose, {span.from_us, span.to_us}});
    }
  }
  for (const auto& [member, purpose] : CoveredInEmergency(file, now_us)) {
    facts.consents.push_back({member_id(member), purpose, EmergencyTime(file.family), true});
  }
  for (const auto& one : stored.break_glass) {
    const auto id = names.ReadProfessional(one.message.professional());
    if (!id) continue;
    ASSIGN_OR_RETURN(const StoredProfessional person, store.Professional(tx, agency, *id));
    facts.break_glass.push_back(
        {one.record.id, *id, Strings(person.message.subjects()), PeriodOf(one.message)});
  }
  for (const Separation& pair : SeparationsIn(file)) {
    facts.separated.push_back({member_id(pair.first), member_id(pair.second), pair.since_us});
  }
  for (const Reunion& pair : ReunionsIn(file)) {
    facts.reunited.push_back({member_id(pair.first), member_id(pair.second), pair.until_us});
  }
  for (const v1::Member& member : file.members) {
    if (!MustBeScreened(file, member, now_us)) continue;
    if (const auto due = NextScreen(file, member)) {
      facts.screens_due.push_back({member_id(member.name()), due->at_us});
    }
  }
  for (const ChoiceSpan& one : WhenInForce(file)) {
    facts.secrets_policies.push_back({one.choice, {one.span.from_us, one.span.to_us}});
  }
  return facts;
}

IntakeService::Answer<internal::v1::GetAccessFactsResponse> IntakeService::GetAccessFacts(
    CallContext& context, const internal::v1::GetAccessFactsRequest& request) {
  AccessFacts facts;
  const absl::Status read = co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(facts,
                     FactsOf(tx, store_, request.agency(), request.family(), deps_.ids, Now()));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) co_return schema::NotFound();
  if (!read.ok()) co_return read;
  internal::v1::GetAccessFactsResponse response;
  *response.mutable_facts() = rpc::ToMessage(facts);
  co_return response;
}

IntakeService::Answer<internal::v1::GetStaffResponse> IntakeService::GetStaff(
    CallContext& context, const internal::v1::GetStaffRequest& request) {
  internal::v1::GetStaffResponse response;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    const std::string& agency = request.agency();
    response.Clear();
    ASSIGN_OR_RETURN(auto professional, store_.ProfessionalOf(tx, agency, request.subject()));
    if (!professional) return absl::OkStatus();
    ASSIGN_OR_RETURN(const auto supervisees,
                     store_.Supervisees(tx, agency, *professional, Now(), deps_.ids));
    response.set_professional(*std::move(professional));
    for (const std::string& supervisee : supervisees) response.add_supervisees(supervisee);
    return absl::OkStatus();
  }));
  co_return response;
}

IntakeService::Answer<v1::GetSafetyStatusResponse> IntakeService::GetSafetyStatus(
    CallContext& context, const v1::GetSafetyStatusRequest& request) {
  const auto family = schema::FamilyIdIn(request.name(), request.agency(), deps_.ids);
  if (!family) co_return schema::NotFound();
  v1::GetSafetyStatusResponse response;
  const absl::Status read = co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const StoredCase stored, store_.Load(tx, request.agency(), *family));
    for (const auto& [first, second] : SeparatedPairs(stored.File())) {
      auto* pair = response.add_separated();
      pair->set_first_member(first);
      pair->set_second_member(second);
    }
    response.set_version(stored.sequence);
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) co_return schema::NotFound();
  if (!read.ok()) co_return read;
  co_return response;
}

IntakeService::Answer<cache::Loaded<KnownRoster>> IntakeService::RosterAt(CallContext& context,
                                                                          std::int64_t at_us) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  auto known = std::make_shared<KnownRoster>();
  known->as_of_us = at_us;
  known->until_us = INT64_MAX;
  v1::Roster& roster = known->roster;
  std::int64_t sequence = 0;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const StoredCase file, store_.Load(tx, agency, context.access.family));
    sequence = file.sequence;
    roster.set_family(file.family.message.family().name());
    const v1::Family& family = file.family.message.family();
    NewestChange version(family, Now());
    roster.set_state(CaseStateAt(family, Now()));
    roster.set_level_of_need(family.level_of_need());
    if (family.level_of_need() != v1::LEVEL_OF_NEED_UNSPECIFIED) {
      *roster.mutable_level_plan() = PlanFor(family.level_of_need());
    }
    if (InEmergency(family)) {
      EndAtNextEdge(family.emergency().start_time(), family.emergency().expire_time(), known.get());
    }
    for (const StoredMember& stored : file.members) {
      const v1::Member& member = stored.message.member();
      version.Add(stored.record.updated_us);
      for (const v1::Period& period : member.periods()) {
        EndAtNextEdge(period.start_time(), period.end_time(), known.get());
      }
      const v1::Period* period = PeriodAt(member, at_us);
      if (period != nullptr) Show(member, *period, roster.add_members());
    }
    for (const auto& stored : file.helpers) {
      const v1::Helper& helper = stored.message;
      version.Add(stored.record.updated_us);
      EndAtNextEdge(helper.start_time(), helper.end_time(), known.get());
      if (!HelpsAt(helper, at_us)) continue;
      const auto id = names.ReadProfessional(helper.professional());
      if (!id) continue;
      ASSIGN_OR_RETURN(const StoredProfessional person, store_.Professional(tx, agency, *id));
      version.Add(person.record.updated_us);
      Show(helper, person.message.professional(), roster.add_helpers());
    }
    for (const auto& assessment : file.assessments) {
      if (assessment.message.confirmed_level() != v1::LEVEL_OF_NEED_UNSPECIFIED) {
        version.Add(assessment.record.created_us);
      }
    }
    roster.set_version(version.At());
    return absl::OkStatus();
  }));
  co_return cache::Loaded<KnownRoster>{sequence, std::move(known)};
}

IntakeService::Answer<v1::GetRosterResponse> IntakeService::GetRoster(
    CallContext& context, const v1::GetRosterRequest& request) {
  const std::int64_t now_us = Now();
  const bool by_member = context.access.viewer == Viewer::kMember;
  if (by_member && request.has_at_time()) {
    co_return schema::InvalidField("at_time", "absent: a member is told who is there now");
  }
  RosterCache::Known known;
  if (request.has_at_time()) {
    CO_ASSIGN_OR_RETURN(const auto then, co_await RosterAt(context, Micros(request.at_time())));
    known = then.value;
  } else {
    known = rosters_.Find(context.principal->agency, context.access.family, now_us);
    if (known == nullptr) {
      const auto load = [&](CallContext& call) { return RosterAt(call, now_us); };
      CO_ASSIGN_OR_RETURN(known, co_await rosters_.GetOrLoad(context, now_us, load));
    }
  }
  v1::GetRosterResponse response;
  if (by_member) {
    CO_ASSIGN_OR_RETURN(*response.mutable_roster(), co_await OwnRoster(context, known->roster));
  } else {
    *response.mutable_roster() = known->roster;
  }
  *response.mutable_roster()->mutable_at_time() =
      request.has_at_time() ? request.at_time() : schema::ToTimestamp(now_us);
  context.disclosed_version = known->roster.version();
  co_return response;
}

// Decided by the facts that the call was let in by.
IntakeService::Answer<v1::Roster> IntakeService::OwnRoster(CallContext& context,
                                                           const v1::Roster& now) {
  const AccessFacts& facts = *context.access.facts;
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  const std::vector<std::string>& own = context.access.members;
  const auto is_own = [&](const std::string& member) {
    return std::ranges::find(own, member) != own.end();
  };
  std::map<std::string, std::int64_t> parted_us;  // the earliest, by inner id
  for (const AccessFacts::Separation& pair : facts.separated) {
    if (is_own(pair.first) == is_own(pair.second)) continue;
    const std::string& other = is_own(pair.first) ? pair.second : pair.first;
    const auto [known, first] = parted_us.try_emplace(other, pair.since_us);
    if (!first) known->second = std::min(known->second, pair.since_us);
  }
  std::vector<Parted> parted;
  for (const auto& [member, since_us] : parted_us) {
    Parted& other = parted.emplace_back(Parted{names.Member(facts.family, member), std::nullopt});
    CO_ASSIGN_OR_RETURN(const auto then, co_await RosterAt(context, since_us));
    for (const v1::RosterMember& one : then.value->roster.members()) {
      if (one.member() == other.member) other.then = one;
    }
  }
  std::vector<std::string> selves;
  selves.reserve(own.size());
  for (const std::string& member : own) selves.push_back(names.Member(facts.family, member));
  co_return RosterForMember(now, selves, parted);
}

IntakeService::Answer<v1::ListMembersResponse> IntakeService::ListMembers(
    CallContext& context, const v1::ListMembersRequest& request) {
  if (request.has_at_time() && request.include_ended()) {
    co_return schema::InvalidField("at_time", "absent with include_ended");
  }
  CO_ASSIGN_OR_RETURN(const auto terms, kMemberFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, false}));
  auto file = co_await LoadCase(context);
  if (!file.ok()) co_return file.status();
  const std::int64_t at_us = AtOr(request.has_at_time(), request.at_time(), Now());
  std::vector<records::Placed<StoredMember>> entries;
  for (StoredMember& stored : file->members) {
    if (!kMemberFilter.Matches(terms, stored.message.member())) continue;
    if (!request.include_ended() && !BelongsAt(stored.message.member(), at_us)) continue;
    const std::int64_t sort_us = stored.record.sort_us;
    std::string id = stored.record.id;
    entries.push_back({sort_us, std::move(id), std::move(stored)});
  }
  v1::ListMembersResponse response;
  auto next = records::ShowPage(deps_, context, request, std::move(entries), order.descending,
                                [&](const StoredMember& stored) {
                                  v1::Member shown = Show(deps_, context.principal->agency, stored);
                                  *response.add_members() = context.access.viewer == Viewer::kAgency
                                                                ? ForService(std::move(shown))
                                                                : std::move(shown);
                                });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*next);
  context.disclosed_version = file->revision;
  co_return response;
}

absl::StatusOr<std::string> IntakeService::DisplayNameOf(db::Tx& tx, const std::string& agency,
                                                         const std::string& professional) const {
  const auto id = deps_.NamesOf(agency).ReadProfessional(professional);
  ASSIGN_OR_RETURN(const auto stored, store_.Professional(tx, agency, id.value_or("")));
  return stored.message.professional().display_name();
}

IntakeService::Answer<v1::ListTherapistSystemResponse> IntakeService::ListTherapistSystem(
    CallContext& context, const v1::ListTherapistSystemRequest& request) {
  if (request.has_at_time() && request.include_ended()) {
    co_return schema::InvalidField("at_time", "absent with include_ended");
  }
  CO_ASSIGN_OR_RETURN(const auto terms, kHelperFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order,
                      schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, false}));
  absl::StatusOr<StoredCase> file = absl::UnknownError("not loaded");
  std::map<std::string, std::string> called;  // by the professional's name
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    const std::string& agency = context.principal->agency;
    called.clear();
    file = store_.Load(tx, agency, context.access.family);
    RETURN_IF_ERROR(file.status());
    for (const auto& stored : file->helpers) {
      ASSIGN_OR_RETURN(called[stored.message.professional()],
                       DisplayNameOf(tx, agency, stored.message.professional()));
    }
    return absl::OkStatus();
  }));
  const std::int64_t at_us = AtOr(request.has_at_time(), request.at_time(), Now());
  std::vector<records::Placed<records::Stored<v1::Helper>>> entries;
  for (auto& stored : file->helpers) {
    if (!kHelperFilter.Matches(terms, stored.message)) continue;
    if (!request.include_ended() && !HelpsAt(stored.message, at_us)) continue;
    const std::int64_t sort_us = stored.record.sort_us;
    std::string id = stored.record.id;
    entries.push_back({sort_us, std::move(id), std::move(stored)});
  }
  v1::ListTherapistSystemResponse response;
  auto next =
      records::ShowPage(deps_, context, request, std::move(entries), order.descending,
                        [&](const records::Stored<v1::Helper>& stored) {
                          v1::Helper& helper = *response.add_helpers();
                          helper = ShowTo(context, Show(deps_, context.principal->agency, stored));
                          helper.set_display_name(called[helper.professional()]);
                        });
  if (!next.ok()) co_return next.status();
  response.set_next_page_token(*next);
  context.disclosed_version = file->revision;
  co_return response;
}

}  // namespace rapport::intake
