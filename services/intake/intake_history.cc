#include "intake/intake_history.h"

#include "intake/break_glass_rules.h"
#include "intake/consent_rules.h"
#include "intake/emergency_rules.h"
#include "intake/lasting_kinds.h"
#include "intake/record_request_rules.h"
#include "intake/retention_rules.h"
#include "intake/show.h"
#include "platform/base/status_macros.h"
#include "platform/schema/errors.h"

#include <rapport/intake/v1/erasure.pb.h>

#include <algorithm>
#include <optional>

namespace rapport::intake {
namespace {

using google::protobuf::Message;
using records::Record;
using Shown = std::unique_ptr<Message>;

// A version, and all that it takes to show it as it was then.
struct Showing {
  const records::ServiceDeps& deps;
  const CallContext& context;
  absl::TimeZone zone;
  const v1::Member* about = nullptr;  // as they are now; consents only

  const std::string& agency() const { return context.principal->agency; }
  // A name of a member whom the caller is; professionals are everybody.
  bool IsOwn(const std::string& member) const {
    if (context.access.viewer != Viewer::kMember) return true;
    const auto read = deps.NamesOf(agency()).ReadMember(member);
    return read &&
           std::ranges::find(context.access.members, read->id) != context.access.members.end();
  }
};

template <typename M>
absl::StatusOr<Shown> ShowPlain(const Showing& showing, Record version) {
  ASSIGN_OR_RETURN(const auto stored, records::Parse<M>(std::move(version)));
  return std::make_unique<M>(Show(showing.deps, showing.agency(), stored));
}

absl::StatusOr<Shown> ShowFamily(const Showing& showing, Record version) {
  ASSIGN_OR_RETURN(const auto stored,
                   records::Parse<internal::v1::StoredFamily>(std::move(version)));
  return std::make_unique<v1::Family>(
      ShowTo(showing.context, showing.deps, stored, stored.record.updated_us));
}

absl::StatusOr<Shown> ShowMember(const Showing& showing, Record version) {
  ASSIGN_OR_RETURN(const auto stored,
                   records::Parse<internal::v1::StoredMember>(std::move(version)));
  return std::make_unique<v1::Member>(Show(showing.deps, showing.agency(), stored));
}

absl::StatusOr<Shown> ShowHelper(const Showing& showing, Record version) {
  ASSIGN_OR_RETURN(const auto stored, records::Parse<v1::Helper>(std::move(version)));
  return std::make_unique<v1::Helper>(
      ShowTo(showing.context, Show(showing.deps, showing.agency(), stored)));
}

absl::StatusOr<Shown> ShowProblem(const Showing& showing, Record version) {
  ASSIGN_OR_RETURN(const auto stored, records::Parse<v1::PresentingProblem>(std::move(version)));
  auto shown = Show(showing.deps, showing.agency(), stored);
  if (showing.context.access.viewer == Viewer::kMember) shown = ForMember(std::move(shown));
  return std::make_unique<v1::PresentingProblem>(std::move(shown));
}

absl::StatusOr<Shown> ShowConsent(const Showing& showing, Record version) {
  ASSIGN_OR_RETURN(const auto stored, records::Parse<v1::Consent>(std::move(version)));
  auto shown = std::make_unique<v1::Consent>(Show(showing.deps, showing.agency(), stored));
  shown->set_state(StateAt(stored.message, showing.about, stored.record.updated_us, showing.zone));
  if (!showing.IsOwn(shown->revoked_by())) shown->clear_revoke_reason();
  return shown;
}

absl::StatusOr<Shown> ShowBreakGlass(const Showing& showing, Record version) {
  ASSIGN_OR_RETURN(const auto stored, records::Parse<v1::BreakGlass>(std::move(version)));
  auto shown = std::make_unique<v1::BreakGlass>(Show(showing.deps, showing.agency(), stored));
  shown->set_state(StateAt(stored.message, stored.record.updated_us));
  return shown;
}

absl::StatusOr<Shown> ShowRequest(const Showing& showing, Record version) {
  ASSIGN_OR_RETURN(const auto stored, records::Parse<v1::RecordRequest>(std::move(version)));
  auto shown = std::make_unique<v1::RecordRequest>(Show(showing.deps, showing.agency(), stored));
  *shown->mutable_due_time() = schema::ToTimestamp(DueAt(stored.message));
  shown->set_state(StateAt(stored.message, stored.record.updated_us));
  return shown;
}

absl::StatusOr<Shown> ShowProfessional(const Showing& showing, Record version) {
  ASSIGN_OR_RETURN(const auto stored,
                   records::Parse<internal::v1::StoredProfessional>(std::move(version)));
  return std::make_unique<v1::Professional>(Show(showing.deps, showing.agency(), stored));
}

absl::StatusOr<Shown> ShowErasure(const Showing& showing, Record version) {
  ASSIGN_OR_RETURN(const auto stored, records::Parse<v1::Erasure>(std::move(version)));
  auto shown = std::make_unique<v1::Erasure>(Show(showing.deps, showing.agency(), stored));
  shown->set_state(StateAt(stored.message, stored.record.updated_us));
  return shown;
}

// One kind of resource: its names, the method that shows it, and how it is shown. `member_of`:
// whose it is, where members see their own alone.
struct Told {
  int kind;
  std::string_view pattern;
  const char* method;
  absl::StatusOr<Shown> (*show)(const Showing&, Record version);
  std::string (*member_of)(const Record&) = nullptr;
};

template <typename M>
std::string MemberOf(const Record& record) {
  M message;
  return message.ParseFromString(record.payload) ? message.member() : std::string();
}

constexpr Told kTold[] = {
    {kFamily, schema::patterns::kFamily, "rapport.intake.v1.IntakeService/GetFamily", ShowFamily},
    {kMember, schema::patterns::kMember, "rapport.intake.v1.IntakeService/ListMembers", ShowMember},
    {kHelper, schema::patterns::kHelper, "rapport.intake.v1.IntakeService/ListTherapistSystem",
     ShowHelper},
    {kRelationship, schema::patterns::kRelationship,
     "rapport.intake.v1.IntakeService/ListRelationships", ShowPlain<v1::Relationship>},
    {kProblem, schema::patterns::kProblem, "rapport.intake.v1.IntakeService/ListPresentingProblems",
     ShowProblem, MemberOf<v1::PresentingProblem>},
    {kAssessment, schema::patterns::kAssessment, "rapport.intake.v1.IntakeService/ListAssessments",
     ShowPlain<v1::LevelAssessment>},
    {kScreen, schema::patterns::kSafetyScreen, "rapport.intake.v1.IntakeService/ListSafetyScreens",
     ShowPlain<v1::SafetyScreen>},
    {kConsent, schema::patterns::kConsent, "rapport.intake.v1.IntakeService/ListConsents",
     ShowConsent, MemberOf<v1::Consent>},
    {kPolicy, schema::patterns::kSecretsPolicy, "rapport.intake.v1.IntakeService/GetSecretsPolicy",
     ShowPlain<v1::SecretsPolicy>},
    {kBreakGlass, schema::patterns::kBreakGlass, "rapport.intake.v1.IntakeService/ListBreakGlass",
     ShowBreakGlass},
    {kRecordRequest, kRecordRequestPattern, "rapport.intake.v1.IntakeService/ListRecordRequests",
     ShowRequest},
    {kLegalHold, kLegalHoldPattern, "rapport.intake.v1.IntakeService/ListLegalHolds",
     ShowPlain<v1::LegalHold>},
};

// What belongs to the agency.
constexpr Told kToldOfAgency[] = {
    {kProfessional, schema::patterns::kProfessional,
     "rapport.intake.v1.IntakeService/ListProfessionals", ShowProfessional},
    {kSupervision, schema::patterns::kSupervision,
     "rapport.intake.v1.IntakeService/ListSupervisions", ShowPlain<v1::Supervision>},
    {kErasure, kErasurePattern, "rapport.intake.v1.IntakeService/GetErasure", ShowErasure},
};

struct Named {
  const Told* told;
  schema::InFamily ids;
};

std::optional<Named> Read(const schema::Names& names, const std::string& name) {
  if (const auto family = names.ReadFamily(name)) return Named{&kTold[0], {*family, *family}};
  for (const Told& told : kTold) {
    if (told.kind == kFamily) continue;
    if (auto ids = names.Read(told.pattern, name)) return Named{&told, *std::move(ids)};
  }
  return std::nullopt;
}

}  // namespace

Task<absl::StatusOr<std::vector<Record>>> IntakeHistory::Versions(CallContext& context, int kind,
                                                                  std::string id) const {
  absl::StatusOr<std::vector<Record>> versions = std::vector<Record>();
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) {
    versions =
        revisions_.VersionsOf(tx, context.principal->agency, context.access.family, kind, id);
    return absl::IsNotFound(versions.status()) ? absl::OkStatus() : versions.status();
  }));
  if (!versions.ok()) co_return schema::NotFound();
  co_return versions;
}

Task<absl::StatusOr<v1::ListCaseRevisionsResponse>> IntakeHistory::ListCaseRevisions(
    CallContext& context, const v1::ListCaseRevisionsRequest& request) {
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  const auto named = Read(names, request.name());
  if (!named || named->ids.family != context.access.family) co_return schema::NotFound();
  const Told& told = *named->told;
  std::string self;
  if (context.access.viewer == Viewer::kMember && told.member_of != nullptr) {
    CO_ASSIGN_OR_RETURN(const auto newest, co_await Versions(context, told.kind, named->ids.id));
    const auto member = names.ReadMember(told.member_of(newest.back()));
    const auto& own = context.access.members;
    if (!member || std::ranges::find(own, member->id) == own.end()) co_return schema::NotFound();
    self = member->id;
  }
  CO_RETURN_IF_ERROR(co_await revisions_.EnterAs(context, told.method, std::move(self)));
  CO_ASSIGN_OR_RETURN(const auto versions, co_await Versions(context, told.kind, named->ids.id));
  Showing showing{deps_, context, rules_(context.principal->agency).zone};
  // Turning 18 ends what a parent consented to: when that is stands in the member's own record.
  v1::Member about;
  if (told.kind == kConsent) {
    const auto member = names.ReadMember(MemberOf<v1::Consent>(versions.back()));
    CO_ASSIGN_OR_RETURN(const auto known,
                        co_await Versions(context, kMember, member ? member->id : std::string()));
    internal::v1::StoredMember stored;
    if (stored.ParseFromString(known.back().payload)) about = stored.member();
    showing.about = &about;
  }
  std::vector<records::ShownVersion> shown;
  for (const Record& version : versions) {
    CO_ASSIGN_OR_RETURN(auto resource, told.show(showing, version));
    shown.push_back({version, std::move(resource)});
  }
  co_return co_await revisions_.Page<v1::ListCaseRevisionsResponse>(context, request,
                                                                    std::move(shown));
}

Task<absl::StatusOr<v1::ListAgencyRevisionsResponse>> IntakeHistory::ListAgencyRevisions(
    CallContext& context, const v1::ListAgencyRevisionsRequest& request) {
  const std::string& agency = context.principal->agency;
  const Told* told = nullptr;
  std::string id;
  for (const Told& one : kToldOfAgency) {
    const auto ids = schema::ParseName(one.pattern, request.name(), agency, deps_.ids);
    if (!ids) continue;
    told = &one;
    id = ids->front();
  }
  if (told == nullptr) co_return schema::NotFound();
  CO_RETURN_IF_ERROR(co_await revisions_.EnterAs(context, told->method));
  CO_ASSIGN_OR_RETURN(const auto versions, co_await Versions(context, told->kind, std::move(id)));
  const Showing showing{deps_, context, rules_(agency).zone};
  std::vector<records::ShownVersion> shown;
  for (const Record& version : versions) {
    CO_ASSIGN_OR_RETURN(auto resource, told->show(showing, version));
    shown.push_back({version, std::move(resource)});
  }
  co_return co_await revisions_.Page<v1::ListAgencyRevisionsResponse>(context, request,
                                                                      std::move(shown));
}

}  // namespace rapport::intake
