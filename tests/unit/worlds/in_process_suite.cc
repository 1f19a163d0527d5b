#include "unit/worlds/in_process_suite.h"

#include "alliance/alliance_service.h"
#include "alliance/event_handler.h"
#include "goals/event_handler.h"
#include "goals/goals_history.h"
#include "goals/goals_service.h"
#include "intake/event_handler.h"
#include "intake/intake_facts.h"
#include "intake/intake_history.h"
#include "intake/intake_service.h"
#include "notes/notes_service.h"
#include "notes/roster_client.h"
#include "platform/base/run_sync.h"
#include "platform/base/strings.h"
#include "platform/crypto/agencies.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/invitation.h"
#include "platform/crypto/public_ids.h"
#include "platform/records/inbox.h"
#include "platform/schema/names.h"
#include "platform/schema/page_token.h"
#include "platform/schema/public_id_codec.h"
#include "platform/schema/validate.h"
#include "unit/worlds/local_sources.h"

#include <google/protobuf/descriptor.h>
#include <rapport/internal/v1/sealed.pb.h>

#include <algorithm>
#include <cstring>
#include <tuple>

namespace rapport::worlds {
namespace {

using google::protobuf::Message;

// As the pipeline decides it, for the family that the call is about.
class PolicyAccess final : public AccessChecker {
 public:
  explicit PolicyAccess(const Clock& clock) : clock_(clock) {}
  Task<absl::StatusOr<Access>> Check(CallContext& context, std::string_view method,
                                     std::string family, std::string self) override {
    std::string name(method);
    std::replace(name.begin(), name.end(), '/', '.');
    const auto policy = schema::PolicyOf(
        google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name));
    if (!policy.ok()) co_return policy.status();
    Access access = context.access;
    rpc::Decision decision =
        rpc::Decide(*context.principal, *policy, {.family = family, .self = self},
                    family == access.family ? access.facts.get() : nullptr, clock_.NowMicros());
    if (decision.denial == rpc::Denial::kRole) {
      co_return schema::Refused(schema::reasons::kRoleNotPermitted);
    }
    if (!decision.allowed()) co_return schema::NotFound();
    access.viewer = decision.viewer;
    access.professional = std::move(decision.professional);
    access.members = std::move(decision.members);
    co_return access;
  }

 private:
  const Clock& clock_;
};

// Erasures are no part of these worlds.
class NoErasures final : public records::EventHandler {
 public:
  Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
      CallContext&, const internal::v1::EventEnvelope&) override {
    co_return std::nullopt;
  }
};

// What each process has.
struct Node {
  Node(const char* service, const std::string& secret, const schema::IdCodec& ids,
       const Clock& clock, AccessChecker& access)
      : name(service),
        store({.service = service, .suite_secret = secret}),
        etags(store.suite.Key(crypto::SuiteKey::kEtag, service)),
        caches(store.Caches(ids)),
        deps{*store.db, *store.records, ids, etags, store.suite, clock, access, caches} {}

  const std::string name;
  support::ServiceStore store;
  schema::Etags etags;
  const records::ServiceCaches caches;
  const records::ServiceDeps deps;
};

template <typename Response>
std::shared_ptr<Message> MessageOf(Response answer) {
  return std::make_shared<Response>(std::move(answer));
}
template <typename Response>
std::shared_ptr<Message> MessageOf(const ReadyAnswer<Response>& answer) {
  return std::make_shared<Response>(answer.Parsed());
}

template <typename Service, typename Request, typename Response>
std::pair<const google::protobuf::Descriptor*, std::function<Answer(CallContext&, const Message&)>>
RunOf(Service& service,
      Task<absl::StatusOr<Response>> (Service::*use_case)(CallContext&, const Request&)) {
  return {
      Request::descriptor(), [&service, use_case](CallContext& context, const Message& request) {
        auto response = RunSync((service.*use_case)(context, static_cast<const Request&>(request)));
        if (!response.ok()) return Answer{response.status(), nullptr};
        return Answer{absl::OkStatus(), MessageOf(*std::move(response))};
      }};
}

const google::protobuf::MethodDescriptor* MethodThatTakes(
    const google::protobuf::Descriptor* request) {
  for (const char* service :
       {"rapport.intake.v1.IntakeService", "rapport.notes.v1.SessionNotesService",
        "rapport.goals.v1.GoalsService", "rapport.alliance.v1.AllianceService"}) {
    const auto* descriptor =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
    for (int i = 0; descriptor != nullptr && i < descriptor->method_count(); ++i) {
      if (descriptor->method(i)->input_type() == request) return descriptor->method(i);
    }
  }
  throw std::runtime_error("no method takes " + request->full_name());
}

// `name` of a field of `message`; null: none.
std::string* TextField(Message& message, const char* name, std::string& scratch) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr) return nullptr;
  scratch = message.GetReflection()->GetString(message, field);
  return &scratch;
}

void SetText(Message& message, const char* name, const std::string& text) {
  message.GetReflection()->SetString(&message, message.GetDescriptor()->FindFieldByName(name),
                                     text);
}

}  // namespace

struct InProcessSuite::Services {
  Services(const std::string& secret, const Clock& clock)
      : access(clock),
        notes_rosters(intake),
        alliance_rosters(intake),
        suite(support::SecretOf(secret)),
        public_ids(suite),
        ids(public_ids),
        intake_node("intake", secret, ids, clock, access),
        notes_node("notes", secret, ids, clock, access),
        goals_node("goals", secret, ids, clock, access),
        alliance_node("alliance", secret, ids, clock, access),
        facts_cache(intake_node.caches),
        facts(intake_node.deps, facts_cache),
        intake(intake_node.deps),
        intake_history(intake_node.deps, *intake_node.store.keys,
                       [](std::string_view) { return intake::AgencyRules(); }),
        intake_events(intake_node.deps, erasures),
        notes(notes_node.deps, homework, notes_rosters),
        goals(goals_node.deps, no_estimates),
        goals_history(goals_node.deps, *goals_node.store.keys),
        goals_events(goals_node.deps, facts),
        shelf(*alliance::InstrumentShelf::Load()),
        alliance_store(*alliance_node.store.records, shelf),
        alliance(alliance_node.deps, alliance_store, alliance_rosters,
                 [](std::string_view) { return alliance::UrgentSettings(); }),
        alliance_events(alliance_node.deps, alliance_store, facts,
                        [](std::string_view) { return alliance::UrgentSettings(); }),
        intake_inbox(*intake_node.store.records, suite, intake_events),
        goals_inbox(*goals_node.store.records, suite, goals_events),
        alliance_inbox(*alliance_node.store.records, suite, alliance_events) {}

  PolicyAccess access;
  NoErasures erasures;
  NothingDue homework;
  NoNames notes_rosters;
  OnlyRosters alliance_rosters;
  const crypto::SuiteSecret suite;
  crypto::PublicIds public_ids;
  schema::PublicIdCodec ids;
  Node intake_node, notes_node, goals_node, alliance_node;
  rpc::FactsCache facts_cache;
  intake::IntakeFacts facts;
  intake::IntakeService intake;
  intake::IntakeHistory intake_history;
  intake::IntakeEvents intake_events;
  notes::NotesService notes;
  NoEstimates no_estimates;
  goals::GoalsService goals;
  goals::GoalsHistory goals_history;
  goals::GoalsEvents goals_events;
  alliance::InstrumentShelf shelf;
  alliance::AllianceStore alliance_store;
  alliance::AllianceService alliance;
  alliance::AllianceEvents alliance_events;
  records::Inbox intake_inbox, goals_inbox, alliance_inbox;
};

InProcessSuite::InProcessSuite(const std::string& secret, const Clock& clock, PlacedIds& ids)
    : ids_(ids), clock_(clock), services_(std::make_unique<Services>(secret, clock)) {
  BindAll();
}

InProcessSuite::~InProcessSuite() = default;

template <typename Service, typename... UseCases>
void InProcessSuite::Bind(Service& service, UseCases... use_cases) {
  const auto bind = [&](auto use_case) {
    auto [request, run] = RunOf(service, use_case);
    const auto* descriptor = MethodThatTakes(request);
    methods_[request] = {descriptor, descriptor->service()->full_name() + "/" + descriptor->name(),
                         *schema::PolicyOf(descriptor), std::move(run), &services_->suite};
  };
  (bind(use_cases), ...);
}

// Every method that members may call must be here, and what the worlds are made with.
void InProcessSuite::BindAll() {
  using I = intake::IntakeService;
  Bind(services_->intake, &I::CreateProfessional, &I::LinkAccount, &I::BatchImportFamilies,
       &I::RecordPresentingProblem, &I::RateProblemSeverity, &I::ListPresentingProblems,
       &I::RecordSafetyScreen, &I::GrantConsent, &I::RevokeConsent, &I::ListConsents,
       &I::CheckConsent, &I::SetSecretsPolicy, &I::SignSecretsPolicy, &I::GetSecretsPolicy,
       &I::GetAccount, &I::GetRoster, &I::AssessLevelOfNeed, &I::SetRelationship,
       &I::JoinTherapistSystem, &I::AssignSupervisor);
  Bind(services_->intake_history, &intake::IntakeHistory::ListCaseRevisions);
  using N = notes::NotesService;
  Bind(services_->notes, &N::ScheduleSession, &N::StartSession, &N::EndSession,
       &N::RecordAttendance, &N::CreateNote, &N::SignNote, &N::CosignNote,
       &N::CreatePsychotherapyNote, &N::CreateSudCounselingNote);
  using G = goals::GoalsService;
  Bind(services_->goals, &G::ProposeGoal, &G::GetGoal, &G::ListGoals, &G::SucceedGoal,
       &G::CloseGoal, &G::SetStance, &G::ListStances, &G::SetAttainmentScale, &G::RateGoal,
       &G::ProposeHomework, &G::CounterHomework, &G::RespondToHomework, &G::WithdrawHomework,
       &G::ReportHomework, &G::ReviewHomework, &G::GetHomework, &G::ListHomework,
       &G::ListDueHomework, &G::GetPlan, &G::GetProgress);
  Bind(services_->goals_history, &goals::GoalsHistory::ListPlanRevisions);
  using A = alliance::AllianceService;
  Bind(services_->alliance, &A::SubmitRating, &A::ListRatings, &A::ListRatingRequests,
       &A::GetRatingForm, &A::SkipRatingRequest, &A::GetAllianceMap, &A::CorrectRating,
       &A::ListRatingRevisions, &A::ReportConcern, &A::CreateRatingInvitation,
       &A::GetRatingInvitation, &A::ListInstruments);
}

void InProcessSuite::At(std::uint32_t world, std::uint16_t turn) {
  world_ = world;
  turn_ = turn;
  calls_ = 0;
}

Caller InProcessSuite::HolderOf(const std::string& token) const {
  static const auto agencies = crypto::Agencies::Parse(
      "agencies:\n- id: harbour\n  display_name: H\n  issuer: i\n  jwks: k\n  time_zone: UTC\n",
      "/agencies.yaml");
  if (!agencies.ok()) throw std::runtime_error(agencies.status().ToString());
  const auto opened = crypto::OpenInvitation(services_->suite, *agencies, token);
  if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
  return {Concat({"invitation/", Hex(opened->invitation())}), options::v1::ROLE_INVITATION,
          std::make_shared<const Principal::Invitation>(
              Principal::Invitation{.id = opened->invitation(),
                                    .family = opened->family(),
                                    .session = opened->session(),
                                    .member = opened->member()})};
}

bool InProcessSuite::CanCall(const google::protobuf::Descriptor* request) const {
  return methods_.count(request) != 0;
}

Answer InProcessSuite::Call(const Caller& caller, const Message& asked,
                            std::string* next_page_token) {
  const auto found = methods_.find(asked.GetDescriptor());
  if (found == methods_.end()) {
    throw std::runtime_error("no way to call what takes " + asked.GetTypeName());
  }
  const Method& method = found->second;
  const std::unique_ptr<Message> request(asked.New());
  request->CopyFrom(asked);
  const std::string scope =
      caller.subject + "/" + asked.GetTypeName() + "/" + std::to_string(++calls_);
  ids_.At(world_, turn_, scope);
  support::TestCall context(kAgency, caller.subject);
  context.method = method.name;
  auto principal = std::make_shared<Principal>(*context.principal);
  principal->roles.Add(caller.role);
  principal->scopes = {"psychotherapy_notes", "sud_counseling_notes"};  // open nothing alone
  principal->invitation = caller.invitation;
  context.principal = std::move(principal);
  context.request_hash = crypto::Sha256({BigEndian(world_, 4), BigEndian(turn_, 2), scope});
  const std::string hex = Hex(context.request_hash);
  context.request_id = hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
                       hex.substr(16, 4) + "-" + hex.substr(20, 12);
  std::string text;
  if (TextField(*request, "request_id", text) != nullptr && text.empty()) {
    SetText(*request, "request_id", context.request_id);
  }
  if (absl::Status status = Authorise(context, method, *request); !status.ok()) {
    return {std::move(status), nullptr};
  }
  schema::ClearOutputOnly(request.get());
  if (const auto faults = schema::Validate(*request); !faults.empty()) {
    return {schema::InvalidFields(faults), nullptr};
  }
  Answer answer = method.run(context, *request);
  ShowPlace(method, context, *request, answer, next_page_token);
  return answer;
}

absl::Status InProcessSuite::Authorise(CallContext& context, const Method& method,
                                       const Message& request) {
  const schema::MethodPolicy& policy = method.policy;
  rpc::Subject subject;
  std::string family, self;
  if (!policy.family.empty()) {
    family =
        schema::FamilyIdIn(policy.family_path.Get(request), kAgency, services_->ids).value_or("");
    subject.family = family;
  }
  if (!policy.self.empty()) {
    self = schema::MemberIdIn(policy.self_path.Get(request), kAgency, services_->ids).value_or("");
    subject.self = self;
  }
  std::shared_ptr<const AccessFacts> facts;
  if (!family.empty()) {
    facts = services_->facts.Peek(kAgency, family, policy.freshness);
    if (facts == nullptr) {
      facts =
          *RunSync(services_->facts.Load(context, std::string(kAgency), family, policy.freshness));
    }
  }
  rpc::Decision decision =
      rpc::Decide(*context.principal, policy, subject, facts.get(), clock_.NowMicros());
  if (decision.denial == rpc::Denial::kRole) {
    return schema::Refused(schema::reasons::kRoleNotPermitted);
  }
  if (decision.denial == rpc::Denial::kConsent) {
    return schema::Refused(schema::reasons::kConsentMissing);
  }
  if (!decision.allowed()) return schema::NotFound();
  context.access = {.viewer = decision.viewer,
                    .family = family,
                    .professional = std::move(decision.professional),
                    .break_glass = std::move(decision.break_glass),
                    .members = std::move(decision.members),
                    .facts = std::move(facts)};
  return absl::OkStatus();
}

void InProcessSuite::ShowPlace(const Method& method, const CallContext& context,
                               const Message& request, Answer& answer,
                               std::string* next_page_token) {
  std::string token;
  if (next_page_token != nullptr) next_page_token->clear();
  if (answer.message == nullptr ||
      TextField(*answer.message, "next_page_token", token) == nullptr || token.empty()) {
    return;
  }
  const std::unique_ptr<Message> next(request.New());
  next->CopyFrom(request);
  SetText(*next, "page_token", token);
  const auto place = schema::ReadPage(
      *method.suite->SealerFor(crypto::SuiteKey::kPageToken, kAgency), context, *next);
  if (!place.ok()) throw std::runtime_error("a token that does not open: " + method.name);
  SetText(*answer.message, "next_page_token",
          std::to_string(place->after_us) + "/" + Hex(place->after_id) + "/" +
              std::to_string(token.size()));
  if (next_page_token != nullptr) *next_page_token = std::move(token);
}

void InProcessSuite::Deliver() {
  while (DeliverOnce()) {
  }
}

// One event at a time: ids that its effects get are its own, whatever came before it.
bool InProcessSuite::DeliverOnce() {
  namespace iv = internal::v1;
  Services& s = *services_;
  const std::vector<int> of_intake = {iv::EVENT_TYPE_ROSTER_CHANGED, iv::EVENT_TYPE_CASE_CHANGED,
                                      iv::EVENT_TYPE_CONSENT_CHANGED,
                                      iv::EVENT_TYPE_SAFETY_CHANGED};
  const std::vector<std::tuple<Node*, const char*, records::Inbox*, std::vector<int>>> ways = {
      {&s.intake_node, "goals", &s.goals_inbox, of_intake},
      {&s.intake_node, "alliance", &s.alliance_inbox, of_intake},
      {&s.notes_node, "intake", &s.intake_inbox, {iv::EVENT_TYPE_SESSION_HELD}},
      {&s.notes_node, "goals", &s.goals_inbox, {iv::EVENT_TYPE_SESSION_HELD}},
      {&s.notes_node,
       "alliance",
       &s.alliance_inbox,
       {iv::EVENT_TYPE_SESSION_HELD, iv::EVENT_TYPE_NOTE_SIGNED}},
      {&s.goals_node,
       "alliance",
       &s.alliance_inbox,
       {iv::EVENT_TYPE_GOAL_CHANGED, iv::EVENT_TYPE_HOMEWORK_CHANGED,
        iv::EVENT_TYPE_SAFETY_CHANGED}},
      {&s.alliance_node,
       "self",
       &s.alliance_inbox,
       {iv::EVENT_TYPE_RATING_RECORDED, iv::EVENT_TYPE_RATING_REQUEST_EXPIRED,
        iv::EVENT_TYPE_SAFETY_CHANGED}},
      {&s.alliance_node, "intake", &s.intake_inbox, {iv::EVENT_TYPE_SAFETY_CHANGED}}};
  bool any = false;
  for (const auto& [from, to, inbox, types] : ways) {
    absl::StatusOr<records::Outbox::Batch> batch = records::Outbox::Batch();
    const absl::Status read = from->store.Read([&](db::Tx& tx) {
      batch = from->store.outbox->NextBatch(tx, kAgency, to, types, 100);
      return batch.status();
    });
    if (!read.ok()) throw std::runtime_error(read.ToString());
    const auto sealer = s.suite.SealerFor(crypto::SuiteKey::kEvent, kAgency);
    for (const auto& outgoing : batch->events) {
      iv::EventEnvelope event;
      const auto open = sealer->Open(records::WireIdentity(from->name, kAgency), outgoing.wire);
      if (!open.ok() || !event.ParseFromString(*open)) throw std::runtime_error("a broken event");
      event.clear_sequence();
      ids_.At(world_, turn_, std::string(to) + "/" + event.SerializeAsString());
      support::TestCall call(kAgency, "relay");
      const std::vector<std::string_view> wires = {outgoing.wire};
      const auto applied = RunSync(inbox->Apply(call, std::string(kAgency), from->name, wires));
      if (!applied.ok()) throw std::runtime_error(applied.status().ToString());
    }
    const absl::Status advanced = from->store.Write([&](db::Tx& tx) {
      return records::Outbox::Advance(tx, *batch, static_cast<int>(batch->events.size()));
    });
    if (!advanced.ok()) throw std::runtime_error(advanced.ToString());
    any = any || !batch->events.empty() || batch->more;
  }
  return any;
}

}  // namespace rapport::worlds
